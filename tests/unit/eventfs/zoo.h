/* SPDX-License-Identifier: MIT */
/*
 * A tree for the tests of eventfs: a zoo with branches. "/" and "/branches/NAME" have the same entries
 * but for those that only the main zoo has; houses and the animals in them are the same everywhere.
 *
 *   README            main zoo only; a value
 *   motto             a value to read and write, truncated by O_TRUNC, pinned
 *   notice            a value, not pinned
 *   box               takes values, gives none
 *   feed              a stream, unseekable, pinned; written bytes come back
 *   camera            ids by alias; huge size; text is key b
 *   branches/NAME     main zoo only; a zoo; mkdir, rmdir
 *   houses/count      a value
 *   houses/NAME/      b of the key: the house's serial
 *   houses/NAME/sign  a value
 *   houses/NAME/ANIMAL/{sound,weight,tail}   tail: only where serial is odd; weight: pinned
 *   labels/NAME       dynamic files, the names are those of the houses
 */
#ifndef TEST_EVENTFS_ZOO_H
#define TEST_EVENTFS_ZOO_H

#include <pthread.h>

#include "eventfs/eventfs.h"

enum zoo_type {
	ZOO_ROOT,
	ZOO_README,
	ZOO_MOTTO,
	ZOO_NOTICE,
	ZOO_BOX,
	ZOO_FEED,
	ZOO_CAMERA,
	ZOO_BRANCHES,
	ZOO_HOUSES,
	ZOO_HOUSES_COUNT,
	ZOO_HOUSE,
	ZOO_SIGN,
	ZOO_ANIMAL,
	ZOO_SOUND,
	ZOO_WEIGHT,
	ZOO_TAIL,
	ZOO_LABELS,
	ZOO_LABEL,
	ZOO_TYPES,
};

#define ZOO_SLOTS 600

struct zoo_thing {
	uint32_t serial; /* 0: free slot */
	uint32_t house;	 /* animals: the serial of theirs */
	unsigned int pins;
	char name[EVENTFS_NAME_MAX + 1];
	char motto[64];
	char box[64];
};

struct zoo {
	pthread_mutex_t lock;
	uint32_t last_serial;
	size_t high; /* slots above it were never used */
	struct zoo_thing main;
	struct zoo_thing branches[ZOO_SLOTS];
	struct zoo_thing houses[ZOO_SLOTS];
	struct zoo_thing animals[ZOO_SLOTS];

	struct eventfs *fs;
	int fail;	    /* errno that show, store, open, truncate_open and pin answer with */
	bool reenter;	    /* call eventfs from within every operation */
	unsigned int shows; /* how often each was called */
	unsigned int truncates;
	unsigned int opens;
	unsigned int releases;
	unsigned int pins_at_release;
	struct eventfs_request last_request;
	off_t last_off;
	bool finds_bad_key; /* find, parent and mkdir give keys out of range */
	bool next_stands_still;
	int in_handle; /* operations of file handles now running */
	bool overlap;  /* two of them were */
};

extern const struct eventfs_type zoo_types[ZOO_TYPES];
extern const struct eventfs_ops zoo_ops;

/* The zoo has houses "apes" (ada, bob, cleo) and "birds" (dodo), and no branch. */
struct zoo *zoo_new(void);
void zoo_free(struct zoo *zoo);

uint32_t zoo_add_house(struct zoo *zoo, const char *name);
uint32_t zoo_add_animal(struct zoo *zoo, uint32_t house, const char *name);
void zoo_remove_house(struct zoo *zoo, const char *name);
void zoo_remove_animal(struct zoo *zoo, const char *name);

/* The id at path, which must be there. */
uint64_t zoo_id(struct zoo *zoo, const char *path);
/* What eventfs_walk() answers. */
int zoo_walk(struct zoo *zoo, const char *path);
/* Read from a handle into a string. */
const char *zoo_read(struct eventfs_file *file, off_t off);

/* A listing, collected. */
struct zoo_listing {
	size_t count;
	size_t stop_after; /* 0: never */
	uint64_t next_cursor;
	struct eventfs_attr attr[600];
	char name[600][EVENTFS_NAME_MAX + 1];
	uint64_t cursor[600];
};

int zoo_fill(void *arg, const char *name, const struct eventfs_attr *attr, uint64_t next_cursor);
/* The names, separated by spaces. */
const char *zoo_names(const struct zoo_listing *list);

extern const struct eventfs_request zoo_asker;

#endif /* TEST_EVENTFS_ZOO_H */
