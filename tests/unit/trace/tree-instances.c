/* SPDX-License-Identifier: MIT */
/* mkdir, rmdir, pins; what is refused; what is left when it fails; memory. */
#include "tree.h"

#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_mkdir_and_rmdir_answer_as_the_kernel(void **state)
{
	static const struct {
		const char *path;
		int mkdir_answer, rmdir_answer;
	} calls[] = {
		{"foo", -EPERM, -ENOENT},
		{"events/foo", -EPERM, -ENOENT},
		{"events/zoo/foo", -EPERM, -ENOENT},
		{"events/zoo/cat/foo", -EPERM, -ENOENT},
		{"options/foo", -EPERM, -ENOENT},
		{"per_cpu/foo", -EPERM, -ENOENT},
		{"trace/foo", -ENOTDIR, -ENOTDIR},
		{"instances", -EEXIST, -EPERM},
		{"events", -EEXIST, -EPERM},
		{"events/zoo", -EEXIST, -EPERM},
		{"events/zoo/cat", -EEXIST, -EPERM},
		{"per_cpu/cpu0", -EEXIST, -EPERM},
		{"trace", -EEXIST, -ENOTDIR},
		{"instances/nonexist/foo", -ENOENT, -ENOENT},
		{"instances/..", -EEXIST, -ENOTEMPTY},
		{"instances/.", -EEXIST, -EINVAL},
	};
	struct tree *tree = *state;
	char path[400];

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		assert_int_equal(tree_mkdir(tree, calls[i].path), calls[i].mkdir_answer);
		assert_int_equal(tree_rmdir(tree, calls[i].path), calls[i].rmdir_answer);
	}
	for (size_t bytes = 255; bytes <= 300; bytes += 45) {
		strcpy(path, "instances/");
		memset(path + 10, 'x', bytes);
		path[10 + bytes] = '\0';
		assert_int_equal(tree_mkdir(tree, path), bytes > 255 ? -ENAMETOOLONG : 0);
		assert_int_equal(tree_rmdir(tree, path), bytes > 255 ? -ENAMETOOLONG : 0);
	}
	assert_int_equal(tree_mkdir(tree, "instances/with space"), 0);
	assert_int_equal(tree_mkdir(tree, "instances/with space"), -EEXIST);
	assert_int_equal(tree_mkdir(tree, "instances/with space/foo"), -EPERM);
	assert_int_equal(tree_mkdir(tree, "instances/with space/events/foo"), -EPERM);
	assert_int_equal(tree_rmdir(tree, "instances/with space/events"), -EPERM);
	assert_int_equal(tree_rmdir(tree, "instances/with space/trace"), -ENOTDIR);
	assert_int_equal(tree_rmdir(tree, "instances/with space"), 0);
	assert_int_equal(tree_rmdir(tree, "instances/with space"), -ENOENT);
}

static void test_an_open_file_keeps_rmdir_away(void **state)
{
	static const struct {
		const char *path;
		bool pins;
	} files[] = {
		{"trace", true},
		{"trace_pipe", true},
		{"per_cpu/cpu0/trace", true},
		{"per_cpu/cpu0/trace_pipe", true},
		{"per_cpu/cpu0/trace_pipe_raw", true},
		{"per_cpu/cpu0/stats", true},
		{"tracing_on", true},
		{"trace_clock", true},
		{"buffer_size_kb", true},
		{"set_event", true},
		{"events/enable", true},
		{"events/zoo/enable", true},
		{"events/zoo/cat/enable", true},
		{"events/zoo/cat/format", false},
		{"events/zoo/cat/id", false},
		{"events/zoo/cat/trigger", false},
		{"options/overwrite", true},
		{"trace_options", true},
		{"current_tracer", true},
		{"buffer_total_size_kb", true},
		{"available_tracers", true},
	};
	struct tree *tree = *state;
	struct eventfs_request req = {0};
	char path[128], byte[16];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct eventfs_file *file;

		assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
		sprintf(path, "instances/foo/%s", files[i].path);
		assert_int_equal(tree_handle(tree, path, O_RDONLY, &file), 0);
		assert_int_equal(tree_rmdir(tree, "instances/foo"), files[i].pins ? -EBUSY : 0);
		if (!files[i].pins)
			assert_int_equal(eventfs_read(file, &req, byte, sizeof(byte), 0), -ENODEV);
		eventfs_release(file);
		if (files[i].pins)
			assert_int_equal(tree_rmdir(tree, "instances/foo"), 0);
	}
	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	struct eventfs_file *marker;

	assert_int_equal(tree_handle(tree, "instances/foo/trace_marker", O_WRONLY, &marker), 0);
	assert_int_equal(tree_rmdir(tree, "instances/foo"), -EBUSY);
	eventfs_release(marker);
	assert_int_equal(tree_rmdir(tree, "instances/foo"), 0);
}

static void test_another_front_ends_open_file_counts_until_it_dies(void **state)
{
	struct tree *tree = *state;
	int ready[2], status;
	pid_t child;
	char byte;

	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		struct tree other = {0};
		struct eventfs_file *file;
		char why[UTFS_TRACE_WHY_BYTES];

		if (utfs_trace_open(tree->directory, &other.trace, why))
			_exit(1);
		other.fs = utfs_trace_fs(other.trace);
		if (tree_handle(&other, "instances/foo/trace_pipe", O_RDONLY, &file))
			_exit(2);
		if (write(ready[1], "x", 1) == 1)
			pause();
		_exit(3);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(tree_rmdir(tree, "instances/foo"), -EBUSY);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(tree_rmdir(tree, "instances/foo"), 0);
	close(ready[0]);
	close(ready[1]);
}

static void test_an_instance_of_the_same_name_is_another_one(void **state)
{
	struct tree *tree = *state;
	struct eventfs_attr first, second;

	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	assert_int_equal(tree_write(tree, "instances/foo/events/zoo/cat/enable", "1"), 1);
	assert_int_equal(tree_emit(tree, 64, 1, -1), 1);
	assert_int_equal(eventfs_walk(tree->fs, "instances/foo/trace", &first), 0);
	assert_int_equal(tree_rmdir(tree, "instances/foo"), 0);
	assert_int_equal(tree_emit(tree, 64, 2, -1), 0);
	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	assert_int_equal(eventfs_walk(tree->fs, "instances/foo/trace", &second), 0);
	assert_true(first.id != second.id);
	assert_int_equal(eventfs_getattr(tree->fs, first.id, &first), -ENOENT);
	assert_text(tree, "instances/foo/events/zoo/cat/enable", "0\n");
	assert_int_equal(tree_count(tree, "instances/foo/trace", "cat:"), 0);
}

static void test_mkdir_and_rmdir_give_all_memory_back(void **state)
{
	struct tree *tree = *state;
	struct utfs_arena *arena = &tree->trace->arena;
	uint64_t before = 0, after;

	for (int i = 0; i < 20; i++) {
		assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
		assert_int_equal(tree_write(tree, "instances/foo/events/enable", "1"), 1);
		assert_int_equal(tree_emit(tree, 64, 1, -1), 1);
		assert_int_equal(tree_rmdir(tree, "instances/foo"), 0);
		assert_int_equal(utfs_tx_begin(arena), 0);
		after = utfs_arena_used_bytes(arena);
		assert_int_equal(utfs_tx_end(arena, 0), 0);
		if (!i)
			before = after;
	}
	assert_int_equal(before, after);
}

static int ignore_entry(void *arg, const char *name, const struct eventfs_attr *attr, uint64_t next)
{
	struct tree *tree = arg;
	struct eventfs_attr child;

	(void)next;
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return 0;
	assert_int_equal(eventfs_getattr(tree->fs, attr->id, &child), 0);
	if (S_ISDIR(attr->mode))
		assert_int_equal(eventfs_readdir(tree->fs, attr->id, 0, ignore_entry, tree), 0);
	return 0;
}

static int count_entry(void *arg, const char *name, const struct eventfs_attr *attr, uint64_t next)
{
	(void)name;
	(void)attr;
	(void)next;
	++*(int *)arg;
	return 0;
}

static void test_a_walk_of_a_large_tree_keeps_no_memory(void **state)
{
	struct tree *tree = *state;
	int entries = 0;
	char name[64];
	struct mallinfo2 before, after;

	for (int i = 0; i < 2000; i++) {
		sprintf(name, "event_%d", i);
		tree_register(tree, "large", name, true);
	}
	for (int i = 0; i < 100; i++) {
		sprintf(name, "instances/i%d", i);
		assert_int_equal(tree_mkdir(tree, name), 0);
	}
	/* The first walk warms what libc allocates once; 100 instances of 2,000 events make a million nodes: walk some. */
	assert_int_equal(eventfs_readdir(tree->fs, EVENTFS_ROOT_ID, 0, count_entry, &entries), 0);
	before = mallinfo2();
	for (int i = 0; i < 100; i += 33) {
		struct eventfs_attr attr;

		sprintf(name, "instances/i%d", i);
		assert_int_equal(eventfs_walk(tree->fs, name, &attr), 0);
		assert_int_equal(eventfs_readdir(tree->fs, attr.id, 0, ignore_entry, tree), 0);
	}
	after = mallinfo2();
	assert_int_equal(before.uordblks + before.hblkhd, after.uordblks + after.hblkhd);
}

/* ENOSPC on a small file system of its own: nothing changes, nobody gets a SIGBUS. */
static void test_a_full_file_system_changes_nothing(void **state)
{
	char directory[] = "/tmp/utracefs-full-XXXXXX", path[128];
	int status;
	pid_t child;

	(void)state;
	assert_non_null(mkdtemp(directory));
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		struct tree tree = {0};
		char why[UTFS_TRACE_WHY_BYTES];

		if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("tmpfs", directory, "tmpfs", 0, "size=2m,mode=0700"))
			_exit(77);
		if (utfs_trace_open(directory, &tree.trace, why))
			_exit(1);
		tree.fs = utfs_trace_fs(tree.trace);
		tree_register(&tree, "zoo", "cat", true);
		assert_int_equal(tree_mkdir(&tree, "instances/foo"), 0);
		assert_int_equal(tree_write(&tree, "instances/foo/buffer_size_kb", "100"), 3);
		assert_int_equal(tree_write(&tree, "instances/foo/events/zoo/cat/enable", "1"), 1);
		assert_int_equal(tree_emit(&tree, 64, 1, -1), 1);
		assert_int_equal(tree_write(&tree, "instances/foo/buffer_size_kb", "100000"),
				 -ENOSPC);
		assert_text(&tree, "instances/foo/buffer_size_kb", "103\n");
		assert_int_equal(tree_mkdir(&tree, "instances/bar"), 0);
		assert_int_equal(tree_write(&tree, "instances/bar/events/zoo/cat/enable", "1"),
				 -ENOSPC);
		assert_text(&tree, "instances/bar/events/zoo/cat/enable", "0\n");
		assert_int_equal(tree_write(&tree, "instances/bar/buffer_size_kb", "4000"),
				 -ENOSPC);
		assert_text(&tree, "instances/bar/buffer_size_kb", "1410\n");
		assert_int_equal(tree_emit(&tree, 64, 2, -1), 1);
		assert_int_equal(tree_count(&tree, "instances/foo/trace", "cat: n="), 2);
		/* What the failures had taken is free again: this fits. */
		assert_int_equal(tree_write(&tree, "instances/bar/buffer_size_kb", "100"), 3);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	snprintf(path, sizeof(path), "%s/arena", directory);
	unlink(path);
	rmdir(directory);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

static void test_buffers_that_a_dead_process_left_stopped_record_again(void **state)
{
	struct tree *tree = *state;
	struct utfs_arena *arena = &tree->trace->arena;
	int status;
	pid_t child;

	assert_int_equal(tree_write(tree, "events/zoo/cat/enable", "1"), 1);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		/* As somebody dies in the middle of a resize: the lock held, the tails taken away. */
		if (utfs_arena_after_fork(arena) || utfs_tx_begin(arena))
			_exit(1);
		for (uint32_t cpu = 0; cpu < arena->nr_cpus; cpu++)
			utfs_cpu_buffer_at(arena, 0, cpu)->tail = 0;
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(tree_emit(tree, 64, 1, -1), 0);
	assert_text(tree, "tracing_on", "1\n");
	assert_int_equal(tree_emit(tree, 64, 2, -1), 1);
	assert_int_equal(tree_count(tree, "trace", "n=2"), 1);
}

static void test_changes_are_told_for_the_root_and_every_instance(void **state)
{
	struct tree *tree = *state;
	struct utfs_trace_cursor cursor = utfs_trace_change_now(tree->trace);
	struct utfs_trace_change change;
	struct eventfs_attr zoo, foo;
	int seen = 0;

	assert_int_equal(utfs_trace_change_next(tree->trace, &cursor, &change), 0);
	assert_int_equal(utfs_trace_change_wait(tree->trace, &cursor, 1), -ETIMEDOUT);
	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	assert_int_equal(utfs_trace_change_wait(tree->trace, &cursor, 10000), 0);
	assert_int_equal(utfs_trace_change_next(tree->trace, &cursor, &change), 1);
	assert_int_equal(eventfs_walk(tree->fs, "instances/foo", &foo), 0);
	assert_string_equal(change.name, "foo");
	assert_false(change.removed);
	assert_true(change.child == foo.id);
	tree_register(tree, "zoo", "emu", true);
	assert_int_equal(eventfs_walk(tree->fs, "events/zoo", &zoo), 0);
	while (utfs_trace_change_next(tree->trace, &cursor, &change) == 1) {
		assert_string_equal(change.name, "emu");
		seen++;
		if (seen == 1)
			assert_true(change.parent == zoo.id);
	}
	assert_int_equal(seen, 2);
	assert_int_equal(eventfs_walk(tree->fs, "instances/foo/events/zoo/emu", &foo), 0);
	assert_true(change.child == foo.id);
	assert_int_equal(tree_rmdir(tree, "instances/foo"), 0);
	assert_int_equal(utfs_trace_change_next(tree->trace, &cursor, &change), 1);
	assert_true(change.removed);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		T(test_mkdir_and_rmdir_answer_as_the_kernel),
		T(test_an_open_file_keeps_rmdir_away),
		T(test_another_front_ends_open_file_counts_until_it_dies),
		T(test_an_instance_of_the_same_name_is_another_one),
		T(test_mkdir_and_rmdir_give_all_memory_back),
		T(test_a_walk_of_a_large_tree_keeps_no_memory),
		T(test_a_full_file_system_changes_nothing),
		T(test_buffers_that_a_dead_process_left_stopped_record_again),
		T(test_changes_are_told_for_the_root_and_every_instance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
