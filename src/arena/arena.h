/* SPDX-License-Identifier: MIT */
/*
 * The arena: the shared file that is the state. This layer creates and validates it, serialises
 * changes (event_mutex), makes each change a transaction, hands out memory, knows which processes live,
 * and keeps the tables of instances, systems and events.
 *
 * May use libc. Never prints, never exits, never waits for a reader. Knows nothing of text, files or FUSE.
 *
 * A change looks like this:
 *
 *	ret = utfs_tx_begin(arena);             takes event_mutex, repairs what a dead owner left
 *	if (ret)
 *		return ret;
 *	ret = ...                               utfs_tx_set(), utfs_alloc_blob(), ...
 *	return utfs_tx_end(arena, ret);         commits when ret is 0, else rolls back; unlocks
 */
#ifndef UTFS_ARENA_ARENA_H
#define UTFS_ARENA_ARENA_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "arena/abi.h"
#include "arena/annotations.h"

#define UTFS_WHY_BYTES	  512
#define UTFS_NO_PROC	  UINT32_MAX
#define UTFS_BLOB_CLASSES 12 /* 32, 64, .. UTFS_BLOB_MAX bytes */

/* A capability: event_mutex as the compiler's lock checker sees it. */
struct UTFS_CAPABILITY("mutex") utfs_event_mutex {
	char unused;
};

struct utfs_arena {
	struct utfs_header *header; /* where the file is mapped; NULL: not open */
	uint64_t size_bytes;	    /* copied from the header when it was validated */
	uint64_t region_offset[UTFS_NR_REGIONS + 1];
	uint32_t nr_cpus;
	uint32_t mode; /* enum utfs_mode */
	uint32_t proc; /* our slot in the process table (UTFS_NO_PROC while it is being opened) */
	struct utfs_section
		*sections; /* of our slot; NULL: a front end, or what is there is damaged */
	bool membarriers;  /* front ends reach our threads with theirs */
	pid_t pid; /* of the process that took it: a forked child that has not taken its own yet releases nothing */
	uint64_t serial;	      /* what we are called in locks; 0: nothing yet */
	pid_t serial_pid;	      /* of the process that took it */
	unsigned int lock_timeout_ms; /* how long utfs_tx_begin() waits for event_mutex */
	enum utfs_proc_kind kind;
	int fd;					  /* kept by front ends; -1 in applications */
	uint64_t device, inode;			  /* of the file, to know it again */
	void (*repair)(struct utfs_arena *arena); /* see struct utfs_arena_options */
	/* about the transaction under way; guarded by event_mutex */
	bool dirty_change; /* a name changed: wake who waits for that, if it is committed */
	bool wake_due;	   /* a committed change has not been told yet to those who sleep */
	bool pages_taken;  /* a rollback has memory to give back */
	bool pages_freed; /* a commit has memory to give back; freed pages are not handed out before */
	/* The blob freed first, per class: what was freed stands in the list up to this one and is passed by. 0: none */
	uint64_t blobs_freed[UTFS_BLOB_CLASSES];
	bool tx_overflow;    /* a change found no room in the log: the transaction fails */
	bool slot_own;	     /* our slot was found to be this process's own */
	uint32_t registered; /* the event that was registered last, by us; a hint */
	struct utfs_event_mutex event_mutex;
	char path[4096]; /* of the file */
};

struct utfs_arena_options {
	enum utfs_proc_kind kind;
	const char *
		directory; /* NULL: $UTRACEFS_DIR (unless the program is set-user-id), else /dev/shm/utracefs-<euid> */
	bool create;	  /* make directory and file when they are missing */
	bool rseq_usable; /* this thread has a registered rseq area */
	/*
	 * Called with event_mutex held, in utfs_tx_begin(), when somebody died holding it: for what the undo log does not
	 * bring back. NULL (applications): left to the next front end.
	 */
	void (*repair)(struct utfs_arena *arena);
	/* What a new arena is like. */
	uint64_t size_bytes; /* whole pages; 0: $UTRACEFS_ARENA_SIZE, else the default */
	bool locked;	     /* locked mode, also where rseq can be used */
	bool shared;	     /* utfs_arena_init(): for the members of group gid */
	gid_t gid;
};

/* open.c ------------------------------------------------------------------------------------------------- */

/*
 * Opens the arena of a directory, creates it when asked to, takes a process slot.
 * `why` (UTFS_WHY_BYTES) receives, on failure, "path: what is wrong" for a person to read.
 * Return: 0; -ENOENT missing and not to be created; -EPERM not ours or not a plain file or wrong mode;
 * -EBADMSG damaged; -EPROTO another ABI version or layout; -ENOTSUP needs rseq and this process has none;
 * -ENOSPC; -EUSERS no process slot free; -ETIMEDOUT see utfs_tx_begin(); other errno of open, mmap.
 * Locks: takes event_mutex for a moment. Context: any thread; not a signal handler.
 */
int utfs_arena_open(struct utfs_arena *arena, const struct utfs_arena_options *options, char *why);

/*
 * init.c: makes the arena of a directory ahead of use, in one step: directory (its parent exists) and file, for the user alone (0700, 0600)
 * or, with `shared`, for a group (2770, 0660). A directory that is there already is not changed: it must be as wanted. Takes no slot.
 * `path` receives the directory's path, `why` (UTFS_WHY_BYTES) the reason of a failure, as that of utfs_arena_open().
 * Return: 0; -EEXIST an arena is there, or a directory that is not as wanted; -EPERM the directory is not ours, or the group not
 * ours to give; -EINVAL no arena can have this size; -ENOSPC; other errno. After a failure all is as it was.
 * Locks: none. Context: any thread; not a signal handler.
 */
int utfs_arena_init(const struct utfs_arena_options *options, char path[4096], char *why);

/*
 * init.c: for front ends, after utfs_arena_open() failed with `ret`: when it is because of a directory that a group shares, `why` says so
 * more plainly. Not in utfs_arena_open(), because applications have no room for many words. Locks: none. Context: any thread.
 */
void utfs_arena_explain(const struct utfs_arena_options *options, int ret, char *why);

/*
 * Gives the slot back, releases what it held, unmaps. Safe on an arena that failed to open.
 * Locks: takes event_mutex for a moment. Context: no other thread uses the arena.
 */
void utfs_arena_close(struct utfs_arena *arena);

/*
 * In a forked child: replaces the inherited mapping in place by one of our own and takes an own slot, so
 * that the parent's death can be seen. On failure the mapping stays usable; the child then has no slot of its own.
 * Return: 0 or a negative errno. Context: the child's only thread.
 */
int utfs_arena_after_fork(struct utfs_arena *arena);

/*
 * Opens the arena's file again and checks that it is still the one that is mapped.
 * Return: a descriptor to close, or -ESTALE, or errno of open. Context: any, also a signal handler.
 */
int utfs_arena_reopen(const struct utfs_arena *arena);

/* The only way from an offset in the file to memory: NULL unless [offset, offset + bytes) lies in the file and offset is 8-byte aligned. */
static inline void *utfs_arena_at(const struct utfs_arena *arena, uint64_t offset, uint64_t bytes)
{
	if (bytes > arena->size_bytes || offset > arena->size_bytes - bytes || offset % 8)
		return NULL;
	return (char *)arena->header + offset;
}

/* As utfs_arena_at(), and within the heap: what a stored heap offset must satisfy. */
void *utfs_arena_heap_at(const struct utfs_arena *arena, uint64_t offset, uint64_t bytes);

/* Element `index` of a table region. The caller has checked index against the table's UTFS_MAX_*. */
static inline void *utfs_arena_element(const struct utfs_arena *arena, enum utfs_region region,
				       uint64_t index, uint64_t element_bytes)
{
	return (char *)arena->header + arena->region_offset[region] + index * element_bytes;
}

/* layout.c: what the regions are for a number of CPUs and a file size; and the signature of the structs. */
int utfs_layout_compute(uint64_t offsets[UTFS_NR_REGIONS + 1], uint32_t nr_cpus,
			uint64_t size_bytes);
uint64_t utfs_layout_signature(void);
/* Bytes of a region whose first n elements exist. */
uint64_t utfs_layout_bytes(enum utfs_region region, uint32_t nr_cpus, uint64_t n);

/* lock.c, tx.c ------------------------------------------------------------------------------------------- */

/*
 * Takes event_mutex. When the last owner died holding it, its unfinished transaction is rolled back first.
 * Return: 0; -ETIMEDOUT after arena->lock_timeout_ms (utfs_lock_holder() names who has it); -ESRCH in a forked
 * child without utfs_arena_after_fork(); -ENOSPC the file system has no room for the log. On error the lock is not held.
 * Locks: event_mutex; the caller holds none of level 3 or 4. Context: any thread; not a signal handler.
 */
/* A person waits for a front end; a host program must go on with its own work. */
#define UTFS_LOCK_TIMEOUT_FRONT_END_MS	 10000
#define UTFS_LOCK_TIMEOUT_APPLICATION_MS 1000
int utfs_tx_begin(struct utfs_arena *arena) UTFS_TRY_ACQUIRES(arena->event_mutex);

/*
 * Ends what utfs_tx_begin() began: commits if `ret` is 0, else rolls every word back. Unlocks, then wakes who
 * waits for changes. Return: ret.
 */
int utfs_tx_end(struct utfs_arena *arena, int ret) UTFS_RELEASES(arena->event_mutex);

/*
 * Makes what was done so far permanent and goes on, holding the lock.
 * Return: 0; -E2BIG a change found no room in the log: nothing is permanent, and utfs_tx_end() will roll back.
 */
int utfs_tx_checkpoint(struct utfs_arena *arena) UTFS_REQUIRES(arena->event_mutex);

/*
 * Makes room for `words` more changes. utfs_tx_set() needs room to have been made; utfs_tx_begin() makes room for
 * UTFS_TX_FREE_WORDS. Return: 0, -ENOSPC (file system full), -E2BIG (more than a transaction can hold).
 */
#define UTFS_TX_FREE_WORDS 512
int utfs_tx_reserve(struct utfs_arena *arena, uint64_t words) UTFS_REQUIRES(arena->event_mutex);

/* Changes one 64-bit word of the arena. Lock-free readers see it at once (release). */
void utfs_tx_set(struct utfs_arena *arena, uint64_t *word, uint64_t value)
	UTFS_REQUIRES(arena->event_mutex);

/*
 * Changes bits of a word, one whole, in which applications change other bits meanwhile; a rollback puts back no others. Takes
 * the room of two words.
 */
void utfs_tx_set_bits(struct utfs_arena *arena, uint64_t *word, uint64_t bits, uint64_t value)
	UTFS_REQUIRES(arena->event_mutex);

/* Logs a word that is about to be overwritten by other means than utfs_tx_set(): a rollback puts it back. */
void utfs_tx_save(struct utfs_arena *arena, uint64_t *word) UTFS_REQUIRES(arena->event_mutex);

/*
 * lock.c: takes a lock that lies in the arena, also from a dead process. Only for the doors to the locks: utfs_tx_begin(),
 * utfs_reader_lock(). Keeps errno.
 * Return: 0; -EOWNERDEAD 0, and its last holder died; -ETIMEDOUT somebody alive has it; -ESRCH as utfs_tx_begin().
 * Locks: lock. Context: any thread; not a signal handler.
 */
int utfs_lock_take(const struct utfs_arena *arena, struct utfs_lock *lock, unsigned int timeout_ms);
void utfs_lock_drop(const struct utfs_arena *arena, struct utfs_lock *lock);
/*
 * Who has a lock, for messages: its process (in its own PID namespace) and its command's name, empty while it is only just
 * attaching. Return: pid; 0 nobody. Locks: none. Context: any.
 */
pid_t utfs_lock_holder(const struct utfs_arena *arena, const struct utfs_lock *lock, char comm[17]);

/* alloc.c ------------------------------------------------------------------------------------------------ */

/* All with event_mutex held, all undone by a rollback. The memory is allocated in the file system before they return. */

/* Return: 0 and *first_page, -ENOSPC file system full, -ENOMEM arena full. Content is undefined. */
int utfs_alloc_pages(struct utfs_arena *arena, uint64_t nr_pages, uint64_t *first_page)
	UTFS_REQUIRES(arena->event_mutex);
/*
 * The pages go back to the file system at the commit. Nobody may still touch them.
 * Return: 0; -EBADMSG they are not in the heap or free already; -ENOSPC, -E2BIG (undo log).
 */
int utfs_free_pages(struct utfs_arena *arena, uint64_t first_page, uint64_t nr_pages)
	UTFS_REQUIRES(arena->event_mutex);
/* Small things, up to UTFS_BLOB_MAX bytes; 16-byte aligned. Return: 0 and *offset (zeroed memory), -ENOSPC, -ENOMEM, -E2BIG. */
#define UTFS_BLOB_MAX 65536
int utfs_alloc_blob(struct utfs_arena *arena, uint64_t bytes, uint64_t *offset)
	UTFS_REQUIRES(arena->event_mutex);
int utfs_free_blob(struct utfs_arena *arena, uint64_t offset, uint64_t bytes)
	UTFS_REQUIRES(arena->event_mutex);
/* Grows a table region so that its first `bytes` bytes may be touched. Not undone; new bytes are zero. Return: 0, -ENOSPC. */
int utfs_region_ensure(struct utfs_arena *arena, enum utfs_region region, uint64_t bytes)
	UTFS_REQUIRES(arena->event_mutex);
/* Bytes the arena occupies in the file system by its own books: for tests and reports. */
uint64_t utfs_arena_used_bytes(const struct utfs_arena *arena) UTFS_REQUIRES(arena->event_mutex);

/* proc.c ------------------------------------------------------------------------------------------------- */

static inline struct utfs_proc *utfs_proc_at(const struct utfs_arena *arena, uint64_t index)
{
	return utfs_arena_element(arena, UTFS_REGION_PROCS, index, sizeof(struct utfs_proc));
}
/* Is the process in this slot alive? Return: true also when it cannot be found out. Context: any. */
bool utfs_proc_alive(const struct utfs_arena *arena, uint64_t index);
/* The same for who has a serial. Return: false: it is dead, or nobody ever had it. */
bool utfs_serial_alive(const struct utfs_arena *arena, uint64_t serial);
/* Frees the slots of dead processes with all they held: pins, uses. Return: 0, -ENOSPC. */
int utfs_proc_reap(struct utfs_arena *arena) UTFS_REQUIRES(arena->event_mutex);
/* Marks an event as used by this process, or no longer. Return: 0, -ESRCH no slot of our own, -ENOSPC, -ENOMEM. */
int utfs_proc_use_event(struct utfs_arena *arena, uint32_t id, bool used)
	UTFS_REQUIRES(arena->event_mutex);
/* Does any live process use the event? */
bool utfs_proc_event_used(struct utfs_arena *arena, uint32_t id) UTFS_REQUIRES(arena->event_mutex);

/* pin.c -------------------------------------------------------------------------------------------------- */

/*
 * Pins an instance for this process. UTFS_PIN_PIPE is exclusive: cpu or UTFS_PIN_ALL_CPUS, one holder anywhere.
 * Return: 0; -ENOENT no such instance (any more), nothing pinned; -EBUSY the pipe has its reader; -ENFILE no pin
 * free; -ESRCH this process has no slot of its own (a fork without utfs_arena_after_fork()); -ENOSPC; and those of utfs_tx_begin().
 */
int utfs_pin_take(struct utfs_arena *arena, uint64_t instance_serial, enum utfs_pin_kind kind,
		  uint32_t cpu);
int utfs_pin_drop(struct utfs_arena *arena, uint64_t instance_serial, enum utfs_pin_kind kind,
		  uint32_t cpu);
/* Return: does a live process pin the instance? Pins of dead ones are released on the way; -ENOSPC. */
int utfs_pin_busy(struct utfs_arena *arena, uint64_t instance_serial)
	UTFS_REQUIRES(arena->event_mutex);
/* Return: does a live process hold a pin of this kind? Pins of dead ones are released on the way; -ENOSPC. */
int utfs_pin_held(struct utfs_arena *arena, uint64_t instance_serial, enum utfs_pin_kind kind)
	UTFS_REQUIRES(arena->event_mutex);

/* change.c ----------------------------------------------------------------------------------------------- */

/* Appends to the ring of changes; visible to others at the commit. */
void utfs_change_note(struct utfs_arena *arena, enum utfs_change_kind kind, uint64_t serial,
		      uint64_t parent, const char *name) UTFS_REQUIRES(arena->event_mutex);
/*
 * Copies the change after *cursor and advances it. Start with utfs_change_now(). Context: any thread, no lock.
 * Return: 1 a change; 0 none yet; -EOVERFLOW some were overwritten: the cursor stands at the oldest, forget everything cached.
 */
int utfs_change_next(const struct utfs_arena *arena, uint64_t *cursor, struct utfs_change *change);
uint64_t utfs_change_now(const struct utfs_arena *arena);
/*
 * Sleeps until something changes after `cursor`, `timeout_ms` (negative: for ever) passed, or a signal came.
 * Return: 0, -ETIMEDOUT, -EINTR.
 */
int utfs_change_wait(struct utfs_arena *arena, uint64_t cursor, int timeout_ms);

/* instance.c --------------------------------------------------------------------------------------------- */

static inline struct utfs_instance *utfs_instance_at(const struct utfs_arena *arena, uint64_t slot)
{
	return utfs_arena_element(arena, UTFS_REGION_INSTANCES, slot, sizeof(struct utfs_instance));
}
#define UTFS_ROOT_SERIAL	    0 /* generation 0 of slot 0; the only live instance of generation 0 */
#define UTFS_DEFAULT_BUFFER_KB	    1408 /* as the kernel's */
#define UTFS_DEFAULT_BUFFER_PERCENT 50

/* trace_options, in the order of that file: bits of utfs_instance.options. */
enum utfs_option {
	UTFS_OPTION_PRINT_PARENT,
	UTFS_OPTION_SYM_OFFSET,
	UTFS_OPTION_SYM_ADDR,
	UTFS_OPTION_VERBOSE,
	UTFS_OPTION_RAW,
	UTFS_OPTION_HEX,
	UTFS_OPTION_BIN,
	UTFS_OPTION_BLOCK,
	UTFS_OPTION_FIELDS,
	UTFS_OPTION_TRACE_PRINTK,
	UTFS_OPTION_ANNOTATE,
	UTFS_OPTION_USERSTACKTRACE,
	UTFS_OPTION_SYM_USEROBJ,
	UTFS_OPTION_PRINTK_MSG_ONLY,
	UTFS_OPTION_CONTEXT_INFO,
	UTFS_OPTION_LATENCY_FORMAT,
	UTFS_OPTION_RECORD_CMD,
	UTFS_OPTION_RECORD_TGID,
	UTFS_OPTION_OVERWRITE,
	UTFS_OPTION_DISABLE_ON_FREE,
	UTFS_OPTION_IRQ_INFO,
	UTFS_OPTION_MARKERS,
	UTFS_OPTION_EVENT_FORK,
	UTFS_OPTION_TRACE_PRINTK_DEST,
	UTFS_OPTION_PAUSE_ON_TRACE,
	UTFS_OPTION_HASH_PTR,
	UTFS_OPTION_STACKTRACE,
	UTFS_OPTION_TEST_NOP_ACCEPT,
	UTFS_OPTION_TEST_NOP_REFUSE,
	UTFS_NR_OPTIONS,
};
#define UTFS_OPTION_BIT(option) (UINT64_C(1) << (option))
/* What the root begins with; a new instance begins with the root's, but for those in UTFS_OPTIONS_NOT_INHERITED. */
#define UTFS_DEFAULT_OPTIONS                                                                       \
	(UTFS_OPTION_BIT(UTFS_OPTION_PRINT_PARENT) | UTFS_OPTION_BIT(UTFS_OPTION_ANNOTATE) |       \
	 UTFS_OPTION_BIT(UTFS_OPTION_CONTEXT_INFO) | UTFS_OPTION_BIT(UTFS_OPTION_RECORD_CMD) |     \
	 UTFS_OPTION_BIT(UTFS_OPTION_OVERWRITE) | UTFS_OPTION_BIT(UTFS_OPTION_IRQ_INFO) |          \
	 UTFS_OPTION_BIT(UTFS_OPTION_MARKERS) | UTFS_OPTION_BIT(UTFS_OPTION_HASH_PTR) |            \
	 UTFS_OPTION_BIT(UTFS_OPTION_TRACE_PRINTK) |                                               \
	 UTFS_OPTION_BIT(UTFS_OPTION_TRACE_PRINTK_DEST))
/* With these, each event is followed by its stack. */
#define UTFS_OPTIONS_STACKS                                                                        \
	(UTFS_OPTION_BIT(UTFS_OPTION_STACKTRACE) | UTFS_OPTION_BIT(UTFS_OPTION_USERSTACKTRACE))
#define UTFS_OPTIONS_NOT_INHERITED                                                                 \
	(UTFS_OPTION_BIT(UTFS_OPTION_EVENT_FORK) | UTFS_OPTION_BIT(UTFS_OPTION_TRACE_PRINTK_DEST))

/* These three: event_mutex held. Return of find: 0 and *slot, or -ENOENT. */
int utfs_instance_find_name(const struct utfs_arena *arena, const char *name, size_t bytes,
			    uint32_t *slot) UTFS_REQUIRES(arena->event_mutex);
int utfs_instance_find_serial(const struct utfs_arena *arena, uint64_t serial, uint32_t *slot)
	UTFS_REQUIRES(arena->event_mutex);
/* The live instance with the smallest slot > after (the root, slot 0, never). Return: 1 and *slot, 0 none. */
int utfs_instance_next(const struct utfs_arena *arena, uint32_t after, uint32_t *slot)
	UTFS_REQUIRES(arena->event_mutex);
/* Return: 0 and *slot; -EEXIST; -EINVAL empty, ".", "..", '/'; -ENAMETOOLONG; -ENOSPC; -EMFILE no slot. */
int utfs_instance_add(struct utfs_arena *arena, const char *name, size_t bytes, uint32_t *slot)
	UTFS_REQUIRES(arena->event_mutex);
/*
 * Removes a live instance that has no pin; its recorder, if any, has been unpublished by the caller.
 * Return: 0, -ENOENT not a live instance (the root is none), -EBADMSG a damaged chain, -ENOSPC.
 */
int utfs_instance_remove(struct utfs_arena *arena, uint32_t slot) UTFS_REQUIRES(arena->event_mutex);
/* Makes a live instance the one that utfs_printf() writes to, and tells the options so. The root is it when that instance goes. */
void utfs_instance_printk_set(struct utfs_arena *arena, uint32_t slot)
	UTFS_REQUIRES(arena->event_mutex);

/* event-table.c ------------------------------------------------------------------------------------------ */

static inline struct utfs_system *utfs_system_at(const struct utfs_arena *arena, uint64_t index)
{
	return utfs_arena_element(arena, UTFS_REGION_SYSTEMS, index, sizeof(struct utfs_system));
}
static inline struct utfs_event_entry *utfs_event_at(const struct utfs_arena *arena, uint64_t id)
{
	return utfs_arena_element(arena, UTFS_REGION_EVENTS, id, sizeof(struct utfs_event_entry));
}
/* A system's name, NUL-terminated, in the arena; NULL where the entry does not hold together. */
const char *utfs_system_name(const struct utfs_arena *arena, uint32_t index, size_t *bytes);
/* What writers look at, and its first word, the mask: bit r set = recorder r records it. Valid for every id below header->nr_events. */
static inline struct utfs_event_state *utfs_event_state_at(const struct utfs_arena *arena,
							   uint64_t id)
{
	return utfs_arena_element(arena, UTFS_REGION_MASKS, id, sizeof(struct utfs_event_state));
}
static inline uint64_t *utfs_event_mask(const struct utfs_arena *arena, uint64_t id)
{
	return &utfs_event_state_at(arena, id)->mask;
}

/* An event's strings; pointers into the arena, NUL-terminated, valid while the event lives. */
struct utfs_event_strings {
	const char *system, *name, *fields, *print_fmt;
	size_t system_bytes, name_bytes, fields_bytes, print_bytes;
	uint32_t record_bytes;
	uint32_t flags; /* UTFS_EVENT_* */
};

/*
 * Finds the event or adds it. The same system, name and fields is the same event; the print format may differ (the
 * first one stays). Names: letters, digits, '_', not empty, at most UTFS_NAME_MAX.
 * Return: 0 and *id; -EEXIST the name is there with other fields (counted); -EINVAL name; -E2BIG too long;
 * -EMFILE no id or system free; -ENOSPC; -ENOMEM.
 */
int utfs_event_register(struct utfs_arena *arena, const struct utfs_event_strings *event,
			uint32_t *id) UTFS_REQUIRES(arena->event_mutex);
/* Is an event enabled anywhere, used by a process or written by a histogram? */
bool utfs_event_busy(struct utfs_arena *arena, uint32_t id) UTFS_REQUIRES(arena->event_mutex);
/* Removes an event that is not busy. Its system goes with the last event. Return: 0, -EBUSY, -ENOENT, -ENOSPC. */
int utfs_event_remove(struct utfs_arena *arena, uint32_t id) UTFS_REQUIRES(arena->event_mutex);
/* Return: 0, -ENOENT; -EBADMSG the entry does not hold together. */
int utfs_event_strings_get(const struct utfs_arena *arena, uint32_t id,
			   struct utfs_event_strings *strings) UTFS_REQUIRES(arena->event_mutex);
int utfs_event_find(const struct utfs_arena *arena, const char *system, size_t system_bytes,
		    const char *name, size_t name_bytes, uint32_t *id)
	UTFS_REQUIRES(arena->event_mutex);
int utfs_event_find_serial(const struct utfs_arena *arena, uint64_t serial, uint32_t *id)
	UTFS_REQUIRES(arena->event_mutex);
int utfs_system_find(const struct utfs_arena *arena, const char *name, size_t bytes,
		     uint32_t *index) UTFS_REQUIRES(arena->event_mutex);
int utfs_system_find_serial(const struct utfs_arena *arena, uint64_t serial, uint32_t *index)
	UTFS_REQUIRES(arena->event_mutex);
/*
 * Walk by index or id; `after` (0 to begin) need not exist any more: a removal never makes a walk skip a sibling.
 * Return: 1 and the next live one, 0 at the end. A system's events come in ascending order of ids.
 */
int utfs_system_next(const struct utfs_arena *arena, uint32_t after, uint32_t *index)
	UTFS_REQUIRES(arena->event_mutex);
int utfs_event_next(const struct utfs_arena *arena, uint32_t system, uint32_t after, uint32_t *id)
	UTFS_REQUIRES(arena->event_mutex);

/* object.c ----------------------------------------------------------------------------------------------- */

/*
 * What a reference (a word's value, loaded once) leads to, if its head is right.
 * Return: the object and *bytes, its length, checked against the heap; NULL: none, or damaged. Context: any.
 */
const void *utfs_object_get(const struct utfs_arena *arena, uint64_t reference, uint32_t magic,
			    uint32_t *bytes);
/* The same without a call, for the way of an event. */
static inline __attribute__((always_inline)) const void *
utfs_object_follow(const struct utfs_arena *arena, uint64_t reference, uint32_t magic,
		   uint32_t *bytes)
{
	const uint64_t offset = reference & UTFS_REFERENCE_MASK;
	const struct utfs_object *object;

	if (offset < arena->region_offset[UTFS_REGION_HEAP])
		return NULL;
	object = utfs_arena_at(arena, offset, sizeof(*object));
	if (!object || __atomic_load_n(&object->magic, __ATOMIC_RELAXED) != magic)
		return NULL;
	*bytes = __atomic_load_n(&object->bytes, __ATOMIC_RELAXED);
	/* Its head lies in the heap: what is left is where it ends. */
	if (*bytes < sizeof(*object) || *bytes > UTFS_BLOB_MAX ||
	    *bytes > arena->size_bytes - offset)
		return NULL;
	return object;
}
/*
 * Makes a word refer to a copy of an object (NULL: to none), and frees the one it referred to. A damaged one is left to
 * itself.
 * Return: 0; -EINVAL the object's head; -ENOSPC, -ENOMEM, -E2BIG, -EBADMSG from the allocator.
 */
int utfs_object_replace(struct utfs_arena *arena, uint64_t *word, const struct utfs_object *object)
	UTFS_REQUIRES(arena->event_mutex);
/* The same with an object of zeros behind its head, to be filled by the caller: where nobody follows the word without the lock. */
int utfs_object_make(struct utfs_arena *arena, uint64_t *word, uint32_t magic, uint64_t bytes,
		     void **object) UTFS_REQUIRES(arena->event_mutex);

/*
 * The two steps of it, for an object that is made in place: one of zeros behind its head, which nobody refers to yet and the
 * caller fills; then a word refers to it, and what it referred to is freed. Return: as utfs_object_replace().
 */
int utfs_object_draft(struct utfs_arena *arena, uint32_t magic, uint64_t bytes, uint64_t *reference,
		      void **object) UTFS_REQUIRES(arena->event_mutex);
int utfs_object_refer(struct utfs_arena *arena, uint64_t *word, uint64_t reference)
	UTFS_REQUIRES(arena->event_mutex);

/* cell.c ------------------------------------------------------------------------------------------------- */

/* Return: 0 and a reference of a cell with a value (<= UTFS_CELL_VALUE_MAX) and one user; -EMFILE, -ENOSPC, -E2BIG. */
int utfs_cell_take(struct utfs_arena *arena, uint64_t value, uint64_t *reference)
	UTFS_REQUIRES(arena->event_mutex);
/* Return: 0; -E2BIG, -ENOSPC. A reference that is none (any more) is left alone. */
int utfs_cell_give(struct utfs_arena *arena, uint64_t reference) UTFS_REQUIRES(arena->event_mutex);
/* Changes the value. Return: 0; -ESTALE there is no such cell; -E2BIG, -ENOSPC. */
int utfs_cell_set(struct utfs_arena *arena, uint64_t reference, uint64_t value)
	UTFS_REQUIRES(arena->event_mutex);

/* The cell that a reference may lead to; NULL: none. Context: any. */
static inline struct utfs_cell *utfs_cell_at(const struct utfs_arena *arena, uint64_t reference)
{
	uint64_t number = reference & UTFS_REFERENCE_MASK;
	uint64_t present =
		__atomic_load_n(&arena->header->present[UTFS_REGION_CELLS], __ATOMIC_RELAXED);

	if (!reference || number >= UTFS_MAX_CELLS || number >= present / sizeof(struct utfs_cell))
		return NULL;
	return utfs_arena_element(arena, UTFS_REGION_CELLS, number, sizeof(struct utfs_cell));
}
/* Is a cell's word, loaded once, of the life that the reference means? */
static inline bool utfs_cell_word_is(uint64_t word, uint64_t reference)
{
	static_assert(UTFS_CELL_VALUE_BITS == UTFS_REFERENCE_BITS,
		      "a word compares with a reference");
	return word >> UTFS_CELL_VALUE_BITS == reference >> UTFS_REFERENCE_BITS;
}
/* Return: true and *value. Context: any. */
static inline bool utfs_cell_read(const struct utfs_arena *arena, uint64_t reference,
				  uint64_t *value)
{
	const struct utfs_cell *cell = utfs_cell_at(arena, reference);
	uint64_t word = cell ? __atomic_load_n(&cell->word, __ATOMIC_RELAXED) : 0;

	*value = word & UTFS_CELL_VALUE_MAX;
	return cell && utfs_cell_word_is(word, reference);
}

/* trigger-table.c ---------------------------------------------------------------------------------------- */

/*
 * Triggers of an event in a recorder. What a trigger holds (its counter, its claim on another event) is taken and given back
 * here, and whoever goes, event or recorder, goes with its triggers. To add a kind: name it in abi.h; give back what its operands
 * hold in trigger_release(); act on it in app/trigger.c; give its command a row in trace/trigger-commands.c.
 */

/* Return: the event's triggers in a recorder, their number checked; NULL: none, or damaged. */
const struct utfs_trigger_list *utfs_triggers_get(const struct utfs_arena *arena, uint32_t id,
						  unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex);
/* Does a list of so many bytes hold as many triggers as it says? Context: any. */
bool utfs_trigger_list_holds(const struct utfs_trigger_list *list, uint32_t bytes);
/* A trigger's filter, its head checked, *bytes of it in the list; NULL: none. Context: any. */
const struct utfs_filter_program *utfs_trigger_program(const struct utfs_trigger_list *list,
						       uint32_t list_bytes,
						       const struct utfs_trigger *trigger,
						       uint32_t *bytes);
/* Does a kind of trigger switch something of another event? Then it is a user of that event's soft cell. Context: any. */
static inline bool utfs_trigger_is_switch(uint32_t kind)
{
	return kind == UTFS_TRIGGER_ENABLE_EVENT || kind == UTFS_TRIGGER_DISABLE_EVENT ||
	       kind == UTFS_TRIGGER_ENABLE_HIST || kind == UTFS_TRIGGER_DISABLE_HIST;
}
/*
 * Adds a trigger: kind, count and operands (of a switch the first: the other event's serial) are said by
 * the caller, as is its filter, which is copied; NULL: none. `last`: behind the others, else before them.
 * Return: 0; -EMFILE UTFS_MAX_TRIGGERS, or no cell free; -ENOENT no other event with this serial; -E2BIG all filters together;
 * -EINVAL; as utfs_object_replace().
 */
int utfs_trigger_add(struct utfs_arena *arena, uint32_t id, unsigned int recorder,
		     const struct utfs_trigger *trigger, const struct utfs_filter_program *program,
		     bool last) UTFS_REQUIRES(arena->event_mutex);
/*
 * Of two triggers that exclude each other an event has one at most: traceon and traceoff are one switch, so are those of one other
 * event. Not for histograms.
 */
bool utfs_triggers_exclude(const struct utfs_trigger *one, const struct utfs_trigger *other);
/* Removes the trigger at an index of the list. Return: 0; -ENOENT; as utfs_object_replace(). */
int utfs_trigger_remove(struct utfs_arena *arena, uint32_t id, unsigned int recorder,
			uint32_t index) UTFS_REQUIRES(arena->event_mutex);
/* Those of an event that goes, and of a recorder that goes. Return: 0, -ENOSPC, -E2BIG. */
int utfs_triggers_forget_event(struct utfs_arena *arena, uint32_t id)
	UTFS_REQUIRES(arena->event_mutex);
int utfs_triggers_forget_recorder(struct utfs_arena *arena, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex);
/* After a reboot, no event being enabled: triggers look at theirs again. Return: as above. */
int utfs_triggers_renew(struct utfs_arena *arena, uint32_t id) UTFS_REQUIRES(arena->event_mutex);

/* What an event's `enable` says of a recorder. */
struct utfs_event_recording {
	bool asked;    /* its bit in the mask is set */
	bool soft;     /* triggers may switch it on and off */
	bool disabled; /* and have switched it off: it is asked, but does not record */
};
struct utfs_event_recording utfs_event_recording_get(const struct utfs_arena *arena, uint32_t id,
						     unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex);
/* Lets a recorder record an event, or not: where triggers look at it, only that changes. Return: 0, -ENOSPC, -E2BIG. */
int utfs_event_recording_set(struct utfs_arena *arena, uint32_t id, unsigned int recorder,
			     bool record) UTFS_REQUIRES(arena->event_mutex);
/* block.c ------------------------------------------------------------------------------------------------ */

/*
 * What a reference (a word's value, loaded once) leads to: all pages of it lie in the heap.
 * Return: the block; NULL none of this kind, or damaged. Context: any; without the lock in a section (ring/section.h).
 */
void *utfs_block_get(const struct utfs_arena *arena, uint64_t reference, uint32_t magic);
/* The same without a call, for the way of an event. */
static inline __attribute__((always_inline)) void *
utfs_block_follow(const struct utfs_arena *arena, uint64_t reference, uint32_t magic)
{
	const uint64_t offset = (reference & UTFS_BLOCK_PAGE_MASK) * UTFS_PAGE_BYTES;
	struct utfs_block *block;

	/* A reference of 0 leads to the header, which is not in the heap. */
	if (offset < arena->region_offset[UTFS_REGION_HEAP])
		return NULL;
	block = utfs_arena_at(arena, offset, UTFS_PAGE_BYTES);
	if (!block || __atomic_load_n(&block->magic, __ATOMIC_RELAXED) != magic ||
	    __atomic_load_n(&block->serial, __ATOMIC_RELAXED) != reference >> UTFS_BLOCK_PAGE_BITS)
		return NULL;
	return __atomic_load_n(&block->nr_pages, __ATOMIC_RELAXED) <=
			       (arena->size_bytes - offset) / UTFS_PAGE_BYTES
		       ? block
		       : NULL;
}
/*
 * Makes a block of zeros behind its head, in the list of retired ones. The caller commits that (utfs_tx_checkpoint()) before it takes
 * the block from there and makes something lead to it: a rollback must not free what somebody may be in.
 * Return: 0, *reference and *made; -ENOSPC, -ENOMEM, -E2BIG.
 */
int utfs_block_make(struct utfs_arena *arena, uint32_t magic, uint64_t bytes, uint64_t *reference,
		    void **made) UTFS_REQUIRES(arena->event_mutex);
/* Puts a block in front of a list; takes it from one. Return: 0; -ENOENT it is not there, -EBADMSG damaged, -ENOSPC, -E2BIG. */
int utfs_block_push(struct utfs_arena *arena, uint64_t *list, uint64_t reference)
	UTFS_REQUIRES(arena->event_mutex);
int utfs_block_take(struct utfs_arena *arena, uint64_t *list, uint64_t reference)
	UTFS_REQUIRES(arena->event_mutex);
/*
 * Frees a retired block and all that were retired before it; nothing, if it is not there any more. Nobody is in a section
 * that he was in when it was retired. Return: 0, -ENOSPC, -E2BIG, -EBADMSG.
 */
int utfs_block_free_retired(struct utfs_arena *arena, uint64_t reference)
	UTFS_REQUIRES(arena->event_mutex);

/* hist-table.c ------------------------------------------------------------------------------------------- */

/* The plan of a hist trigger, its counts checked, *bytes of it; NULL: none, or damaged. Context: as utfs_block_get(). */
const struct utfs_hist_plan *utfs_hist_plan_get(const struct utfs_arena *arena, uint64_t reference,
						uint64_t *bytes);
/* Walks the plans there are, the latest first. Begin with 0. Return: true and the next one's reference. */
bool utfs_hist_plan_next(const struct utfs_arena *arena, uint64_t *reference)
	UTFS_REQUIRES(arena->event_mutex);
/*
 * Makes a copy of a plan with a map of its own or, with `share`, the map of that plan. What the caller has changed so far is committed
 * (utfs_tx_checkpoint()), so all that are to come at once are made first.
 * Return: 0 and *reference; -EINVAL; -ENOSPC, -ENOMEM, -E2BIG, -EBADMSG.
 */
int utfs_hist_make(struct utfs_arena *arena, const struct utfs_hist_plan *plan, uint64_t share,
		   uint64_t *reference) UTFS_REQUIRES(arena->event_mutex);
/* One that was made is one of those there are: for a trigger that the caller makes lead to it. Return: 0; -ENOENT, as utfs_block_push(). */
int utfs_hist_publish(struct utfs_arena *arena, uint64_t reference)
	UTFS_REQUIRES(arena->event_mutex);
/* The trigger is gone: its plan is retired, and its map when nobody else counts in it. Return: 0; -ENOSPC, -E2BIG, -EBADMSG. */
int utfs_hist_release(struct utfs_arena *arena, uint64_t reference)
	UTFS_REQUIRES(arena->event_mutex);
/* Gives a plan, and those who share its map, an empty one. Commits as utfs_hist_make(). Return: as there; -ENOENT. */
int utfs_hist_clear(struct utfs_arena *arena, uint64_t reference) UTFS_REQUIRES(arena->event_mutex);
/* Is what a plan refers to still there: plans of variables (0: one that is yet to be made), synthetic events? */
bool utfs_hist_stands(const struct utfs_arena *arena, const struct utfs_hist_plan *plan)
	UTFS_REQUIRES(arena->event_mutex);
/* Does another plan read variables of this one? */
bool utfs_hist_is_read(const struct utfs_arena *arena, uint64_t reference)
	UTFS_REQUIRES(arena->event_mutex);
/* Was a plan made for others, of which none is left? */
bool utfs_hist_is_forgotten(const struct utfs_arena *arena, uint64_t reference)
	UTFS_REQUIRES(arena->event_mutex);
/* Does a plan write an event (its serial)? */
bool utfs_hist_is_written(const struct utfs_arena *arena, uint64_t event_serial)
	UTFS_REQUIRES(arena->event_mutex);
int utfs_hist_pause(struct utfs_arena *arena, uint64_t reference, bool pause)
	UTFS_REQUIRES(arena->event_mutex);

/* filter-table.c ----------------------------------------------------------------------------------------- */

/*
 * Gives an event a filter in a recorder, NULL: takes it away. The program is copied.
 * Return: 0, as utfs_object_replace().
 */
int utfs_filter_set(struct utfs_arena *arena, uint32_t id, unsigned int recorder,
		    const struct utfs_filter_program *program) UTFS_REQUIRES(arena->event_mutex);
/* Return: the event's filter in a recorder, its head checked, its content not; NULL: none. */
const struct utfs_filter_program *utfs_filter_get(const struct utfs_arena *arena, uint32_t id,
						  unsigned int recorder, uint32_t *bytes)
	UTFS_REQUIRES(arena->event_mutex);
/* Sets one gate of a recorder (struct utfs_pid_list or utfs_cpu_set), NULL: opens it. Return: 0, as utfs_object_replace(). */
int utfs_gate_set(struct utfs_arena *arena, unsigned int recorder, enum utfs_gate gate,
		  const struct utfs_object *object) UTFS_REQUIRES(arena->event_mutex);
/* Looks again whether a recorder has gates, or takes stacks of all events. Return: 0, -ENOSPC, -E2BIG. */
int utfs_gated_update(struct utfs_arena *arena, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex);
/* The filters of an event that goes, and of a recorder that goes, with its gates. Return: 0, -ENOSPC, -E2BIG. */
int utfs_filters_forget_event(struct utfs_arena *arena, uint32_t id)
	UTFS_REQUIRES(arena->event_mutex);
int utfs_filters_forget_recorder(struct utfs_arena *arena, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex);

/* filter-link.c ------------------------------------------------------------------------------------------ */

/*
 * Turns a program whose fields are names into one for an event, in place. `fields`: the event's lines of its format file.
 * Return: NULL; what is wrong, in the filter compiler's words.
 */
const char *utfs_filter_link(struct utfs_filter_program *program, const char *fields,
			     size_t fields_bytes);

/* pending.c ---------------------------------------------------------------------------------------------- */

/* Largest filter of a rule, as a program. */
#define UTFS_PENDING_PROGRAM_MAX 4096

/* An instance's rules, as many as hold together. Begin with NULL. Return: the next one; NULL at the end. */
const struct utfs_pending_rule *utfs_pending_next(const struct utfs_arena *arena, uint32_t slot,
						  const struct utfs_pending_rule *after)
	UTFS_REQUIRES(arena->event_mutex);
/* Gives an instance other rules; NULL: none. Return: 0, as utfs_object_replace(). */
int utfs_pending_set(struct utfs_arena *arena, uint32_t slot,
		     const struct utfs_pending_rules *rules) UTFS_REQUIRES(arena->event_mutex);
/* Does to an event what a rule says, if it is one that the rule means. The instance has a recorder. Return: 0, -ENOSPC, -ENOMEM, -E2BIG. */
int utfs_pending_apply_rule(struct utfs_arena *arena, uint32_t slot,
			    const struct utfs_pending_rule *rule, uint32_t id)
	UTFS_REQUIRES(arena->event_mutex);
/* To a new event what all rules say. Return: as above. */
int utfs_pending_apply(struct utfs_arena *arena, uint32_t id) UTFS_REQUIRES(arena->event_mutex);

/* error-log.c -------------------------------------------------------------------------------------------- */

struct utfs_error {
	uint64_t time_ns;     /* local clock */
	const char *location; /* "event filter parse error" */
	const char *message;  /* "Field not found" */
	const char *command;  /* what was written; need not be NUL-terminated */
	size_t command_bytes;
	uint32_t position; /* of the caret in it */
};
/* Appends to an instance's error log; the oldest of UTFS_MAX_ERRORS makes way. Return: 0; -ENOMEM, -ENOSPC, -E2BIG. */
int utfs_errors_add(struct utfs_arena *arena, uint32_t slot, const struct utfs_error *error)
	UTFS_REQUIRES(arena->event_mutex);
/* The n-th oldest, checked. Return: NULL there is none, or it is damaged. */
const struct utfs_error_entry *utfs_errors_get(const struct utfs_arena *arena, uint32_t slot,
					       unsigned int n) UTFS_REQUIRES(arena->event_mutex);
/* Return: 0, -ENOSPC, -E2BIG. */
int utfs_errors_clear(struct utfs_arena *arena, uint32_t slot) UTFS_REQUIRES(arena->event_mutex);

/* cmdline.c ---------------------------------------------------------------------------------------------- */

#define UTFS_DEFAULT_CMDLINES 8192

/*
 * Remembers a thread's name; where options/record-cmd is off at the root, only its process.
 * Lock-free. Context: any, signal handlers included.
 */
void utfs_cmdline_save(const struct utfs_arena *arena, pid_t tid, pid_t tgid, const char comm[16]);
/* Return: 0 and comm (empty: only the process is known), tgid; -ENOENT not known. Context: any. */
int utfs_cmdline_find(const struct utfs_arena *arena, pid_t tid, char comm[17], pid_t *tgid);
/*
 * Changes the number of slots (1 .. UTFS_MAX_CMDLINES) and forgets what they held: a thread's slot is another one now.
 * Return: 0; -EINVAL; -ENOSPC.
 */
int utfs_cmdline_resize(struct utfs_arena *arena, uint64_t nr_slots)
	UTFS_REQUIRES(arena->event_mutex);
/* Walks the table: Return: 1 and the entry at or after *index (advanced), 0 at the end. */
int utfs_cmdline_next(const struct utfs_arena *arena, uint32_t *index, pid_t *tid, pid_t *tgid,
		      char comm[17]);

#endif
