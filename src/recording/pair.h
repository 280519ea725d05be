/* SPDX-License-Identifier: MIT */
/*
 * Which events begin and end something, by their names: "request_begin" and "request_end" are about "request". They differ in one word between underscores, which may
 * be all of the name: "enter" and "leave".
 */
#ifndef UTFS_RECORDING_PAIR_H
#define UTFS_RECORDING_PAIR_H

#include <stdbool.h>
#include <stddef.h>

struct utfs_pair_name {
	const char *event;    /* as it was given */
	size_t at, bytes;     /* the word in it */
	const char *partners; /* what can stand there in the partner's name, separated by blanks */
	bool begins;	      /* or ends */
	bool is_slice; /* what is between them is a part of what their thread does; false: the end may be another thread's, or in no order */
};

/*
 * utfs_pair_name - understand an event's name, in the n-th way (from 0 on)
 * Return: true with *pair; false: there are not so many ways. Context: any.
 */
bool utfs_pair_name(const char *event, size_t n, struct utfs_pair_name *pair);

/* utfs_pair_matches - is `event` a partner? Context: any. */
bool utfs_pair_matches(const struct utfs_pair_name *pair, const char *event);

/* utfs_pair_stem - the name without the word, and so its partner's: "" if there is nothing else. Return: to be freed; NULL: out of memory. Context: any. */
char *utfs_pair_stem(const struct utfs_pair_name *pair);

#endif
