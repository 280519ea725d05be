/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "libtracefs-common.h"

struct tep_handle *events;

int load_events(void **state)
{
	tracefs_set_loglevel(TEP_LOG_NONE);
	if (system("\"$UTFS_EMITTER\" ticks 1 1 >/dev/null"))
		return -1;
	events = tracefs_local_events(NULL);
	return events ? 0 : -1;
}

int free_events(void **state)
{
	tep_free(events);
	return 0;
}

void emit(const char *what, unsigned int first, unsigned int second)
{
	char command[4096];

	snprintf(command, sizeof(command), "\"$UTFS_EMITTER\" %s %u %u >/dev/null", what, first,
		 second);
	assert_int_equal(system(command), 0);
}
