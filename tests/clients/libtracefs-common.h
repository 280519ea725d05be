/* SPDX-License-Identifier: MIT */
/* What the programs that use libtracefs share. They run in `utracefs exec`; $UTFS_EMITTER is what they trace. */
#ifndef TESTS_CLIENTS_LIBTRACEFS_COMMON_H
#define TESTS_CLIENTS_LIBTRACEFS_COMMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event-parse.h>
#include <tracefs.h>

extern struct tep_handle *events; /* all formats; libtracefs takes long to read them */

/* cmocka's: of a group. */
int load_events(void **state);
int free_events(void **state);

/* emitter WHAT FIRST SECOND, to its end */
void emit(const char *what, unsigned int first, unsigned int second);

#endif
