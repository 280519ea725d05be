/* SPDX-License-Identifier: MIT */
/* The table of commands, and what they share. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

#define BUSY_TRIES 7

const struct utfs_command utfs_commands[] = {
	{"ls", "[-l] [PATH...]", "list a directory", "  -l   with mode, owner, group and size\n",
	 utfs_cmd_ls},
	{"cat", "PATH...", "print files; trace_pipe until Ctrl-C", NULL, utfs_cmd_cat},
	{"write", "[-a] PATH [TEXT...]", "write TEXT and a newline, or the standard input",
	 "Opens PATH as the shell's '>' does, which empties `trace` and `set_event`.\n"
	 "  -a   as '>>': add, do not empty first\n",
	 utfs_cmd_write},
	{"mkdir", "PATH...", "make an instance: mkdir instances/NAME", NULL, utfs_cmd_mkdir},
	{"rmdir", "PATH...", "remove an instance", NULL, utfs_cmd_rmdir},
	{"mount", "[-f] [-o OPTIONS] DIR", "mount the tree at DIR; returns when it is there",
	 "  -f   stay in the foreground; Ctrl-C unmounts\n"
	 "  -o   uid=ID, gid=ID, mode=OCTAL, and those of FUSE: allow_other, ro, ...\n",
	 utfs_cmd_mount},
	{"umount", "DIR", "unmount DIR and end its server", NULL, utfs_cmd_umount},
	{"exec", "[-m DIR] [--] COMMAND [ARGUMENT...]",
	 "run a tool that finds the tree where it expects the kernel's",
	 "The tool, trace-cmd for example, runs in a mount namespace of its own, without root in a "
	 "user namespace as well. "
	 "Signals reach it, its exit status is returned; 126 and 127 are for a COMMAND that cannot "
	 "be run or is not found.\n"
	 "  -m   the tree that is mounted at DIR already, instead of a mount for this command\n",
	 utfs_cmd_exec},
	{"init", "[--gid=GROUP] [--locked] [--size=BYTES[K|M|G]]",
	 "make the shared memory ahead of use, for a group for example",
	 "Fails when it is there already. Without it, who comes first makes it, for one user.\n"
	 "  --gid      for the members of GROUP, a name or a number: directory 2770, file 0660. "
	 "Root does this; what another user makes for a group only that user can use.\n"
	 "  --locked   without restartable sequences: slower, for programs that cannot have them\n"
	 "  --size     the most it can grow to\n",
	 utfs_cmd_init},
	{"top", "[-i SECONDS] [--once] [INSTANCE]", "show how often events are recorded, by name",
	 "Looks at what is recorded; programs do not notice. Where there is too much to look at "
	 "all of it, "
	 "rates are estimated from a part and marked with a '~'. Ctrl-C ends it.\n"
	 "  -i, --interval   time between two pictures (1 second)\n"
	 "  --once           one picture, then end\n",
	 utfs_cmd_top},
	{"hist", "[-al] [-i SECONDS] [-v VALUE] [INSTANCE/]SYSTEM:EVENT",
	 "draw the histograms of an event",
	 "They are made by a hist trigger: utracefs write events/SYSTEM/EVENT/trigger "
	 "hist:keys=FIELD\n"
	 "  -a, --all        all rows, and no groups of numbers where there are many\n"
	 "  -i, --interval   a new picture so often, until Ctrl-C\n"
	 "  -l, --log2       numbers in groups, each twice as large as the one before\n"
	 "  -v, --value      what the bars show, instead of the hitcount\n",
	 utfs_cmd_hist},
	{"fsck", "[--repair] [--json] [DIR]", "check the shared memory, and repair it",
	 "DIR is that of another tree, or a file. Programs may go on; a file that nobody uses is "
	 "only "
	 "read.\n"
	 "  --repair   mend what can be\n"
	 "  --json     say it for programs\n"
	 "Exit status: 0 all is well, 1 all was repaired, 4 something is left, 8 it could not be "
	 "checked.\n",
	 utfs_cmd_fsck},
	{"help", "[COMMAND]", "say how commands are used", NULL, utfs_cmd_help},
	{"version", "", "print the version", NULL, utfs_cmd_version},
	{0},
};

static const struct utfs_command *find_command(const char *name)
{
	const struct utfs_command *command;

	for (command = utfs_commands; command->name; command++) {
		if (strcmp(command->name, name) == 0)
			return command;
	}
	return NULL;
}

int utfs_cli_complain(const char *subject, int error)
{
	fprintf(stderr, "utracefs: %s: %s\n", subject, strerror(abs(error)));
	return UTFS_CLI_FAILED;
}

int utfs_cli_complain_in(const struct utfs_trace *trace, const char *subject, int error)
{
	char holder[UTFS_TRACE_HOLDER_BYTES];

	if (abs(error) != ETIMEDOUT || !utfs_trace_holder(trace, holder))
		return utfs_cli_complain(subject, error);
	fprintf(stderr, "utracefs: %s: %s has a lock of the tree and does not go on\n", subject,
		holder);
	return UTFS_CLI_FAILED;
}

int utfs_cli_usage(const struct utfs_command *command)
{
	fprintf(stderr, "usage: utracefs %s %s\n", command->name, command->arguments);
	return UTFS_CLI_USAGE;
}

int utfs_cli_open(struct utfs_trace **trace)
{
	char why[UTFS_TRACE_WHY_BYTES] = "";

	if (utfs_trace_open(NULL, trace, why) == 0)
		return 0;
	fprintf(stderr, "utracefs: %s\n", why);
	return UTFS_CLI_FAILED;
}

struct eventfs_request utfs_cli_request(void)
{
	return (struct eventfs_request){
		.tid = gettid(),
		.uid = geteuid(),
		.gid = getegid(),
	};
}

bool utfs_cli_busy_again(unsigned int *tries)
{
	/* 1, 2, 4 ... 64 ms */
	if (*tries == BUSY_TRIES)
		return false;
	usleep(1000u << *tries);
	++*tries;
	return true;
}

int utfs_cli_open_file(struct utfs_trace *trace, const char *path, int flags,
		       struct eventfs_file **file)
{
	struct eventfs_request who = utfs_cli_request();
	struct eventfs_attr attr;
	unsigned int tries = 0;
	int ret;

	do {
		ret = eventfs_walk(utfs_trace_fs(trace), path, &attr);
		if (ret == 0)
			ret = eventfs_open(utfs_trace_fs(trace), attr.id, &who, flags, file);
	} while (ret == -EBUSY && utfs_cli_busy_again(&tries));
	return ret;
}

/* Cuts off slashes at the end; *name is what follows the last one of the others. */
static char *split_path(const char *path, const char **name)
{
	char *copy = strdup(path);
	size_t len_bytes;
	char *slash;

	if (!copy)
		return NULL;
	for (len_bytes = strlen(copy); len_bytes > 0 && copy[len_bytes - 1] == '/'; len_bytes--)
		copy[len_bytes - 1] = '\0';
	slash = strrchr(copy, '/');
	if (slash)
		*slash = '\0';
	*name = slash ? slash + 1 : copy;
	return copy;
}

static int on_directory(struct eventfs *fs, const char *path,
			int (*act)(struct eventfs *fs, uint64_t parent, const char *name))
{
	struct eventfs_attr parent;
	const char *name;
	char *copy = split_path(path, &name);
	int ret;

	if (!copy)
		return -ENOMEM;
	ret = eventfs_walk(fs, name == copy ? "" : copy, &parent);
	/* A path of slashes is the root: as a name that is ".". */
	if (ret == 0)
		ret = act(fs, parent.id, *name || !*path ? name : ".");
	free(copy);
	return ret;
}

int utfs_cli_on_directories(const struct utfs_command *command, int argc, char **argv,
			    int (*act)(struct eventfs *fs, uint64_t parent, const char *name))
{
	struct utfs_trace *trace;
	int status = 0;

	if (argc < 2 || argv[1][0] == '-')
		return utfs_cli_usage(command);
	if (utfs_cli_open(&trace))
		return UTFS_CLI_FAILED;
	for (int i = 1; i < argc; i++) {
		int ret = on_directory(utfs_trace_fs(trace), argv[i], act);

		if (ret)
			status = utfs_cli_complain_in(trace, argv[i], ret);
	}
	utfs_trace_close(trace);
	return status;
}

static void print_help(const struct utfs_command *command)
{
	printf("usage: utracefs %s %s\n\n%s.\n%s", command->name, command->arguments,
	       command->summary, command->help ? command->help : "");
}

static void print_commands(FILE *out)
{
	const struct utfs_command *command;

	fputs("usage: utracefs COMMAND [ARGUMENT...]\n\n", out);
	for (command = utfs_commands; command->name; command++)
		fprintf(out, "  %-8s%-24s%s\n", command->name, command->arguments,
			command->summary);
	fputs("\nA PATH starts at the tree's root. The tree is that of $UTRACEFS_DIR, or else the "
	      "user's.\n",
	      out);
}

int utfs_cli_flushed(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return utfs_cli_complain("standard output", errno);
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
	about = find_command(argv[1]);
	if (!about) {
		fprintf(stderr, "utracefs: no command '%s'\n", argv[1]);
		return UTFS_CLI_USAGE;
	}
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

int main(int argc, char **argv)
{
	const struct utfs_command *command;
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
	command = find_command(name);
	if (!command) {
		fprintf(stderr, "utracefs: no command '%s'; see 'utracefs help'\n", argv[1]);
		return UTFS_CLI_USAGE;
	}
	if (argc > 2 && strcmp(argv[2], "--help") == 0) {
		print_help(command);
		return utfs_cli_flushed();
	}
	return command->run(command, argc - 1, argv + 1);
}
