/* SPDX-License-Identifier: MIT */
/*
 * What commands share that show something again and again: waiting, the terminal's size, colours, and an end by a signal that leaves
 * the terminal as it was. Where the standard output is no terminal, what is shown is plain text, one picture after the other.
 */
#ifndef UTFS_CLI_TERMINAL_H
#define UTFS_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct utfs_terminal {
	bool is_terminal, has_colors;
	unsigned int rows, columns; /* rows 0: no limit */
};

/* From now on SIGINT, SIGTERM and SIGHUP only end utfs_terminal_wait(). Return: nothing. */
void utfs_terminal_init(void);
/* What the standard output is now. Return: nothing. */
void utfs_terminal_look(struct utfs_terminal *terminal);
/* Begins a picture: over the last one where it can, else behind it. Return: nothing. */
void utfs_terminal_begin(const struct utfs_terminal *terminal, bool is_first);
/* Ends it. Return: 0; negative errno of writing. */
int utfs_terminal_end(const struct utfs_terminal *terminal);
/* Return: true after so long; false a signal came. */
bool utfs_terminal_wait(double seconds);
/* If a signal came, ends the process by it, as if it had not been caught. Return: nothing. */
void utfs_terminal_fini(void);

/* "2", "0.5". Return: false not a time between 0.01 and 86,400 seconds. */
bool utfs_terminal_seconds(const char *text, double *seconds);

#endif
