/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "zoo.h"

const struct eventfs_request zoo_asker = {.tid = 4711, .uid = 1000, .gid = 100};

static __thread bool reentered;

/* Deadlocks if eventfs holds a lock of its own while it asks its provider. */
static void reenter(struct zoo *zoo)
{
	struct eventfs_attr attr = {.mode = 0700};

	if (!zoo->reenter || reentered)
		return;
	reentered = true;
	eventfs_getattr(zoo->fs, EVENTFS_ROOT_ID, &attr);
	eventfs_setattr(zoo->fs, EVENTFS_ROOT_ID, EVENTFS_SET_UID, &attr);
	reentered = false;
}

static void lock(struct zoo *zoo)
{
	reenter(zoo);
	pthread_mutex_lock(&zoo->lock);
}

static void unlock(struct zoo *zoo)
{
	pthread_mutex_unlock(&zoo->lock);
}

static struct zoo_thing *by_serial(struct zoo *zoo, struct zoo_thing *slots, uint32_t serial)
{
	for (size_t i = 0; serial && i < zoo->high; i++) {
		if (slots[i].serial == serial)
			return &slots[i];
	}
	return NULL;
}

static struct zoo_thing *by_name(struct zoo *zoo, struct zoo_thing *slots, const char *name,
				 uint32_t house)
{
	for (size_t i = 0; i < zoo->high; i++) {
		if (slots[i].serial && slots[i].house == house && strcmp(slots[i].name, name) == 0)
			return &slots[i];
	}
	return NULL;
}

static struct zoo_thing *branch_of(struct zoo *zoo, uint32_t serial)
{
	return serial == 0 ? &zoo->main : by_serial(zoo, zoo->branches, serial);
}

static int next_thing(struct zoo *zoo, struct zoo_thing *slots, uint32_t house, uint64_t cursor,
		      struct eventfs_dirent *out)
{
	const struct zoo_thing *best = NULL;

	for (size_t i = 0; i < zoo->high; i++) {
		const struct zoo_thing *t = &slots[i];

		if (t->serial && t->house == house && t->serial > cursor &&
		    (!best || t->serial < best->serial))
			best = t;
	}
	if (!best)
		return 0;
	strcpy(out->name, best->name);
	out->cookie = zoo->next_stands_still ? cursor : best->serial;
	out->key = (struct eventfs_key){.b = best->serial};
	return 1;
}

/* ---- branches: key {serial, 0} */

static int branches_find(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
			 struct eventfs_key *child)
{
	struct zoo *zoo = ctx;
	const struct zoo_thing *t;

	assert_int_equal(len_bytes, strlen(name));
	lock(zoo);
	t = by_name(zoo, zoo->branches, name, 0);
	if (t)
		*child = (struct eventfs_key){.a = t->serial};
	if (zoo->finds_bad_key)
		child->a = EVENTFS_KEY_MAX + 1;
	unlock(zoo);
	return t ? 0 : -ENOENT;
}

static int branches_next(void *ctx, struct eventfs_key dir, uint64_t cursor,
			 struct eventfs_dirent *out)
{
	struct zoo *zoo = ctx;
	int ret;

	lock(zoo);
	ret = next_thing(zoo, zoo->branches, 0, cursor, out);
	out->key = (struct eventfs_key){.a = out->key.b};
	unlock(zoo);
	return ret;
}

static int branches_valid(void *ctx, struct eventfs_key key)
{
	struct zoo *zoo = ctx;
	int ret;

	lock(zoo);
	ret = key.b == 0 && by_serial(zoo, zoo->branches, key.a) ? 0 : -ENOENT;
	unlock(zoo);
	return ret;
}

static int branches_name(void *ctx, struct eventfs_key key, char name[EVENTFS_NAME_MAX + 1])
{
	struct zoo *zoo = ctx;
	const struct zoo_thing *t;

	lock(zoo);
	t = by_serial(zoo, zoo->branches, key.a);
	if (t)
		strcpy(name, t->name);
	unlock(zoo);
	return t ? 0 : -ENOENT;
}

static int branches_parent(void *ctx, struct eventfs_key key, struct eventfs_key *dir)
{
	*dir = (struct eventfs_key){0};
	return 0;
}

static int branches_mkdir(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
			  mode_t mode, struct eventfs_key *child)
{
	struct zoo *zoo = ctx;
	int ret = -ENOSPC;

	lock(zoo);
	/* eventfs looked, but without a lock: somebody else can have been faster. */
	if (by_name(zoo, zoo->branches, name, 0))
		ret = -EEXIST;
	for (size_t i = 0; i < ZOO_SLOTS && ret == -ENOSPC; i++) {
		struct zoo_thing *t = &zoo->branches[i];

		if (t->serial)
			continue;
		*t = (struct zoo_thing){.serial = ++zoo->last_serial};
		if (i >= zoo->high)
			zoo->high = i + 1;
		memcpy(t->name, name, len_bytes);
		*child = (struct eventfs_key){.a = t->serial};
		ret = 0;
		break;
	}
	if (zoo->finds_bad_key)
		child->b = EVENTFS_KEY_MAX + 1;
	unlock(zoo);
	return ret;
}

static int branches_rmdir(void *ctx, struct eventfs_key dir, struct eventfs_key child)
{
	struct zoo *zoo = ctx;
	struct zoo_thing *t;
	int ret = -ENOENT;

	lock(zoo);
	t = by_serial(zoo, zoo->branches, child.a);
	if (t && t->pins)
		ret = -EBUSY;
	else if (t) {
		*t = (struct zoo_thing){0};
		ret = 0;
	}
	unlock(zoo);
	return ret;
}

static const struct eventfs_provider branches = {
	.find = branches_find,
	.next = branches_next,
	.valid = branches_valid,
	.name = branches_name,
	.parent = branches_parent,
};

static const struct eventfs_dir_ops branches_dir = {
	.mkdir = branches_mkdir,
	.rmdir = branches_rmdir,
};

/* ---- houses and animals: key {branch, serial} */

static int house_find(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
		      struct eventfs_key *child)
{
	struct zoo *zoo = ctx;
	const struct zoo_thing *t;

	lock(zoo);
	t = branch_of(zoo, dir.a) ? by_name(zoo, zoo->houses, name, 0) : NULL;
	if (t)
		*child = (struct eventfs_key){.a = dir.a, .b = t->serial};
	unlock(zoo);
	return t ? 0 : -ENOENT;
}

static int house_next(void *ctx, struct eventfs_key dir, uint64_t cursor,
		      struct eventfs_dirent *out)
{
	struct zoo *zoo = ctx;
	int ret;

	lock(zoo);
	ret = next_thing(zoo, zoo->houses, 0, cursor, out);
	out->key.a = dir.a;
	unlock(zoo);
	return ret;
}

static int house_valid(void *ctx, struct eventfs_key key)
{
	struct zoo *zoo = ctx;
	int ret;

	lock(zoo);
	ret = branch_of(zoo, key.a) && by_serial(zoo, zoo->houses, key.b) ? 0 : -ENOENT;
	unlock(zoo);
	return ret;
}

static int house_name(void *ctx, struct eventfs_key key, char name[EVENTFS_NAME_MAX + 1])
{
	struct zoo *zoo = ctx;
	const struct zoo_thing *t;

	lock(zoo);
	t = by_serial(zoo, zoo->houses, key.b);
	if (t)
		strcpy(name, t->name);
	unlock(zoo);
	return t ? 0 : -ENOENT;
}

static int house_parent(void *ctx, struct eventfs_key key, struct eventfs_key *dir)
{
	*dir = (struct eventfs_key){.a = key.a};
	return 0;
}

static const struct eventfs_provider houses = {
	.find = house_find,
	.next = house_next,
	.valid = house_valid,
	.name = house_name,
	.parent = house_parent,
};

static int animal_find(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
		       struct eventfs_key *child)
{
	struct zoo *zoo = ctx;
	const struct zoo_thing *t;

	lock(zoo);
	t = by_name(zoo, zoo->animals, name, dir.b);
	if (t)
		*child = (struct eventfs_key){.a = dir.a, .b = t->serial};
	unlock(zoo);
	return t ? 0 : -ENOENT;
}

static int animal_next(void *ctx, struct eventfs_key dir, uint64_t cursor,
		       struct eventfs_dirent *out)
{
	struct zoo *zoo = ctx;
	int ret;

	lock(zoo);
	ret = next_thing(zoo, zoo->animals, dir.b, cursor, out);
	out->key.a = dir.a;
	unlock(zoo);
	return ret;
}

static int animal_valid(void *ctx, struct eventfs_key key)
{
	struct zoo *zoo = ctx;
	int ret;

	lock(zoo);
	ret = branch_of(zoo, key.a) && by_serial(zoo, zoo->animals, key.b) ? 0 : -ENOENT;
	unlock(zoo);
	return ret;
}

static int animal_name(void *ctx, struct eventfs_key key, char name[EVENTFS_NAME_MAX + 1])
{
	struct zoo *zoo = ctx;
	const struct zoo_thing *t;

	lock(zoo);
	t = by_serial(zoo, zoo->animals, key.b);
	if (t)
		strcpy(name, t->name);
	unlock(zoo);
	return t ? 0 : -ENOENT;
}

static int animal_parent(void *ctx, struct eventfs_key key, struct eventfs_key *dir)
{
	struct zoo *zoo = ctx;
	const struct zoo_thing *t;

	lock(zoo);
	t = by_serial(zoo, zoo->animals, key.b);
	if (t)
		*dir = (struct eventfs_key){.a = key.a, .b = t->house};
	if (zoo->finds_bad_key)
		dir->a = EVENTFS_KEY_MAX + 1;
	unlock(zoo);
	return t ? 0 : -ENOENT;
}

static const struct eventfs_provider animals = {
	.find = animal_find,
	.next = animal_next,
	.valid = animal_valid,
	.name = animal_name,
	.parent = animal_parent,
};

/* ---- files */

static void enter_handle(struct zoo *zoo)
{
	if (__atomic_fetch_add(&zoo->in_handle, 1, __ATOMIC_RELAXED) != 0)
		__atomic_store_n(&zoo->overlap, true, __ATOMIC_RELAXED);
	/* Let the others run now: whoever can come in does. */
	sched_yield();
}

static void leave_handle(struct zoo *zoo)
{
	__atomic_fetch_sub(&zoo->in_handle, 1, __ATOMIC_RELAXED);
}

static int readme_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	eventfs_text_puts(out, "welcome\n");
	return 0;
}

static int motto_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct zoo *zoo = ctx;
	const struct zoo_thing *t;
	int ret = -ENODEV;

	enter_handle(zoo);
	lock(zoo);
	zoo->shows++;
	t = branch_of(zoo, key.a);
	if (t) {
		eventfs_text_printf(out, "%s\n", t->motto);
		ret = -zoo->fail;
	}
	unlock(zoo);
	leave_handle(zoo);
	return ret;
}

static ssize_t motto_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			   const char *buf, size_t len_bytes, off_t off)
{
	struct zoo *zoo = ctx;
	struct zoo_thing *t;
	ssize_t ret = -EINVAL;

	enter_handle(zoo);
	lock(zoo);
	zoo->last_request = *req;
	zoo->last_off = off;
	t = branch_of(zoo, key.a);
	if (zoo->fail) {
		ret = -zoo->fail;
	} else if (t && len_bytes > 0 && len_bytes < sizeof(t->motto)) {
		memcpy(t->motto, buf, len_bytes);
		t->motto[len_bytes] = '\0';
		ret = (ssize_t)len_bytes;
	}
	unlock(zoo);
	leave_handle(zoo);
	return ret;
}

static int motto_truncate(void *ctx, struct eventfs_key key, const struct eventfs_request *req)
{
	struct zoo *zoo = ctx;
	struct zoo_thing *t;

	lock(zoo);
	zoo->truncates++;
	t = branch_of(zoo, key.a);
	if (t)
		t->motto[0] = '\0';
	unlock(zoo);
	return -zoo->fail;
}

static ssize_t box_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			 const char *buf, size_t len_bytes, off_t off)
{
	return (ssize_t)len_bytes;
}

static int key_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct zoo *zoo = ctx;

	lock(zoo);
	zoo->shows++;
	unlock(zoo);
	eventfs_text_printf(out, "%u %u\n", key.a, key.b);
	return 0;
}

/* The feed keeps what was written until it is read, in one handle. */
struct feed {
	struct zoo *zoo;
	char bytes[256];
	size_t len_bytes;
	bool ended;
};

static int feed_open(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
		     int flags, void **priv)
{
	struct zoo *zoo = ctx;
	struct feed *feed;

	if (zoo->fail)
		return -zoo->fail;
	feed = calloc(1, sizeof(*feed));
	if (!feed)
		return -ENOMEM;
	feed->zoo = zoo;
	zoo->opens++;
	zoo->last_request = *req;
	*priv = feed;
	return 0;
}

static ssize_t feed_read(void *priv, const struct eventfs_request *req, char *buf,
			 size_t size_bytes, off_t off)
{
	struct feed *feed = priv;
	size_t n = feed->len_bytes < size_bytes ? feed->len_bytes : size_bytes;

	enter_handle(feed->zoo);
	feed->zoo->last_request = *req;
	if (n == 0 && !feed->ended) {
		leave_handle(feed->zoo);
		return -EAGAIN;
	}
	memcpy(buf, feed->bytes, n);
	feed->len_bytes -= n;
	memmove(feed->bytes, feed->bytes + n, feed->len_bytes);
	leave_handle(feed->zoo);
	return (ssize_t)n;
}

static ssize_t feed_write(void *priv, const struct eventfs_request *req, const char *buf,
			  size_t len_bytes, off_t off)
{
	struct feed *feed = priv;
	size_t room = sizeof(feed->bytes) - feed->len_bytes;

	enter_handle(feed->zoo);
	if (len_bytes > room)
		len_bytes = room;
	memcpy(feed->bytes + feed->len_bytes, buf, len_bytes);
	feed->len_bytes += len_bytes;
	feed->ended = len_bytes > 0 && buf[len_bytes - 1] == '.';
	leave_handle(feed->zoo);
	return (ssize_t)len_bytes;
}

static short feed_poll(void *priv)
{
	struct feed *feed = priv;

	return (short)(POLLOUT | (feed->len_bytes || feed->ended ? POLLIN : 0));
}

static void feed_release(void *priv)
{
	struct feed *feed = priv;

	feed->zoo->releases++;
	feed->zoo->pins_at_release = feed->zoo->main.pins;
	free(feed);
}

static const struct eventfs_file_ops readme_file = {.show = readme_show};
static const struct eventfs_file_ops motto_file = {
	.show = motto_show,
	.store = motto_store,
	.truncate_open = motto_truncate,
};
static const struct eventfs_file_ops box_file = {.store = box_store};
static const struct eventfs_file_ops key_file = {.show = key_show};
static const struct eventfs_file_ops feed_file = {
	.open = feed_open,
	.read = feed_read,
	.write = feed_write,
	.poll = feed_poll,
	.release = feed_release,
};

/* ---- the tree */

static bool is_main(void *ctx, struct eventfs_key key)
{
	return key.a == 0;
}

static bool is_odd(void *ctx, struct eventfs_key key)
{
	return key.b & 1;
}

const struct eventfs_type zoo_types[ZOO_TYPES] = {
	[ZOO_ROOT] = {.mode = S_IFDIR | 0750},
	[ZOO_README] = {.name = "README",
			.mode = S_IFREG | 0440,
			.file = &readme_file,
			.present = is_main},
	[ZOO_MOTTO] = {.name = "motto",
		       .mode = S_IFREG | 0640,
		       .file = &motto_file,
		       .flags = EVENTFS_PIN},
	[ZOO_NOTICE] = {.name = "notice", .mode = S_IFREG | 0440, .file = &key_file},
	[ZOO_BOX] = {.name = "box", .mode = S_IFREG | 0220, .file = &box_file},
	[ZOO_FEED] = {.name = "feed",
		      .mode = S_IFREG | 0640,
		      .file = &feed_file,
		      .flags = EVENTFS_PIN | EVENTFS_UNSEEKABLE},
	[ZOO_CAMERA] = {.name = "camera",
			.mode = S_IFREG | 0440,
			.file = &key_file,
			.flags = EVENTFS_ALIAS,
			.size_bytes = UINT64_C(1) << 40},
	[ZOO_BRANCHES] = {.name = "branches",
			  .mode = S_IFDIR | 0750,
			  .provider = &branches,
			  .child = ZOO_ROOT,
			  .dir = &branches_dir,
			  .present = is_main},
	[ZOO_HOUSES] = {.name = "houses",
			.mode = S_IFDIR | 0750,
			.provider = &houses,
			.child = ZOO_HOUSE},
	[ZOO_HOUSES_COUNT] = {.name = "count",
			      .parent = ZOO_HOUSES,
			      .mode = S_IFREG | 0440,
			      .file = &key_file},
	[ZOO_HOUSE] = {.mode = S_IFDIR | 0750, .provider = &animals, .child = ZOO_ANIMAL},
	[ZOO_SIGN] = {.name = "sign",
		      .parent = ZOO_HOUSE,
		      .mode = S_IFREG | 0440,
		      .file = &key_file},
	[ZOO_ANIMAL] = {.mode = S_IFDIR | 0750},
	[ZOO_SOUND] = {.name = "sound",
		       .parent = ZOO_ANIMAL,
		       .mode = S_IFREG | 0440,
		       .file = &key_file},
	[ZOO_WEIGHT] = {.name = "weight",
			.parent = ZOO_ANIMAL,
			.mode = S_IFREG | 0640,
			.file = &key_file,
			.flags = EVENTFS_PIN},
	[ZOO_TAIL] = {.name = "tail",
		      .parent = ZOO_ANIMAL,
		      .mode = S_IFREG | 0440,
		      .file = &key_file,
		      .present = is_odd},
	[ZOO_LABELS] = {.name = "labels",
			.mode = S_IFDIR | 0750,
			.provider = &houses,
			.child = ZOO_LABEL},
	[ZOO_LABEL] = {.mode = S_IFREG | 0440, .file = &key_file},
};

static int zoo_pin(void *ctx, struct eventfs_key key)
{
	struct zoo *zoo = ctx;
	struct zoo_thing *t;
	int ret = -ENOENT;

	lock(zoo);
	t = branch_of(zoo, key.a);
	if (zoo->fail)
		ret = -zoo->fail;
	else if (t) {
		t->pins++;
		ret = 0;
	}
	unlock(zoo);
	return ret;
}

static void zoo_unpin(void *ctx, struct eventfs_key key)
{
	struct zoo *zoo = ctx;

	lock(zoo);
	branch_of(zoo, key.a)->pins--;
	unlock(zoo);
}

const struct eventfs_ops zoo_ops = {.pin = zoo_pin, .unpin = zoo_unpin};

static uint32_t add(struct zoo *zoo, struct zoo_thing *slots, uint32_t house, const char *name)
{
	uint32_t serial = 0;

	pthread_mutex_lock(&zoo->lock);
	for (size_t i = 0; i < ZOO_SLOTS && !serial; i++) {
		if (slots[i].serial)
			continue;
		serial = ++zoo->last_serial;
		slots[i] = (struct zoo_thing){.serial = serial, .house = house};
		if (i >= zoo->high)
			zoo->high = i + 1;
		strcpy(slots[i].name, name);
	}
	pthread_mutex_unlock(&zoo->lock);
	assert_int_not_equal(serial, 0);
	return serial;
}

uint32_t zoo_add_house(struct zoo *zoo, const char *name)
{
	return add(zoo, zoo->houses, 0, name);
}

uint32_t zoo_add_animal(struct zoo *zoo, uint32_t house, const char *name)
{
	return add(zoo, zoo->animals, house, name);
}

static void remove_named(struct zoo *zoo, struct zoo_thing *slots, const char *name)
{
	pthread_mutex_lock(&zoo->lock);
	for (size_t i = 0; i < ZOO_SLOTS; i++) {
		if (slots[i].serial && strcmp(slots[i].name, name) == 0)
			slots[i] = (struct zoo_thing){0};
	}
	pthread_mutex_unlock(&zoo->lock);
}

void zoo_remove_house(struct zoo *zoo, const char *name)
{
	remove_named(zoo, zoo->houses, name);
}

void zoo_remove_animal(struct zoo *zoo, const char *name)
{
	remove_named(zoo, zoo->animals, name);
}

struct zoo *zoo_new(void)
{
	struct zoo *zoo = calloc(1, sizeof(*zoo));
	struct eventfs_config config = {
		.types = zoo_types,
		.n_types = ZOO_TYPES,
		.ops = &zoo_ops,
		.ctx = zoo,
		.uid = 1000,
		.gid = 100,
	};
	uint32_t apes;

	assert_non_null(zoo);
	pthread_mutex_init(&zoo->lock, NULL);
	strcpy(zoo->main.motto, "open");
	apes = zoo_add_house(zoo, "apes");
	zoo_add_animal(zoo, apes, "ada");
	zoo_add_animal(zoo, apes, "bob");
	zoo_add_animal(zoo, apes, "cleo");
	zoo_add_animal(zoo, zoo_add_house(zoo, "birds"), "dodo");
	assert_int_equal(eventfs_create(&config, &zoo->fs), 0);
	return zoo;
}

void zoo_free(struct zoo *zoo)
{
	assert_int_equal(eventfs_destroy(zoo->fs), 0);
	pthread_mutex_destroy(&zoo->lock);
	free(zoo);
}

uint64_t zoo_id(struct zoo *zoo, const char *path)
{
	struct eventfs_attr attr;

	assert_int_equal(eventfs_walk(zoo->fs, path, &attr), 0);
	return attr.id;
}

int zoo_walk(struct zoo *zoo, const char *path)
{
	struct eventfs_attr attr;

	return eventfs_walk(zoo->fs, path, &attr);
}

const char *zoo_read(struct eventfs_file *file, off_t off)
{
	static char buf[4096];
	ssize_t n = eventfs_read(file, &zoo_asker, buf, sizeof(buf) - 1, off);

	if (n < 0)
		snprintf(buf, sizeof(buf), "errno %d", (int)-n);
	else
		buf[n] = '\0';
	return buf;
}

int zoo_fill(void *arg, const char *name, const struct eventfs_attr *attr, uint64_t next_cursor)
{
	struct zoo_listing *list = arg;

	if (list->stop_after && list->count == list->stop_after)
		return 1;
	assert_in_range(list->count, 0, sizeof(list->attr) / sizeof(list->attr[0]) - 1);
	list->attr[list->count] = *attr;
	list->cursor[list->count] = next_cursor;
	strcpy(list->name[list->count++], name);
	list->next_cursor = next_cursor;
	return 0;
}

const char *zoo_names(const struct zoo_listing *list)
{
	static char names[4096];
	size_t len = 0;

	names[0] = '\0';
	for (size_t i = 0; i < list->count; i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i ? " " : "",
					list->name[i]);
	return names;
}
