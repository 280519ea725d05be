/* SPDX-License-Identifier: MIT */
#include "../../pin.h"
#include "tree.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

uint32_t tree_register(struct tree *tree, const char *system, const char *name, bool with_field)
{
	static const char field[] = "\tfield:u32 n;\toffset:8;\tsize:4;\tsigned:0;\n";
	struct utfs_event_strings event = {
		.system = system,
		.name = name,
		.fields = with_field ? field : "",
		.print_fmt = with_field ? "\"n=%u\", REC->n" : "\"\"",
		.record_bytes = with_field ? 12 : 8,
	};
	uint32_t id = 0;

	event.system_bytes = strlen(system);
	event.name_bytes = strlen(name);
	event.fields_bytes = strlen(event.fields);
	event.print_bytes = strlen(event.print_fmt);
	assert_int_equal(utfs_tx_begin(&tree->trace->arena), 0);
	assert_int_equal(utfs_tx_end(&tree->trace->arena,
				     utfs_event_register(&tree->trace->arena, &event, &id)),
			 0);
	return id;
}

void tree_open(struct tree *tree)
{
	char why[UTFS_TRACE_WHY_BYTES];

	assert_true(place_make(tree->directory, "utracefs-tree"));
	if (utfs_trace_open(tree->directory, &tree->trace, why))
		fail_msg("%s", why);
	tree->fs = utfs_trace_fs(tree->trace);
	tree_register(tree, "zoo", "cat", true);
	tree_register(tree, "zoo", "dog", true);
	tree_register(tree, "park", "tree", false);
}

void tree_close(struct tree *tree)
{
	char path[128];

	utfs_trace_close(tree->trace);
	snprintf(path, sizeof(path), "%s/arena", tree->directory);
	unlink(path);
	rmdir(tree->directory);
}

int tree_setup(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	assert_non_null(tree);
	tree_open(tree);
	*state = tree;
	return 0;
}

int tree_teardown(void **state)
{
	tree_close(*state);
	free(*state);
	return 0;
}

int tree_handle(struct tree *tree, const char *path, int flags, struct eventfs_file **file)
{
	struct eventfs_request req = {.tid = (pid_t)syscall(SYS_gettid)};
	struct eventfs_attr attr;
	int ret = eventfs_walk(tree->fs, path, &attr);

	return ret ? ret : eventfs_open(tree->fs, attr.id, &req, flags, file);
}

ssize_t tree_write_bytes(struct tree *tree, const char *path, const void *data, size_t bytes,
			 int flags)
{
	struct eventfs_request req = {.tid = (pid_t)syscall(SYS_gettid)};
	struct eventfs_file *file;
	ssize_t ret = tree_handle(tree, path, O_WRONLY | flags, &file);

	if (ret)
		return ret;
	ret = eventfs_write(file, &req, data, bytes, 0);
	eventfs_release(file);
	return ret;
}

ssize_t tree_write(struct tree *tree, const char *path, const char *text)
{
	return tree_write_bytes(tree, path, text, strlen(text), O_TRUNC);
}

ssize_t tree_append(struct tree *tree, const char *path, const char *text)
{
	return tree_write_bytes(tree, path, text, strlen(text), O_APPEND);
}

ssize_t tree_read(struct tree *tree, const char *path, char *text, size_t bytes)
{
	struct eventfs_request req = {.tid = (pid_t)syscall(SYS_gettid)};
	struct eventfs_file *file;
	size_t total = 0;
	ssize_t ret = tree_handle(tree, path, O_RDONLY, &file);

	if (ret)
		return ret;
	while ((ret = eventfs_read(file, &req, text + total, bytes - 1 - total, (off_t)total)) > 0)
		total += (size_t)ret;
	text[total] = '\0';
	eventfs_release(file);
	return ret && ret != -EAGAIN ? ret : (ssize_t)total;
}

static int parent_of(struct tree *tree, const char *path, struct eventfs_attr *attr,
		     const char **name)
{
	char directory[4096];
	const char *slash = strrchr(path, '/');

	*name = slash ? slash + 1 : path;
	snprintf(directory, sizeof(directory), "%.*s", slash ? (int)(slash - path) : 0, path);
	return eventfs_walk(tree->fs, directory, attr);
}

int tree_mkdir(struct tree *tree, const char *path)
{
	struct eventfs_attr attr, made;
	const char *name;
	int ret = parent_of(tree, path, &attr, &name);

	return ret ? ret : eventfs_mkdir(tree->fs, attr.id, name, 0755, &made);
}

int tree_rmdir(struct tree *tree, const char *path)
{
	struct eventfs_attr attr;
	const char *name;
	int ret = parent_of(tree, path, &attr, &name);

	return ret ? ret : eventfs_rmdir(tree->fs, attr.id, name);
}

int tree_emit(struct tree *tree, uint32_t id, uint32_t n, int cpu)
{
	struct utfs_arena *arena = &tree->trace->arena;
	union {
		uint64_t aligned;
		char bytes[UTFS_RECORD_HEADROOM + 16];
	} buffer = {0};
	pid_t tid = (pid_t)syscall(SYS_gettid);
	uint64_t mask = *utfs_event_mask(arena, id);
	struct utfs_writer writer = {0};
	cpu_set_t before;
	int written = 0;

	assert_int_equal(utfs_writer_init(&writer, arena, tid), 0);
	if (cpu >= 0) {
		assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
		assert_int_equal(pin_cpu((unsigned int)cpu), 0);
	}
	utfs_cmdline_save(arena, tid, getpid(), "tester\0\0\0\0\0\0\0\0\0");
	for (unsigned int r = 0; r < UTFS_MAX_RECORDERS; r++) {
		char *record = buffer.bytes + UTFS_RECORD_HEADROOM;

		if (!(mask & UINT64_C(1) << r))
			continue;
		memcpy(record, &(uint16_t){(uint16_t)id}, 2);
		memcpy(record + 4, &tid, 4);
		memcpy(record + 8, &n, 4);
		written += utfs_ring_write(&writer, r, buffer.bytes, 12, utfs_event_mask(arena, id),
					   UINT64_C(1) << r);
	}
	if (cpu >= 0)
		assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	return written;
}

size_t tree_count(struct tree *tree, const char *path, const char *needle)
{
	size_t bytes = 64 << 20, count = 0;
	/* As much as is read is touched, whatever malloc() may be told to do with new memory. */
	char *text = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	assert_ptr_not_equal(text, MAP_FAILED);
	assert_true(tree_read(tree, path, text, bytes) >= 0);
	for (const char *at = text; (at = strstr(at, needle)); at++)
		count++;
	munmap(text, bytes);
	return count;
}

void tree_exchange(struct tree *tree, const struct exchange *exchanges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct exchange *e = &exchanges[i];
		ssize_t answer = tree_write(tree, e->path, e->written);

		if (answer != e->answer)
			fail_msg("%s <- '%s': %zd, not %zd", e->path, e->written, answer,
				 e->answer);
		if (e->read)
			assert_text(tree, e->path, e->read);
	}
}
