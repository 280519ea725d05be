/* SPDX-License-Identifier: MIT */
/* Finds the command and runs it, and tells of them. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const struct utfs_command *command_find(const char *name)
{
	struct utfs_cli_guess guess = {.word = name};
	const struct utfs_command *command;

	for (command = utfs_commands; command->name; command++) {
		if (strcmp(command->name, name) == 0)
			return command;
		utfs_cli_guess(&guess, command->name);
	}
	fprintf(stderr, "utracefs: no command '%s'", name);
	utfs_cli_did_you_mean(&guess);
	fputs(*guess.best ? "\n" : "; see 'utracefs help'\n", stderr);
	return NULL;
}

static void print_help(const struct utfs_command *command)
{
	const char *example = command->example;

	printf("usage: utracefs %s%s%s\n\n%s.\n%s", command->name, *command->arguments ? " " : "",
	       command->arguments, command->summary, command->help ? command->help : "");
	puts(strchr(example, '\n') ? "\nExamples:" : "\nExample:");
	while (*example) {
		int bytes = (int)strcspn(example, "\n");

		printf("  utracefs %.*s\n", bytes, example);
		example += bytes;
		example += *example == '\n';
	}
}

static void print_commands(FILE *out)
{
	const struct utfs_command *command;

	fputs("usage: utracefs COMMAND [ARGUMENT...]\n\n", out);
	for (command = utfs_commands; command->name; command++)
		fprintf(out, "  %-10s%s\n", command->name, command->summary);
	fputs("\n'utracefs help COMMAND' says more of one, with an example.\n"
	      "A PATH starts at the tree's root. The tree is that of $UTRACEFS_DIR, or else the "
	      "user's.\n"
	      "Exit status: 0 done, 1 failed, 2 wrong usage; exec, record and report: that of the "
	      "command they ran, "
	      "126 it cannot be run, 127 there is none; fsck: 1 repaired, 4 something is left, 8 "
	      "not checked.\n",
	      out);
}

int utfs_cmd_help(const struct utfs_command *command, int argc, char **argv)
{
	const struct utfs_command *about;

	if (argc > 2)
		return utfs_cli_usage(command);
	if (argc == 1) {
		print_commands(stdout);
		return utfs_cli_flushed();
	}
	about = command_find(argv[1]);
	if (!about)
		return UTFS_CLI_USAGE;
	print_help(about);
	return utfs_cli_flushed();
}

int utfs_cmd_version(const struct utfs_command *command, int argc, char **argv)
{
	if (argc > 1)
		return utfs_cli_usage(command);
	puts("utracefs " UTFS_VERSION);
	return utfs_cli_flushed();
}

static const struct utfs_runner *runner_find(const struct utfs_runner *runner, const char *name)
{
	while (runner->name && strcmp(runner->name, name) != 0)
		runner++;
	return runner->name ? runner : NULL;
}

int utfs_cli_dispatch(const struct utfs_runner *runners, int argc, char **argv)
{
	static char program[] = "utracefs";
	const struct utfs_command *command;
	const struct utfs_runner *runner;
	const char *name;

	if (argc < 2) {
		print_commands(stderr);
		return UTFS_CLI_USAGE;
	}
	name = argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	else if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
		name = "version";
	command = command_find(name);
	if (!command)
		return UTFS_CLI_USAGE;
	if (argc > 2 && strcmp(argv[2], "--help") == 0) {
		print_help(command);
		return utfs_cli_flushed();
	}
	runner = runner_find(runners, name);
	if (!runner) {
		fprintf(stderr, "utracefs: %s: this is a part of the program, run by 'utracefs'\n",
			name);
		return UTFS_CLI_USAGE;
	}
	utfs_cli_catch_bus_errors();
	/* getopt(3) begins its messages with it. */
	argv[1] = program;
	return runner->run(command, argc - 1, argv + 1);
}
