/* SPDX-License-Identifier: MIT */
/* Events by pattern (cli/event-names.h), turned on and off. */
#ifndef UTFS_CLI_ENABLE_H
#define UTFS_CLI_ENABLE_H

#include "cli/cli.h"

/*
 * In an instance, NULL: the root. pending: also those that match and are registered later; then it is no error that none is there.
 * Return: 0; -EINVAL no event matches; -ENOENT no such instance; errno of the files set_event and pending_events.
 */
int utfs_cli_enable(struct utfs_trace *trace, const char *instance, const char *pattern,
		    bool pending);
int utfs_cli_disable(struct utfs_trace *trace, const char *instance, const char *pattern,
		     bool pending);

#endif
