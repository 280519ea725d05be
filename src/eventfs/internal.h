/* SPDX-License-Identifier: MIT */
/* eventfs: what its own files share. Nothing outside src/eventfs includes this. */
#ifndef EVENTFS_INTERNAL_H
#define EVENTFS_INTERNAL_H

#include <pthread.h>
#include <assert.h>
#include <stdatomic.h>

#include "eventfs/eventfs.h"

/*
 * clang checks these with -Wthread-safety; other compilers see nothing. In C they can only name a
 * function's parameters, so they stand on functions; a comment says which fields a lock guards.
 */
#ifdef __clang__
#define EVENTFS_ANNOTATE(x) __attribute__((x))
#else
#define EVENTFS_ANNOTATE(x)
#endif
#define EVENTFS_REQUIRES(lock) EVENTFS_ANNOTATE(requires_capability(lock))
#define EVENTFS_EXCLUDES(lock) EVENTFS_ANNOTATE(locks_excluded(lock))
#define EVENTFS_ACQUIRE(lock)  EVENTFS_ANNOTATE(acquire_capability(lock))
#define EVENTFS_RELEASE(lock)  EVENTFS_ANNOTATE(release_capability(lock))
#define EVENTFS_UNCHECKED      EVENTFS_ANNOTATE(no_thread_safety_analysis)

struct EVENTFS_ANNOTATE(capability("mutex")) eventfs_mutex {
	pthread_mutex_t mutex;
	bool is_leaf;
};

static inline void eventfs_mutex_watch(const struct eventfs_mutex *lock, bool taken)
{
#ifdef UTFS_DEBUG
	if (eventfs_lock_watch)
		eventfs_lock_watch(lock->is_leaf, taken);
#else
	(void)lock;
	(void)taken;
#endif
}

static inline void eventfs_mutex_lock(struct eventfs_mutex *lock)
	EVENTFS_ACQUIRE(lock) EVENTFS_UNCHECKED;
static inline void eventfs_mutex_unlock(struct eventfs_mutex *lock)
	EVENTFS_RELEASE(lock) EVENTFS_UNCHECKED;

static inline void eventfs_mutex_lock(struct eventfs_mutex *lock)
{
	eventfs_mutex_watch(lock, true);
	pthread_mutex_lock(&lock->mutex);
}

static inline void eventfs_mutex_unlock(struct eventfs_mutex *lock)
{
	pthread_mutex_unlock(&lock->mutex);
	eventfs_mutex_watch(lock, false);
}

#define EVENTFS_NO_TYPE UINT16_MAX

/* The fixed entries of one directory type: a range of eventfs.fixed, sorted by name. */
struct eventfs_fixed_range {
	uint16_t first;
	uint16_t count;
};

/* What chmod and chown said about one node. */
struct eventfs_override {
	uint64_t id;   /* without alias number */
	uint32_t what; /* EVENTFS_SET_MODE, _UID, _GID: which of these hold */
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

struct eventfs {
	/* Set at creation, then only read. */
	const struct eventfs_type *types;
	unsigned int n_types;
	const struct eventfs_ops *ops;
	void *ctx;
	struct timespec time;
	uint16_t owner[EVENTFS_TYPES_MAX]; /* of a dynamic type: the directory type it is in */
	uint16_t base[EVENTFS_TYPES_MAX];  /* the dynamic type or root that the key comes from */
	uint16_t fixed[EVENTFS_TYPES_MAX]; /* types of the fixed entries, by directory and name */
	struct eventfs_fixed_range range[EVENTFS_TYPES_MAX];

	_Atomic uint64_t owner_ids; /* uid in the upper half, gid in the lower */
	atomic_size_t n_open;	    /* handles */

	/* A leaf: nothing is called while it is held. Guards the array behind it. */
	struct eventfs_mutex override_lock;
	struct eventfs_override *override; /* sorted by id */
	size_t override_cap;
	/* Written under the lock; read without it to find out that there are none. */
	atomic_size_t n_overrides;
};

/* A node under inspection: a decoded id. */
struct eventfs_node {
	unsigned int type;
	struct eventfs_key key; /* without alias number */
	uint64_t id;		/* as asked for */
};

static inline bool eventfs_type_is_dir(const struct eventfs *fs, unsigned int type)
{
	return S_ISDIR(fs->types[type].mode);
}

static inline bool eventfs_type_is_fixed(const struct eventfs *fs, unsigned int type)
{
	return fs->types[type].name;
}

static inline bool eventfs_node_is_root(const struct eventfs_node *node)
{
	return node->type == 0 && node->key.a == 0 && node->key.b == 0;
}

/*
 * eventfs_table_build - check the type table and build the index (table.c).
 * Return: 0; -EINVAL: the table is wrong.
 * Locks: none. Context: before anybody else knows of fs.
 */
int eventfs_table_build(struct eventfs *fs);

/*
 * eventfs_table_find - the fixed entry of a directory type with this name, present or not.
 * Return: its type; EVENTFS_NO_TYPE. Locks: none. Context: any thread.
 */
unsigned int eventfs_table_find(const struct eventfs *fs, unsigned int dir, const char *name);

/*
 * eventfs_node_make - a node from a type and a key; sets its id.
 * Return: 0; -EOVERFLOW: the key does not fit. Locks: none. Context: any thread.
 */
int eventfs_node_make(const struct eventfs *fs, unsigned int type, struct eventfs_key key,
		      struct eventfs_node *node);

/*
 * eventfs_node_get - decode an id and check that what it names exists.
 * Return: 0; -ESTALE: not an id; -ENOENT: gone; what the provider's valid returned.
 * Locks: none. Context: any thread.
 */
int eventfs_node_get(struct eventfs *fs, uint64_t id, struct eventfs_node *node);

/*
 * eventfs_node_check - the second half of eventfs_node_get.
 * Return: 0; -ENOENT: gone; what the provider's valid returned. Locks: none. Context: any thread.
 */
int eventfs_node_check(struct eventfs *fs, const struct eventfs_node *node);

/*
 * eventfs_node_parent - the directory a node is in; of the root the root.
 * Return: 0; -ENOENT: gone; -EOVERFLOW; what the provider's parent returned.
 * Locks: none. Context: any thread.
 */
int eventfs_node_parent(struct eventfs *fs, const struct eventfs_node *node,
			struct eventfs_node *parent);

/*
 * eventfs_node_present - is a fixed entry there in a directory with this key?
 * Return: so. Locks: none. Context: any thread.
 */
bool eventfs_node_present(struct eventfs *fs, unsigned int type, struct eventfs_key key);

/*
 * eventfs_node_lookup - the node called name in dir, which has been checked.
 * Return: as eventfs_lookup. Locks: none. Context: any thread.
 */
int eventfs_node_lookup(struct eventfs *fs, const struct eventfs_node *dir, const char *name,
			struct eventfs_node *child);

/*
 * eventfs_name_check - may name be looked up or made? "." and ".." pass.
 * Return: 0; -ENOENT: empty; -ENAMETOOLONG; -EINVAL: a slash. Locks: none. Context: anywhere.
 */
int eventfs_name_check(const char *name);

/*
 * eventfs_attr_fill - the attributes of a node that exists (attr.c).
 * Return: nothing. Locks: override_lock. Context: any thread.
 */
void eventfs_attr_fill(struct eventfs *fs, const struct eventfs_node *node,
		       struct eventfs_attr *attr) EVENTFS_EXCLUDES(fs->override_lock);

/*
 * eventfs_override_sweep - forget the overrides of nodes that have gone.
 * Return: nothing. Locks: override_lock, not while providers are asked. Context: any thread.
 */
void eventfs_override_sweep(struct eventfs *fs) EVENTFS_EXCLUDES(fs->override_lock);

#endif /* EVENTFS_INTERNAL_H */
