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
	unsigned int shown;	    /* rows of this picture */
};

/* From now on SIGINT, SIGTERM and SIGHUP only end utfs_terminal_wait(). Return: nothing. */
void utfs_terminal_init(void);
/* What the standard output is now. Return: nothing. */
void utfs_terminal_look(struct utfs_terminal *terminal);
/* Begins a picture: over the last one where it can, else behind it. Return: nothing. */
void utfs_terminal_begin(struct utfs_terminal *terminal, bool is_first);
/*
 * A row of it, a bar of so many columns behind the text; a head is bold. On a terminal it is cut where that ends, and left out where
 * the picture is full: the last row stays empty, as a newline there would scroll. What would command a terminal is shown as '?'. Return: nothing.
 */
void utfs_terminal_row(struct utfs_terminal *terminal, bool is_head, const char *text,
		       unsigned int bar);
/* How many bytes of a text fill so many columns, of which at most these are taken. Return: the bytes; *columns is what they fill. */
size_t utfs_terminal_fit(const char *text, unsigned int *columns);
/* Ends it. Return: 0; negative errno of writing. */
int utfs_terminal_end(const struct utfs_terminal *terminal);
/* Return: true after so long; false a signal came. */
bool utfs_terminal_wait(double seconds);
/* If a signal came, ends the process by it, as if it had not been caught. Return: nothing. */
void utfs_terminal_fini(void);

/* "2", "0.5". Return: false not a time between 0.01 and 86,400 seconds. */
bool utfs_terminal_seconds(const char *text, double *seconds);

#endif
