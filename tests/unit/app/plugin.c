/* SPDX-License-Identifier: MIT */
/* A shared object with events. Built three times: PLUGIN_CONFLICT declares other fields, PLUGIN_OTHER one event more. */
#include <utracefs/utracefs.h>

#ifdef PLUGIN_CONFLICT
UTFS_EVENT(plugin, hello, UTFS_FIELDS(UTFS_FIELD(long, n)));
#else
UTFS_EVENT(plugin, hello, UTFS_FIELDS(UTFS_FIELD(int, n)));
#endif
#ifdef PLUGIN_OTHER
UTFS_EVENT(plugin, other, UTFS_FIELDS(UTFS_FIELD(int, n)));
#endif

UTFS_API void plugin_emit(int n);
UTFS_API void plugin_emit(int n)
{
	trace_plugin_hello(n);
#ifdef PLUGIN_OTHER
	trace_plugin_other(n);
#endif
}

UTFS_API int plugin_status(void);
UTFS_API int plugin_status(void)
{
	return trace_plugin_hello_status();
}
