/* SPDX-License-Identifier: MIT */
/* Many threads: on one handle, and on one tree that changes meanwhile. Made for ThreadSanitizer, too. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "zoo.h"

#define THREADS 4
#define ROUNDS	2000

struct worker {
	pthread_t thread;
	struct zoo *zoo;
	struct eventfs_file *file;
	unsigned int number;
	unsigned int bad;
};

static void run(struct zoo *zoo, struct eventfs_file *file, void *(*body)(void *))
{
	struct worker worker[THREADS];
	unsigned int bad = 0;

	for (unsigned int i = 0; i < THREADS; i++) {
		worker[i] = (struct worker){.zoo = zoo, .file = file, .number = i};
		assert_int_equal(pthread_create(&worker[i].thread, NULL, body, &worker[i]), 0);
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		pthread_join(worker[i].thread, NULL);
		bad += worker[i].bad;
	}
	assert_int_equal(bad, 0);
}

/* Whoever reads sees one of the mottos as a whole, never parts of two. */
static void *read_and_write_values(void *arg)
{
	struct worker *w = arg;
	char text[41];
	char buf[64];

	for (int i = 0; i < ROUNDS; i++) {
		ssize_t n;

		memset(text, 'a' + (int)w->number, 40);
		if (eventfs_write(w->file, &zoo_asker, text, w->number ? 40 : 20, 0) < 0)
			w->bad++;
		n = eventfs_read(w->file, &zoo_asker, buf, sizeof(buf), 0);
		if (n != 21 && n != 41) {
			w->bad++;
			continue;
		}
		for (ssize_t j = 1; j < n - 1; j++)
			w->bad += buf[j] != buf[0];
		n = eventfs_read(w->file, &zoo_asker, buf, sizeof(buf), 5);
		w->bad += n != 16 && n != 36;
	}
	return NULL;
}

static void reads_and_writes_on_one_handle_come_one_by_one(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file;

	strcpy(zoo->main.motto, "aaaaaaaaaaaaaaaaaaaa");
	assert_int_equal(eventfs_open(zoo->fs, zoo_id(zoo, "motto"), &zoo_asker, O_RDWR, &file), 0);
	run(zoo, file, read_and_write_values);
	assert_false(zoo->overlap);
	eventfs_release(file);
	zoo_free(zoo);
}

static void *feed_and_eat(void *arg)
{
	struct worker *w = arg;
	char buf[64];

	for (int i = 0; i < ROUNDS; i++) {
		ssize_t n = eventfs_write(w->file, &zoo_asker, "hay", 3, 0);

		if (n < 0)
			w->bad++;
		eventfs_poll(w->file);
		n = eventfs_read(w->file, &zoo_asker, buf, sizeof(buf), 0);
		if (n < 0 && n != -EAGAIN)
			w->bad++;
	}
	return NULL;
}

static void streams_are_serialised_too(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file;

	assert_int_equal(eventfs_open(zoo->fs, zoo_id(zoo, "feed"), &zoo_asker, O_RDWR, &file), 0);
	run(zoo, file, feed_and_eat);
	assert_false(zoo->overlap);
	eventfs_release(file);
	zoo_free(zoo);
}

static int count_entry(void *arg, const char *name, const struct eventfs_attr *attr,
		       uint64_t next_cursor)
{
	unsigned int *count = arg;

	(*count)++;
	return 0;
}

/* Make, use and remove a branch, while the others do the same. */
static void churn_once(struct worker *w, uint64_t branches, int round)
{
	struct eventfs_file *file;
	struct eventfs_attr attr;
	struct eventfs_attr motto;
	unsigned int count = 0;
	char name[32];
	int ret;

	/* Every other round all want the same name. */
	snprintf(name, sizeof(name), "b%u", round % 2 ? w->number : 99);
	ret = eventfs_mkdir(w->zoo->fs, branches, name, 0750, &attr);
	w->bad += ret != 0 && ret != -EEXIST;
	if (eventfs_lookup(w->zoo->fs, branches, name, &attr) == 0 &&
	    eventfs_lookup(w->zoo->fs, attr.id, "motto", &motto) == 0) {
		motto.mode = 0600;
		ret = eventfs_setattr(w->zoo->fs, motto.id, EVENTFS_SET_MODE, &motto);
		w->bad += ret != 0 && ret != -ENOENT;
		ret = eventfs_open(w->zoo->fs, motto.id, &zoo_asker, O_RDWR, &file);
		w->bad += ret != 0 && ret != -ENOENT;
		if (ret == 0) {
			char buf[8];

			/* Pinned: nobody can have taken it away. */
			w->bad += eventfs_read(file, &zoo_asker, buf, sizeof(buf), 0) != 1;
			w->bad += eventfs_rmdir(w->zoo->fs, branches, name) != -EBUSY;
			eventfs_release(file);
		}
	}
	w->bad += eventfs_readdir(w->zoo->fs, branches, 0, count_entry, &count) != 0;
	w->bad += count < 2;
	ret = eventfs_rmdir(w->zoo->fs, branches, name);
	w->bad += ret != 0 && ret != -ENOENT && ret != -EBUSY;
}

static void *churn(void *arg)
{
	struct worker *w = arg;
	uint64_t branches = zoo_id(w->zoo, "branches");

	for (int i = 0; i < ROUNDS; i++)
		churn_once(w, branches, i);
	return NULL;
}

static void a_tree_that_changes_is_never_torn(void **state)
{
	struct zoo *zoo = zoo_new();

	run(zoo, NULL, churn);
	zoo_free(zoo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_on_one_handle_come_one_by_one),
		cmocka_unit_test(streams_are_serialised_too),
		cmocka_unit_test(a_tree_that_changes_is_never_torn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
