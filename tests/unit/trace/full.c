/* SPDX-License-Identifier: MIT */
/*
 * A file system that is full, under every kind of thing that people do: each gets ENOSPC as long as one page is missing, changes nothing then,
 * and works when there is room. Meanwhile events are written and files read: nobody gets a signal. (What the layer below does so:
 * arena-nospace.)
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../arena/fixture.h"
#include "trace/check.h"
#include "tree.h"

#define FILE_SYSTEM_KB 8192
#define TEXT_BYTES     (1 << 16)

/* There may be room for it without the file system. */
#define SPARE 1U
/* As in the kernel, the snapshot's memory stays where what was to use it has failed. */
#define SNAPSHOT_STAYS 2U

struct operation {
	const char *path, *written; /* NULL: the path is of an instance to be made */
	unsigned int flags;
};

static const struct operation operations[] = {
	{"instances/new", NULL, 0},
	{"instances/i/events/zoo/enable", "1", 0},
	{"instances/i/trace_marker", "hello", 0},
	{"instances/i/pending_events", "any:* enable\n", SPARE},
	{"events/zoo/cat/filter", "n == 1 || n == 2 || n == 3", SPARE},
	{"events/zoo/filter", "n == 1 || n == 2 || n == 3", SPARE},
	{"events/zoo/cat/trigger", "traceoff:3 if n == 1", SPARE},
	{"events/zoo/cat/trigger", "enable_event:zoo:dog", SPARE},
	{"events/zoo/cat/trigger", "stacktrace", SPARE},
	{"events/zoo/cat/trigger", "snapshot", SNAPSHOT_STAYS},
	{"events/zoo/cat/trigger", "hist:keys=n", 0},
	{"events/zoo/cat/trigger", "hist:keys=n:v=n:onmax($v).save(common_pid)", 0},
	{"snapshot", "1", 0},
	{"buffer_size_kb", "64", 0},
	{"per_cpu/cpu0/buffer_size_kb", "100", 0},
	{"buffer_subbuf_size_kb", "16", 0},
	{"set_event_pid", "1 2 3 4 5 6 7 8 9", SPARE},
	{"tracing_cpumask", "1", SPARE},
	{"pending_events", "any:* filter n == 1 && text ~ \"a*\"\n", SPARE},
	{"dynamic_events", "u:made int a; char[100] b; u64 c; int d; int e; int f", SPARE},
	{"synthetic_events", "made int a; char b[100]; unsigned long c; int d; int e", SPARE},
	{"saved_cmdlines_size", "30000", 0},
};

/* What a person sees of all that. */
static const char *const visible[] = {"available_events",
				      "set_event",
				      "events/zoo/cat/enable",
				      "events/zoo/cat/filter",
				      "events/zoo/cat/trigger",
				      "events/zoo/dog/enable",
				      "events/zoo/dog/filter",
				      "buffer_size_kb",
				      "buffer_total_size_kb",
				      "buffer_subbuf_size_kb",
				      "per_cpu/cpu0/buffer_size_kb",
				      "snapshot",
				      "set_event_pid",
				      "tracing_cpumask",
				      "tracing_on",
				      "pending_events",
				      "dynamic_events",
				      "synthetic_events",
				      "saved_cmdlines_size",
				      "instances/i/events/enable",
				      "instances/i/buffer_size_kb",
				      "instances/i/pending_events",
				      "instances/i/trace"};

static const struct operation *operation; /* the child's */

struct world {
	struct tree tree;
	uint32_t event;
	char ballast[128];
	int fd; /* of the ballast */
};

/* Leaves the file system with so many pages. */
static void room_leave(const struct world *world, uint64_t pages)
{
	const off_t size = lseek(world->fd, 0, SEEK_END);
	struct statvfs st;

	CHILD_CHECK(!fstatvfs(world->fd, &st) && st.f_bsize == UTFS_PAGE_BYTES);
	if (st.f_bfree > pages)
		CHILD_CHECK(!fallocate(world->fd, 0, size,
				       (off_t)((st.f_bfree - pages) * UTFS_PAGE_BYTES)));
	else
		CHILD_CHECK(!ftruncate(world->fd,
				       size - (off_t)((pages - st.f_bfree) * UTFS_PAGE_BYTES)));
}

static void look(struct world *world, char *text)
{
	struct eventfs_attr attr;
	size_t n = 0;

	for (size_t i = 0; i < COUNT(visible); i++) {
		if (operation->flags & SNAPSHOT_STAYS && !strcmp(visible[i], "snapshot"))
			continue;
		n += (size_t)snprintf(text + n, TEXT_BYTES - n, "%s:\n", visible[i]);
		CHILD_CHECK(n + 8192 < TEXT_BYTES);
		CHILD_CHECK(tree_read(&world->tree, visible[i], text + n, 8192) >= 0);
		n += strlen(text + n);
	}
	snprintf(text + n, TEXT_BYTES - n, "new: %d\n",
		 eventfs_walk(world->tree.fs, "instances/new", &attr));
}

static void check(const struct world *world)
{
	struct utfs_trace_check result;
	char why[UTFS_WHY_BYTES];

	CHILD_CHECK(!utfs_trace_check(world->tree.directory, false, &result, why));
	CHILD_CHECK(!result.nr_findings);
	utfs_trace_check_free(&result);
}

static ssize_t operate(struct world *world)
{
	return operation->written ? tree_write(&world->tree, operation->path, operation->written)
				  : tree_mkdir(&world->tree, operation->path);
}

/* An instance that records, six that do not: the next one needs another page of the table. */
static void world_make(struct world *world, const char *path)
{
	static const char *const names[] = {"i", "b", "c", "d", "e", "f", "g"};
	char why[UTFS_TRACE_WHY_BYTES], name[32];

	setenv("UTRACEFS_ARENA_SIZE", "64M", 1);
	snprintf(world->tree.directory, sizeof(world->tree.directory), "%.50s/domain", path);
	CHILD_CHECK(!utfs_trace_open(world->tree.directory, &world->tree.trace, why));
	world->tree.fs = utfs_trace_fs(world->tree.trace);
	world->event = tree_register(&world->tree, "zoo", "cat", true);
	(void)tree_register(&world->tree, "zoo", "dog", true);
	CHILD_CHECK(tree_write(&world->tree, "buffer_size_kb", "12") > 0);
	CHILD_CHECK(tree_write(&world->tree, "events/zoo/enable", "1") > 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(name, sizeof(name), "instances/%s", names[i]);
		CHILD_CHECK(!tree_mkdir(&world->tree, name));
	}
	snprintf(world->ballast, sizeof(world->ballast), "%.50s/ballast", path);
	world->fd = open(world->ballast, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHILD_CHECK(world->fd >= 0);
}

static void full_child(void *path)
{
	static char before[TEXT_BYTES], after[TEXT_BYTES];
	struct world world = {0};
	ssize_t ret = -ENOSPC;
	uint64_t pages = 0;

	world_make(&world, path);
	room_leave(&world, 0);
	/* One page more each time: another step of the operation is the one that finds none. Where much is needed, a few more. */
	for (; ret < 0; pages += 1 + pages / 16) {
		room_leave(&world, pages);
		look(&world, before);
		ret = operate(&world);
		if (ret < 0) {
			look(&world, after);
			if (ret != -ENOSPC || strcmp(before, after) != 0)
				fprintf(stderr, "%s '%s' with %llu pages: %zd\n%s-->\n%s",
					operation->path,
					operation->written ? operation->written : "",
					(unsigned long long)pages, ret, before, after);
			CHILD_CHECK(ret == -ENOSPC && !strcmp(before, after));
		}
		for (uint32_t i = 0; i < 2000; i++)
			tree_emit(&world.tree, world.event, i, -1);
		check(&world);
		CHILD_CHECK(pages < FILE_SYSTEM_KB / 4);
	}
	CHILD_CHECK(pages > 1 || operation->flags & SPARE);
	CHILD_CHECK(!close(world.fd) && !unlink(world.ballast));
	utfs_trace_close(world.tree.trace);
}

static void nothing_that_does_not_fit_changes_anything(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(operations); i++) {
		operation = &operations[i];
		run_in_tmpfs(FILE_SYSTEM_KB, full_child);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_that_does_not_fit_changes_anything),
	};

	return cmocka_run_group_tests_name("full", tests, NULL, NULL);
}
