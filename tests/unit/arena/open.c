/* SPDX-License-Identifier: MIT */
/* Making, finding and refusing arenas. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../probe.h"
#include "fixture.h"

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

/* Opens without making. Return: as utfs_arena_open(). */
static int try_open(const char *dir, char *why)
{
	const struct utfs_arena_options options = {
		.kind = UTFS_PROC_FRONT_END, .directory = dir, .rseq_usable = true};
	struct utfs_arena arena;
	int ret = utfs_arena_open(&arena, &options, why);

	if (!ret)
		utfs_arena_close(&arena);
	else
		assert_null(arena.header);
	return ret;
}

static void who_comes_first_makes_it_for_the_user_alone(void **state)
{
	struct fixture *f = *state;
	struct utfs_arena arena;
	mode_t mask = umask(0);

	assert_int_equal(rmdir(f->dir), 0);
	fixture_open_ok(&arena, f->dir, UTFS_PROC_APPLICATION);
	umask(mask);
	assert_int_equal(mode_of(f->dir), 0700);
	assert_int_equal(mode_of(f->path), 0600);
	assert_int_equal(arena.header->magic, UTFS_ABI_MAGIC);
	assert_int_equal(arena.nr_cpus, utfs_nr_possible_cpus());
	assert_int_equal(arena.mode, UTFS_MODE_RSEQ);
	utfs_arena_close(&arena);
}

static void nothing_is_made_unasked(void **state)
{
	struct fixture *f = *state;
	char why[UTFS_WHY_BYTES];

	assert_int_equal(try_open(f->dir, why), -ENOENT);
	assert_non_null(strstr(why, f->path));
	assert_int_equal(access(f->path, F_OK), -1);
	assert_int_equal(rmdir(f->dir), 0);
	assert_int_equal(try_open(f->dir, why), -ENOENT);
	assert_non_null(strstr(why, f->dir));
	assert_int_equal(access(f->dir, F_OK), -1);
}

static void the_environment_names_the_directory(void **state)
{
	struct fixture *f = *state;
	char expected[64], why[UTFS_WHY_BYTES];
	const struct utfs_arena_options options = {.kind = UTFS_PROC_FRONT_END,
						   .rseq_usable = true};
	struct utfs_arena arena;

	setenv("UTRACEFS_DIR", f->dir, 1);
	assert_int_equal(utfs_arena_open(&arena, &options, why), -ENOENT);
	assert_string_equal(arena.path, f->path);
	setenv("UTRACEFS_DIR", "", 1);
	snprintf(expected, sizeof(expected), "/dev/shm/utracefs-%u/arena", geteuid());
	for (int i = 0; i < 2; i++) {
		/* Somebody may really have one there. */
		if (!utfs_arena_open(&arena, &options, why))
			utfs_arena_close(&arena);
		else
			assert_memory_equal(why, expected, strlen(expected) - strlen("/arena"));
		assert_memory_equal(arena.path, expected, strlen(expected) - strlen("/arena"));
		unsetenv("UTRACEFS_DIR");
	}
}

/* Run again by the kernel with other rights (main): says where it would look. */
static int privileged_child(void)
{
	const struct utfs_arena_options options = {.kind = UTFS_PROC_FRONT_END};
	struct utfs_arena arena;
	char why[UTFS_WHY_BYTES];

	if (!getauxval(AT_SECURE))
		return CHILD_SKIP;
	/* Somebody of that name may have an arena. */
	if (!utfs_arena_open(&arena, &options, why))
		utfs_arena_close(&arena);
	return strstr(arena.path, "/dev/shm/utracefs-65534") == arena.path ? 0 : 4;
}

static void a_set_user_id_program_ignores_the_environment(void **state)
{
	struct fixture *f = *state;
	char copy[128], command[300];
	int status;

	SKIP_UNLESS(!geteuid(), "only root can make a program somebody else's");
	SKIP_UNLESS(!getenv("MESON_EXE_WRAPPER"), "not a program that the kernel runs");
	snprintf(copy, sizeof(copy), "/tmp/utfs-suid-%ld", (long)getpid());
	snprintf(command, sizeof(command), "cp /proc/%ld/exe %s", (long)getpid(), copy);
	assert_int_equal(system(command), 0);
	assert_int_equal(chown(copy, 65534, 65534), 0);
	assert_int_equal(chmod(copy, 04755), 0);
	setenv("UTRACEFS_DIR", f->dir, 1);
	/* The search for leaks does not work in a program with other rights. */
	snprintf(command, sizeof(command), "ASAN_OPTIONS=detect_leaks=0 %s privileged-child", copy);
	status = system(command);
	unsetenv("UTRACEFS_DIR");
	unlink(copy);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CHILD_SKIP)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_relative_directory_stays_what_it_is(void **state)
{
	struct fixture *f = *state;
	char *old = getcwd(NULL, 0);
	struct utfs_arena arena;
	uint64_t page;

	assert_int_equal(chdir(f->dir), 0);
	fixture_open_ok(&arena, "sub", UTFS_PROC_APPLICATION);
	assert_int_equal(chdir("/"), 0);
	/* For more memory the file is opened again. */
	begin(&arena);
	assert_int_equal(utfs_alloc_pages(&arena, 1, &page), 0);
	commit(&arena);
	utfs_arena_close(&arena);
	assert_int_equal(chdir(old), 0);
	free(old);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	char path[5000], why[UTFS_WHY_BYTES];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(try_open(path, why), -ENAMETOOLONG);
	path[4090] = '\0';
	assert_int_equal(try_open(path, why), -ENAMETOOLONG);
	path[300] = '\0';
	assert_int_equal(try_open(path, why), -ENAMETOOLONG);
}

/* What is wrong with an arena: each spoils a good one in some way. */
struct wrong {
	const char *name;
	void (*spoil)(struct fixture *f);
	int error;
	const char *reason; /* part of the message */
	bool root;	    /* only root can do this */
};

static void poke(struct fixture *f, size_t offset, const void *bytes, size_t n)
{
	int fd = open(f->path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, n, (off_t)offset), n);
	close(fd);
}

#define POKE(f, field, value)                                                                      \
	do {                                                                                       \
		const typeof(((struct utfs_header *)0)->field) value_ = (value);                   \
		poke(f, offsetof(struct utfs_header, field), &value_, sizeof(value_));             \
	} while (0)

static void dir_of_another(struct fixture *f)
{
	assert_int_equal(chown(f->dir, 65534, 65534), 0);
}
static void file_of_another(struct fixture *f)
{
	assert_int_equal(chown(f->path, 65534, 65534), 0);
}
static void shared_dir_of_another(struct fixture *f)
{
	assert_int_equal(chown(f->dir, 65534, 0), 0);
	assert_int_equal(chmod(f->dir, 02770), 0);
}
static void dir_for_group(struct fixture *f)
{
	assert_int_equal(chmod(f->dir, 0750), 0);
}
static void dir_for_all(struct fixture *f)
{
	assert_int_equal(chmod(f->dir, 0701), 0);
}
static void shared_dir_for_all(struct fixture *f)
{
	assert_int_equal(chmod(f->dir, 02777), 0);
}
static void file_for_group(struct fixture *f)
{
	assert_int_equal(chmod(f->path, 0640), 0);
}
static void file_for_all(struct fixture *f)
{
	assert_int_equal(chmod(f->path, 0602), 0);
}
static void shared_file_for_all(struct fixture *f)
{
	assert_int_equal(chmod(f->dir, 02770), 0);
	assert_int_equal(chmod(f->path, 0664), 0);
}
static void dir_is_link(struct fixture *f)
{
	char moved[80];

	snprintf(moved, sizeof(moved), "%s-x", f->dir);
	assert_int_equal(rename(f->dir, moved), 0);
	assert_int_equal(symlink(moved, f->dir), 0);
}
static void dir_is_file(struct fixture *f)
{
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(rmdir(f->dir), 0);
	close(open(f->dir, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}
static void file_is_link(struct fixture *f)
{
	char moved[96];

	snprintf(moved, sizeof(moved), "%s-x", f->path);
	assert_int_equal(rename(f->path, moved), 0);
	assert_int_equal(symlink(moved, f->path), 0);
}
static void file_is_fifo(struct fixture *f)
{
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(mkfifo(f->path, 0600), 0);
}
static void file_is_dir(struct fixture *f)
{
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(mkdir(f->path, 0700), 0);
}
static void file_is_empty(struct fixture *f)
{
	assert_int_equal(truncate(f->path, 0), 0);
}
static void file_is_short(struct fixture *f)
{
	assert_int_equal(truncate(f->path, 100), 0);
}
static void file_is_cut(struct fixture *f)
{
	assert_int_equal(truncate(f->path, 8192), 0);
}
static void file_is_longer(struct fixture *f)
{
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(truncate(f->path, st.st_size + 4096), 0);
}
static void file_is_text(struct fixture *f)
{
	poke(f, 0, "#!/bin/sh\n", 10);
}
static void other_version(struct fixture *f)
{
	POKE(f, abi_version, UTFS_ABI_VERSION + 1);
}
static void other_layout(struct fixture *f)
{
	POKE(f, layout_signature, 12345);
}
static void other_page_size(struct fixture *f)
{
	POKE(f, page_bytes, 16384);
}
static void size_absurd(struct fixture *f)
{
	POKE(f, size_bytes, UINT64_MAX);
}
static void cpus_none(struct fixture *f)
{
	POKE(f, nr_cpus, 0);
}
static void cpus_absurd(struct fixture *f)
{
	POKE(f, nr_cpus, UINT32_MAX);
}
static void region_moved(struct fixture *f)
{
	POKE(f, region_offset[UTFS_REGION_EVENTS], 4096);
}
static void mode_unknown(struct fixture *f)
{
	POKE(f, mode, 7);
}
static void region_too_large(struct fixture *f)
{
	POKE(f, present[UTFS_REGION_PINS], UINT64_MAX - 4095);
}
static void region_odd(struct fixture *f)
{
	POKE(f, present[UTFS_REGION_PINS], 100);
}
static void region_missing(struct fixture *f)
{
	POKE(f, present[UTFS_REGION_HASHES], 0);
}
static void instances_absurd(struct fixture *f)
{
	POKE(f, nr_instances, UTFS_MAX_INSTANCES + 1);
}
static void instances_none(struct fixture *f)
{
	POKE(f, nr_instances, 0);
}
static void instances_beyond(struct fixture *f)
{
	POKE(f, nr_instances, 9);
}
static void systems_none(struct fixture *f)
{
	POKE(f, nr_systems, 0);
}
static void events_absurd(struct fixture *f)
{
	POKE(f, nr_events, UINT64_MAX);
}
static void events_beyond(struct fixture *f)
{
	POKE(f, nr_events, 200);
}
static void procs_absurd(struct fixture *f)
{
	POKE(f, nr_procs, UTFS_MAX_PROCS + 1);
}
static void pins_absurd(struct fixture *f)
{
	POKE(f, nr_pins, UINT64_MAX / 32 + 2);
}
static void extents_absurd(struct fixture *f)
{
	POKE(f, nr_extents, UTFS_MAX_EXTENTS);
}
static void log_absurd(struct fixture *f)
{
	POKE(f, nr_undo, UTFS_MAX_UNDO);
}
static void heap_low(struct fixture *f)
{
	POKE(f, heap_end, 4096);
}
static void heap_high(struct fixture *f)
{
	POKE(f, heap_end, UINT64_MAX - 4095);
}

static const struct wrong wrongs[] = {
	{"dir_of_another", dir_of_another, -EPERM, "belongs to user 65534", true},
	{"file_of_another", file_of_another, -EPERM, "belongs to user 65534", true},
	{"shared_dir_of_another", shared_dir_of_another, -EPERM, "belongs to user 65534", true},
	{"dir_for_group", dir_for_group, -EPERM, "mode 0750", false},
	{"dir_for_all", dir_for_all, -EPERM, "mode 0701", false},
	{"shared_dir_for_all", shared_dir_for_all, -EPERM, "mode 2777", false},
	{"file_for_group", file_for_group, -EPERM, "mode 0640", false},
	{"file_for_all", file_for_all, -EPERM, "mode 0602", false},
	{"shared_file_for_all", shared_file_for_all, -EPERM, "mode 0664", false},
	{"dir_is_link", dir_is_link, -EPERM, "symbolic link", false},
	{"dir_is_file", dir_is_file, -EPERM, "not a directory", false},
	{"file_is_link", file_is_link, -EPERM, "symbolic link", false},
	{"file_is_fifo", file_is_fifo, -EPERM, "not a regular file", false},
	{"file_is_dir", file_is_dir, -EPERM, "not a regular file", false},
	{"file_is_empty", file_is_empty, -EBADMSG, "too short", false},
	{"file_is_short", file_is_short, -EBADMSG, "too short", false},
	{"file_is_cut", file_is_cut, -EBADMSG, "bytes long", false},
	{"file_is_longer", file_is_longer, -EBADMSG, "bytes long", false},
	{"file_is_text", file_is_text, -EBADMSG, "magic", false},
	{"other_version", other_version, -EPROTO, "version 2", false},
	{"other_layout", other_layout, -EPROTO, "layout", false},
	{"other_page_size", other_page_size, -EPROTO, "layout", false},
	{"size_absurd", size_absurd, -EBADMSG, "bytes long", false},
	{"cpus_none", cpus_none, -EBADMSG, "regions", false},
	{"cpus_absurd", cpus_absurd, -EBADMSG, "regions", false},
	{"region_moved", region_moved, -EBADMSG, "regions", false},
	{"mode_unknown", mode_unknown, -EBADMSG, "mode 7", false},
	{"region_too_large", region_too_large, -EBADMSG, "larger than its room", false},
	{"region_odd", region_odd, -EBADMSG, "larger than its room", false},
	{"region_missing", region_missing, -EBADMSG, "out of range", false},
	{"instances_absurd", instances_absurd, -EBADMSG, "out of range", false},
	{"instances_none", instances_none, -EBADMSG, "out of range", false},
	{"instances_beyond", instances_beyond, -EBADMSG, "out of range", false},
	{"systems_none", systems_none, -EBADMSG, "out of range", false},
	{"events_absurd", events_absurd, -EBADMSG, "out of range", false},
	{"events_beyond", events_beyond, -EBADMSG, "out of range", false},
	{"procs_absurd", procs_absurd, -EBADMSG, "out of range", false},
	{"pins_absurd", pins_absurd, -EBADMSG, "out of range", false},
	{"extents_absurd", extents_absurd, -EBADMSG, "out of range", false},
	{"log_absurd", log_absurd, -EBADMSG, "out of range", false},
	{"heap_low", heap_low, -EBADMSG, "heap", false},
	{"heap_high", heap_high, -EBADMSG, "heap", false},
};

/* Runs with a directory of its own; *state of cmocka is only the fixture, so the case is looked up by number. */
static void refuse_one(const struct wrong *wrong)
{
	void *state = NULL;
	struct fixture *f;
	struct stat before, after;
	struct utfs_arena arena;
	char why[UTFS_WHY_BYTES], moved[96];
	uint64_t digest = 0;
	bool regular;

	assert_int_equal(fixture_setup(&state), 0);
	f = state;
	utfs_arena_close(&f->arena);
	wrong->spoil(f);
	regular = !lstat(f->path, &before) && S_ISREG(before.st_mode);
	if (regular)
		digest = file_digest(f->path);
	/* Also for those who would make one. */
	for (int kind = UTFS_PROC_APPLICATION; kind <= UTFS_PROC_FRONT_END; kind++) {
		int ret = fixture_open(&arena, f->dir, (enum utfs_proc_kind)kind, why);

		if (ret != wrong->error || !strstr(why, wrong->reason) || !strstr(why, f->dir))
			fail_msg("%s: %d, %s", wrong->name, ret, why);
		assert_null(arena.header);
		assert_int_equal(arena.fd, -1);
	}
	if (regular) {
		assert_int_equal(lstat(f->path, &after), 0);
		assert_int_equal(before.st_blocks, after.st_blocks);
		assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim));
		assert_int_equal(file_digest(f->path), digest);
	}
	/* What the fixture does not know of. */
	snprintf(moved, sizeof(moved), "%s-x", f->dir);
	if (!access(moved, F_OK)) {
		unlink(f->dir);
		assert_int_equal(rename(moved, f->dir), 0);
	}
	unlink(f->dir);
	fixture_teardown(&state);
}

static void what_is_wrong_is_refused_by_name_and_left_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wrongs); i++)
		if (!wrongs[i].root || !geteuid())
			refuse_one(&wrongs[i]);
}

/* A slash at the end makes the kernel follow a link that O_NOFOLLOW would refuse. */
static void a_link_with_a_slash_is_still_a_link(void **state)
{
	struct fixture *f = *state;
	char link[80], with_slash[96], why[UTFS_WHY_BYTES];

	fixture_open_ok(&f->arena, f->dir, UTFS_PROC_FRONT_END);
	snprintf(link, sizeof(link), "%s-link", f->dir);
	snprintf(with_slash, sizeof(with_slash), "%s//", link);
	assert_int_equal(symlink(f->dir, link), 0);
	assert_int_equal(try_open(with_slash, why), -EPERM);
	assert_int_equal(unlink(link), 0);
	snprintf(with_slash, sizeof(with_slash), "%s//", f->dir);
	assert_int_equal(try_open(with_slash, why), 0);
}

static void a_group_shares_what_is_marked_as_shared(void **state)
{
	struct fixture *f = *state;
	struct utfs_arena arena;

	assert_int_equal(chmod(f->dir, 02770), 0);
	fixture_open_ok(&arena, f->dir, UTFS_PROC_APPLICATION);
	assert_int_equal(mode_of(f->path), 0660);
	assert_int_equal(mode_of(f->dir), 02770);
	if (!geteuid()) {
		struct utfs_arena other;

		/* Another member made the file. */
		assert_int_equal(chown(f->path, 65534, 0), 0);
		fixture_open_ok(&other, f->dir, UTFS_PROC_APPLICATION);
		utfs_arena_close(&other);
	}
	utfs_arena_close(&arena);
}

static void locked_mode_is_asked_for_or_needed(void **state)
{
	struct fixture *f = *state;
	struct utfs_arena_options options = {.kind = UTFS_PROC_APPLICATION,
					     .directory = f->dir,
					     .create = true,
					     .rseq_usable = true};
	struct utfs_arena arena;
	char why[UTFS_WHY_BYTES];

	setenv("UTRACEFS_LOCKED", "1", 1);
	assert_int_equal(utfs_arena_open(&arena, &options, why), 0);
	unsetenv("UTRACEFS_LOCKED");
	assert_int_equal(arena.mode, UTFS_MODE_LOCKED);
	utfs_arena_close(&arena);
	/* It belongs to the arena. */
	assert_int_equal(utfs_arena_open(&arena, &options, why), 0);
	assert_int_equal(arena.mode, UTFS_MODE_LOCKED);
	utfs_arena_close(&arena);
	unlink(f->path);
	options.rseq_usable = false;
	assert_int_equal(utfs_arena_open(&arena, &options, why), 0);
	assert_int_equal(arena.mode, UTFS_MODE_LOCKED);
	utfs_arena_close(&arena);
	unlink(f->path);
	fixture_open_ok(&arena, f->dir, UTFS_PROC_FRONT_END);
	utfs_arena_close(&arena);
	assert_int_equal(utfs_arena_open(&arena, &options, why), -ENOTSUP);
	assert_non_null(strstr(why, "rseq"));
	/* A front end writes nothing into buffers. */
	options.kind = UTFS_PROC_FRONT_END;
	assert_int_equal(utfs_arena_open(&arena, &options, why), 0);
	utfs_arena_close(&arena);
}

static void limited_child(void *argument)
{
	const struct fixture *f = argument;
	const struct rlimit limit = {1 << 20, 1 << 20};
	struct utfs_arena arena;
	char why[UTFS_WHY_BYTES];

	CHILD_CHECK(!setrlimit(RLIMIT_FSIZE, &limit));
	CHILD_CHECK(fixture_open(&arena, f->dir, UTFS_PROC_APPLICATION, why) == -EFBIG);
	CHILD_CHECK(access(f->path, F_OK));
}

/* Beyond the limit the kernel's answer is a signal that ends the program. */
static void a_limit_of_file_size_is_an_error_and_not_the_end(void **state)
{
	child_run(limited_child, *state);
}

static void no_proc_child(void *argument)
{
	const struct fixture *f = argument;
	struct utfs_arena arena;
	int go[2];
	pid_t pid;

	CHILD_CHECK(!pipe(go));
	pid = fork();
	if (!pid) {
		char c;

		/* Where the rest is skipped, nobody wakes it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		CHILD_CHECK(read(go[0], &c, 1) == 1);
		/* Sees the real boot id, where the arena has none: it must not make anew what is in use. */
		CHILD_CHECK(!fixture_open(&arena, f->dir, UTFS_PROC_APPLICATION, NULL));
		CHILD_CHECK(arena.proc == 1);
		CHILD_CHECK(utfs_proc_at(&arena, 0)->kind == UTFS_PROC_FRONT_END);
		CHILD_CHECK(utfs_proc_alive(&arena, 0));
		_exit(0);
	}
	child_unshare(0);
	if (mount("none", "/proc", "tmpfs", 0, ""))
		_exit(CHILD_SKIP);
	CHILD_CHECK(!fixture_open(&arena, f->dir, UTFS_PROC_FRONT_END, NULL));
	CHILD_CHECK(!arena.header->boot_id[0]);
	CHILD_CHECK(write(go[1], "x", 1) == 1);
	CHILD_CHECK(!child_wait(pid));
	/* No other name is left. */
	CHILD_CHECK(!unlink(f->path) && !rmdir(f->dir));
}

static void without_proc_it_works_as_well(void **state)
{
	child_run(no_proc_child, *state);
}

#define RACERS 20

struct race {
	const char *dir;
	int report[2];
};

static void racer(void *argument)
{
	const struct race *race = argument;
	struct utfs_arena arena;
	uint32_t id = 0;

	CHILD_CHECK(!fixture_open(&arena, race->dir, UTFS_PROC_APPLICATION, NULL));
	CHILD_CHECK(!utfs_tx_begin(&arena));
	CHILD_CHECK(!utfs_tx_end(&arena, event_register(&arena, "race", "event", "f", &id)));
	CHILD_CHECK(id == UTFS_EVENT_ID_FIRST);
	CHILD_CHECK(write(race->report[1], &arena.proc, sizeof(arena.proc)) == sizeof(arena.proc));
	/* Stays attached until all are. */
	for (;;)
		pause();
}

static void many_at_once_make_one(void **state)
{
	struct fixture *f = *state;
	struct race race = {.dir = f->dir};
	bool taken[RACERS] = {0};
	pid_t pids[RACERS];
	int left;

	assert_int_equal(rmdir(f->dir), 0);
	assert_int_equal(pipe(race.report), 0);
	for (int i = 0; i < RACERS; i++)
		pids[i] = child_start(racer, &race);
	close(race.report[1]);
	for (int i = 0; i < RACERS; i++) {
		uint32_t proc;

		assert_int_equal(read(race.report[0], &proc, sizeof(proc)), sizeof(proc));
		assert_true(proc < RACERS);
		assert_false(taken[proc]);
		taken[proc] = true;
	}
	fixture_open_ok(&f->arena, f->dir, UTFS_PROC_FRONT_END);
	assert_int_equal(f->arena.proc, RACERS);
	assert_int_equal(f->arena.header->nr_events, UTFS_EVENT_ID_FIRST + 1);
	for (uint64_t i = 0; i < RACERS; i++)
		assert_true(utfs_proc_alive(&f->arena, i));
	for (int i = 0; i < RACERS; i++) {
		kill(pids[i], SIGKILL);
		child_wait(pids[i]);
	}
	close(race.report[0]);
	utfs_arena_close(&f->arena);
	/* Nothing but the arena was left. */
	left = unlink(f->path) || rmdir(f->dir);
	assert_int_equal(left, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		test_with_dir(who_comes_first_makes_it_for_the_user_alone),
		test_with_dir(nothing_is_made_unasked),
		test_with_dir(the_environment_names_the_directory),
		test_with_dir(a_set_user_id_program_ignores_the_environment),
		test_with_dir(a_relative_directory_stays_what_it_is),
		cmocka_unit_test(a_path_that_is_too_long_is_refused),
		cmocka_unit_test(what_is_wrong_is_refused_by_name_and_left_alone),
		test_with_dir(a_link_with_a_slash_is_still_a_link),
		test_with_dir(a_group_shares_what_is_marked_as_shared),
		test_with_dir(locked_mode_is_asked_for_or_needed),
		test_with_dir(a_limit_of_file_size_is_an_error_and_not_the_end),
		test_with_dir(without_proc_it_works_as_well),
		test_with_dir(many_at_once_make_one),
	};

	if (argc == 2 && !strcmp(argv[1], "privileged-child"))
		/* Nothing that a sanitizer does at the end works with other rights. */
		_exit(privileged_child());
	return cmocka_run_group_tests_name("arena-open", tests, NULL, NULL);
}
