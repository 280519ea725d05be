/* SPDX-License-Identifier: MIT */
/*
 * A file system that has nothing to do with tracing, mounted by the front end: toy DIR [OPTIONS]. Stays in the foreground and
 * prints "ready" once it is mounted.
 *
 *   value      what was written last; O_TRUNC empties it
 *   secret     mode 0200
 *   pipe       a stream that waits: what is written to feed
 *   raw        the same in pages, as trace_pipe_raw: ids of its own, endless size
 *   rooms/     mkdir and rmdir; each room has a door, which pins it while open; names are fleeting unless they begin with "kept"
 *   behind     "add NAME", "remove NAME": what another process does; "overflow": and too much of it
 *   many/      2000 directories of 8 files
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuse/mount.h"

#define PAGE_BYTES 4096
#define FEED_BYTES (64 * PAGE_BYTES)
#define ROOMS	   64
#define MANY	   2000
#define MANY_FILES 8
#define CHANGES	   64

struct room {
	uint32_t serial; /* 0: free */
	int pins;
	char name[EVENTFS_NAME_MAX + 1];
};

static struct toy {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	uint32_t sequence;
	char feed[FEED_BYTES];
	size_t feed_bytes;
	char value[65536];
	size_t value_bytes;
	struct room rooms[ROOMS];
	uint32_t serial;
	struct utfs_mount_change changes[CHANGES];
	unsigned int changes_written;
	unsigned int changes_read;
	unsigned int kicks;
	bool overflow;
} toy = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

enum {
	T_ROOT,
	T_VALUE,
	T_SECRET,
	T_PIPE,
	T_RAW,
	T_FEED,
	T_BEHIND,
	T_ROOMS,
	T_ROOM,
	T_DOOR,
	T_MANY,
	T_ONE,
	T_FILE0,
	N_TYPES = T_FILE0 + MANY_FILES,
};

static void lock(void)
{
	pthread_mutex_lock(&toy.lock);
}

static void unlock(void)
{
	pthread_mutex_unlock(&toy.lock);
}

/* Values ------------------------------------------------------------------------------------------- */

static int value_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	lock();
	eventfs_text_write(out, toy.value, toy.value_bytes);
	unlock();
	return 0;
}

static ssize_t value_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			   const char *buf, size_t len_bytes, off_t off)
{
	if (len_bytes > sizeof(toy.value))
		return -ENOSPC;
	if (len_bytes >= 3 && memcmp(buf, "bad", 3) == 0)
		return -EINVAL;
	lock();
	toy.value_bytes = len_bytes;
	if (len_bytes == 4 && memcmp(buf, "who\n", 4) == 0)
		toy.value_bytes =
			(size_t)sprintf(toy.value, "%d %u %u\n", req->tid, req->uid, req->gid);
	else
		memcpy(toy.value, buf, len_bytes);
	unlock();
	return (ssize_t)len_bytes;
}

static int value_truncate(void *ctx, struct eventfs_key key, const struct eventfs_request *req)
{
	lock();
	toy.value_bytes = 0;
	unlock();
	return 0;
}

static const struct eventfs_file_ops value_ops = {
	.show = value_show,
	.store = value_store,
	.truncate_open = value_truncate,
};

static int name_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	eventfs_text_printf(out, "%u\n", key.b);
	return 0;
}

static const struct eventfs_file_ops name_ops = {.show = name_show};

/* Streams ------------------------------------------------------------------------------------------ */

static int stream_open(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
		       int flags, void **priv)
{
	*priv = NULL;
	return 0;
}

static ssize_t take(char *buf, size_t size_bytes)
{
	if (size_bytes > toy.feed_bytes)
		size_bytes = toy.feed_bytes;
	memcpy(buf, toy.feed, size_bytes);
	toy.feed_bytes -= size_bytes;
	memmove(toy.feed, toy.feed + size_bytes, toy.feed_bytes);
	return (ssize_t)size_bytes;
}

static ssize_t pipe_read(void *priv, const struct eventfs_request *req, char *buf,
			 size_t size_bytes, off_t off)
{
	ssize_t n;

	lock();
	n = take(buf, size_bytes);
	unlock();
	return n ? n : -EAGAIN;
}

static ssize_t raw_read(void *priv, const struct eventfs_request *req, char *buf, size_t size_bytes,
			off_t off)
{
	ssize_t n = -EAGAIN;

	lock();
	if (toy.feed_bytes > 0 && size_bytes >= PAGE_BYTES) {
		n = take(buf, PAGE_BYTES);
		memset(buf + n, '.', (size_t)(PAGE_BYTES - n));
		n = PAGE_BYTES;
	}
	unlock();
	return n;
}

static short pipe_poll(void *priv)
{
	short events;

	lock();
	events = toy.feed_bytes ? POLLIN | POLLRDNORM : 0;
	unlock();
	return events;
}

static ssize_t feed_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			  const char *buf, size_t len_bytes, off_t off)
{
	ssize_t n = -ENOSPC;

	lock();
	if (len_bytes <= FEED_BYTES - toy.feed_bytes) {
		memcpy(toy.feed + toy.feed_bytes, buf, len_bytes);
		toy.feed_bytes += len_bytes;
		toy.sequence++;
		pthread_cond_broadcast(&toy.wake);
		n = (ssize_t)len_bytes;
	}
	unlock();
	return n;
}

static const struct eventfs_file_ops pipe_ops = {
	.open = stream_open,
	.read = pipe_read,
	.poll = pipe_poll,
};
static const struct eventfs_file_ops raw_ops = {
	.open = stream_open,
	.read = raw_read,
	.poll = pipe_poll,
};
static const struct eventfs_file_ops feed_ops = {.store = feed_store};

/* Rooms -------------------------------------------------------------------------------------------- */

static struct room *room_by_serial(uint32_t serial)
{
	for (int i = 0; serial && i < ROOMS; i++) {
		if (toy.rooms[i].serial == serial)
			return &toy.rooms[i];
	}
	return NULL;
}

static struct room *room_by_name(const char *name)
{
	for (int i = 0; i < ROOMS; i++) {
		if (toy.rooms[i].serial && strcmp(toy.rooms[i].name, name) == 0)
			return &toy.rooms[i];
	}
	return NULL;
}

static void note(const struct room *room, bool removed)
{
	struct utfs_mount_change *change = &toy.changes[toy.changes_written % CHANGES];

	change->parent = eventfs_id(T_ROOMS, (struct eventfs_key){0});
	change->child = eventfs_id(T_ROOM, (struct eventfs_key){.b = room->serial});
	change->removed = removed;
	memcpy(change->name, room->name, sizeof(change->name));
	toy.changes_written++;
	pthread_cond_broadcast(&toy.wake);
}

static int room_add(const char *name)
{
	if (room_by_name(name))
		return -EEXIST;
	for (int i = 0; i < ROOMS; i++) {
		struct room *room = &toy.rooms[i];

		if (room->serial)
			continue;
		*room = (struct room){.serial = ++toy.serial};
		snprintf(room->name, sizeof(room->name), "%s", name);
		note(room, false);
		return 0;
	}
	return -ENOSPC;
}

static int room_remove(struct room *room)
{
	if (!room)
		return -ENOENT;
	if (room->pins)
		return -EBUSY;
	note(room, true);
	room->serial = 0;
	return 0;
}

static int rooms_find(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
		      struct eventfs_key *child)
{
	const struct room *room;

	lock();
	room = room_by_name(name);
	if (room)
		*child = (struct eventfs_key){.b = room->serial};
	unlock();
	return room ? 0 : -ENOENT;
}

static int rooms_next(void *ctx, struct eventfs_key dir, uint64_t cursor,
		      struct eventfs_dirent *out)
{
	const struct room *next = NULL;

	lock();
	for (int i = 0; i < ROOMS; i++) {
		const struct room *room = &toy.rooms[i];

		if (room->serial > cursor && (!next || room->serial < next->serial))
			next = room;
	}
	if (next) {
		out->key = (struct eventfs_key){.b = next->serial};
		out->cookie = next->serial;
		memcpy(out->name, next->name, sizeof(out->name));
	}
	unlock();
	return next ? 1 : 0;
}

static int rooms_valid(void *ctx, struct eventfs_key key)
{
	bool is;

	lock();
	is = key.a == 0 && room_by_serial(key.b);
	unlock();
	return is ? 0 : -ENOENT;
}

static int rooms_name(void *ctx, struct eventfs_key key, char name[EVENTFS_NAME_MAX + 1])
{
	const struct room *room;

	lock();
	room = room_by_serial(key.b);
	if (room)
		memcpy(name, room->name, sizeof(room->name));
	unlock();
	return room ? 0 : -ENOENT;
}

static int rooms_parent(void *ctx, struct eventfs_key key, struct eventfs_key *dir)
{
	*dir = (struct eventfs_key){0};
	return 0;
}

static int rooms_mkdir(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
		       mode_t mode, struct eventfs_key *child)
{
	int ret;

	lock();
	ret = room_add(name);
	if (ret == 0)
		*child = (struct eventfs_key){.b = toy.serial};
	unlock();
	return ret;
}

static int rooms_rmdir(void *ctx, struct eventfs_key dir, struct eventfs_key child)
{
	int ret;

	lock();
	ret = room_remove(room_by_serial(child.b));
	unlock();
	return ret;
}

static const struct eventfs_provider rooms = {
	.find = rooms_find,
	.next = rooms_next,
	.valid = rooms_valid,
	.name = rooms_name,
	.parent = rooms_parent,
};
static const struct eventfs_dir_ops rooms_dir = {.mkdir = rooms_mkdir, .rmdir = rooms_rmdir};

static int pin(void *ctx, struct eventfs_key key)
{
	struct room *room;

	lock();
	room = room_by_serial(key.b);
	if (room)
		room->pins++;
	unlock();
	return room ? 0 : -ENOENT;
}

static void unpin(void *ctx, struct eventfs_key key)
{
	lock();
	room_by_serial(key.b)->pins--;
	unlock();
}

static ssize_t behind_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			    const char *buf, size_t len_bytes, off_t off)
{
	char verb[16];
	char name[256];
	char text[300] = "";
	int ret = -EINVAL;
	int words;

	if (len_bytes >= sizeof(text))
		return -EINVAL;
	memcpy(text, buf, len_bytes);
	words = sscanf(text, "%15s %255s", verb, name);
	lock();
	if (words == 2 && strcmp(verb, "add") == 0) {
		ret = room_add(name);
	} else if (words == 2 && strcmp(verb, "remove") == 0) {
		ret = room_remove(room_by_name(name));
	} else if (words == 2 && strcmp(verb, "overflow") == 0) {
		/* The removal is among what was missed. */
		ret = room_remove(room_by_name(name));
		toy.changes_read = toy.changes_written;
		toy.overflow = true;
	}
	unlock();
	return ret ? ret : (ssize_t)len_bytes;
}

static const struct eventfs_file_ops behind_ops = {.store = behind_store};

/* Many --------------------------------------------------------------------------------------------- */

static int many_find(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
		     struct eventfs_key *child)
{
	unsigned int number;
	char again[32];

	if (sscanf(name, "d%u", &number) != 1 || number >= MANY)
		return -ENOENT;
	snprintf(again, sizeof(again), "d%u", number);
	*child = (struct eventfs_key){.a = 1, .b = number};
	return strcmp(name, again) == 0 ? 0 : -ENOENT;
}

static int many_next(void *ctx, struct eventfs_key dir, uint64_t cursor, struct eventfs_dirent *out)
{
	if (cursor >= MANY)
		return 0;
	out->cookie = cursor + 1;
	out->key = (struct eventfs_key){.a = 1, .b = (uint32_t)cursor};
	snprintf(out->name, sizeof(out->name), "d%u", (unsigned int)cursor);
	return 1;
}

static int many_valid(void *ctx, struct eventfs_key key)
{
	return key.a == 1 && key.b < MANY ? 0 : -ENOENT;
}

static int many_name(void *ctx, struct eventfs_key key, char name[EVENTFS_NAME_MAX + 1])
{
	snprintf(name, EVENTFS_NAME_MAX + 1, "d%u", key.b);
	return 0;
}

static const struct eventfs_provider many = {
	.find = many_find,
	.next = many_next,
	.valid = many_valid,
	.name = many_name,
	.parent = rooms_parent,
};

/* The tree ----------------------------------------------------------------------------------------- */

#define MANY_FILE(n, text)                                                                         \
	[T_FILE0 + (n)] = {.name = text, .parent = T_ONE, .mode = S_IFREG | 0440, .file = &name_ops}

static const struct eventfs_type types[N_TYPES] = {
	[T_ROOT] = {.mode = S_IFDIR | 0750},
	[T_VALUE] = {.name = "value", .parent = T_ROOT, .mode = S_IFREG | 0640, .file = &value_ops},
	[T_SECRET] = {.name = "secret",
		      .parent = T_ROOT,
		      .mode = S_IFREG | 0200,
		      .file = &value_ops},
	[T_PIPE] = {.name = "pipe",
		    .parent = T_ROOT,
		    .mode = S_IFREG | 0440,
		    .file = &pipe_ops,
		    .flags = EVENTFS_UNSEEKABLE},
	[T_RAW] = {.name = "raw",
		   .parent = T_ROOT,
		   .mode = S_IFREG | 0440,
		   .file = &raw_ops,
		   .size_bytes = UINT64_C(1) << 40,
		   .flags = EVENTFS_UNSEEKABLE | EVENTFS_ALIAS},
	[T_FEED] = {.name = "feed", .parent = T_ROOT, .mode = S_IFREG | 0220, .file = &feed_ops},
	[T_BEHIND] = {.name = "behind",
		      .parent = T_ROOT,
		      .mode = S_IFREG | 0220,
		      .file = &behind_ops},
	[T_ROOMS] = {.name = "rooms",
		     .parent = T_ROOT,
		     .mode = S_IFDIR | 0750,
		     .provider = &rooms,
		     .dir = &rooms_dir,
		     .child = T_ROOM},
	[T_ROOM] = {.mode = S_IFDIR | 0750},
	[T_DOOR] = {.name = "door",
		    .parent = T_ROOM,
		    .mode = S_IFREG | 0440,
		    .file = &name_ops,
		    .flags = EVENTFS_PIN},
	[T_MANY] = {.name = "many",
		    .parent = T_ROOT,
		    .mode = S_IFDIR | 0750,
		    .provider = &many,
		    .child = T_ONE},
	[T_ONE] = {.mode = S_IFDIR | 0750},
	MANY_FILE(0, "enable"),
	MANY_FILE(1, "filter"),
	MANY_FILE(2, "format"),
	MANY_FILE(3, "id"),
	MANY_FILE(4, "trigger"),
	MANY_FILE(5, "hist"),
	MANY_FILE(6, "inject"),
	MANY_FILE(7, "hist_debug"),
};

/* Waits -------------------------------------------------------------------------------------------- */

static int sleep_ms(int timeout_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	return -pthread_cond_timedwait(&toy.wake, &toy.lock, &until);
}

static uint32_t data_sequence(void *ctx)
{
	uint32_t sequence;

	lock();
	sequence = toy.sequence;
	unlock();
	return sequence;
}

static int data_wait(void *ctx, uint32_t seen, int timeout_ms)
{
	int ret = 0;

	lock();
	while (ret == 0 && toy.sequence == seen)
		ret = sleep_ms(timeout_ms);
	unlock();
	return ret;
}

static void data_kick(void *ctx)
{
	lock();
	toy.sequence++;
	pthread_cond_broadcast(&toy.wake);
	unlock();
}

static int change_next(void *ctx, struct utfs_mount_change *change)
{
	int ret = 0;

	lock();
	if (toy.overflow) {
		toy.overflow = false;
		ret = -EOVERFLOW;
	} else if (toy.changes_read < toy.changes_written) {
		*change = toy.changes[toy.changes_read++ % CHANGES];
		ret = 1;
	}
	unlock();
	return ret;
}

static int change_wait(void *ctx, int timeout_ms)
{
	unsigned int kicks;
	int ret = 0;

	lock();
	kicks = toy.kicks;
	while (ret == 0 && !toy.overflow && toy.changes_read == toy.changes_written &&
	       toy.kicks == kicks)
		ret = sleep_ms(timeout_ms);
	unlock();
	return ret;
}

static void change_kick(void *ctx)
{
	lock();
	toy.kicks++;
	pthread_cond_broadcast(&toy.wake);
	unlock();
}

static bool is_fleeting(void *ctx, uint64_t id)
{
	const struct room *room;
	bool is = false;

	if (eventfs_type_of(id) != T_ROOM)
		return false;
	lock();
	room = room_by_serial(eventfs_key_b(id));
	is = !room || strncmp(room->name, "kept", 4) != 0;
	unlock();
	return is;
}

static void ready(void *arg)
{
	puts("ready");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct eventfs_ops ops = {.pin = pin, .unpin = unpin};
	static const struct utfs_mount_ops mount_ops = {
		.data_sequence = data_sequence,
		.data_wait = data_wait,
		.data_kick = data_kick,
		.change_next = change_next,
		.change_wait = change_wait,
		.change_kick = change_kick,
		.is_fleeting = is_fleeting,
	};
	const struct eventfs_config config = {
		.types = types,
		.n_types = N_TYPES,
		.ops = &ops,
		.uid = geteuid(),
		.gid = getegid(),
	};
	struct utfs_mount_options options;
	char why[UTFS_MOUNT_WHY_BYTES];
	struct eventfs *fs;
	int ret;

	if (argc < 2)
		return 2;
	ret = utfs_mount_options_parse(argc > 2 ? argv[2] : "", &options, why);
	if (ret) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	if (eventfs_create(&config, &fs))
		return 3;
	options.type = "utracefs-toy";
	ret = utfs_mount_run(fs, &mount_ops, NULL, argv[1], &options, ready, NULL, why);
	if (ret)
		fprintf(stderr, "%s\n", why);
	/* Every handle was closed. */
	return eventfs_destroy(fs) ? 4 : ret ? 1 : 0;
}
