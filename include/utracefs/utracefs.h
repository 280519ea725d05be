/* SPDX-License-Identifier: MIT */
/*
 * utracefs for applications: static events, in C (C99 and later) and C++ (C++11 and later), gcc and clang.
 *
 *	#include <utracefs/utracefs.h>
 *
 *	UTFS_EVENT(myapp, request,
 *		   UTFS_FIELDS(UTFS_FIELD(uint64_t, id), UTFS_STRING(path), UTFS_ARRAY(uint8_t, mac, 6)),
 *		   UTFS_PRINT("id=%llu path=%s", REC->id, __get_str(path)));
 *
 *	trace_myapp_request(17, "/index.html", mac);
 *
 * declares the event myapp:request, and two more functions beside the one that writes it:
 *
 *	static inline void trace_myapp_request(uint64_t id, const char *path, const uint8_t *mac);
 *	static inline bool trace_myapp_request_enabled(void);  does somebody record it? For arguments that are costly to make
 *	static inline int trace_myapp_request_status(void);    0 registered; -EEXIST the name is in use with other fields;
 *	                                                       -EAGAIN not registered (yet); another errno: see utfs_status_get()
 *
 * An event that nobody records costs the load of one word, a test and a branch that is not taken. One that is recorded
 * takes no lock and no system call and may be written in any thread and in signal handlers; errno is kept. The
 * event is registered by a constructor before main(), or by dlopen(), and gone with dlclose(). Written before that, it does nothing.
 * Not to be written by a child of vfork() or clone(CLONE_VM) before it execs: the kernel does not know its sequences.
 *
 * Fields (up to 32, separated by commas; UTFS_NO_FIELDS where there are none)      the function's parameters
 *	UTFS_FIELD(type, name)          integer, enum, bool, char, float, double, pointer   type name
 *	UTFS_ARRAY(type, name, count)   so many elements of such a type, NULL: zeros    const type *name
 *	UTFS_CHARS(name, bytes)         char name[bytes], text: a string that is cut to fit const char *name
 *	UTFS_STRING(name)               a string of any length, NULL: "(null)"          const char *name
 *	UTFS_STRING_LEN(name)           the same, of a given length, needs no NUL       const char *name, size_t name_bytes
 *	UTFS_DYNAMIC_ARRAY(type, name)  an array of any length                      const type *name, size_t name_count
 * A record holds at most UTFS_EVENT_RECORD_MAX bytes; strings and dynamic arrays are cut so that it fits.
 *
 * UTFS_PRINT(format, arguments...): the text of an event in `trace`, in the language of the kernel's `print fmt`: REC->field,
 * __get_str(string), __get_dynamic_array(array), __get_dynamic_array_len(array), __print_symbolic(value, { 1, "one" }, ...),
 * __print_flags(value, "|", { 1, "A" }, ...), __print_array(pointer, count, element_size), __print_hex(pointer, bytes), C operators and casts. It is
 * never compiled: it is text that the reader evaluates. Macros in it are expanded. Left out, every field is printed as name=value.
 *
 * UTFS_SYMBOLS(NAME, ...): behind UTFS_PRINT, the enum constants (up to 64) that it uses. The preprocessor does not know their
 * values; they are replaced by numbers when the event is registered.
 *
 *	enum state { IDLE, BUSY };
 *	UTFS_EVENT(myapp, state, UTFS_FIELDS(UTFS_FIELD(enum state, state)),
 *		   UTFS_PRINT("%s", __print_symbolic(REC->state, { IDLE, "idle" }, { BUSY, "busy" })),
 *		   UTFS_SYMBOLS(IDLE, BUSY));
 *
 * Where it may stand: in a source file, or in a header that several files include (each then has a descriptor of its own for the
 * same event). In C++ also within a namespace. System and event names: letters, digits, '_'.
 *
 * Define UTFS_DISABLE before the inclusion, and all of it compiles to nothing.
 */
#ifndef UTRACEFS_UTRACEFS_H
#define UTRACEFS_UTRACEFS_H

#include <utracefs/event.h>
#include <utracefs/for_each.h>

#include <string.h>
#ifdef __cplusplus
#include <type_traits>
#endif

#define UTFS_EVENT(system, name, ...)                                                              \
	UTFS_P_CAT(UTFS_P_EVENT_, UTFS_P_NARGS(__VA_ARGS__))                                       \
	(#system, #name, trace_##system##_##name, utfs_event_##system##_##name, __VA_ARGS__)

#define UTFS_FIELDS(...)	       (__VA_ARGS__)
#define UTFS_NO_FIELDS		       ((utfs_none, ~, ~, ~, "", ""))
#define UTFS_FIELD(type, name)	       (utfs_scalar, type, name##_, 1, #type, #name)
#define UTFS_ARRAY(type, name, count)  (utfs_array, type, name##_, count, #type, #name)
#define UTFS_CHARS(name, bytes)	       (utfs_chars, char, name##_, bytes, "char", #name)
#define UTFS_STRING(name)	       (utfs_string, char, name##_, 0, "char", #name)
#define UTFS_STRING_LEN(name)	       (utfs_counted, char, name##_, 0, "char", #name)
#define UTFS_DYNAMIC_ARRAY(type, name) (utfs_dynamic, type, name##_, 0, #type, #name)
#define UTFS_PRINT(...)		       UTFS_P_TEXT(__VA_ARGS__)
#define UTFS_SYMBOLS(...)                                                                          \
	(UTFS_P_NARGS(__VA_ARGS__),                                                                \
	 (UTFS_P_MAP(UTFS_P_SYMBOL_VALUE, UTFS_P_NOTHING, ~, __VA_ARGS__)),                        \
	 (UTFS_P_MAP(UTFS_P_SYMBOL_NAME, UTFS_P_NOTHING, ~, __VA_ARGS__)))
#define UTFS_P_NO_SYMBOLS (0, (), ())

/* ---- From here on: what the macros need. Not for applications, but part of the binary interface, as is event.h. ---- */

#ifndef UTFS_DISABLE

#ifndef UTFS_P_LIBRARY /* the library has no events of its own */
#ifdef __cplusplus
extern "C" {
#endif

/* The ends of the section, made by the linker; and one of these per module, however many files it has. */
extern struct utfs_event __start_utfs_events[] __attribute__((weak, visibility("hidden")));
extern struct utfs_event __stop_utfs_events[] __attribute__((weak, visibility("hidden")));
extern struct utfs_module utfs_p_module;
struct utfs_module utfs_p_module __attribute__((weak, visibility("hidden"))) = {
	UTFS_P_HEADER_ABI, 0, UTFS_P_NULL, UTFS_P_NULL, UTFS_P_NULL, UTFS_P_NULL, {0, 0, 0}};

/* The earliest that applications may ask for, the latest to be undone: events of other constructors are seen. */
__attribute__((constructor(101), unused)) static void utfs_p_module_begin(void)
{
	utfs_module_register(&utfs_p_module, __start_utfs_events, __stop_utfs_events);
}

__attribute__((destructor(101), unused)) static void utfs_p_module_end(void)
{
	utfs_module_unregister(&utfs_p_module);
}

#ifdef __cplusplus
}
#endif
#endif /* !UTFS_P_LIBRARY */

static inline void utfs_p_copy(void *to, const void *from, size_t bytes)
{
	if (from)
		memcpy(to, from, bytes);
	else
		memset(to, 0, bytes);
}

static inline void utfs_p_copy_chars(char *to, const char *from, size_t bytes)
{
	size_t i = 0;

	for (; from && i < bytes - 1 && from[i]; i++)
		to[i] = from[i];
	memset(to + i, 0, bytes - i);
}

static inline void utfs_p_piece(struct utfs_event_piece *piece, size_t offset, const void *data,
				size_t bytes, size_t element_bytes)
{
	piece->data = data;
	piece->bytes = data ? bytes : 0;
	piece->offset = UTFS_P_TO(uint32_t, offset);
	piece->element_bytes = UTFS_P_TO(uint32_t, element_bytes);
}

static inline void utfs_p_piece_string(struct utfs_event_piece *piece, size_t offset,
				       const char *string, size_t bytes)
{
	if (!string) {
		string = "(null)";
		bytes = 6;
	}
	utfs_p_piece(piece, offset, string, bytes, 0);
}

/* A length that cannot overflow: more than a record holds is cut anyway. */
static inline size_t utfs_p_clamp(size_t count)
{
	return count < UTFS_EVENT_RECORD_MAX ? count : UTFS_EVENT_RECORD_MAX;
}

/* What a type is, as one of enum utfs_p_value. */
#ifdef __cplusplus
template <typename T, bool E = std::is_enum<T>::value> struct utfs_p_integer_of {
	typedef T type;
};
template <typename T> struct utfs_p_integer_of<T, true> {
	typedef typename std::underlying_type<T>::type type;
};
template <typename T> constexpr uint32_t utfs_p_value_of()
{
	typedef typename utfs_p_integer_of<typename std::remove_cv<T>::type>::type U;
	static_assert(std::is_scalar<T>::value,
		      "a field is an integer, enum, bool, floating-point number or pointer");
	return (std::is_pointer<U>::value	   ? UTFS_P_POINTER
		: std::is_floating_point<U>::value ? UTFS_P_FLOAT
		: std::is_same<U, bool>::value	   ? UTFS_P_BOOL
		: std::is_same<U, char>::value	   ? UTFS_P_CHARACTER
						   : UTFS_P_INTEGER) +
	       (std::is_signed<U>::value ? UTFS_P_TO(int, UTFS_P_SIGNED) : 0);
}
#define UTFS_P_VALUE(type) utfs_p_value_of<type>()
#else
#ifdef __CHAR_UNSIGNED__
#define UTFS_P_CHAR_VALUE UTFS_P_CHARACTER
#else
#define UTFS_P_CHAR_VALUE (UTFS_P_CHARACTER | UTFS_P_SIGNED)
#endif
/* clang-format off */
#define UTFS_P_VALUE(type) __extension__ _Generic((type)0,                                                   \
	_Bool: UTFS_P_BOOL, char: UTFS_P_CHAR_VALUE,                                                         \
	signed char: UTFS_P_SIGNED, unsigned char: UTFS_P_INTEGER, short: UTFS_P_SIGNED,                     \
	unsigned short: UTFS_P_INTEGER, int: UTFS_P_SIGNED, unsigned int: UTFS_P_INTEGER,                    \
	long: UTFS_P_SIGNED, unsigned long: UTFS_P_INTEGER, long long: UTFS_P_SIGNED,                        \
	unsigned long long: UTFS_P_INTEGER, float: UTFS_P_FLOAT | UTFS_P_SIGNED,                             \
	double: UTFS_P_FLOAT | UTFS_P_SIGNED, default: UTFS_P_POINTER)
/* clang-format on */
#endif

#endif /* !UTFS_DISABLE */

/* clang-format off */
/* UTFS_SYMBOLS(): how many, their values, each with a comma, their names, each with a NUL. */
#define UTFS_P_SYMBOL_VALUE(c, x) UTFS_P_TO(int64_t, x),
#define UTFS_P_SYMBOL_NAME(c, x)  #x "\0"
#define UTFS_P_SYMBOLS_NR(nr, values, names)     nr
#define UTFS_P_SYMBOLS_VALUES(nr, values, names) UTFS_P_UNPAREN values
#define UTFS_P_SYMBOLS_NAMES(nr, values, names)  UTFS_P_UNPAREN names

/* One macro per thing that is made from the fields; one variant per shape of field. */
#define UTFS_P_MEMBER(c, f) UTFS_P_APPLY(UTFS_P_MEMBER_, c, f)
#define UTFS_P_MEMBER_utfs_none(c, type, name, count, t, n)
#define UTFS_P_MEMBER_utfs_scalar(c, type, name, count, t, n)   type name;
#define UTFS_P_MEMBER_utfs_array(c, type, name, count, t, n)    type name[count];
#define UTFS_P_MEMBER_utfs_chars(c, type, name, count, t, n)    char name[count];
#define UTFS_P_MEMBER_utfs_string(c, type, name, count, t, n)   uint32_t name;
#define UTFS_P_MEMBER_utfs_counted(c, type, name, count, t, n)  uint32_t name;
#define UTFS_P_MEMBER_utfs_dynamic(c, type, name, count, t, n)  uint32_t name;

#define UTFS_P_PARAM(c, f) UTFS_P_APPLY(UTFS_P_PARAM_, c, f)
#define UTFS_P_PARAM_utfs_none(c, type, name, count, t, n)      void
#define UTFS_P_PARAM_utfs_scalar(c, type, name, count, t, n)    type name
#define UTFS_P_PARAM_utfs_array(c, type, name, count, t, n)     const type *name
#define UTFS_P_PARAM_utfs_chars(c, type, name, count, t, n)     const char *name
#define UTFS_P_PARAM_utfs_string(c, type, name, count, t, n)    const char *name
#define UTFS_P_PARAM_utfs_counted(c, type, name, count, t, n)   const char *name, size_t name##bytes
#define UTFS_P_PARAM_utfs_dynamic(c, type, name, count, t, n)   const type *name, size_t name##count

#define UTFS_P_ARGUMENT(c, f) UTFS_P_APPLY(UTFS_P_ARGUMENT_, c, f)
#define UTFS_P_ARGUMENT_utfs_none(c, type, name, count, t, n)
#define UTFS_P_ARGUMENT_utfs_scalar(c, type, name, count, t, n)   name
#define UTFS_P_ARGUMENT_utfs_array(c, type, name, count, t, n)    name
#define UTFS_P_ARGUMENT_utfs_chars(c, type, name, count, t, n)    name
#define UTFS_P_ARGUMENT_utfs_string(c, type, name, count, t, n)   name
#define UTFS_P_ARGUMENT_utfs_counted(c, type, name, count, t, n)  name, name##bytes
#define UTFS_P_ARGUMENT_utfs_dynamic(c, type, name, count, t, n)  name, name##count

#define UTFS_P_IGNORE(c, f) UTFS_P_APPLY(UTFS_P_IGNORE_, c, f)
#define UTFS_P_IGNORE_utfs_none(c, type, name, count, t, n)
#define UTFS_P_IGNORE_utfs_scalar(c, type, name, count, t, n)     (void)name;
#define UTFS_P_IGNORE_utfs_array(c, type, name, count, t, n)      (void)name;
#define UTFS_P_IGNORE_utfs_chars(c, type, name, count, t, n)      (void)name;
#define UTFS_P_IGNORE_utfs_string(c, type, name, count, t, n)     (void)name;
#define UTFS_P_IGNORE_utfs_counted(c, type, name, count, t, n)    (void)name; (void)name##bytes;
#define UTFS_P_IGNORE_utfs_dynamic(c, type, name, count, t, n)    (void)name; (void)name##count;

#define UTFS_P_SIZE(c, f) UTFS_P_APPLY(UTFS_P_SIZE_, c, f)
#define UTFS_P_SIZE_utfs_none(c, type, name, count, t, n)
#define UTFS_P_SIZE_utfs_scalar(c, type, name, count, t, n)     + sizeof(type)
#define UTFS_P_SIZE_utfs_array(c, type, name, count, t, n)      + sizeof(type) * (count)
#define UTFS_P_SIZE_utfs_chars(c, type, name, count, t, n)      + (count)
#define UTFS_P_SIZE_utfs_string(c, type, name, count, t, n)     + 4
#define UTFS_P_SIZE_utfs_counted(c, type, name, count, t, n)    + 4
#define UTFS_P_SIZE_utfs_dynamic(c, type, name, count, t, n)    + 4

#define UTFS_P_DYNAMICS(c, f) UTFS_P_APPLY(UTFS_P_DYNAMICS_, c, f)
#define UTFS_P_DYNAMICS_utfs_none(c, type, name, count, t, n)
#define UTFS_P_DYNAMICS_utfs_scalar(c, type, name, count, t, n)
#define UTFS_P_DYNAMICS_utfs_array(c, type, name, count, t, n)
#define UTFS_P_DYNAMICS_utfs_chars(c, type, name, count, t, n)
#define UTFS_P_DYNAMICS_utfs_string(c, type, name, count, t, n)   + 1
#define UTFS_P_DYNAMICS_utfs_counted(c, type, name, count, t, n)  + 1
#define UTFS_P_DYNAMICS_utfs_dynamic(c, type, name, count, t, n)  + 1

#define UTFS_P_CHECK(c, f) UTFS_P_APPLY(UTFS_P_CHECK_, c, f)
#define UTFS_P_CHECK_utfs_none(c, type, name, count, t, n)
#define UTFS_P_CHECK_utfs_scalar(c, type, name, count, t, n)    UTFS_P_ASSERT(sizeof(type) <= 8, "type of field " n);
#define UTFS_P_CHECK_utfs_array(c, type, name, count, t, n) \
	UTFS_P_ASSERT(sizeof(type) <= 8, "type of field " n); \
	UTFS_P_ASSERT((count) > 0, "size of field " n);
#define UTFS_P_CHECK_utfs_chars(c, type, name, count, t, n)     UTFS_P_ASSERT((count) > 0, "size of field " n);
#define UTFS_P_CHECK_utfs_string(c, type, name, count, t, n)
#define UTFS_P_CHECK_utfs_counted(c, type, name, count, t, n)
#define UTFS_P_CHECK_utfs_dynamic(c, type, name, count, t, n)   UTFS_P_ASSERT(sizeof(type) <= 8, "type of field " n);

#define UTFS_P_FILL(c, f) UTFS_P_APPLY(UTFS_P_FILL_, c, f)
#define UTFS_P_FILL_utfs_none(c, type, name, count, t, n)
#define UTFS_P_FILL_utfs_scalar(c, type, name, count, t, n)     utfs_b.record.name = name;
#define UTFS_P_FILL_utfs_array(c, type, name, count, t, n) \
	utfs_p_copy(utfs_b.record.name, name, sizeof(utfs_b.record.name));
#define UTFS_P_FILL_utfs_chars(c, type, name, count, t, n) \
	utfs_p_copy_chars(utfs_b.record.name, name, sizeof(utfs_b.record.name));
#define UTFS_P_FILL_utfs_string(c, type, name, count, t, n) \
	utfs_p_piece_string(utfs_piece++, offsetof(struct c##_record, name), name, SIZE_MAX);
#define UTFS_P_FILL_utfs_counted(c, type, name, count, t, n) \
	utfs_p_piece_string(utfs_piece++, offsetof(struct c##_record, name), name, utfs_p_clamp(name##bytes));
#define UTFS_P_FILL_utfs_dynamic(c, type, name, count, t, n) \
	utfs_p_piece(utfs_piece++, offsetof(struct c##_record, name), name, \
		     utfs_p_clamp(name##count) * sizeof(type), sizeof(type));

#define UTFS_P_NAMES(c, f)                              UTFS_P_NAMES_1 f
#define UTFS_P_NAMES_1(kind, type, name, count, t, n)   t "\0" n "\0"

#define UTFS_P_ROW(c, f) UTFS_P_APPLY(UTFS_P_ROW_, c, f)
#define UTFS_P_ROW_utfs_none(c, type, name, count, t, n)        { UTFS_P_NONE, 0, 0, 0, 0 },
#define UTFS_P_ROW_utfs_scalar(c, type, name, count, t, n) \
	{ UTFS_P_SCALAR, UTFS_P_VALUE(type), offsetof(struct c##_record, name), sizeof(type), 1 },
#define UTFS_P_ROW_utfs_array(c, type, name, count, t, n) \
	{ UTFS_P_ARRAY, UTFS_P_VALUE(type), offsetof(struct c##_record, name), sizeof(type), count },
#define UTFS_P_ROW_utfs_chars(c, type, name, count, t, n) \
	{ UTFS_P_CHARS, UTFS_P_CHARACTER, offsetof(struct c##_record, name), 1, count },
#define UTFS_P_ROW_utfs_string(c, type, name, count, t, n) \
	{ UTFS_P_STRING, UTFS_P_CHARACTER, offsetof(struct c##_record, name), 1, 0 },
#define UTFS_P_ROW_utfs_counted(c, type, name, count, t, n) \
	{ UTFS_P_COUNTED, UTFS_P_CHARACTER, offsetof(struct c##_record, name), 1, 0 },
#define UTFS_P_ROW_utfs_dynamic(c, type, name, count, t, n) \
	{ UTFS_P_DYNAMIC, UTFS_P_VALUE(type), offsetof(struct c##_record, name), sizeof(type), 0 },

#define UTFS_P_NAMES_OF(system, name, ev, fields, symbols) \
	system "\0" name "\0" UTFS_P_EACH(UTFS_P_NAMES, UTFS_P_NOTHING, ev, fields) UTFS_P_SYMBOLS_NAMES symbols

#define UTFS_P_EVENT_1(system, name, fn, ev, fields) \
	UTFS_P_EVENT_3(system, name, fn, ev, fields, "", UTFS_P_NO_SYMBOLS)
#define UTFS_P_EVENT_2(system, name, fn, ev, fields, print) \
	UTFS_P_EVENT_3(system, name, fn, ev, fields, print, UTFS_P_NO_SYMBOLS)

/* The record as a C struct; a pointer's struct that nobody declared yet is declared by it, too. */
#define UTFS_P_RECORD(ev, fields)                                                                            \
	UTFS_P_EACH(UTFS_P_CHECK, UTFS_P_NOTHING, ev, fields)                                                \
	struct ev##_record {                                                                                 \
		uint16_t utfs_type;                                                                          \
		uint8_t utfs_flags, utfs_preempt_count;                                                      \
		int32_t utfs_pid;                                                                            \
		UTFS_P_EACH(UTFS_P_MEMBER, UTFS_P_NOTHING, ev, fields)                                       \
	};

#ifdef UTFS_DISABLE

#define UTFS_P_EVENT_3(system, name, fn, ev, fields, print, symbols)                                         \
	UTFS_P_RECORD(ev, fields)                                                                            \
	UTFS_P_INLINE bool fn##_enabled(void)                                                                \
	{                                                                                                    \
		return false;                                                                                \
	}                                                                                                    \
	UTFS_P_INLINE int fn##_status(void)                                                                  \
	{                                                                                                    \
		return -ENODEV;                                                                              \
	}                                                                                                    \
	UTFS_P_INLINE void fn(UTFS_P_EACH(UTFS_P_PARAM, UTFS_P_COMMA, ev, fields))                           \
	{                                                                                                    \
		UTFS_P_EACH(UTFS_P_IGNORE, UTFS_P_NOTHING, ev, fields)                                       \
	}                                                                                                    \
	UTFS_P_ASSERT(true, "")

#else

#define UTFS_P_EVENT_3(system, name, fn, ev, fields, print, symbols)                                         \
	UTFS_P_RECORD(ev, fields)                                                                            \
	struct __attribute__((aligned(8))) ev##_buffer {                                                     \
		unsigned char headroom[UTFS_P_HEADROOM];                                                     \
		struct ev##_record record;                                                                   \
	};                                                                                                   \
	static const struct {                                                                                \
		struct utfs_event_info utfs_info;                                                            \
		int64_t utfs_values[UTFS_P_SYMBOLS_NR symbols + 1];                                          \
		struct utfs_event_field utfs_fields[UTFS_P_NARGS fields];                                    \
		char utfs_print[sizeof(print)];                                                              \
		char utfs_names[sizeof(UTFS_P_NAMES_OF(system, name, ev, fields, symbols))];                 \
	} ev##_described = {                                                                                 \
		{ sizeof(struct ev##_record), UTFS_P_NARGS fields, UTFS_P_SYMBOLS_NR symbols },              \
		{ UTFS_P_SYMBOLS_VALUES symbols 0 },                                                         \
		{ UTFS_P_EACH(UTFS_P_ROW, UTFS_P_NOTHING, ev, fields) },                                     \
		print,                                                                                       \
		UTFS_P_NAMES_OF(system, name, ev, fields, symbols)                                           \
	};                                                                                                   \
	__attribute__((used, section("utfs_events"))) static struct utfs_event ev = {                        \
		&ev.never, 0, 0, -EAGAIN, 0, &ev##_described.utfs_info, { 0, 0, 0 }                          \
	};                                                                                                   \
	__attribute__((noinline, unused, section(".text.unlikely.utracefs"))) static void                    \
	ev##_write(UTFS_P_EACH(UTFS_P_PARAM, UTFS_P_COMMA, ev, fields))                                      \
	{                                                                                                    \
		struct utfs_event_piece utfs_pieces[1 UTFS_P_EACH(UTFS_P_DYNAMICS, UTFS_P_NOTHING, ev, fields)]; \
		struct utfs_event_piece *utfs_piece = utfs_pieces;                                           \
		struct ev##_buffer utfs_b;                                                                   \
                                                                                                             \
		/* Padding holds what was on the stack before: nobody else's business. */                    \
		if (8 UTFS_P_EACH(UTFS_P_SIZE, UTFS_P_NOTHING, ev, fields) != sizeof(utfs_b.record))         \
			memset(&utfs_b.record, 0, sizeof(utfs_b.record));                                    \
		UTFS_P_EACH(UTFS_P_FILL, UTFS_P_NOTHING, ev, fields)                                         \
		if (sizeof(utfs_pieces) / sizeof(utfs_pieces[0]) > 1)                                        \
			utfs_event_write_pieces(&ev, &utfs_b, sizeof(utfs_b.record), utfs_pieces,            \
						UTFS_P_TO(unsigned int, utfs_piece - utfs_pieces));          \
		else                                                                                         \
			utfs_event_write(&ev, &utfs_b, sizeof(utfs_b.record));                               \
	}                                                                                                    \
	UTFS_P_INLINE bool fn##_enabled(void)                                                                \
	{                                                                                                    \
		return utfs_p_event_enabled(&ev);                                                            \
	}                                                                                                    \
	UTFS_P_INLINE int fn##_status(void)                                                                  \
	{                                                                                                    \
		return __atomic_load_n(&ev.status, __ATOMIC_RELAXED);                                        \
	}                                                                                                    \
	UTFS_P_INLINE void fn(UTFS_P_EACH(UTFS_P_PARAM, UTFS_P_COMMA, ev, fields))                           \
	{                                                                                                    \
		if (utfs_p_event_enabled(&ev))                                                               \
			ev##_write(UTFS_P_EACH(UTFS_P_ARGUMENT, UTFS_P_COMMA, ev, fields));                  \
	}                                                                                                    \
	UTFS_P_ASSERT(UTFS_P_NARGS fields <= UTFS_P_FIELDS_MAX &&                                            \
			      sizeof(struct ev##_record) <= UTFS_EVENT_RECORD_MAX - UTFS_P_FIELDS_MAX,       \
		      "event " system ":" name ": too many fields, or too long")

#endif
/* clang-format on */

#endif
