/* SPDX-License-Identifier: MIT */
/* Every kind of declaration and every public call, in the common part of C and C++. */
#include <utracefs/utracefs.h>

#include <inttypes.h>

enum everything { NOTHING, SOMETHING = 7, NEGATIVE = -1 };
void everything(const char *text, va_list arguments);

UTFS_EVENT(every, integers,
	   UTFS_FIELDS(UTFS_FIELD(int8_t, a), UTFS_FIELD(uint8_t, b), UTFS_FIELD(int16_t, c),
		       UTFS_FIELD(uint16_t, d), UTFS_FIELD(int32_t, e), UTFS_FIELD(uint32_t, f),
		       UTFS_FIELD(int64_t, g), UTFS_FIELD(uint64_t, h), UTFS_FIELD(char, i),
		       UTFS_FIELD(signed char, j), UTFS_FIELD(unsigned char, k),
		       UTFS_FIELD(short, l), UTFS_FIELD(unsigned short, m), UTFS_FIELD(int, n),
		       UTFS_FIELD(unsigned int, o), UTFS_FIELD(long, p),
		       UTFS_FIELD(unsigned long, q), UTFS_FIELD(long long, r),
		       UTFS_FIELD(unsigned long long, s), UTFS_FIELD(size_t, t),
		       UTFS_FIELD(ptrdiff_t, u), UTFS_FIELD(bool, v)));
UTFS_EVENT(every, others,
	   UTFS_FIELDS(UTFS_FIELD(enum everything, kind), UTFS_FIELD(float, f),
		       UTFS_FIELD(double, d), UTFS_FIELD(void *, p), UTFS_FIELD(const char *, q),
		       UTFS_FIELD(struct unknown *, r)),
	   UTFS_PRINT("%s %" PRIu64,
		      __print_symbolic(REC->kind, {NOTHING, "nothing"}, {SOMETHING, "some"}),
		      REC->p),
	   UTFS_SYMBOLS(NOTHING, SOMETHING, NEGATIVE));
UTFS_EVENT(every, arrays,
	   UTFS_FIELDS(UTFS_ARRAY(int, a, 3), UTFS_ARRAY(unsigned char, b, 6), UTFS_CHARS(c, 16),
		       UTFS_STRING(d), UTFS_STRING_LEN(e), UTFS_DYNAMIC_ARRAY(double, f),
		       UTFS_ARRAY(float, g, 1 + 1)),
	   UTFS_PRINT("%s", __get_str(d)));
UTFS_EVENT(every, none, UTFS_NO_FIELDS);
UTFS_EVENT(every, unused, UTFS_FIELDS(UTFS_STRING(text)));
UTFS_EVENT(every, words,
	   UTFS_FIELDS(UTFS_FIELD(int, class), UTFS_FIELD(int, errno), UTFS_FIELD(int, this)));

void everything(const char *text, va_list arguments)
{
	static const int ints[] = {1, 2, 3};
	static const unsigned char bytes[] = {1, 2, 3, 4, 5, 6};
	static const double doubles[] = {0.5};
	static const float floats[] = {0.5F, 0.25F};
	static struct utfs_runtime_event event;
	static struct unknown *nobody;
	struct utfs_status status;

	trace_every_integers(1, 2, 3, 4, 5, 6, 7, 8, 'i', 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
			     20, 21, true);
	trace_every_others(SOMETHING, 1.5F, 2.5, &event, text, nobody);
	trace_every_arrays(ints, bytes, text, text, text, 3, doubles, 1, floats);
	trace_every_none();
	trace_every_words(1, 2, 3);
	if (trace_every_none_enabled() && !trace_every_none_status())
		utfs_printf("%s", text);
	utfs_vprintf(text, arguments);
	utfs_marker(text, 1);
	utfs_status_get(&status);
	if (status.state == UTFS_STATE_ACTIVE &&
	    !utfs_runtime_event_register(&event, "every_run u32 id"))
		utfs_runtime_event_write(&event, ints, 4);
	if (utfs_runtime_event_enabled(&event))
		utfs_runtime_event_unregister(&event);
}
