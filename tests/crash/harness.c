/* SPDX-License-Identifier: MIT */
/* Arenas that are copied, processes that die in them, and the look at what they leave. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crash.h"
#include "ring/ring.h"

/* Small, so that a copy costs little; sparse anyway. */
#define ARENA_SIZE "64M"
/* What a child that has done all its work says before it is killed. */
static const char DONE = 'd';

int crash_start(struct crash_run *run)
{
	const char *base = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
	int ret;

	setenv("UTRACEFS_ARENA_SIZE", ARENA_SIZE, 1);
	snprintf(run->base, sizeof(run->base), "%s/utfs-crash-XXXXXX", base);
	if (!mkdtemp(run->base))
		return -errno;
	snprintf(run->setup, sizeof(run->setup), "%s/setup", run->base);
	snprintf(run->work, sizeof(run->work), "%s/work", run->base);
	snprintf(run->spare, sizeof(run->spare), "%s/spare", run->base);
	if (mkdir(run->setup, 0700) || mkdir(run->work, 0700) || mkdir(run->spare, 0700))
		return -errno;
	ret = crash_points_start();
	return ret ? ret : crash_transactions_start();
}

void crash_clear(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
}

void crash_finish(struct crash_run *run)
{
	crash_clear(run->setup);
	crash_clear(run->work);
	crash_clear(run->spare);
	rmdir(run->setup);
	rmdir(run->work);
	rmdir(run->spare);
	rmdir(run->base);
}

/* The bytes, without the holes. */
static int data_copy(int in, int out)
{
	static char buffer[1 << 16];
	off_t at = 0, end = lseek(in, 0, SEEK_END);

	if (ftruncate(out, end))
		return -errno;
	while ((at = lseek(in, at, SEEK_DATA)) >= 0) {
		off_t hole = lseek(in, at, SEEK_HOLE);

		while (at < hole) {
			size_t want = hole - at < (off_t)sizeof(buffer) ? (size_t)(hole - at)
									: sizeof(buffer);
			ssize_t n = pread(in, buffer, want, at);

			if (n <= 0 || pwrite(out, buffer, (size_t)n, at) != n)
				return -EIO;
			at += n;
		}
	}
	return 0;
}

/* Allocated pages that nobody wrote to are holes to data_copy(). */
static int allocation_copy(int out)
{
	struct utfs_header header;
	uint64_t heap, end;
	int ret = 0;

	if (pread(out, &header, sizeof(header), 0) != sizeof(header))
		return -EIO;
	heap = header.region_offset[UTFS_REGION_HEAP];
	for (int r = 0; !ret && r < UTFS_REGION_HEAP; r++)
		ret = utfs_file_allocate(out, header.region_offset[r], header.present[r]);
	if (!ret)
		ret = utfs_file_allocate(out, heap, header.heap_end - heap);
	end = header.region_offset[UTFS_REGION_EXTENTS];
	/* What is freed in a change that is not committed yet still has its content. */
	for (uint64_t i = 0; !ret && !header.nr_undo && i < header.nr_extents; i++) {
		struct utfs_extent extent;

		if (pread(out, &extent, sizeof(extent), (off_t)(end + i * sizeof(extent))) !=
		    sizeof(extent))
			ret = -EIO;
		else if (extent.nr_pages && fallocate(out, 3 /* punch, keep size */,
						      (off_t)(extent.first_page * UTFS_PAGE_BYTES),
						      (off_t)(extent.nr_pages * UTFS_PAGE_BYTES)))
			ret = -errno;
	}
	return ret;
}

int crash_copy(const char *from, const char *to)
{
	char path[96];
	int in, out, ret = -EIO;

	crash_clear(to);
	snprintf(path, sizeof(path), "%s/arena", from);
	in = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s/arena", to);
	out = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (in >= 0 && out >= 0)
		ret = data_copy(in, out);
	if (!ret)
		ret = allocation_copy(out);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return ret;
}

int crash_look_open(struct utfs_arena *arena, const char *dir)
{
	struct utfs_header header;
	struct stat st;
	int fd;

	memset(arena, 0, sizeof(*arena));
	snprintf(arena->path, sizeof(arena->path), "%s/arena", dir);
	fd = open(arena->path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
	    header.magic != UTFS_ABI_MAGIC || (uint64_t)st.st_size != header.size_bytes) {
		close(fd);
		return -EBADMSG;
	}
	arena->fd = fd;
	arena->proc = UTFS_NO_PROC;
	arena->kind = UTFS_PROC_FRONT_END;
	arena->lock_timeout_ms = 2000;
	arena->size_bytes = header.size_bytes;
	memcpy(arena->region_offset, header.region_offset, sizeof(arena->region_offset));
	arena->nr_cpus = header.nr_cpus;
	arena->mode = header.mode;
	arena->device = st.st_dev;
	arena->inode = st.st_ino;
	arena->header = mmap(NULL, arena->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (arena->header == MAP_FAILED) {
		close(fd);
		return -ENOMEM;
	}
	return utfs_proc_identify(arena, fd);
}

void crash_look_close(struct utfs_arena *arena)
{
	munmap(arena->header, arena->size_bytes);
	close(arena->fd);
}

static int child_end(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* In a child: it reports that it is through and dies as all others do, without cleaning up. */
static void die_done(int report)
{
	if (write(report, &DONE, 1) != 1)
		_exit(3);
	kill(getpid(), SIGKILL);
}

/* Waits for a child that reports through a pipe. */
static enum crash_end child_result(pid_t pid, int report[2])
{
	char said = 0;
	int status;

	close(report[1]);
	(void)!read(report[0], &said, 1);
	close(report[0]);
	status = child_end(pid);
	if (status != 128 + SIGKILL) {
		fprintf(stderr,
			"a process ended with status %d, where it should have been killed\n",
			status);
		return CRASH_FAILED;
	}
	return said == DONE ? CRASH_DONE : CRASH_KILLED;
}

static pid_t child_fork(int report[2])
{
	pid_t pid;

	if (pipe(report))
		return -1;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(report[0]);
	}
	return pid;
}

static int arena_open(struct utfs_arena *arena, const char *dir, bool create)
{
	const struct utfs_arena_options options = {.kind = UTFS_PROC_FRONT_END,
						   .directory = dir,
						   .create = create,
						   .rseq_usable = utfs_rseq_usable()};
	char why[UTFS_WHY_BYTES];
	int ret = utfs_arena_open(arena, &options, why);

	if (ret)
		fprintf(stderr, "%s\n", why);
	return ret;
}

static void operate_child(const char *dir, const struct crash_kind *kind, unsigned int kill_at,
			  bool operate, int report)
{
	static struct utfs_arena arena;
	bool attach = kind->flags & (CRASH_ATTACH | CRASH_REBOOT);
	int ret;

	if (attach)
		crash_points_arm(kill_at);
	ret = arena_open(&arena, dir, false);
	if (!ret && kind->prepare)
		ret = kind->prepare(&arena);
	if (!attach)
		crash_points_arm(kill_at);
	if (!ret && operate && kind->operate)
		ret = kind->operate(&arena);
	if (ret) {
		fprintf(stderr, "%s: failed with %d\n", kind->name, ret);
		_exit(2);
	}
	die_done(report);
}

enum crash_end crash_operate(const char *dir, const struct crash_kind *kind, unsigned int kill_at,
			     bool operate)
{
	int report[2];
	pid_t pid = child_fork(report);

	if (pid < 0)
		return CRASH_FAILED;
	if (!pid)
		operate_child(dir, kind, kill_at, operate, report[1]);
	return child_result(pid, report);
}

enum crash_end crash_recover(const char *dir, unsigned int kill_at)
{
	int report[2];
	pid_t pid = child_fork(report);

	if (pid < 0)
		return CRASH_FAILED;
	if (!pid) {
		static struct utfs_arena arena;

		if (crash_look_open(&arena, dir))
			_exit(2);
		crash_points_arm(kill_at);
		if (utfs_tx_begin(&arena) || utfs_tx_end(&arena, 0))
			_exit(2);
		die_done(report[1]);
	}
	return child_result(pid, report);
}

static int process_dies(const char *dir, bool create, int (*function)(struct utfs_arena *arena))
{
	int report[2];
	pid_t pid = child_fork(report);

	if (pid < 0)
		return -ECHILD;
	if (!pid) {
		static struct utfs_arena arena;
		int ret = arena_open(&arena, dir, create);

		if (!ret && function)
			ret = function(&arena);
		if (ret)
			fprintf(stderr, "setup failed with %d\n", ret);
		if (ret)
			_exit(2);
		die_done(report[1]);
	}
	return child_result(pid, report) == CRASH_DONE ? 0 : -ECHILD;
}

enum crash_end crash_create(const char *dir, unsigned int kill_at)
{
	int report[2];
	pid_t pid = child_fork(report);

	if (pid < 0)
		return CRASH_FAILED;
	if (!pid) {
		static struct utfs_arena arena;

		crash_points_arm(kill_at);
		if (arena_open(&arena, dir, true))
			_exit(2);
		die_done(report[1]);
	}
	return child_result(pid, report);
}

int crash_dead_process(const char *dir, int (*function)(struct utfs_arena *arena))
{
	return process_dies(dir, false, function);
}

void crash_directory(const struct utfs_arena *arena, char dir[80])
{
	snprintf(dir, 80, "%.*s", (int)(strlen(arena->path) - strlen("/arena")), arena->path);
}

/* What a reboot does: another boot id, and nobody to say that the lock's owner is gone. */
static int reboot(const char *dir)
{
	struct utfs_arena arena;
	int ret = crash_look_open(&arena, dir);

	if (ret)
		return ret;
	memcpy(arena.header->boot_id, "another", 8);
	arena.header->event.word = arena.header->last_proc_serial << 1;
	crash_look_close(&arena);
	return 0;
}

int crash_setup(const struct crash_run *run, const struct crash_kind *kind)
{
	int ret;

	crash_clear(run->setup);
	setenv("UTRACEFS_LOCKED", kind->flags & CRASH_LOCKED ? "1" : "0", 1);
	ret = process_dies(run->setup, true, kind->setup);
	if (!ret && kind->flags & CRASH_REBOOT)
		ret = reboot(run->setup);
	return ret;
}

int crash_states(const struct crash_run *run, const struct crash_kind *kind,
		 struct crash_text *before, struct crash_text *after)
{
	int ret = crash_copy(run->setup, run->work);

	if (!ret && !(kind->flags & (CRASH_ATTACH | CRASH_REBOOT)) &&
	    crash_operate(run->work, kind, 0, false) != CRASH_DONE)
		ret = -ECHILD;
	/* What lies there after a reboot may only be looked at once it has been made anew. */
	if (!ret && !(kind->flags & CRASH_REBOOT))
		ret = crash_look(run->work, before);
	if (!ret)
		ret = crash_copy(run->setup, run->work);
	if (!ret && crash_operate(run->work, kind, 0, true) != CRASH_DONE)
		ret = -ECHILD;
	if (!ret)
		ret = crash_look(run->work, after);
	if (ret)
		fprintf(stderr, "%s: cannot be prepared: %s\n", kind->name, strerror(-ret));
	return ret;
}
