/* SPDX-License-Identifier: MIT */
/*
 * What the page asks, and what it is told: a name behind the token, parameters, and a body. Knows nothing of HTTP but its statuses. Nothing that is asked changes
 * anything but what is kept of the last filters and pairs.
 *
 * Times are counted from the store's origin, an event is named by `place + dropped`, threads and types by their numbers. Binary answers are little-endian.
 */
#ifndef UTFS_VIEW_ANSWER_H
#define UTFS_VIEW_ANSWER_H

#include <stdio.h>

#include "json/json.h"
#include "view/pairs.h"

#define UTFS_VIEW_KEPT_FILTERS 4
#define UTFS_VIEW_KEPT_PAIRS   2
#define UTFS_VIEW_MAX_BINS     8192
#define UTFS_VIEW_MAX_ROWS     1024

/* What questions are about, and what was made for the last ones: the one that was used last comes first. */
struct utfs_view_desk {
	struct utfs_view_store *store;
	struct utfs_recording *recording; /* whose events they are */
	const char *title;
	bool is_live;
	struct utfs_view_filter *filters[UTFS_VIEW_KEPT_FILTERS];
	struct utfs_view_pairs *pairs[UTFS_VIEW_KEPT_PAIRS];
};

struct utfs_view_question {
	const char *name;
	/* Return: the value of a parameter; NULL: there is none of this name. */
	const char *(*parameter)(void *ctx, const char *name);
	void *ctx;
};

struct utfs_view_answer {
	unsigned int
		status; /* 200; 400 the question makes no sense; 404 there is no such name, or event; 500 no memory */
	const char *type; /* of the body */
	char *body;	  /* malloc()ed; NULL: no memory even for that */
	size_t bytes;
};

/* utfs_view_answer_make - the answer's body is the caller's. Return: nothing. Context: alone with the desk. */
void utfs_view_answer_make(struct utfs_view_desk *desk, const struct utfs_view_question *question,
			   struct utfs_view_answer *answer);
/* Frees what is kept. Return: nothing. */
void utfs_view_desk_fini(struct utfs_view_desk *desk);

/* ---- between the files answer*.c ---- */

/* A question as it is worked on. */
struct utfs_view_work {
	struct utfs_view_desk *desk;
	const struct utfs_view_question *question;
	FILE *out;
	struct utfs_json json; /* onto out */
	const char *type;
	/* Of -EINVAL: what is wrong with the question, and where in the filter (UINT32_MAX: it is not the filter). */
	const char *wrong;
	uint32_t position;
};

/* Each writes to out. Return: 0; -EINVAL with `wrong`, -ENOENT, -ENOMEM: what was written is thrown away. */
int utfs_view_answer_info(struct utfs_view_work *work);
int utfs_view_answer_filter(struct utfs_view_work *work);
int utfs_view_answer_event(struct utfs_view_work *work);
int utfs_view_answer_near(struct utfs_view_work *work);
int utfs_view_answer_window(struct utfs_view_work *work);
int utfs_view_answer_rates(struct utfs_view_work *work);
int utfs_view_answer_spans(struct utfs_view_work *work);
int utfs_view_answer_lost(struct utfs_view_work *work);
int utfs_view_answer_latency(struct utfs_view_work *work);

/* Return: -EINVAL. */
int utfs_view_wrong(struct utfs_view_work *work, const char *wrong);

/* A number that has to be there, from 0 to most. Return: 0; -EINVAL. */
int utfs_view_work_number(struct utfs_view_work *work, const char *name, uint64_t most,
			  uint64_t *number);
/* One that may be missing: *number stays. */
int utfs_view_work_maybe(struct utfs_view_work *work, const char *name, uint64_t most,
			 uint64_t *number);
/* "1,5,7", each below `limit`, at most `room`; missing or "": none. Return: 0 with *nr; -EINVAL. */
int utfs_view_work_numbers(struct utfs_view_work *work, const char *name, uint64_t limit,
			   uint32_t room, uint32_t *numbers, uint32_t *nr);

/* Which events are seen, by the parameters `filter` and `hide`; *eye is to be given to utfs_view_work_eye_fini(), whatever is returned. Return: 0; -EINVAL; -ENOMEM. */
int utfs_view_work_eye(struct utfs_view_work *work, struct utfs_view_eye *eye);
void utfs_view_work_eye_fini(struct utfs_view_eye *eye);
/* Only `filter`. */
int utfs_view_work_filter(struct utfs_view_work *work, const struct utfs_view_filter **filter);
/* By `begin`, `end` and `field`; they live as long as the question. */
int utfs_view_work_pairs(struct utfs_view_work *work, const struct utfs_view_pairs **pairs);
/* `from` and `to`. */
int utfs_view_work_times(struct utfs_view_work *work, uint64_t *from, uint64_t *to);

#endif
