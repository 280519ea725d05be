/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "fixture.h"

int fixture_setup_empty(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *base = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";

	if (!f)
		return -1;
	*state = f;
	snprintf(f->dir, sizeof(f->dir), "%s/utfs-test-XXXXXX", base);
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/arena", f->dir);
	return 0;
}

int fixture_setup(void **state)
{
	struct fixture *f;

	if (fixture_setup_empty(state))
		return -1;
	f = *state;
	return fixture_open(&f->arena, f->dir, UTFS_PROC_FRONT_END, NULL);
}

static void tree_remove(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char name[PATH_MAX];

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (unlink(name))
			tree_remove(name);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	utfs_arena_close(&f->arena);
	tree_remove(f->dir);
	free(f);
	return 0;
}

int fixture_open(struct utfs_arena *arena, const char *dir, enum utfs_proc_kind kind, char *why)
{
	const struct utfs_arena_options options = {
		.kind = kind, .directory = dir, .create = true, .rseq_usable = true};
	char reason[UTFS_WHY_BYTES];
	int ret = utfs_arena_open(arena, &options, reason);

	if (ret && !why)
		fprintf(stderr, "%s\n", reason);
	if (why)
		memcpy(why, reason, sizeof(reason));
	return ret;
}

void fixture_open_ok(struct utfs_arena *arena, const char *dir, enum utfs_proc_kind kind)
{
	assert_int_equal(fixture_open(arena, dir, kind, NULL), 0);
}

int event_register(struct utfs_arena *arena, const char *system, const char *name,
		   const char *fields, uint32_t *id)
{
	const struct utfs_event_strings event = {
		.system = system,
		.system_bytes = strlen(system),
		.name = name,
		.name_bytes = strlen(name),
		.fields = fields,
		.fields_bytes = strlen(fields),
		.print_fmt = "\"x\"",
		.print_bytes = 3,
		.record_bytes = 16,
	};

	return utfs_event_register(arena, &event, id);
}

uint32_t event_add(struct utfs_arena *arena, const char *system, const char *name)
{
	uint32_t id = 0;

	begin(arena);
	assert_int_equal(utfs_tx_end(arena, event_register(arena, system, name, "f", &id)), 0);
	return id;
}

uint32_t instance_add(struct utfs_arena *arena, const char *name)
{
	uint32_t slot = 0;

	begin(arena);
	assert_int_equal(utfs_tx_end(arena, utfs_instance_add(arena, name, strlen(name), &slot)),
			 0);
	return slot;
}

pid_t child_start(void (*function)(void *argument), void *argument)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		/* Nothing outlives a test that fails. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		function(argument);
		_exit(0);
	}
	return pid;
}

int child_wait(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void child_run(void (*function)(void *argument), void *argument)
{
	int status = child_wait(child_start(function, argument));

	if (status == CHILD_SKIP)
		skip();
	assert_int_equal(status, 0);
}

void attached_start(struct attached *child, const char *dir, enum utfs_proc_kind kind,
		    void (*function)(struct utfs_arena *arena))
{
	int report[2];

	assert_int_equal(pipe(report), 0);
	child->pid = fork();
	assert_true(child->pid >= 0);
	if (!child->pid) {
		static struct utfs_arena arena;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		CHILD_CHECK(!fixture_open(&arena, dir, kind, NULL));
		if (function)
			function(&arena);
		CHILD_CHECK(write(report[1], &arena.proc, sizeof(arena.proc)) ==
			    sizeof(arena.proc));
		for (;;)
			pause();
	}
	close(report[1]);
	assert_int_equal(read(report[0], &child->proc, sizeof(child->proc)), sizeof(child->proc));
	close(report[0]);
}

void attached_kill(struct attached *child)
{
	kill(child->pid, SIGKILL);
	assert_int_equal(child_wait(child->pid), 128 + SIGKILL);
}

static void file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "%s: not written\n", path);
	close(fd);
}

void child_unshare(int flags)
{
	unsigned int uid = getuid(), gid = getgid();
	char map[64];

	if (!uid) {
		if (unshare(CLONE_NEWNS | flags))
			_exit(CHILD_SKIP);
	} else {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS | flags))
			_exit(CHILD_SKIP);
		file_write("/proc/self/setgroups", "deny");
		snprintf(map, sizeof(map), "%u %u 1", uid, uid);
		file_write("/proc/self/uid_map", map);
		snprintf(map, sizeof(map), "%u %u 1", gid, gid);
		file_write("/proc/self/gid_map", map);
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		_exit(CHILD_SKIP);
}

struct tmpfs_run {
	unsigned int kb;
	void (*function)(void *path);
};

static void tmpfs_child(void *argument)
{
	const struct tmpfs_run *run = argument;
	char options[64], dir[] = "/tmp/utfs-tmpfs-XXXXXX";

	child_unshare(0);
	CHILD_CHECK(mkdtemp(dir));
	snprintf(options, sizeof(options), "size=%uk,mode=0700", run->kb);
	if (mount("utfs-test", dir, "tmpfs", 0, options)) {
		rmdir(dir);
		_exit(CHILD_SKIP);
	}
	run->function(dir);
	CHILD_CHECK(!umount2(dir, MNT_DETACH));
	CHILD_CHECK(!rmdir(dir));
}

void run_in_tmpfs(unsigned int kb, void (*function)(void *path))
{
	struct tmpfs_run run = {kb, function};

	child_run(tmpfs_child, &run);
}

uint64_t file_bytes(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

static uint64_t digest(uint64_t hash, const void *bytes, size_t n)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

uint64_t file_digest(const char *path)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	off_t at = 0, end = lseek(fd, 0, SEEK_END);

	assert_true(fd >= 0);
	hash = digest(hash, &end, sizeof(end));
	while ((at = lseek(fd, at, SEEK_DATA)) >= 0 && at < end) {
		char page[4096];
		ssize_t n = pread(fd, page, sizeof(page), at);

		if (n <= 0)
			break;
		hash = digest(hash, &at, sizeof(at));
		hash = digest(hash, page, (size_t)n);
		at += n;
	}
	close(fd);
	return hash;
}
