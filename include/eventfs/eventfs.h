/* SPDX-License-Identifier: MIT */
/*
 * eventfs: an on-demand file system of values, in a library.
 *
 * What it is for: a tree of files whose contents are computed when somebody reads them and acted
 * upon when somebody writes them. The tree is described by one static table of types plus, where
 * the children of a directory are dynamic, a provider that finds them by name and by cursor. No
 * node is ever allocated: a node id is a number computed from what it names (a type and two keys),
 * lookup computes it, every use validates it. Open handles are the only objects with a lifetime;
 * memory does not depend on how many files exist or were looked at. What it may use: libc. What it
 * never does: know what the files mean, call back while it holds a lock of its own (except the
 * mutex of the handle being read or written), print, abort, start a thread, or keep a pointer to
 * something that can go away.
 *
 * The tree
 *
 *   types[0] is the root directory, with key {0, 0}; its id is EVENTFS_ROOT_ID.
 *   A type with a `name` is a fixed entry of the directory type `parent` and inherits that directory's
 *   key: whatever depth, a fixed entry names the same dynamic thing as the directory it is in.
 *   A type without a name is the dynamic child of exactly one directory type (the one whose `provider`
 *   is set and whose `child` it is); the provider gives its name and its key. Files can be dynamic too.
 *   A subtree that occurs twice is described once: type 0 may itself be the dynamic child of a
 *   directory below it. With `instances` a root-only directory (`present`) whose provider gives
 *   children of type 0 with keys {serial, 0}, "/" and "/instances/NAME" share every entry.
 *
 *   enum { T_ROOT, T_README, T_LEVEL, T_INSTANCES };
 *   static const struct eventfs_type types[] = {
 *       [T_ROOT]      = { .mode = S_IFDIR | 0750 },
 *       [T_README]    = { .name = "README", .parent = T_ROOT, .mode = S_IFREG | 0440,
 *                         .present = is_root, .file = &readme_ops },
 *       [T_LEVEL]     = { .name = "level", .parent = T_ROOT, .mode = S_IFREG | 0640,
 *                         .file = &level_ops, .flags = EVENTFS_PIN },
 *       [T_INSTANCES] = { .name = "instances", .parent = T_ROOT, .mode = S_IFDIR | 0750,
 *                         .present = is_root, .provider = &instances, .child = T_ROOT,
 *                         .dir = &instances_dir_ops },
 *   };
 *
 * Names: a fixed entry hides a dynamic child of the same name.
 *
 * Errors are negative errno. Of something that has gone, every call that takes an id answers
 * -ENOENT, every call on an open handle -ENODEV. An id that this file system can never have given
 * out (0, an unknown type) is -ESTALE. What eventfs has no call for, a front end refuses with the
 * errno of the kernel's pseudo file systems: unlink, rename, link, symlink, mknod EPERM (after the
 * VFS's own ENOENT, EEXIST, EISDIR), create EACCES, xattrs ENOTSUP, readlink EINVAL.
 *
 * Unless it says otherwise, every function may be called from any thread, at the same time, but not
 * from a signal handler; it may call provider and file operations, so the caller must hold no lock
 * that those take.
 */
#ifndef EVENTFS_EVENTFS_H
#define EVENTFS_EVENTFS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

struct eventfs;
struct eventfs_file;

#define EVENTFS_NAME_MAX      255		/* bytes in a name, without the NUL */
#define EVENTFS_PATH_MAX      4096		/* bytes in a path, with the NUL */
#define EVENTFS_TYPES_MAX     127		/* entries in the type table */
#define EVENTFS_KEY_MAX	      0xfffffffu	/* largest a and b of a key: 28 bits */
#define EVENTFS_COOKIE_MAX    (UINT64_MAX >> 2) /* largest cookie of a provider */
#define EVENTFS_OVERRIDES_MAX 4096		/* nodes whose mode or owner was changed */

/* ------------------------------------------------------------------------------------------------
 * Node ids
 *
 *   bit 63      0; never set in an id, so a front end may use that half of the numbers itself
 *   bits 56-62  type, 0 to EVENTFS_TYPES_MAX - 1
 *   bits 28-55  key a
 *   bits 0-27   key b      and 1 is added to all of it, so that the root is 1 and nothing is 0
 *
 * Keys are never used again by a provider for another thing, so an id never comes to mean another
 * thing. For types with EVENTFS_ALIAS, key b is at most EVENTFS_ALIAS_KEY_MAX and the other bits of
 * its field hold an alias number: ids that differ only there are the same file to eventfs.
 */
#define EVENTFS_ROOT_ID	      UINT64_C(1)
#define EVENTFS_ALIAS_SHIFT   13
#define EVENTFS_ALIAS_KEY_MAX ((1u << EVENTFS_ALIAS_SHIFT) - 1)
#define EVENTFS_ALIASES	      (1u << (28 - EVENTFS_ALIAS_SHIFT)) /* 0 is the plain id */

struct eventfs_key {
	uint32_t a;
	uint32_t b;
};

/*
 * eventfs_id - the node id of (type, key).
 * Both keys must be at most EVENTFS_KEY_MAX and type below EVENTFS_TYPES_MAX.
 * Return: the id, never 0. Locks: none. Context: anywhere.
 */
static inline uint64_t eventfs_id(unsigned int type, struct eventfs_key key)
{
	return ((uint64_t)type << 56 | (uint64_t)key.a << 28 | key.b) + 1;
}

/* eventfs_type_of - index into the type table. Return: the type of id (255 for id 0, which is none).
 * Locks: none. Context: anywhere.
 */
static inline unsigned int eventfs_type_of(uint64_t id)
{
	return (unsigned int)((id - 1) >> 56);
}

/* eventfs_key_a - Return: the first key of id. Locks: none. Context: anywhere. */
static inline uint32_t eventfs_key_a(uint64_t id)
{
	return (uint32_t)((id - 1) >> 28) & EVENTFS_KEY_MAX;
}

/* eventfs_key_b - Return: the second key of id, with the alias number if it has one.
 * Locks: none. Context: anywhere.
 */
static inline uint32_t eventfs_key_b(uint64_t id)
{
	return (uint32_t)(id - 1) & EVENTFS_KEY_MAX;
}

/*
 * eventfs_id_alias - another id of the same node, for a node whose attr.flags has EVENTFS_ALIAS.
 * For a front end that must not let two openers share one inode (and its page cache): it gives each
 * lookup another number. alias counts modulo EVENTFS_ALIASES; 0 gives the plain id.
 * Return: the id. Locks: none. Context: anywhere.
 */
static inline uint64_t eventfs_id_alias(uint64_t id, uint32_t alias)
{
	uint64_t field = (uint64_t)(EVENTFS_KEY_MAX & ~EVENTFS_ALIAS_KEY_MAX);

	return (((id - 1) & ~field) | ((uint64_t)alias << EVENTFS_ALIAS_SHIFT & field)) + 1;
}

/* ------------------------------------------------------------------------------------------------
 * Who asks
 */
struct eventfs_request {
	pid_t tid; /* the thread that reads or writes; 0: unknown */
	uid_t uid;
	gid_t gid;
	bool nonblock;	/* the caller would rather have -EAGAIN than wait (informs the stream) */
	bool for_cache; /* a front end's page cache asks, not read(2): a file of type EVENTFS_ALIAS gives whole pages, by their place */
	bool whole;	/* of what comes in pages, only those that will not change any more */
};

/* ------------------------------------------------------------------------------------------------
 * Text of a value file
 */
struct eventfs_text {
	char *data; /* not NUL-terminated; NULL while empty */
	size_t len_bytes;
	size_t cap_bytes;
	int error; /* 0, or the first failure: sticky, later calls do nothing */
};

/*
 * eventfs_text_printf, _vprintf, _write, _puts, _putc - append to a text.
 * Nothing needs to be checked after each call: the first failure is remembered in text->error and
 * fails the read as a whole. Any bytes are allowed, NUL included.
 * Return: nothing. Locks: none. Context: one thread per text.
 */
void eventfs_text_printf(struct eventfs_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void eventfs_text_vprintf(struct eventfs_text *text, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
void eventfs_text_write(struct eventfs_text *text, const void *data, size_t len_bytes);
void eventfs_text_puts(struct eventfs_text *text, const char *string);
static inline void eventfs_text_putc(struct eventfs_text *text, char c);

/*
 * eventfs_text_reserve - room for size_bytes more, for code that formats in place: write there,
 * then add what was written to text->len_bytes. The pointer holds until the next call on the text.
 * Return: the end of the text; NULL: out of memory, now or before (text->error is set).
 * Locks: none. Context: one thread per text.
 */
static inline char *eventfs_text_reserve(struct eventfs_text *text, size_t size_bytes);

/*
 * eventfs_text_grow - what eventfs_text_reserve() does where there is no such room yet
 * Return: as eventfs_text_reserve(). Locks: none. Context: one thread per text.
 */
char *eventfs_text_grow(struct eventfs_text *text, size_t size_bytes);

static inline char *eventfs_text_reserve(struct eventfs_text *text, size_t size_bytes)
{
	if (text->data && !text->error && size_bytes <= text->cap_bytes - text->len_bytes)
		return text->data + text->len_bytes;
	return eventfs_text_grow(text, size_bytes);
}

static inline void eventfs_text_putc(struct eventfs_text *text, char c)
{
	char *room = eventfs_text_reserve(text, 1);

	if (room) {
		*room = c;
		text->len_bytes++;
	}
}

/*
 * eventfs_text_fini - free what a text holds and leave it empty and without error.
 * A zeroed struct is a valid empty text. eventfs does this for the texts it hands out itself.
 * Return: nothing. Locks: none. Context: one thread per text.
 */
void eventfs_text_fini(struct eventfs_text *text);

/* ------------------------------------------------------------------------------------------------
 * What the owner of a tree provides. ctx is the pointer given to eventfs_create().
 * eventfs holds no lock of its own in any of these calls except, where noted, the mutex of the open
 * handle; so they may take the caller's. They may come from any thread.
 */

/* One dynamic child, filled in by a provider. */
struct eventfs_dirent {
	char name[EVENTFS_NAME_MAX + 1];
	struct eventfs_key key;
	uint64_t cookie; /* 1 to EVENTFS_COOKIE_MAX; this child's place in the listing */
};

/*
 * The dynamic children of a directory type. All operations are required.
 * Keys: at most EVENTFS_KEY_MAX each, never used again for another thing once the thing has gone.
 */
struct eventfs_provider {
	/* The child called name (len bytes, NUL-terminated as well). Sets *child. dir was valid a moment
	 * ago; if it has gone since, the answer is -ENOENT.
	 * Return: 0, -ENOENT, another negative errno (handed to the caller of the lookup).
	 */
	int (*find)(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
		    struct eventfs_key *child);

	/* The child with the smallest cookie above cursor (0: the first). A child's cookie never changes
	 * while it lives and is never an ordinal, so a removal neither skips nor repeats a sibling; its
	 * serial number is a good one.
	 * Return: 1 with *out set, 0 at the end, negative errno.
	 */
	int (*next)(void *ctx, struct eventfs_key dir, uint64_t cursor, struct eventfs_dirent *out);

	/* Does what key names exist? Answers for the whole key of a child, both numbers of it; it is
	 * asked with numbers nobody ever gave out, too.
	 * Return: 0, -ENOENT.
	 */
	int (*valid)(void *ctx, struct eventfs_key key);

	/* The name of the child with this key, NUL-terminated.
	 * Return: 0, -ENOENT.
	 */
	int (*name)(void *ctx, struct eventfs_key key, char name[EVENTFS_NAME_MAX + 1]);

	/* The key of the directory that the child with this key is in (for ".." and paths).
	 * Return: 0 with *dir set, -ENOENT.
	 */
	int (*parent)(void *ctx, struct eventfs_key key, struct eventfs_key *dir);
};

/*
 * mkdir and rmdir among the dynamic children of a directory type; NULL: -EPERM. eventfs has
 * checked the name (not empty, not too long, no '/', not "." or "..") and that it is free, or is
 * the dynamic child directory `child`; another process can have changed that since, so the
 * operation checks again.
 */
struct eventfs_dir_ops {
	/* Return: 0 with *child set, -EEXIST, -EINVAL, -ENOSPC, ... */
	int (*mkdir)(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
		     mode_t mode, struct eventfs_key *child);
	/* Removes the child that has this key and no other one of the same name.
	 * Return: 0, -ENOENT, -EBUSY (pinned), ...
	 */
	int (*rmdir)(void *ctx, struct eventfs_key dir, struct eventfs_key child);
};

/*
 * What a file does. All operations are optional and may be combined:
 *   read side   `show` (a value: the whole text) or `read` (a stream), not both; neither: -EINVAL
 *   write side  `store` (a value) or `write` (a stream), not both; neither: -EINVAL
 *   `open` and `release` give a handle state of its own (priv, NULL without `open`).
 * show, store, read, write, poll run under the handle's mutex: never two of them at once on one
 * handle.
 */
struct eventfs_file_ops {
	/* The whole text, as it is now. Called when a handle is read at offset 0, and for the first read
	 * and the first after a write at any offset; other reads are served from what it gave.
	 * Return: 0, negative errno.
	 */
	int (*show)(void *ctx, struct eventfs_key key, struct eventfs_text *out);

	/* Act upon buf (len_bytes, not NUL-terminated, may be empty).
	 * Return: bytes taken, negative errno.
	 */
	ssize_t (*store)(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			 const char *buf, size_t len_bytes, off_t off);

	/* The file was opened for writing with O_TRUNC. Called after `open`.
	 * Return: 0, negative errno: the open fails with it.
	 */
	int (*truncate_open)(void *ctx, struct eventfs_key key, const struct eventfs_request *req);

	/* A new handle; flags are those of open(2). Sets *priv. The key is pinned already if the type
	 * says EVENTFS_PIN. Without handle mutex.
	 * Return: 0, negative errno (then release is not called).
	 */
	int (*open)(void *ctx, struct eventfs_key key, const struct eventfs_request *req, int flags,
		    void **priv);

	/* Never blocks. off is the front end's position; a stream without seeking ignores it.
	 * Return: bytes, 0 at the end, -EAGAIN when nothing is there yet, another negative errno.
	 */
	ssize_t (*read)(void *priv, const struct eventfs_request *req, char *buf, size_t size_bytes,
			off_t off);

	/* Return: bytes taken, negative errno. */
	ssize_t (*write)(void *priv, const struct eventfs_request *req, const char *buf,
			 size_t len_bytes, off_t off);

	/* Never blocks. Return: POLLIN, POLLOUT, POLLERR, ... that hold now.
	 * Without it a file is always ready: POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM.
	 */
	short (*poll)(void *priv);

	/* The handle goes. Called once for each successful open, while the pin still holds. */
	void (*release)(void *priv);
};

/* Flags of a type. */
#define EVENTFS_PIN	   0x1u /* an open handle pins what the key names: see eventfs_ops */
#define EVENTFS_UNSEEKABLE 0x2u /* lseek, pread and pwrite are ESPIPE; front ends see to that */
#define EVENTFS_ALIAS	   0x4u /* a front end gives each lookup its own id: eventfs_id_alias() */
#define EVENTFS_SPLICE                                                                             \
	0x8u /* with ALIAS: splice waits for data as read does, at places of its own */

/* Only in attributes: a directory with a provider, so the names in it come and go. All others list the same for ever. */
#define EVENTFS_CHANGING 0x10u

/* One row of the table. What is not mentioned is 0 or NULL. */
struct eventfs_type {
	const char *name; /* fixed name; NULL: the root, or named by the parent's provider */
	mode_t mode;	  /* S_IFDIR | 0750 or S_IFREG | 0640 ... */
	uint16_t parent;  /* fixed entries: the directory type they are in */
	uint16_t child;	  /* with provider: the type of the dynamic children */
	uint32_t flags;	  /* EVENTFS_PIN, EVENTFS_UNSEEKABLE, ... */
	const struct eventfs_provider *provider; /* directories: the dynamic children */
	const struct eventfs_dir_ops *dir;	 /* directories: mkdir, rmdir */
	const struct eventfs_file_ops *file;	 /* files: required */
	uint64_t size_bytes;			 /* files: st_size */

	/* Fixed entries: is it there in a directory with this key? NULL: always. key is valid when asked,
	 * or may have just gone. Called often: cheap, without a lock where possible.
	 */
	bool (*present)(void *ctx, struct eventfs_key key);
};

/* Operations of the file system as a whole. Both or neither. */
struct eventfs_ops {
	/* An open handle of an EVENTFS_PIN type comes into being. Checks that the thing exists and
	 * records the pin in one step, so that a removal sees one or the other.
	 * Return: 0, -ENOENT, -EBUSY, ...: the open fails with it.
	 */
	int (*pin)(void *ctx, struct eventfs_key key);
	/* It goes. Called once for each pin that returned 0. */
	void (*unpin)(void *ctx, struct eventfs_key key);
};

/* ------------------------------------------------------------------------------------------------
 * The file system
 */

struct eventfs_config {
	const struct eventfs_type *types; /* not copied: must outlive the file system */
	size_t n_types;			  /* 1 to EVENTFS_TYPES_MAX */
	const struct eventfs_ops *ops;	  /* may be NULL when no type says EVENTFS_PIN */
	void *ctx;			  /* handed to every operation */
	uid_t uid;			  /* owner of every node until changed */
	gid_t gid;
};

/* What stat(2) tells of a node, and what a front end must know of it. */
struct eventfs_attr {
	uint64_t id;	/* also st_ino */
	mode_t mode;	/* with S_IFMT */
	uint32_t nlink; /* 1; directories 2 */
	uid_t uid;
	gid_t gid;
	uint64_t size_bytes;
	struct timespec time; /* atime, mtime, ctime: when the file system was created */
	uint32_t flags;	      /* the type's EVENTFS_ flags, and EVENTFS_CHANGING */
};

/*
 * eventfs_create - make a file system from a table. The table is checked as a whole: names,
 * parents, one directory for each dynamic type, modes and operations that fit, every type
 * reachable from the root. *fs belongs to the caller: eventfs_destroy().
 * Return: 0; -EINVAL: the table or the config is wrong; -ENOMEM.
 * Locks: none. Context: any thread.
 */
int eventfs_create(const struct eventfs_config *config, struct eventfs **fs);

/*
 * eventfs_destroy - free a file system that nobody uses any more. NULL is allowed.
 * Return: 0; -EBUSY: handles are open; nothing was freed.
 * Locks: none. Context: any thread, no other call under way.
 */
int eventfs_destroy(struct eventfs *fs);

/*
 * eventfs_set_owner - owner of every node that no chown has changed (mount options uid=, gid=).
 * (uid_t)-1 or (gid_t)-1 leaves that one as it is.
 * Return: nothing. Locks: none. Context: any thread.
 */
void eventfs_set_owner(struct eventfs *fs, uid_t uid, gid_t gid);

/*
 * eventfs_lookup - the node called name in the directory parent. "." and ".." are names, too (".."
 * of the root is the root).
 * Return: 0 with *attr set; -ENOENT: no such name, an empty name, or parent has gone; -ENOTDIR:
 * parent is a file; -ENAMETOOLONG: above EVENTFS_NAME_MAX bytes; -EINVAL: a '/' in name; -ESTALE:
 * not an id; -EOVERFLOW: the provider gave a key out of range; what the provider's find returned.
 * Locks: none. Context: any thread.
 */
int eventfs_lookup(struct eventfs *fs, uint64_t parent, const char *name,
		   struct eventfs_attr *attr);

/*
 * eventfs_walk - the node at path, which starts at the root whether or not it begins with '/'.
 * The empty path is the root; repeated slashes count as one; "." and ".." need a directory to stand
 * in, and a trailing slash needs one before it.
 * Return: 0 with *attr set; -ENAMETOOLONG: path of EVENTFS_PATH_MAX bytes or more, or a long name;
 * -ENOTDIR: a file where a directory is needed; otherwise as eventfs_lookup().
 * Locks: none. Context: any thread.
 */
int eventfs_walk(struct eventfs *fs, const char *path, struct eventfs_attr *attr);

/*
 * eventfs_path - the path of a node from the root, without leading slash; of the root "".
 * Writes at most size_bytes with the NUL; on failure buf is undefined.
 * Return: length without the NUL; -ENOENT: it has gone; -ERANGE: buf is too small; -ESTALE: not an
 * id.
 * Locks: none. Context: any thread.
 */
ssize_t eventfs_path(struct eventfs *fs, uint64_t id, char *buf, size_t size_bytes);

/*
 * Takes one entry of a listing. next_cursor continues after this entry. attr->id of ".." is the
 * parent.
 * Return: 0 to go on, anything else to stop: then this entry counts as not taken.
 */
typedef int eventfs_fill(void *arg, const char *name, const struct eventfs_attr *attr,
			 uint64_t next_cursor);

/*
 * eventfs_readdir - list a directory from cursor on (0: the beginning): ".", "..", the fixed
 * entries in table order, the dynamic children in cookie order, each with attributes, so that
 * readdirplus needs no lookup. Cursors fit a positive off_t and stay good whatever is removed or
 * added: an entry that is there all the time is given exactly once.
 * Return: 0: the end was reached or fill stopped; -ENOENT: the directory has gone; -ENOTDIR;
 * -EINVAL: not a cursor; -ESTALE: not an id; -EOVERFLOW: a key or cookie of the provider is out of
 * range; what the provider returned.
 * Locks: none; fill is called without any. Context: any thread.
 */
int eventfs_readdir(struct eventfs *fs, uint64_t id, uint64_t cursor, eventfs_fill *fill,
		    void *arg);

/*
 * eventfs_getattr - the attributes of a node.
 * Return: 0 with *attr set; -ENOENT: it has gone; -ESTALE: not an id.
 * Locks: none. Context: any thread.
 */
int eventfs_getattr(struct eventfs *fs, uint64_t id, struct eventfs_attr *attr);

/* Which members of the attr are meant. */
#define EVENTFS_SET_MODE 0x1u /* permission bits; the file type stays */
#define EVENTFS_SET_UID	 0x2u
#define EVENTFS_SET_GID	 0x4u
#define EVENTFS_SET_SIZE 0x8u  /* accepted for files and without effect, as the kernel's truncate */
#define EVENTFS_SET_TIME 0x10u /* accepted and without effect */

/*
 * eventfs_setattr - chmod, chown, truncate, utime. What is set holds while the file system object
 * and the node live; nothing of it is persistent. On success *attr is the new state.
 * Return: 0; -ENOENT: it has gone; -EISDIR: size of a directory; -EINVAL: unknown bit in what;
 * -ENOSPC: EVENTFS_OVERRIDES_MAX nodes have been changed already; -ENOMEM; -ESTALE: not an id.
 * Locks: none. Context: any thread.
 */
int eventfs_setattr(struct eventfs *fs, uint64_t id, unsigned int what, struct eventfs_attr *attr);

/*
 * eventfs_access - the VFS's permission check, for front ends that no VFS stands before. want is a
 * mask of 4 (read), 2 (write), 1 (execute, search). User 0 may do all but execute a file that
 * nobody may execute. in_group tells if the asker is in the group attr->gid; req->gid counts as
 * well.
 * Return: 0; -EACCES. Locks: none. Context: anywhere.
 */
int eventfs_access(const struct eventfs_attr *attr, const struct eventfs_request *req,
		   bool in_group, unsigned int want);

/*
 * eventfs_mkdir - make a directory where the type's dir operations allow it.
 * Return: 0 with *attr set; -EEXIST: the name is taken, "." or ".."; -EPERM: not here; -ENOENT: an
 * empty name or parent has gone; -ENOTDIR; -ENAMETOOLONG; -EINVAL: a '/' in name; -ESTALE: not an
 * id; -EOVERFLOW: a key out of range; what the operation returned.
 * Locks: none. Context: any thread.
 */
int eventfs_mkdir(struct eventfs *fs, uint64_t parent, const char *name, mode_t mode,
		  struct eventfs_attr *attr);

/*
 * eventfs_rmdir - remove a directory where the type's dir operations allow it.
 * Return: 0; -ENOENT; -ENOTDIR: name is a file or parent is; -EPERM: not this one; -EBUSY: pinned;
 * -EINVAL: name is "." or has a '/'; -ENOTEMPTY: name is ".."; -ENAMETOOLONG; -ESTALE: not an id;
 * what the operation returned.
 * Locks: none. Context: any thread.
 */
int eventfs_rmdir(struct eventfs *fs, uint64_t parent, const char *name);

/* ------------------------------------------------------------------------------------------------
 * Open handles
 */

#ifdef UTFS_DEBUG
/*
 * eventfs_lock_watch - debug builds only: called before one of its mutexes is taken and after it was released, so
 * that a program can check the order of all its locks. `is_leaf`: nothing else is taken while it is held; else it is a handle's.
 * Return: nothing. Locks: as said. Context: any thread. Set before the first eventfs is created.
 */
extern void (*eventfs_lock_watch)(bool is_leaf, bool taken);
#endif

/*
 * eventfs_open - open a file. flags are open(2)'s: the access mode, O_TRUNC, O_DIRECTORY, O_CREAT
 * | O_EXCL matter here; the rest is for the file's own open operation. Permission bits are the
 * front end's business (the VFS, or eventfs_access()). *file belongs to the caller:
 * eventfs_release().
 * Return: 0; -ENOENT: it has gone; -EISDIR: a directory; -ENOTDIR: O_DIRECTORY of a file; -EEXIST:
 * O_CREAT | O_EXCL; -EINVAL: access mode 3; -ENOMEM; -ESTALE: not an id; what pin, open or
 * truncate_open returned.
 * Locks: none. Context: any thread.
 */
int eventfs_open(struct eventfs *fs, uint64_t id, const struct eventfs_request *req, int flags,
		 struct eventfs_file **file);

/*
 * eventfs_read - read at off. A value is computed anew when off is 0 and otherwise read from the
 * handle's snapshot, so that a reader sees one state however small its reads are.
 * Return: bytes, 0 at the end; -EBADF: not open for reading; -EINVAL: nothing to read here, or off
 * is negative; -ENODEV: what the file belongs to has gone; -EAGAIN: a stream has nothing yet;
 * -ENOMEM; what show or read returned.
 * Locks: the handle's mutex. Context: any thread.
 */
ssize_t eventfs_read(struct eventfs_file *file, const struct eventfs_request *req, char *buf,
		     size_t size_bytes, off_t off);

/*
 * eventfs_write - write at off.
 * Return: bytes taken; -EBADF: not open for writing; -EINVAL: a file that takes none, or off is
 * negative; -ENODEV: what the file belongs to has gone; what store or write returned.
 * Locks: the handle's mutex. Context: any thread.
 */
ssize_t eventfs_write(struct eventfs_file *file, const struct eventfs_request *req, const char *buf,
		      size_t len_bytes, off_t off);

/*
 * eventfs_poll - what is ready now.
 * Return: a poll(2) mask.
 * Locks: the handle's mutex. Context: any thread.
 */
short eventfs_poll(struct eventfs_file *file);

/*
 * eventfs_release - close a handle: release operation, then unpin, then free. NULL is allowed.
 * Return: nothing. Locks: none. Context: any thread, no other call on this handle under way.
 */
void eventfs_release(struct eventfs_file *file);

/*
 * eventfs_file_id, eventfs_file_flags - the node a handle was opened on; its type's EVENTFS_ flags.
 * Return: as named. Locks: none. Context: anywhere.
 */
uint64_t eventfs_file_id(const struct eventfs_file *file);
uint32_t eventfs_file_flags(const struct eventfs_file *file);

#ifdef __cplusplus
}
#endif

#endif /* EVENTFS_EVENTFS_H */
