/* SPDX-License-Identifier: MIT */
/* A program of somebody who has installed utracefs; C and C++. */
#include <stdio.h>
#include <stdlib.h>
#include <utracefs/utracefs.h>

UTFS_EVENT(installed, step, UTFS_FIELDS(UTFS_FIELD(int, number), UTFS_STRING(text)),
	   UTFS_PRINT("%d: %s", REC->number, __get_str(text)));

int main(int argc, char **argv)
{
	struct utfs_status status;

	for (int i = 1; i < argc; i++)
		trace_installed_step(i, argv[i]);
	utfs_status_get(&status);
	printf("%s\n", status.text);
	return status.state == UTFS_STATE_ACTIVE ? EXIT_SUCCESS : EXIT_FAILURE;
}
