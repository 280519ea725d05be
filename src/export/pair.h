/* SPDX-License-Identifier: MIT */
/* Which events begin and end something, by their names: "request_begin" and "request_end" are about "request". */
#ifndef UTFS_EXPORT_PAIR_H
#define UTFS_EXPORT_PAIR_H

#include <stdbool.h>
#include <stddef.h>

struct utfs_pair_name {
	bool begins;	  /* or ends */
	const char *stem; /* in the event's name */
	size_t stem_bytes;
	const char *
		partners; /* what can stand at the same place in the partner's name, separated by blanks */
	bool in_front; /* it stands in front of the stem, not behind it */
};

/*
 * utfs_pair_name - understand an event's name, in the n-th way (from 0 on)
 * Return: true with *pair; false: there are not so many ways. Context: any.
 */
bool utfs_pair_name(const char *event, size_t n, struct utfs_pair_name *pair);

/* utfs_pair_matches - is `event` a partner? Context: any. */
bool utfs_pair_matches(const struct utfs_pair_name *pair, const char *event);

#endif
