/* SPDX-License-Identifier: MIT */
/* What a library has that may be built without utracefs, in the common part of C and C++: with the stub it is nothing. */
#ifdef WITH_UTRACEFS
#include <utracefs/utracefs.h>
#endif
#include <utracefs/stub.h>

enum kind { NOTHING, SOMETHING = 7 };
int library_work(const char *text, va_list arguments);

UTFS_EVENT(library, scalars,
	   UTFS_FIELDS(UTFS_FIELD(enum kind, kind), UTFS_FIELD(double, d), UTFS_FIELD(void *, p),
		       UTFS_FIELD(int, class), UTFS_FIELD(int, errno)),
	   UTFS_PRINT("%s", __print_symbolic(REC->kind, {NOTHING, "nothing"}, {SOMETHING, "some"})),
	   UTFS_SYMBOLS(NOTHING, SOMETHING));
UTFS_EVENT(library, arrays,
	   UTFS_FIELDS(UTFS_ARRAY(int, a, 3), UTFS_CHARS(c, 16), UTFS_STRING(d), UTFS_STRING_LEN(e),
		       UTFS_DYNAMIC_ARRAY(double, f)),
	   UTFS_PRINT("%s", __get_str(d)));
UTFS_EVENT(library, none, UTFS_NO_FIELDS);
UTFS_EVENT(library, unused, UTFS_FIELDS(UTFS_STRING(text)));

int library_work(const char *text, va_list arguments)
{
	static const int ints[] = {1, 2, 3};
	static const double doubles[] = {0.5};

	trace_library_scalars(SOMETHING, 2.5, &arguments, 1, 2);
	trace_library_arrays(ints, text, text, text, 3, doubles, 1);
	trace_library_none();
	if (trace_library_none_enabled() && !trace_library_none_status())
		utfs_printf("%s", text);
	utfs_marker(text, 1);
	return 17;
}
