/* SPDX-License-Identifier: MIT */
/* utracefs enable, disable. */
#include <errno.h>
#include <getopt.h>

#include "cli/enable.h"
#include "cli/event-names.h"

/* Return: exit status. */
static int complain_of(struct utfs_trace *trace, const char *instance, const char *pattern,
		       int error)
{
	struct utfs_event_names names;
	int status;

	if (error != -EINVAL)
		return utfs_cli_complain_in(
			trace, error == -ENOENT && instance ? instance : pattern, error);
	if (utfs_event_names_read(trace, &names))
		status = utfs_cli_complain(pattern, error);
	else
		status = utfs_event_names_complain(&names, pattern);
	utfs_event_names_fini(&names);
	return status;
}

static int change(const struct utfs_command *command, int argc, char **argv,
		  int (*act)(struct utfs_trace *trace, const char *instance, const char *pattern,
			     bool pending))
{
	static const struct option longs[] = {
		{"instance", required_argument, NULL, 'B'},
		{"pending", no_argument, NULL, 'p'},
		{0},
	};
	const char *instance = NULL;
	struct utfs_trace *trace;
	bool pending = false;
	int opt, status = 0;

	while ((opt = getopt_long(argc, argv, "B:p", longs, NULL)) != -1) {
		if (opt == 'B')
			instance = optarg;
		else if (opt == 'p')
			pending = true;
		else
			return utfs_cli_usage(command);
	}
	if (optind == argc)
		return utfs_cli_usage(command);
	if (utfs_cli_open(&trace))
		return UTFS_CLI_FAILED;
	for (int i = optind; i < argc; i++) {
		int ret = act(trace, instance, argv[i], pending);

		if (ret)
			status = complain_of(trace, instance, argv[i], ret);
	}
	utfs_trace_close(trace);
	return status;
}

int utfs_cmd_enable(const struct utfs_command *command, int argc, char **argv)
{
	return change(command, argc, argv, utfs_cli_enable);
}

int utfs_cmd_disable(const struct utfs_command *command, int argc, char **argv)
{
	return change(command, argc, argv, utfs_cli_disable);
}
