/* SPDX-License-Identifier: MIT */
/* Attributes: defaults, chmod and chown that stick, truncate and utime that do nothing, access. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "zoo.h"

static struct eventfs_attr attr_of(struct zoo *zoo, const char *path)
{
	struct eventfs_attr attr;

	assert_int_equal(eventfs_walk(zoo->fs, path, &attr), 0);
	return attr;
}

static int chmod_id(struct zoo *zoo, uint64_t id, mode_t mode)
{
	struct eventfs_attr attr = {.mode = mode};

	return eventfs_setattr(zoo->fs, id, EVENTFS_SET_MODE, &attr);
}

static void attributes_come_from_the_table(void **state)
{
	struct timespec before;
	struct timespec after;
	struct eventfs_attr attr;
	struct zoo *zoo;

	clock_gettime(CLOCK_REALTIME, &before);
	zoo = zoo_new();
	clock_gettime(CLOCK_REALTIME, &after);
	attr = attr_of(zoo, "");
	assert_int_equal(attr.id, EVENTFS_ROOT_ID);
	assert_int_equal(attr.mode, S_IFDIR | 0750);
	assert_int_equal(attr.nlink, 2);
	assert_int_equal(attr.size_bytes, 0);
	assert_int_equal(attr.flags, 0);
	attr = attr_of(zoo, "feed");
	assert_int_equal(attr.mode, S_IFREG | 0640);
	assert_int_equal(attr.nlink, 1);
	assert_int_equal(attr.uid, 1000);
	assert_int_equal(attr.gid, 100);
	assert_int_equal(attr.flags, EVENTFS_PIN | EVENTFS_UNSEEKABLE);
	assert_true(attr.time.tv_sec >= before.tv_sec && attr.time.tv_sec <= after.tv_sec);
	attr = attr_of(zoo, "camera");
	assert_int_equal(attr.size_bytes, UINT64_C(1) << 40);
	zoo_free(zoo);
}

static void the_owner_of_all_can_be_changed(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_attr own = {.uid = 5, .gid = 6};

	assert_int_equal(eventfs_setattr(zoo->fs, zoo_id(zoo, "box"), EVENTFS_SET_UID, &own), 0);
	eventfs_set_owner(zoo->fs, (uid_t)-1, 44);
	assert_int_equal(attr_of(zoo, "motto").uid, 1000);
	assert_int_equal(attr_of(zoo, "motto").gid, 44);
	eventfs_set_owner(zoo->fs, 0, (gid_t)-1);
	assert_int_equal(attr_of(zoo, "motto").uid, 0);
	assert_int_equal(attr_of(zoo, "motto").gid, 44);
	assert_int_equal(attr_of(zoo, "box").uid, 5);
	assert_int_equal(attr_of(zoo, "box").gid, 44);
	zoo_free(zoo);
}

static void chmod_and_chown_stick(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_attr attr = {.mode = S_IFDIR | 0666, .uid = 1, .gid = 2};
	uint64_t motto = zoo_id(zoo, "motto");
	struct zoo_listing list = {0};

	assert_int_equal(eventfs_setattr(zoo->fs, motto, EVENTFS_SET_MODE, &attr), 0);
	/* The answer is the whole new state, and the kind of node stays. */
	assert_int_equal(attr.mode, S_IFREG | 0666);
	assert_int_equal(attr.uid, 1000);
	assert_int_equal(attr.id, motto);
	attr.gid = 2;
	assert_int_equal(eventfs_setattr(zoo->fs, motto, EVENTFS_SET_GID, &attr), 0);
	attr.uid = 1;
	assert_int_equal(eventfs_setattr(zoo->fs, motto, EVENTFS_SET_UID, &attr), 0);
	attr = attr_of(zoo, "motto");
	assert_int_equal(attr.mode, S_IFREG | 0666);
	assert_int_equal(attr.uid, 1);
	assert_int_equal(attr.gid, 2);
	assert_int_equal(chmod_id(zoo, EVENTFS_ROOT_ID, 0700), 0);
	assert_int_equal(attr_of(zoo, "").mode, S_IFDIR | 0700);
	assert_int_equal(eventfs_readdir(zoo->fs, EVENTFS_ROOT_ID, 0, zoo_fill, &list), 0);
	assert_int_equal(list.attr[0].mode, S_IFDIR | 0700);
	assert_int_equal(list.attr[3].mode, S_IFREG | 0666);
	assert_int_equal(attr_of(zoo, "feed").mode, S_IFREG | 0640);
	zoo_free(zoo);
}

static void an_alias_has_the_attributes_of_its_node(void **state)
{
	struct zoo *zoo = zoo_new();
	uint64_t camera = zoo_id(zoo, "camera");
	struct eventfs_attr attr;

	assert_int_equal(chmod_id(zoo, eventfs_id_alias(camera, 7), 0400), 0);
	assert_int_equal(attr_of(zoo, "camera").mode, S_IFREG | 0400);
	assert_int_equal(eventfs_getattr(zoo->fs, eventfs_id_alias(camera, 9), &attr), 0);
	assert_int_equal(attr.mode, S_IFREG | 0400);
	assert_int_equal(attr.id, eventfs_id_alias(camera, 9));
	zoo_free(zoo);
}

static void truncate_and_utime_do_nothing(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_attr attr = {.size_bytes = 0};

	assert_int_equal(eventfs_setattr(zoo->fs, zoo_id(zoo, "motto"), EVENTFS_SET_SIZE, &attr),
			 0);
	attr.size_bytes = 100;
	assert_int_equal(eventfs_setattr(zoo->fs, zoo_id(zoo, "motto"), EVENTFS_SET_SIZE, &attr),
			 0);
	assert_int_equal(attr.size_bytes, 0);
	assert_int_equal(eventfs_setattr(zoo->fs, zoo_id(zoo, "motto"), EVENTFS_SET_TIME, &attr),
			 0);
	assert_int_equal(eventfs_setattr(zoo->fs, zoo_id(zoo, "houses"), EVENTFS_SET_TIME, &attr),
			 0);
	assert_int_equal(eventfs_setattr(zoo->fs, zoo_id(zoo, "houses"), EVENTFS_SET_SIZE, &attr),
			 -EISDIR);
	assert_int_equal(eventfs_setattr(zoo->fs, zoo_id(zoo, "motto"), 0x100, &attr), -EINVAL);
	assert_string_equal(zoo->main.motto, "open");
	assert_int_equal(zoo->truncates, 0);
	zoo_free(zoo);
}

/* Give every file of every branch a mode, until no more is taken. */
static size_t chmod_until_full(struct zoo *zoo, int *last)
{
	static const char *const files[] = {"motto", "notice", "box",	"feed",
					    "",	     "houses", "labels"};
	size_t done = 0;

	for (int b = 0; b < ZOO_SLOTS; b++) {
		for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
			char path[64];

			snprintf(path, sizeof(path), "branches/b%d/%s", b, files[f]);
			*last = chmod_id(zoo, zoo_id(zoo, path), 0600);
			if (*last)
				return done;
			assert_int_equal(attr_of(zoo, path).mode & 07777, 0600);
			done++;
		}
	}
	return done;
}

static void overrides_are_bounded_and_go_with_their_nodes(void **state)
{
	struct zoo *zoo = zoo_new();
	uint64_t branches = zoo_id(zoo, "branches");
	struct eventfs_attr attr;
	char name[32];
	int ret;

	for (int b = 0; b < ZOO_SLOTS; b++) {
		snprintf(name, sizeof(name), "b%d", b);
		assert_int_equal(eventfs_mkdir(zoo->fs, branches, name, 0750, &attr), 0);
	}
	assert_int_equal(chmod_until_full(zoo, &ret), EVENTFS_OVERRIDES_MAX);
	assert_int_equal(ret, -ENOSPC);
	assert_int_equal(chmod_id(zoo, zoo_id(zoo, "motto"), 0600), -ENOSPC);
	/* One that is in the table can be changed again. */
	assert_int_equal(chmod_id(zoo, zoo_id(zoo, "branches/b0/motto"), 0400), 0);
	assert_int_equal(attr_of(zoo, "branches/b0/motto").mode, S_IFREG | 0400);

	assert_int_equal(eventfs_rmdir(zoo->fs, branches, "b0"), 0);
	for (size_t t = 0; t < 7; t++)
		assert_int_equal(chmod_id(zoo,
					  eventfs_id(ZOO_HOUSES_COUNT - (unsigned int)t,
						     (struct eventfs_key){0}),
					  0400),
				 0);
	assert_int_equal(chmod_id(zoo, zoo_id(zoo, "labels"), 0700), -ENOSPC);
	zoo_free(zoo);
}

static void overrides_of_what_went_otherwise_make_room(void **state)
{
	struct zoo *zoo = zoo_new();
	uint64_t branches = zoo_id(zoo, "branches");
	struct eventfs_attr attr;
	char name[32];
	int ret;

	for (int b = 0; b < ZOO_SLOTS; b++) {
		snprintf(name, sizeof(name), "b%d", b);
		assert_int_equal(eventfs_mkdir(zoo->fs, branches, name, 0750, &attr), 0);
	}
	assert_int_equal(chmod_until_full(zoo, &ret), EVENTFS_OVERRIDES_MAX);
	/* Not by eventfs_rmdir(): by another process, say. */
	for (int b = 0; b < ZOO_SLOTS; b++)
		zoo->branches[b].serial = 0;
	assert_int_equal(chmod_id(zoo, zoo_id(zoo, "motto"), 0600), 0);
	assert_int_equal(attr_of(zoo, "motto").mode, S_IFREG | 0600);
	zoo_free(zoo);
}

static int access_as(struct eventfs_attr attr, uid_t uid, gid_t gid, bool in_group,
		     unsigned int want)
{
	struct eventfs_request req = {.uid = uid, .gid = gid};

	return eventfs_access(&attr, &req, in_group, want);
}

static void access_is_checked_as_the_vfs_does(void **state)
{
	struct eventfs_attr file = {.mode = S_IFREG | 0640, .uid = 10, .gid = 20};
	struct eventfs_attr odd = {.mode = S_IFREG | 0047, .uid = 10, .gid = 20};
	struct eventfs_attr dir = {.mode = S_IFDIR | 0000, .uid = 10, .gid = 20};

	assert_int_equal(access_as(file, 10, 1, false, 6), 0);
	assert_int_equal(access_as(file, 10, 1, false, 1), -EACCES);
	assert_int_equal(access_as(file, 11, 20, false, 4), 0);
	assert_int_equal(access_as(file, 11, 21, true, 4), 0);
	assert_int_equal(access_as(file, 11, 20, false, 6), -EACCES);
	assert_int_equal(access_as(file, 11, 21, false, 4), -EACCES);
	assert_int_equal(access_as(file, 0, 0, false, 6), 0);
	assert_int_equal(access_as(file, 0, 0, false, 1), -EACCES);
	/* The first class that fits decides. */
	assert_int_equal(access_as(odd, 10, 20, true, 4), -EACCES);
	assert_int_equal(access_as(odd, 11, 20, false, 2), -EACCES);
	assert_int_equal(access_as(odd, 11, 21, false, 7), 0);
	assert_int_equal(access_as(odd, 0, 0, false, 7), 0);
	assert_int_equal(access_as(dir, 0, 0, false, 7), 0);
	assert_int_equal(access_as(dir, 10, 20, false, 1), -EACCES);
	assert_int_equal(access_as(dir, 10, 20, false, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes_come_from_the_table),
		cmocka_unit_test(the_owner_of_all_can_be_changed),
		cmocka_unit_test(chmod_and_chown_stick),
		cmocka_unit_test(an_alias_has_the_attributes_of_its_node),
		cmocka_unit_test(truncate_and_utime_do_nothing),
		cmocka_unit_test(overrides_are_bounded_and_go_with_their_nodes),
		cmocka_unit_test(overrides_of_what_went_otherwise_make_room),
		cmocka_unit_test(access_is_checked_as_the_vfs_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
