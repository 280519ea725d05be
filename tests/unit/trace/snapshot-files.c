/* SPDX-License-Identifier: MIT */
/* snapshot, per_cpu/cpuN/snapshot and snapshot_raw: the kernel's texts and answers. */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define HEAD(state_) "# tracer: nop\n#\n#\n# * Snapshot is " state_ " *\n#\n# Snapshot commands:\n"
#define CLEARS                                                                                     \
	"#                      (Doesn't have to be '2' works with any number that\n"              \
	"#                       is not a '0' or '1')\n"
#define HELP                                                                                       \
	"# echo 0 > snapshot : Clears and frees snapshot buffer\n"                                 \
	"# echo 1 > snapshot : Allocates snapshot buffer, if not already allocated.\n"             \
	"#                      Takes a snapshot of the main buffer.\n"                            \
	"# echo 2 > snapshot : Clears snapshot buffer (but does not allocate or free)\n" CLEARS
#define CPU_HELP                                                                                   \
	"# echo 0 > snapshot : Invalid for per_cpu snapshot file.\n"                               \
	"# echo 1 > snapshot : Allocates snapshot buffer, if not already allocated.\n"             \
	"#                      Takes a snapshot of the main buffer for this cpu.\n"               \
	"# echo 2 > snapshot : Clears this cpu's snapshot buffer (but does not allocate)\n" CLEARS

#define FREED	  HEAD("freed") HELP
#define ALLOCATED HEAD("allocated") HELP

static void texts_and_answers(void **state)
{
	static const struct exchange exchanges[] = {
		{"snapshot", "abc", -EINVAL, FREED},
		{"snapshot", "-1", -EINVAL, FREED},
		{"snapshot", "1 ", -EINVAL, FREED},
		{"snapshot", "99999999999999999999", -ERANGE, FREED},
		{"snapshot", "0", 1, FREED},
		{"snapshot", "2", 1, FREED},
		{"per_cpu/cpu0/snapshot", "0", -EINVAL, HEAD("freed") CPU_HELP},
		{"per_cpu/cpu0/snapshot", "2", 1, HEAD("freed") CPU_HELP},
		{"snapshot", "1\n", 2, ALLOCATED},
		{"snapshot", "3", 1, ALLOCATED},
		{"per_cpu/cpu0/snapshot", "0", -EINVAL, HEAD("allocated") CPU_HELP},
		{"per_cpu/cpu0/snapshot", "17", 2, HEAD("allocated") CPU_HELP},
		{"per_cpu/cpu0/snapshot_raw", "1", -EINVAL, NULL},
		{"snapshot", "0", 1, FREED},
		{"per_cpu/cpu0/snapshot", "1", 1, HEAD("allocated") CPU_HELP},
		{"snapshot", "2", 1, ALLOCATED},
		{"snapshot", "0", 1, FREED},
	};

	CHECK(*state, exchanges);
}

/* Events of zoo:cat in a file, by their numbers. */
static void expect(struct tree *tree, const char *path, const char *numbers)
{
	static char text[1 << 16];
	char found[256] = "";
	size_t n = 0;

	assert_true(tree_read(tree, path, text, sizeof(text)) >= 0);
	for (const char *at = text; (at = strstr(at, "n=")); at += 2)
		if (n < sizeof(found) - 2)
			found[n++] = at[2];
	found[n] = '\0';
	assert_string_equal(found, numbers);
}

static void emit(struct tree *tree, const char *instance, const char *numbers, int cpu)
{
	uint32_t id = tree_register(tree, "zoo", "cat", true);
	char path[128];

	snprintf(path, sizeof(path), "%sevents/zoo/cat/enable", instance);
	assert_int_equal(tree_write(tree, path, "1"), 1);
	for (; *numbers; numbers++)
		assert_int_equal(tree_emit(tree, id, (uint32_t)(*numbers - '0'), cpu), 1);
	assert_int_equal(tree_write(tree, path, "0"), 1);
}

static void a_snapshot_swaps(void **state)
{
	struct tree *tree = *state;

	emit(tree, "", "12", 0);
	assert_int_equal(tree_write(tree, "snapshot", "1"), 1);
	expect(tree, "snapshot", "12");
	expect(tree, "per_cpu/cpu0/snapshot", "12");
	expect(tree, "trace", "");
	assert_int_equal(tree_count(tree, "snapshot", "# entries-in-buffer/entries-written: 2/2"),
			 1);
	emit(tree, "", "3", 0);
	expect(tree, "snapshot", "12");
	assert_int_equal(tree_write(tree, "snapshot", "1"), 1);
	emit(tree, "", "4", 0);
	expect(tree, "snapshot", "3");
	expect(tree, "trace", "124");
	/* Clearing one leaves the other. */
	assert_int_equal(tree_write(tree, "trace", ""), 0);
	expect(tree, "trace", "");
	expect(tree, "snapshot", "3");
	assert_int_equal(tree_write(tree, "per_cpu/cpu0/snapshot", "2"), 1);
	assert_text(tree, "snapshot", ALLOCATED);
	/* Of one CPU. */
	emit(tree, "", "5", 0);
	assert_int_equal(tree_write(tree, "per_cpu/cpu0/snapshot", "1"), 1);
	expect(tree, "snapshot", "5");
	expect(tree, "trace", "");
	/* A clock of another kind makes what both hold meaningless. */
	emit(tree, "", "6", 0);
	assert_int_equal(tree_write(tree, "trace_clock", "mono"), 4);
	assert_text(tree, "snapshot", ALLOCATED);
	expect(tree, "trace", "");
	assert_int_equal(tree_write(tree, "snapshot", "0"), 1);
	assert_text(tree, "snapshot", FREED);
}

static void instances_have_their_own(void **state)
{
	struct tree *tree = *state;
	struct eventfs_file *file;

	assert_int_equal(tree_mkdir(tree, "instances/snap"), 0);
	emit(tree, "instances/snap/", "12", 0);
	assert_int_equal(tree_write(tree, "instances/snap/snapshot", "1"), 1);
	expect(tree, "instances/snap/snapshot", "12");
	assert_text(tree, "snapshot", FREED);
	assert_int_equal(tree_handle(tree, "instances/snap/snapshot", O_RDONLY, &file), 0);
	assert_int_equal(tree_rmdir(tree, "instances/snap"), -EBUSY);
	eventfs_release(file);
	assert_int_equal(tree_rmdir(tree, "instances/snap"), 0);
	assert_int_equal(tree_mkdir(tree, "instances/snap"), 0);
	assert_text(tree, "instances/snap/snapshot", FREED);
	assert_int_equal(tree_rmdir(tree, "instances/snap"), 0);
}

/* A consuming reader finds what there is where it is now, and takes it with it. */
static void pages_are_consumed(void **state)
{
	struct tree *tree = *state;
	struct eventfs_request req = {.nonblock = true};
	struct eventfs_file *raw;
	struct utfs_page page;

	assert_int_equal(tree_handle(tree, "per_cpu/cpu0/snapshot_raw", O_RDONLY, &raw), 0);
	assert_int_equal(eventfs_read(raw, &req, (char *)&page, sizeof(page), 0), -EAGAIN);
	emit(tree, "", "12", 0);
	assert_int_equal(eventfs_read(raw, &req, (char *)&page, sizeof(page), 0), -EAGAIN);
	assert_int_equal(tree_write(tree, "snapshot", "1"), 1);
	assert_int_equal(eventfs_read(raw, &req, (char *)&page, sizeof(page), 0), sizeof(page));
	assert_int_equal(page.commit, 2 * 16);
	assert_text(tree, "snapshot", ALLOCATED);
	assert_int_equal(eventfs_read(raw, &req, (char *)&page, sizeof(page), 0), -EAGAIN);
	eventfs_release(raw);
}

static void sizes_hold_for_both(void **state)
{
	struct tree *tree = *state;

	emit(tree, "", "12", 0);
	assert_int_equal(tree_write(tree, "snapshot", "1"), 1);
	emit(tree, "", "3", 0);
	assert_int_equal(tree_write(tree, "buffer_size_kb", "100"), 3);
	expect(tree, "snapshot", "12");
	expect(tree, "trace", "3");
	assert_int_equal(tree_write(tree, "snapshot", "1"), 1);
	assert_text(tree, "buffer_size_kb", "103\n");
	expect(tree, "snapshot", "3");
	expect(tree, "trace", "12");
	/* More than there is: nothing changes. */
	assert_int_equal(tree_write(tree, "snapshot", "0"), 1);
	assert_int_equal(tree_write(tree, "snapshot", "1"), 1);
	expect(tree, "snapshot", "12");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(texts_and_answers, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(a_snapshot_swaps, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(instances_have_their_own, tree_setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(pages_are_consumed, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(sizes_hold_for_both, tree_setup, tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
