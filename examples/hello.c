/* SPDX-License-Identifier: MIT */
#include <utracefs/utracefs.h>

UTFS_EVENT(hello, greeting, UTFS_FIELDS(UTFS_FIELD(int, number), UTFS_STRING(name)),
	   UTFS_PRINT("hello %s, this is number %d", __get_str(name), REC->number));

int main(int argc, char **argv)
{
	for (int i = 0; i < 10; i++)
		trace_hello_greeting(i, argc > 1 ? argv[1] : "world");
	return 0;
}
