/* SPDX-License-Identifier: MIT */
/* An arena's file that somebody cuts while it is mapped: who touches what is gone gets a signal, which a command turns into words. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static void bus_report(int number)
{
	static const char said[] = "utracefs: the arena's file was cut while it was in use; fsck "
				   "--repair makes what is left usable\n";

	(void)number;
	(void)!write(STDERR_FILENO, said, sizeof(said) - 1);
	/* Nothing of this process can be relied on any more: what it had in the arena is released as that of one that was killed. */
	_exit(UTFS_CLI_FAILED);
}

void utfs_cli_catch_bus_errors(void)
{
	struct sigaction action = {.sa_handler = bus_report};

	(void)sigaction(SIGBUS, &action, NULL);
}
