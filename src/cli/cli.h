/* SPDX-License-Identifier: MIT */
/*
 * The utracefs command: the tree without a mount, and mounts of it.
 *
 * What it is for: people and scripts. It opens the arena of $UTRACEFS_DIR (or the user's default) and works on the tree as a mount would.
 * Each command is one file, cmd-NAME.c, one row of the table in commands.c, and one of main.c's. Only here errors become words: "utracefs: PATH: what is
 * wrong" on the standard error.
 */
#ifndef UTFS_CLI_CLI_H
#define UTFS_CLI_CLI_H

#include "trace/trace.h"

/* Exit statuses, of all commands. docs/man/utracefs.1 has the same table. */
enum utfs_cli_status {
	UTFS_CLI_DONE = 0,
	UTFS_CLI_FAILED =
		1, /* what was asked for could not be done, or not all of it; doctor: something does not work */
	UTFS_CLI_USAGE = 2,
	/* As the shell, env(1) and others have it, of commands that run another: exec, record, report. Else it is that command's. */
	UTFS_CLI_NOT_EXECUTABLE = 126,
	UTFS_CLI_NOT_FOUND = 127,
	UTFS_CLI_SIGNAL = 128, /* and the signal's number: the other command died of it */
	/* As fsck(8). */
	UTFS_CLI_FSCK_REPAIRED = 1,
	UTFS_CLI_FSCK_LEFT = 4,
	UTFS_CLI_FSCK_FAILED = 8,
};

struct utfs_command {
	const char *name;
	const char *arguments; /* one line, for the synopsis */
	const char *summary;   /* one line */
	const char *help;      /* more, or NULL */
	const char *example;   /* lines, each a command */
};

extern const struct utfs_command utfs_commands[]; /* ends with a row without a name */

/* What a program runs of them. argv[0] is "utracefs". Return: exit status. */
struct utfs_runner {
	const char *name;
	int (*run)(const struct utfs_command *command, int argc, char **argv);
};

/* utfs_cli_dispatch - all of main(): runners ends with a row without a name. Return: exit status. */
int utfs_cli_dispatch(const struct utfs_runner *runners, int argc, char **argv);

/* The commands: each is a runner's run(). */
int utfs_cmd_list(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_enable(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_disable(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_record(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_export(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_report(const struct utfs_command *command, int argc, char **argv);
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
int utfs_cmd_doctor(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_view(const struct utfs_command *command, int argc, char **argv);
/* Hands a command on to the program utracefs-recordings. */
int utfs_cmd_recordings(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_help(const struct utfs_command *command, int argc, char **argv);
int utfs_cmd_version(const struct utfs_command *command, int argc, char **argv);

/*
 * utfs_cli_complain - say what is wrong with subject (a path), by errno (positive or negative)
 * Return: UTFS_CLI_FAILED, for the caller to hand on.
 */
int utfs_cli_complain(const char *subject, int error);

/* utfs_cli_catch_bus_errors - from now on an arena that is cut ends this process with a message and UTFS_CLI_FAILED. */
void utfs_cli_catch_bus_errors(void);

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
 * utfs_cli_guess - is `name` so near to `word` that it may be meant? The nearest is kept in *guess, which starts as {word}
 * and is printed by utfs_cli_did_you_mean() as "; did you mean 'NAME'?" on the standard error, if there is one.
 */
#define UTFS_CLI_GUESS_BYTES 64
struct utfs_cli_guess {
	const char *word;
	unsigned int distance; /* of best; changes of one character */
	char best[UTFS_CLI_GUESS_BYTES];
};
void utfs_cli_guess(struct utfs_cli_guess *guess, const char *name);
void utfs_cli_did_you_mean(const struct utfs_cli_guess *guess);

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

/* What is in a directory, by name, without "." and "..". */
struct utfs_cli_row {
	char *name;
	struct eventfs_attr attr;
};
struct utfs_cli_rows {
	struct utfs_cli_row *row;
	size_t count;
	size_t cap;
	int error;
};

/* utfs_cli_rows_read - *rows is to be given to utfs_cli_rows_fini(), whatever is returned. Return: 0; negative errno. */
int utfs_cli_rows_read(struct eventfs *fs, uint64_t directory, struct utfs_cli_rows *rows);
void utfs_cli_rows_fini(struct utfs_cli_rows *rows);

/*
 * utfs_cli_path - "NAME" at the root, "instances/INSTANCE/NAME" in an instance; instance NULL: the root
 * Return: path; NULL, it does not fit.
 */
#define UTFS_CLI_PATH_BYTES (3 * EVENTFS_NAME_MAX + 64)
const char *utfs_cli_path(char path[UTFS_CLI_PATH_BYTES], const char *instance, const char *name);

/*
 * utfs_cli_read_file - all of a file, with a NUL behind it; *text is to be given to eventfs_text_fini(), whatever is returned
 * Return: 0; negative errno.
 */
int utfs_cli_read_file(struct utfs_trace *trace, const char *path, struct eventfs_text *text);

/* utfs_cli_write - all of it, in as many writes as the file wants, from *off on. Return: 0; negative errno. */
int utfs_cli_write(struct eventfs_file *file, const char *buf, size_t len_bytes, off_t *off);

/* utfs_cli_write_file - open, write the text in one write, close; flags as O_APPEND. Return: 0; negative errno. */
int utfs_cli_write_file(struct utfs_trace *trace, const char *path, int flags, const char *text);

/*
 * utfs_cli_on_directories - run `act` for each path, split into its directory and its last name; complains about those that fail
 * Return: exit status.
 */
int utfs_cli_on_directories(const struct utfs_command *command, int argc, char **argv,
			    int (*act)(struct eventfs *fs, uint64_t parent, const char *name));

#endif
