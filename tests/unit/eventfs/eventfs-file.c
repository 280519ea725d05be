/* SPDX-License-Identifier: MIT */
/* Open handles: values and their snapshots, streams, pins, and every way to be refused. Texts. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "zoo.h"

static struct eventfs_file *open_id(struct zoo *zoo, uint64_t id, int flags)
{
	struct eventfs_file *file = NULL;

	assert_int_equal(eventfs_open(zoo->fs, id, &zoo_asker, flags, &file), 0);
	assert_non_null(file);
	return file;
}

static struct eventfs_file *open_path(struct zoo *zoo, const char *path, int flags)
{
	return open_id(zoo, zoo_id(zoo, path), flags);
}

static int try_open(struct zoo *zoo, const char *path, int flags)
{
	struct eventfs_file *file = NULL;
	int ret = eventfs_open(zoo->fs, zoo_id(zoo, path), &zoo_asker, flags, &file);

	assert_null(file);
	return ret;
}

static ssize_t read_some(struct eventfs_file *file, size_t size, off_t off)
{
	char buf[64];

	return eventfs_read(file, &zoo_asker, buf, size, off);
}

static ssize_t write_text(struct eventfs_file *file, const char *text)
{
	return eventfs_write(file, &zoo_asker, text, strlen(text), 0);
}

static void add_branch(struct zoo *zoo, const char *name)
{
	struct eventfs_attr attr;

	assert_int_equal(eventfs_mkdir(zoo->fs, zoo_id(zoo, "branches"), name, 0750, &attr), 0);
}

static void a_value_is_read_and_written(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file = open_path(zoo, "motto", O_RDWR);

	assert_string_equal(zoo_read(file, 0), "open\n");
	assert_string_equal(zoo_read(file, 5), "");
	assert_string_equal(zoo_read(file, 1), "pen\n");
	assert_string_equal(zoo_read(file, LLONG_MAX), "");
	assert_int_equal(eventfs_write(file, &zoo_asker, "closed", 6, 42), 6);
	assert_int_equal(zoo->last_off, 42);
	assert_int_equal(zoo->last_request.tid, zoo_asker.tid);
	assert_string_equal(zoo_read(file, 0), "closed\n");
	assert_int_equal(eventfs_file_id(file), zoo_id(zoo, "motto"));
	assert_int_equal(eventfs_file_flags(file), EVENTFS_PIN);
	eventfs_release(file);
	zoo_free(zoo);
}

static void the_key_says_whose_value_it_is(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file;
	uint64_t bob;
	char text[64];

	add_branch(zoo, "north");
	file = open_path(zoo, "branches/north/motto", O_RDWR);
	assert_int_equal(write_text(file, "north"), 5);
	assert_string_equal(zoo_read(file, 0), "north\n");
	assert_string_equal(zoo->main.motto, "open");
	eventfs_release(file);
	bob = zoo_id(zoo, "branches/north/houses/apes/bob/sound");
	file = open_id(zoo, bob, O_RDONLY);
	snprintf(text, sizeof(text), "%u %u\n", eventfs_key_a(bob), eventfs_key_b(bob));
	assert_string_equal(zoo_read(file, 0), text);
	eventfs_release(file);
	zoo_free(zoo);
}

static void a_read_at_0_makes_a_new_snapshot_and_others_do_not(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file = open_path(zoo, "motto", O_RDONLY);
	struct eventfs_file *other;

	assert_int_equal(read_some(file, 1, 0), 1);
	assert_int_equal(zoo->shows, 1);
	strcpy(zoo->main.motto, "a longer one");
	assert_string_equal(zoo_read(file, 1), "pen\n");
	assert_int_equal(zoo->shows, 1);
	other = open_path(zoo, "motto", O_RDONLY);
	assert_string_equal(zoo_read(other, 2), "longer one\n");
	assert_int_equal(zoo->shows, 2);
	eventfs_release(other);
	assert_string_equal(zoo_read(file, 0), "a longer one\n");
	assert_int_equal(zoo->shows, 3);
	assert_string_equal(zoo_read(file, 0), "a longer one\n");
	assert_int_equal(zoo->shows, 4);
	eventfs_release(file);
	zoo_free(zoo);
}

static void a_write_ends_the_snapshot_of_its_handle(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file = open_path(zoo, "motto", O_RDWR);

	assert_string_equal(zoo_read(file, 0), "open\n");
	assert_int_equal(write_text(file, "shut"), 4);
	assert_string_equal(zoo_read(file, 1), "hut\n");
	eventfs_release(file);
	zoo_free(zoo);
}

static void a_failed_show_leaves_no_snapshot(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file = open_path(zoo, "motto", O_RDONLY);

	zoo->fail = EIO;
	assert_int_equal(read_some(file, 10, 0), -EIO);
	assert_int_equal(read_some(file, 10, 2), -EIO);
	zoo->fail = 0;
	assert_string_equal(zoo_read(file, 2), "en\n");
	zoo->fail = EIO;
	assert_int_equal(read_some(file, 10, 0), -EIO);
	assert_int_equal(read_some(file, 10, 2), -EIO);
	zoo->fail = 0;
	eventfs_release(file);
	zoo_free(zoo);
}

static void stores_errors_are_handed_on(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file = open_path(zoo, "motto", O_WRONLY);

	assert_int_equal(write_text(file, ""), -EINVAL);
	zoo->fail = ERANGE;
	assert_int_equal(write_text(file, "x"), -ERANGE);
	zoo->fail = 0;
	assert_string_equal(zoo->main.motto, "open");
	eventfs_release(file);
	zoo_free(zoo);
}

static void the_access_mode_is_kept(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file = open_path(zoo, "motto", O_RDONLY);

	assert_int_equal(write_text(file, "x"), -EBADF);
	eventfs_release(file);
	file = open_path(zoo, "motto", O_WRONLY);
	assert_int_equal(read_some(file, 1, 0), -EBADF);
	eventfs_release(file);
	zoo_free(zoo);
}

/* As root may on the kernel's: the open works, the read or write is refused. */
static void what_a_file_cannot_do_is_refused(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file = open_path(zoo, "README", O_RDWR);

	assert_int_equal(write_text(file, "x"), -EINVAL);
	assert_int_equal(eventfs_read(file, &zoo_asker, NULL, 0, -1), -EINVAL);
	assert_string_equal(zoo_read(file, 0), "welcome\n");
	eventfs_release(file);
	file = open_path(zoo, "box", O_RDWR);
	assert_int_equal(read_some(file, 1, 0), -EINVAL);
	assert_int_equal(write_text(file, "x"), 1);
	assert_int_equal(eventfs_write(file, &zoo_asker, "x", 1, -1), -EINVAL);
	eventfs_release(file);
	zoo_free(zoo);
}

static void opens_that_the_vfs_refuses(void **state)
{
	struct zoo *zoo = zoo_new();

	assert_int_equal(try_open(zoo, "", O_RDONLY), -EISDIR);
	assert_int_equal(try_open(zoo, "houses", O_WRONLY), -EISDIR);
	assert_int_equal(try_open(zoo, "motto", O_RDONLY | O_DIRECTORY), -ENOTDIR);
	assert_int_equal(try_open(zoo, "motto", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
	assert_int_equal(try_open(zoo, "motto", O_ACCMODE), -EINVAL);
	eventfs_release(open_path(zoo, "motto", O_RDWR | O_CREAT));
	assert_int_equal(zoo->main.pins, 0);
	eventfs_release(NULL);
	zoo_free(zoo);
}

static void o_trunc_truncates_for_writers(void **state)
{
	struct zoo *zoo = zoo_new();

	eventfs_release(open_path(zoo, "motto", O_RDONLY | O_TRUNC));
	eventfs_release(open_path(zoo, "motto", O_WRONLY));
	eventfs_release(open_path(zoo, "box", O_WRONLY | O_TRUNC));
	assert_int_equal(zoo->truncates, 0);
	assert_string_equal(zoo->main.motto, "open");
	eventfs_release(open_path(zoo, "motto", O_WRONLY | O_TRUNC));
	assert_int_equal(zoo->truncates, 1);
	assert_string_equal(zoo->main.motto, "");
	eventfs_release(open_path(zoo, "motto", O_RDWR | O_TRUNC));
	assert_int_equal(zoo->truncates, 2);
	zoo_free(zoo);
}

static int refuse_truncate(void *ctx, struct eventfs_key key, const struct eventfs_request *req)
{
	return -EPERM;
}

static void an_open_that_fails_late_is_undone(void **state)
{
	static struct eventfs_type types[ZOO_TYPES];
	static struct eventfs_file_ops feed;
	struct eventfs_config config = {.types = types, .n_types = ZOO_TYPES, .ops = &zoo_ops};
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file = NULL;
	struct eventfs *fs;

	zoo->fail = EMFILE;
	assert_int_equal(try_open(zoo, "motto", O_RDONLY), -EMFILE); /* pin */
	zoo->fail = 0;
	memcpy(types, zoo_types, sizeof(types));
	feed = *zoo_types[ZOO_FEED].file;
	feed.truncate_open = refuse_truncate;
	types[ZOO_FEED].file = &feed;
	config.ctx = zoo;
	assert_int_equal(eventfs_create(&config, &fs), 0);
	assert_int_equal(eventfs_open(fs, zoo_id(zoo, "feed"), &zoo_asker, O_RDWR | O_TRUNC, &file),
			 -EPERM);
	assert_null(file);
	assert_int_equal(zoo->opens, 1);
	assert_int_equal(zoo->releases, 1);
	assert_int_equal(zoo->main.pins, 0);
	/* Without the pin, open is what fails, and what did not open is not released. */
	types[ZOO_FEED].flags = 0;
	zoo->fail = ENFILE;
	assert_int_equal(eventfs_open(fs, zoo_id(zoo, "feed"), &zoo_asker, O_RDWR, &file), -ENFILE);
	types[ZOO_FEED].flags = EVENTFS_PIN;
	zoo->fail = 0;
	assert_int_equal(zoo->releases, 1);
	assert_int_equal(eventfs_destroy(fs), 0);
	zoo_free(zoo);
}

static void a_stream_gives_what_it_got(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file = open_path(zoo, "feed", O_RDWR);
	struct eventfs_file *other = open_path(zoo, "feed", O_RDWR);

	assert_int_equal(zoo->opens, 2);
	assert_int_equal(zoo->last_request.uid, zoo_asker.uid);
	assert_int_equal(read_some(file, 10, 0), -EAGAIN);
	assert_int_equal(eventfs_poll(file), POLLOUT);
	assert_int_equal(write_text(file, "hay"), 3);
	assert_int_equal(eventfs_poll(file), POLLIN | POLLOUT);
	assert_int_equal(eventfs_poll(other), POLLOUT);
	assert_int_equal(read_some(other, 10, 0), -EAGAIN);
	/* The offset means nothing to it, and nothing is kept. */
	assert_int_equal(read_some(file, 2, 1000), 2);
	assert_string_equal(zoo_read(file, 0), "y");
	assert_int_equal(write_text(file, "."), 1);
	assert_string_equal(zoo_read(file, 0), ".");
	assert_int_equal(read_some(file, 10, 0), 0);
	eventfs_release(file);
	eventfs_release(other);
	assert_int_equal(zoo->releases, 2);
	zoo_free(zoo);
}

static void a_file_without_poll_is_ready(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file = open_path(zoo, "motto", O_RDONLY);

	assert_int_equal(eventfs_poll(file), POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM);
	eventfs_release(file);
	zoo_free(zoo);
}

static void pins_last_from_open_to_release(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *motto = open_path(zoo, "motto", O_RDONLY);
	struct eventfs_file *feed = open_path(zoo, "feed", O_RDONLY);
	struct eventfs_file *notice = open_path(zoo, "notice", O_RDONLY);

	assert_int_equal(zoo->main.pins, 2);
	eventfs_release(notice);
	assert_int_equal(zoo->main.pins, 2);
	eventfs_release(feed);
	/* The stream was released while its pin still held. */
	assert_int_equal(zoo->pins_at_release, 2);
	assert_int_equal(zoo->main.pins, 1);
	eventfs_release(motto);
	assert_int_equal(zoo->main.pins, 0);
	zoo_free(zoo);
}

static void an_unpinned_handle_outlives_what_it_showed(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file;
	struct eventfs_file *box;
	unsigned int shows;

	add_branch(zoo, "north");
	file = open_path(zoo, "branches/north/notice", O_RDONLY);
	box = open_path(zoo, "branches/north/box", O_WRONLY);
	assert_int_equal(read_some(file, 1, 0), 1);
	assert_int_equal(eventfs_rmdir(zoo->fs, zoo_id(zoo, "branches"), "north"), 0);
	shows = zoo->shows;
	assert_int_equal(read_some(file, 1, 1), 1);
	assert_int_equal(read_some(file, 1, 0), -ENODEV);
	assert_int_equal(read_some(file, 1, 1), -ENODEV);
	assert_int_equal(write_text(box, "x"), -ENODEV);
	assert_int_equal(zoo->shows, shows);
	eventfs_release(file);
	eventfs_release(box);
	zoo_free(zoo);
}

/* A pinned handle can lose its thing as well: what the key names beside the pinned one. */
static void a_pinned_handle_notices_what_goes_without_asking(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file = open_path(zoo, "houses/apes/bob/weight", O_RDONLY);

	assert_int_equal(read_some(file, 1, 0), 1);
	zoo_remove_animal(zoo, "bob");
	assert_int_equal(read_some(file, 1, 0), -ENODEV);
	eventfs_release(file);
	zoo_free(zoo);
}

static void a_file_system_with_open_handles_stays(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file = open_path(zoo, "notice", O_RDONLY);

	assert_int_equal(eventfs_destroy(zoo->fs), -EBUSY);
	assert_int_equal(read_some(file, 1, 0), 1);
	eventfs_release(file);
	assert_int_equal(eventfs_destroy(NULL), 0);
	zoo_free(zoo);
}

static void an_alias_opens_the_same_file(void **state)
{
	struct zoo *zoo = zoo_new();
	uint64_t id = eventfs_id_alias(zoo_id(zoo, "camera"), 12345);
	struct eventfs_file *file = open_id(zoo, id, O_RDONLY);

	assert_string_equal(zoo_read(file, 0), "0 0\n");
	assert_int_equal(eventfs_file_id(file), id);
	eventfs_release(file);
	zoo_free(zoo);
}

static void texts_grow(void **state)
{
	struct eventfs_text text = {0};
	char long_string[3000];
	char *room;

	memset(long_string, 'x', sizeof(long_string));
	long_string[sizeof(long_string) - 1] = '\0';
	eventfs_text_write(&text, NULL, 0);
	assert_null(text.data);
	eventfs_text_printf(&text, "%s", "");
	eventfs_text_printf(&text, "%d-%s", 42, "b");
	eventfs_text_puts(&text, "|");
	eventfs_text_putc(&text, '\0');
	eventfs_text_write(&text, "end", 3);
	assert_int_equal(text.len_bytes, 9);
	assert_memory_equal(text.data, "42-b|\0end", 9);
	eventfs_text_printf(&text, "%s", long_string);
	eventfs_text_puts(&text, long_string);
	assert_int_equal(text.len_bytes, 9 + 2 * 2999);
	assert_memory_equal(text.data + 9 + 2999, long_string, 2999);
	room = eventfs_text_reserve(&text, 100000);
	assert_ptr_equal(room, text.data + text.len_bytes);
	assert_int_equal(text.len_bytes, 9 + 2 * 2999);
	assert_true(text.cap_bytes - text.len_bytes >= 100000);
	eventfs_text_fini(&text);
	assert_null(text.data);
	assert_int_equal(text.cap_bytes, 0);
}

/* Each length around the buffer's capacity, where a printf has to be repeated. */
static void texts_are_whole_at_every_length(void **state)
{
	struct eventfs_text text = {0};
	char expected[601];

	memset(expected, 'y', sizeof(expected));
	for (int len = 0; len < 600; len++) {
		eventfs_text_putc(&text, 'y');
		eventfs_text_printf(&text, "%.*s", len, expected + 1);
		assert_int_equal(text.len_bytes, len + 1);
		assert_memory_equal(text.data, expected, (size_t)len + 1);
		eventfs_text_fini(&text);
	}
}

static void a_text_that_failed_stays_failed(void **state)
{
	struct eventfs_text text = {0};

	eventfs_text_puts(&text, "abc");
	assert_null(eventfs_text_reserve(&text, SIZE_MAX));
	assert_int_equal(text.error, -ENOMEM);
	eventfs_text_puts(&text, "def");
	eventfs_text_printf(&text, "%d", 1);
	assert_null(eventfs_text_reserve(&text, 0));
	assert_int_equal(text.len_bytes, 3);
	eventfs_text_fini(&text);
	assert_int_equal(text.error, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_read_and_written),
		cmocka_unit_test(the_key_says_whose_value_it_is),
		cmocka_unit_test(a_read_at_0_makes_a_new_snapshot_and_others_do_not),
		cmocka_unit_test(a_write_ends_the_snapshot_of_its_handle),
		cmocka_unit_test(a_failed_show_leaves_no_snapshot),
		cmocka_unit_test(stores_errors_are_handed_on),
		cmocka_unit_test(the_access_mode_is_kept),
		cmocka_unit_test(what_a_file_cannot_do_is_refused),
		cmocka_unit_test(opens_that_the_vfs_refuses),
		cmocka_unit_test(o_trunc_truncates_for_writers),
		cmocka_unit_test(an_open_that_fails_late_is_undone),
		cmocka_unit_test(a_stream_gives_what_it_got),
		cmocka_unit_test(a_file_without_poll_is_ready),
		cmocka_unit_test(pins_last_from_open_to_release),
		cmocka_unit_test(an_unpinned_handle_outlives_what_it_showed),
		cmocka_unit_test(a_pinned_handle_notices_what_goes_without_asking),
		cmocka_unit_test(a_file_system_with_open_handles_stays),
		cmocka_unit_test(an_alias_opens_the_same_file),
		cmocka_unit_test(texts_grow),
		cmocka_unit_test(texts_are_whole_at_every_length),
		cmocka_unit_test(a_text_that_failed_stays_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
