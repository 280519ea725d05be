/* SPDX-License-Identifier: MIT */
/* A full file system is an error for the one who asks, and changes nothing; never a signal. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "fixture.h"

/* What a new arena takes, roughly; it depends on the number of CPUs. */
#define TOO_LITTLE_KB  256
#define JUST_ENOUGH_KB 4096
static unsigned int files(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n - 2;
}

static void create_child(void *path)
{
	struct utfs_arena arena;
	char why[UTFS_WHY_BYTES];

	for (int kind = UTFS_PROC_APPLICATION; kind <= UTFS_PROC_FRONT_END; kind++) {
		CHILD_CHECK(fixture_open(&arena, path, (enum utfs_proc_kind)kind, why) == -ENOSPC);
		CHILD_CHECK(strstr(why, path) && strstr(why, "No space"));
		CHILD_CHECK(!files(path));
	}
}

static void an_arena_that_does_not_fit_leaves_nothing(void **state)
{
	(void)state;
	run_in_tmpfs(TOO_LITTLE_KB, create_child);
}

/* Takes what the file system has left, so that the arena finds it full. Return: descriptor of the file. */
static int fill_up(const char *path)
{
	char name[128];
	struct statvfs st;
	int fd;

	snprintf(name, sizeof(name), "%s/ballast", path);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHILD_CHECK(fd >= 0 && !statvfs(path, &st));
	CHILD_CHECK(!st.f_bfree ||
		    !fallocate(fd, 0, 0, (off_t)(st.f_bfree * (uint64_t)st.f_bsize)));
	return fd;
}

static void give_back(int ballast, off_t left)
{
	CHILD_CHECK(!ftruncate(ballast, left));
}

static int register_one(struct utfs_arena *arena, unsigned int n, uint32_t *id)
{
	char name[16];

	snprintf(name, sizeof(name), "event%u", n);
	CHILD_CHECK(!utfs_tx_begin(arena));
	return utfs_tx_end(arena, event_register(arena, "sys", name, "fields", id));
}

/* Registers until there is no room; then what is there is what was there. */
static unsigned int register_all(struct utfs_arena *arena, unsigned int from)
{
	uint32_t id, found;
	unsigned int n = from;
	char name[16];
	uint64_t nr, conflicts = arena->header->conflicts;
	int ret;

	do {
		nr = arena->header->nr_events;
		ret = register_one(arena, n, &id);
	} while (!ret && ++n);
	CHILD_CHECK(ret == -ENOSPC);
	CHILD_CHECK(arena->header->nr_events == nr && arena->header->conflicts == conflicts);
	CHILD_CHECK(!utfs_tx_begin(arena));
	for (unsigned int i = 0; i <= n; i++) {
		snprintf(name, sizeof(name), "event%u", i);
		CHILD_CHECK(utfs_event_find(arena, "sys", 3, name, strlen(name), &found) ==
			    (i < n ? 0 : -ENOENT));
	}
	CHILD_CHECK(!utfs_tx_end(arena, 0));
	return n;
}

static void events_child(void *path)
{
	struct utfs_arena arena;
	unsigned int n = 0, more;
	uint32_t id;
	int ballast;

	CHILD_CHECK(!fixture_open(&arena, path, UTFS_PROC_APPLICATION, NULL));
	ballast = fill_up(path);
	/* With a little more room each time, another step of the registration is the one that finds none. */
	for (unsigned int pages = 1; pages < 60; pages++) {
		struct statvfs st;
		off_t size = lseek(ballast, 0, SEEK_END);

		CHILD_CHECK(!statvfs(path, &st));
		if (size > 4096)
			give_back(ballast, size - 4096);
		more = register_all(&arena, n);
		CHILD_CHECK(more >= n);
		n = more;
	}
	CHILD_CHECK(n > 100);
	/* What is removed makes room for others, without the file system's help. */
	for (unsigned int i = 0; i < 10; i++) {
		char name[16];

		snprintf(name, sizeof(name), "event%u", i);
		CHILD_CHECK(!utfs_tx_begin(&arena));
		CHILD_CHECK(!utfs_event_find(&arena, "sys", 3, name, strlen(name), &id));
		CHILD_CHECK(!utfs_tx_end(&arena, utfs_event_remove(&arena, id)));
	}
	for (unsigned int i = 0; i < 10; i++)
		CHILD_CHECK(!register_one(&arena, 100000 + i, &id));
	utfs_arena_close(&arena);
}

static void events_that_do_not_fit_change_nothing(void **state)
{
	(void)state;
	run_in_tmpfs(JUST_ENOUGH_KB, events_child);
}

static int pages_take(struct utfs_arena *arena, uint64_t nr_pages, uint64_t *first)
{
	int ret;

	CHILD_CHECK(!utfs_tx_begin(arena));
	ret = utfs_tx_end(arena, utfs_alloc_pages(arena, nr_pages, first));
	if (!ret)
		memset(utfs_arena_heap_at(arena, *first * UTFS_PAGE_BYTES, 1), 1,
		       nr_pages * UTFS_PAGE_BYTES);
	return ret;
}

/* What the undo log and the list of free runs take: both grow while much is given back, and do not shrink. */
static uint64_t books_bytes(const struct utfs_arena *arena)
{
	return arena->header->present[UTFS_REGION_UNDO] +
	       arena->header->present[UTFS_REGION_EXTENTS];
}

static void pages_child(void *path)
{
	struct utfs_arena arena;
	uint64_t first, runs[2000], used, end, books, taken = 0;
	unsigned int n = 0;
	uint64_t size = 64;

	CHILD_CHECK(!fixture_open(&arena, path, UTFS_PROC_FRONT_END, NULL));
	CHILD_CHECK(!pages_take(&arena, 1, &first));
	CHILD_CHECK(!utfs_tx_begin(&arena));
	CHILD_CHECK(!utfs_tx_end(&arena, utfs_free_pages(&arena, first, 1)));
	for (; size; size /= 2)
		while (!pages_take(&arena, size, &runs[n])) {
			runs[n++] |= size << 32;
			taken += size * UTFS_PAGE_BYTES;
		}
	CHILD_CHECK(n > 10);
	used = file_bytes(arena.path);
	end = arena.header->heap_end;
	books = books_bytes(&arena);
	/* Whoever does without what he did not get may commit; nothing is lost. */
	CHILD_CHECK(!utfs_tx_begin(&arena));
	CHILD_CHECK(utfs_alloc_pages(&arena, 1, &first) == -ENOSPC);
	CHILD_CHECK(utfs_alloc_pages(&arena, 500, &first) == -ENOSPC);
	CHILD_CHECK(!utfs_tx_end(&arena, 0));
	CHILD_CHECK(arena.header->heap_end == end && file_bytes(arena.path) == used);
	/* Given back, it can be had again to the last page, but for what the books have grown by; all of it as one run. */
	for (unsigned int i = 0; i < n; i++) {
		CHILD_CHECK(!utfs_tx_begin(&arena));
		CHILD_CHECK(!utfs_tx_end(
			&arena, utfs_free_pages(&arena, (uint32_t)runs[i], runs[i] >> 32)));
	}
	books = books_bytes(&arena) - books;
	CHILD_CHECK(file_bytes(arena.path) == used - taken + books);
	CHILD_CHECK(pages_take(&arena, (taken - books) / UTFS_PAGE_BYTES + 1, &first) == -ENOSPC);
	CHILD_CHECK(!pages_take(&arena, (taken - books) / UTFS_PAGE_BYTES, &first));
	CHILD_CHECK(first * 4096 == arena.region_offset[UTFS_REGION_HEAP]);
	utfs_arena_close(&arena);
}

static void pages_that_do_not_fit_change_nothing(void **state)
{
	(void)state;
	run_in_tmpfs(JUST_ENOUGH_KB, pages_child);
}

static void tables_child(void *path)
{
	struct utfs_arena arena, second;
	uint32_t slot;
	char name[16];
	unsigned int n = 0;
	int ret, ballast;

	CHILD_CHECK(!fixture_open(&arena, path, UTFS_PROC_FRONT_END, NULL));
	ballast = fill_up(path);
	/* The first page of each table is there from the start. */
	CHILD_CHECK(!fixture_open(&second, path, UTFS_PROC_APPLICATION, NULL));
	do {
		snprintf(name, sizeof(name), "i%u", n);
		CHILD_CHECK(!utfs_tx_begin(&arena));
		ret = utfs_tx_end(&arena, utfs_instance_add(&arena, name, strlen(name), &slot));
	} while (!ret && ++n);
	CHILD_CHECK(ret == -ENOSPC && n == 7);
	CHILD_CHECK(arena.header->nr_instances == 8);
	for (n = 0; !(ret = utfs_pin_take(&arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, n)); n++)
		;
	CHILD_CHECK(ret == -ENOSPC && n == UTFS_PAGE_BYTES / sizeof(struct utfs_pin));
	CHILD_CHECK(!utfs_pin_drop(&arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 5));
	CHILD_CHECK(!utfs_pin_take(&arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 9999));
	/* The log itself cannot grow; the next change is not concerned. */
	CHILD_CHECK(!utfs_tx_begin(&arena));
	utfs_tx_set(&arena, &utfs_instance_at(&arena, 0)->max_latency_ns, 5);
	CHILD_CHECK(utfs_tx_reserve(&arena, 5000) == -ENOSPC);
	CHILD_CHECK(utfs_tx_end(&arena, -ENOSPC) == -ENOSPC);
	CHILD_CHECK(utfs_instance_at(&arena, 0)->max_latency_ns == 0);
	CHILD_CHECK(!utfs_tx_begin(&arena));
	CHILD_CHECK(utfs_tx_end(&arena, utfs_proc_use_event(&arena, 64, true)) == -ENOSPC);
	give_back(ballast, 0);
	CHILD_CHECK(!utfs_tx_begin(&arena));
	CHILD_CHECK(!utfs_tx_end(&arena, utfs_instance_add(&arena, "more", 4, &slot)));
	CHILD_CHECK(!utfs_tx_begin(&arena));
	CHILD_CHECK(!utfs_tx_end(&arena, utfs_proc_use_event(&arena, 64, true)));
	utfs_arena_close(&second);
	utfs_arena_close(&arena);
}

static void tables_that_cannot_grow_stay_as_they_are(void **state)
{
	(void)state;
	run_in_tmpfs(JUST_ENOUGH_KB, tables_child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arena_that_does_not_fit_leaves_nothing),
		cmocka_unit_test(events_that_do_not_fit_change_nothing),
		cmocka_unit_test(pages_that_do_not_fit_change_nothing),
		cmocka_unit_test(tables_that_cannot_grow_stay_as_they_are),
	};

	return cmocka_run_group_tests_name("arena-nospace", tests, NULL, NULL);
}
