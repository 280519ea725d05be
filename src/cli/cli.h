/* SPDX-License-Identifier: MIT */
/*
 * The utracefs command: the tree without a mount, and mounts of it.
 *
 * What it is for: people and scripts. It opens the arena of $UTRACEFS_DIR (or the user's default) and works on the tree as a mount would.
 * Each command is one file, cmd-NAME.c, and one row of the table in main.c. Only here errors become words: "utracefs: PATH: what is
 * wrong" on the standard error, exit status 1; wrong usage is exit status 2.
 */
#ifndef UTFS_CLI_CLI_H
#define UTFS_CLI_CLI_H

#include "trace/trace.h"

#define UTFS_CLI_FAILED 1
#define UTFS_CLI_USAGE	2

struct utfs_command {
	const char *name;
	const char *arguments; /* one line, for the synopsis */
	const char *summary;   /* one line */
	const char *help;      /* more, or NULL */
	/* argv[0] is the command's name. Return: exit status. */
	int (*run)(const struct utfs_command *command, int argc, char **argv);
};

extern const struct utfs_command utfs_commands[]; /* ends with a row without a name */

/* The commands: each is a row's run(). */
int utfs_cmd_ls(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_cat(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_write(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_mkdir(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_rmdir(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_mount(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_umount(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_exec(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_init(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_top(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_hist(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_fsck(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_help(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_version(const struct utfs_command *command, int argc, char **argv);

/*
 * utfs_cli_complain - say what is wrong with subject (a path), by errno (positive or negative)
 * Return: UTFS_CLI_FAILED, for the caller to hand on.
 */
int utfs_cli_complain(const char *subject, int error);

/* utfs_cli_flushed - at the end: what was printed has to have arrived. Return: 0; UTFS_CLI_FAILED, which it has said. */
int utfs_cli_flushed(void);

/*
 * utfs_cli_complain_in - the same of something in an open tree: of a lock that is not to be had it says who has it
 * Return: UTFS_CLI_FAILED.
 */
int utfs_cli_complain_in(const struct utfs_trace *trace, const char *subject, int error);

/* utfs_cli_usage - say how a command is used. Return: UTFS_CLI_USAGE. */
int utfs_cli_usage(const struct utfs_command *command);

/*
 * utfs_cli_open - open the arena; says why if it cannot
 * Return: 0 with *trace, which the caller closes; UTFS_CLI_FAILED.
 */
int utfs_cli_open(struct utfs_trace **trace);

/* utfs_cli_request - who we are. Return: so. */
struct eventfs_request utfs_cli_request(void);

/*
 * utfs_cli_busy_again - after -EBUSY: is it worth another try? Sleeps a little before it says yes. What was closed through a mount is closed a
 * moment later here (src/fuse/busy.c). *tries starts at 0.
 * Return: true: try again.
 */
bool utfs_cli_busy_again(unsigned int *tries);

/* utfs_cli_open_file - eventfs_walk() and eventfs_open(), with patience. Return: 0 with *file; negative errno. */
int utfs_cli_open_file(struct utfs_trace *trace, const char *path, int flags,
		       struct eventfs_file **file);

/*
 * utfs_cli_on_directories - run `act` for each path, split into its directory and its last name; complains about those that fail
 * Return: exit status.
 */
int utfs_cli_on_directories(const struct utfs_command *command, int argc, char **argv,
			    int (*act)(struct eventfs *fs, uint64_t parent, const char *name));

#endif
