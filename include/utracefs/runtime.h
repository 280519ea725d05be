/* SPDX-License-Identifier: MIT */
/*
 * utracefs for applications: messages, events described at run time, and the answer to "does tracing work here?".
 * Nothing in here needs a macro: this is the header for bindings of other languages. Static events: utracefs.h.
 *
 * The library never prints, never aborts, starts no thread, keeps no descriptor open and leaves errno alone. When it
 * cannot work (UTRACEFS=off, no shared memory, a damaged arena) every call below is cheap and does nothing;
 * utfs_status_get() says why.
 *
 * Environment: UTRACEFS=off turns the library off; UTRACEFS_DIR names the tracing domain's directory (default
 * /dev/shm/utracefs-<euid>; ignored in set-user-id programs).
 *
 * Define UTFS_DISABLE before the inclusion, and all of it compiles to nothing.
 */
#ifndef UTRACEFS_RUNTIME_H
#define UTRACEFS_RUNTIME_H

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#ifndef __cplusplus
#include <stdbool.h>
#endif

#define UTFS_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/* Longest record, its 8 common bytes included. Longer messages, strings and arrays are cut to fit. */
#define UTFS_EVENT_RECORD_MAX 4072
/* Longest description of a run-time event, its NUL included; the kernel's limit for user_events. */
#define UTFS_DESCRIPTION_BYTES 512

enum utfs_state {
	UTFS_STATE_NOT_STARTED, /* nothing was registered or written yet */
	UTFS_STATE_ACTIVE,	/* attached to the arena; events can be enabled */
	UTFS_STATE_OFF,		/* UTRACEFS=off */
	UTFS_STATE_NO_ARENA,	/* the arena could not be made or was refused: see error and text */
	UTFS_STATE_NO_RSEQ, /* the arena needs restartable sequences, which this process cannot use */
};

struct utfs_status {
	enum utfs_state state;
	int error;	 /* negative errno behind NO_ARENA and NO_RSEQ, else 0 */
	uint64_t events; /* declared and run-time events registered now */
	uint64_t
		conflicts; /* inactive because another program declared the same name with other fields */
	uint64_t
		failures; /* inactive for another reason: bad name, arena full, headers of another interface */
	uint64_t lost_messages; /* messages and markers that could not be written */
	uint64_t
		refused_threads; /* threads that cannot write events: no restartable sequences there */
	uint64_t reserved[8];
	char text[512]; /* the state in words, for a person; never empty */
};

/*
 * An event described at run time. The caller provides the memory and keeps it until utfs_runtime_event_unregister();
 * its content is the library's. Bindings may treat it as UTFS_RUNTIME_EVENT_BYTES opaque bytes, 8-byte aligned.
 */
#define UTFS_RUNTIME_EVENT_BYTES 1024
struct utfs_runtime_event {
	const uint64_t *mask; /* points at a word that is not 0 while somebody records the event */
	uint64_t never;	      /* that word while the event is not registered */
	uint64_t private_words[(UTFS_RUNTIME_EVENT_BYTES - 16 - UTFS_DESCRIPTION_BYTES) / 8];
	char description[UTFS_DESCRIPTION_BYTES];
};

#ifndef UTFS_DISABLE

/*
 * Tells whether tracing works in this process, and if not, why. Attaches nothing.
 * Ownership: fills the caller's struct.
 * Return: nothing. Locks: the library's own, for a moment. Context: any thread; not a signal handler.
 */
UTFS_API void utfs_status_get(struct utfs_status *status);

/*
 * Writes a message, formatted as by printf, to the trace of the root or of the instance that has
 * options/trace_printk_dest ("utfs_printf: text"). A newline is added where there is none. The text is cut at about 4 KB.
 * Return: bytes of text written; 0 nobody wants it (tracing_on, options/trace_printk); -ENODEV the library is inactive; -EBUSY called from a signal
 * handler that interrupted the library while the buffers do not exist yet; -ENOSPC, -ENOMEM, -EMFILE, -ETIMEDOUT no buffers
 * could be made; -EINVAL the format is wrong. Keeps errno.
 * Locks: none, but for the first message in a domain, which makes the buffers. Context: any thread, a signal
 * handler too where vsnprintf() is safe (no floating-point conversions).
 */
UTFS_API int utfs_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As utfs_printf(), with the arguments as a va_list. Return: as utfs_printf(). Locks: as there. Context: as there. */
UTFS_API int utfs_vprintf(const char *format, va_list arguments)
	__attribute__((format(printf, 1, 0)));

/*
 * Writes a text of `bytes` bytes to the root's trace as a write to the file trace_marker would ("tracing_mark_write: text"). A
 * newline is added where there is none; what exceeds the record is cut.
 * Ownership: `text` is copied; it needs no NUL.
 * Return: bytes of text written; 0 nobody wants it (tracing_on, options/markers); otherwise as utfs_printf(); -EINVAL
 * text is NULL or empty. Keeps errno.
 * Locks: as utfs_printf(). Context: any thread, signal handlers included.
 */
UTFS_API int utfs_marker(const char *text, size_t bytes);

/*
 * Registers an event from a description in the kernel's user_events syntax: "[system/]name[:flags] [field[; field]...]".
 * A field is "type name", "type[N] name", "type name[N]" (char and unsigned char), "__data_loc type[] name", "__rel_loc type[] name" or
 * "struct type name size". Types: s8 u8 s16 u16 s32 u32 s64 u64 char, unsigned char, short, unsigned short, int,
 * unsigned int. Fields follow each other without padding. Flags are accepted and mean nothing, as in the kernel. System:
 * "user_events" unless given.
 * Ownership: `event` is the caller's, to be kept in place until unregistered; the description is copied.
 * Return: 0 (also when it was registered before with the same description); -EINVAL the description; -E2BIG longer than
 * UTFS_DESCRIPTION_BYTES, or a record would be too long; -EBUSY `event` is registered with another description; -EEXIST the
 * name is in use with other fields; -EMFILE, -ENOSPC, -ENOMEM the arena is full; -ENODEV the library is inactive; -ETIMEDOUT the arena's
 * lock. On error the event is safe to write (to no effect). Keeps errno.
 * Locks: the library's own, the arena's. Context: any thread; not a signal handler.
 */
UTFS_API int utfs_runtime_event_register(struct utfs_runtime_event *event, const char *description);

/*
 * Gives the event back; its memory may be used for something else. An event that never was registered is fine.
 * Return: nothing. Keeps errno.
 * Locks: the library's own, the arena's. Context: any thread, none that writes the event; not a signal handler.
 */
UTFS_API void utfs_runtime_event_unregister(struct utfs_runtime_event *event);

/*
 * Writes the event: `data` holds the fields as described, first the fixed ones, behind them what __data_loc and
 * __rel_loc fields refer to. As in the kernel, a __data_loc word is length << 16 | offset, the offset counted from the record's start, which is 8
 * bytes in front of `data`; the offset of a __rel_loc word is counted from its own end.
 * Return: 0 written, or nobody wants it; -EINVAL fewer bytes than the fixed fields; -EFAULT a location lies outside of
 * the record or a string does not end in NUL; -E2BIG longer than a record can be; -ENODEV the library is inactive. Keeps errno.
 * Locks: none. Context: any thread, signal handlers included.
 */
UTFS_API int utfs_runtime_event_write(const struct utfs_runtime_event *event, const void *data,
				      size_t bytes);

/* Does somebody record the event? Return: true yes. Locks: none. Context: any. */
static inline bool utfs_runtime_event_enabled(const struct utfs_runtime_event *event)
{
	const uint64_t *mask = __atomic_load_n(&event->mask, __ATOMIC_RELAXED);

	return mask && __builtin_expect(__atomic_load_n(mask, __ATOMIC_RELAXED) != 0, 0);
}

#else /* UTFS_DISABLE: the same calls, compiled to nothing */

static inline void utfs_status_get(struct utfs_status *status)
{
	__builtin_memset(status, 0, sizeof(*status));
	status->state = UTFS_STATE_OFF;
	__builtin_memcpy(status->text, "compiled with UTFS_DISABLE",
			 sizeof("compiled with UTFS_DISABLE"));
}
__attribute__((format(printf, 1, 2), unused)) static inline int utfs_printf(const char *format, ...)
{
	(void)format;
	return -ENODEV;
}
__attribute__((format(printf, 1, 0), unused)) static inline int utfs_vprintf(const char *format,
									     va_list arguments)
{
	(void)format;
	(void)arguments;
	return -ENODEV;
}
static inline int utfs_marker(const char *text, size_t bytes)
{
	(void)text;
	(void)bytes;
	return -ENODEV;
}
static inline int utfs_runtime_event_register(struct utfs_runtime_event *event,
					      const char *description)
{
	(void)event;
	(void)description;
	return -ENODEV;
}
static inline void utfs_runtime_event_unregister(struct utfs_runtime_event *event)
{
	(void)event;
}
static inline int utfs_runtime_event_write(const struct utfs_runtime_event *event, const void *data,
					   size_t bytes)
{
	(void)event;
	(void)data;
	(void)bytes;
	return -ENODEV;
}
static inline bool utfs_runtime_event_enabled(const struct utfs_runtime_event *event)
{
	(void)event;
	return false;
}

#endif

#ifdef __cplusplus
}
#endif

#endif
