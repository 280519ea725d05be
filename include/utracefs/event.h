/* SPDX-License-Identifier: MIT */
/*
 * Typed events as tables and functions, without a macro: what UTFS_EVENT() of utracefs.h expands to, and the interface for
 * bindings of other languages that want all that C has (floating-point numbers, print formats, symbols, padding as in C). Part of the
 * binary interface: names, sizes and values stay. Events from a line of text: runtime.h.
 *
 * A binding provides, for one event or several that lie side by side, and keeps in place until utfs_module_unregister():
 *
 *	struct utfs_event event             { &event.never, 0, 0, -EAGAIN, 0, &info }, at a multiple of 64
 *	struct utfs_module module           { UTFS_P_HEADER_ABI }, the rest 0
 *	struct utfs_event_info info         and right behind it, without a gap, its parts:
 *		int64_t values[nr_symbols + 1]             of the symbols; the last one is nobody's
 *		struct utfs_event_field fields[nr_fields]  a record's first field is at offset 8, each aligned as in a C struct;
 *		                                           `record_bytes` is that struct's size
 *		char texts[]                               strings, each with its NUL: print format, as of UTFS_PRINT(), or "" for
 *		                                           name=value; system, name: letters, digits, '_'; of each field its type,
 *		                                           as C writes it, and its name; each symbol's name
 *
 * There is no address in what describes an event: it needs no relocation, and processes share its pages.
 *
 *	utfs_module_register(&module, &event, &event + 1);     event.status: 0, or why it is inactive
 *	if (utfs_p_event_enabled(&event))                      two loads: *event.mask is not 0 while somebody records it
 *		utfs_event_write_pieces(&event, buffer, bytes, pieces, nr_pieces);
 *	utfs_module_unregister(&module);
 *
 * The same event from programs in several languages is one event, if system, name, fields (with their types' names) and print format agree.
 * Where another program declared other fields, `status` is -EEXIST and the event does nothing; where the library has another interface than these
 * headers (UTFS_P_HEADER_ABI), it is -EPROTONOSUPPORT. `mask` points elsewhere after a registration, an
 * unregistration and in a forked child: load it each time.
 */
#ifndef UTRACEFS_EVENT_H
#define UTRACEFS_EVENT_H

#include <utracefs/runtime.h>

#define UTFS_P_HEADER_ABI 2
#define UTFS_P_HEADROOM	  16 /* bytes in front of a record that the library uses */
#define UTFS_P_FIELDS_MAX 32
#define UTFS_P_INLINE	  __attribute__((always_inline, unused)) static inline

#ifdef __cplusplus
#define UTFS_P_NULL	       nullptr
#define UTFS_P_TO(type, value) static_cast<type>(value)
#define UTFS_P_ASSERT	       static_assert
#else
#define UTFS_P_NULL	       ((void *)0)
#define UTFS_P_TO(type, value) ((type)(value))
#define UTFS_P_ASSERT	       __extension__ _Static_assert
#endif

enum utfs_p_shape {
	UTFS_P_NONE,
	UTFS_P_SCALAR,
	UTFS_P_ARRAY,
	UTFS_P_CHARS,
	UTFS_P_STRING,
	UTFS_P_COUNTED,
	UTFS_P_DYNAMIC,
};

enum utfs_p_value {
	UTFS_P_INTEGER,
	UTFS_P_CHARACTER,
	UTFS_P_BOOL,
	UTFS_P_FLOAT,
	UTFS_P_POINTER,
	UTFS_P_SIGNED = 16, /* a bit, added to the above */
};

struct utfs_event_field {
	uint8_t shape;	 /* enum utfs_p_shape; UTFS_P_NONE: no field, its texts are "" */
	uint8_t value;	 /* enum utfs_p_value */
	uint16_t offset; /* in the record */
	uint16_t bytes;	 /* of an element */
	uint16_t count;	 /* of a fixed array */
};
UTFS_P_ASSERT(sizeof(struct utfs_event_field) == 8, "the binary interface");

/* What an event is. Its parts lie behind it; see above. */
struct utfs_event_info {
	uint32_t record_bytes; /* fixed part, common fields included */
	uint16_t nr_fields;
	uint16_t nr_symbols;
};
UTFS_P_ASSERT(sizeof(struct utfs_event_info) == 8, "the binary interface");

/*
 * One declared event in one source file. They lie side by side in a section, found by its two ends: size and alignment are
 * fixed, so that no compiler leaves gaps.
 */
struct __attribute__((aligned(64))) utfs_event {
	const uint64_t *mask; /* points at `never` until registered, then at the arena's word */
	uint64_t never;	      /* always 0 */
	uint32_t id;
	int32_t status;
	uint64_t serial;
	const struct utfs_event_info *info;
	uint64_t reserved[3];
};
UTFS_P_ASSERT(sizeof(struct utfs_event) == 64, "the binary interface");

/* The program or one of its shared objects. */
struct utfs_module {
	uint32_t abi;
	uint32_t registered;
	struct utfs_event *begin;
	struct utfs_event *end;
	struct utfs_module *next;
	struct utfs_module *previous;
	uint64_t reserved[3];
};

/* A string or dynamic array on its way into a record. */
struct utfs_event_piece {
	const void *data;
	size_t bytes;		/* SIZE_MAX: up to the NUL */
	uint32_t offset;	/* of its __data_loc word in the record */
	uint32_t element_bytes; /* 0: a string, which gets a NUL behind it */
};

#ifndef UTFS_DISABLE

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Writes a record of `bytes` bytes that lies UTFS_P_HEADROOM bytes behind `buffer` (8-byte aligned, followed by room to
 * round up to 4 bytes). The common fields are filled in here; the record is changed.
 * Return: nothing. Keeps errno. Locks: none. Context: any thread, signal handlers included.
 */
UTFS_API void utfs_event_write(const struct utfs_event *event, void *buffer, size_t bytes);

/*
 * As utfs_event_write(), with dynamic data to be appended: the __data_loc word of each piece is filled in here.
 * Ownership: the pieces' data is copied. Return: nothing. Keeps errno. Locks: none. Context: as utfs_event_write().
 */
UTFS_API void utfs_event_write_pieces(const struct utfs_event *event, void *buffer, size_t bytes,
				      const struct utfs_event_piece *pieces,
				      unsigned int nr_pieces);

/*
 * Registers all events of a module; again: does nothing. Called by a constructor in each file that includes utracefs.h.
 * Ownership: module and events stay where they are until utfs_module_unregister(). Return: nothing; each event has its status. Keeps errno.
 * Locks: the library's own, the arena's. Context: any thread; not a signal handler.
 */
UTFS_API void utfs_module_register(struct utfs_module *module, struct utfs_event *begin,
				   struct utfs_event *end);

/* Takes the module's events back. Return: nothing. Keeps errno. Locks, Context: as utfs_module_register(). */
UTFS_API void utfs_module_unregister(struct utfs_module *module);

#ifdef __cplusplus
}
#endif

/* Does somebody record the event? Return: true yes. Locks: none. Context: any. */
UTFS_P_INLINE bool utfs_p_event_enabled(const struct utfs_event *event)
{
	const uint64_t *mask = __atomic_load_n(&event->mask, __ATOMIC_RELAXED);

	return __builtin_expect(__atomic_load_n(mask, __ATOMIC_RELAXED) != 0, 0);
}

#endif /* !UTFS_DISABLE */

#endif
