/* SPDX-License-Identifier: MIT */
#include "cli/live.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "trace/follow.h"

/* What is added before requests get their turn, and what they have until the next. */
#define TURN_EVENTS 32768
#define TURN_MS	    10

#define WAIT_MS 1000 /* between two looks at what nobody wakes us for */

struct utfs_live {
	struct utfs_trace *trace;
	struct utfs_session session;
	struct utfs_follow *follow;
	struct utfs_recording *recording;
	struct utfs_view *view;
	struct utfs_view_store *store;
	pthread_t thread;
	bool runs; /* the thread is to be joined */
	atomic_bool stops;
	int error; /* the thread's */
};

/* ---- the thread ---- */

/* Adds what is there, as much as one turn has. Return: 0; negative errno. */
static int add_some(struct utfs_live *live)
{
	struct utfs_recording_event event;
	int ret = 1;

	utfs_view_lock(live->view);
	for (uint32_t n = 0; n < TURN_EVENTS && ret == 1; n++) {
		ret = utfs_recording_next(live->recording, &event);
		if (ret == 1) {
			ret = utfs_view_store_add(live->store, &event);
			ret = ret ? ret : 1;
		}
	}
	utfs_view_unlock(live->view);
	return ret < 0 ? ret : 0;
}

static void *run(void *ctx)
{
	static const struct timespec turn = {.tv_nsec = TURN_MS * 1000 * 1000};
	struct utfs_live *live = ctx;

	while (!live->error && !live->stops) {
		uint32_t seen = utfs_trace_data_sequence(live->trace);

		live->error = add_some(live);
		if (live->error)
			kill(getpid(), SIGTERM);
		else if (utfs_follow_is_empty(live->follow) && !live->stops)
			(void)utfs_trace_data_wait(live->trace, seen, WAIT_MS);
		else
			nanosleep(&turn, NULL);
	}
	return NULL;
}

int utfs_live_start(struct utfs_live *live, struct utfs_view *view, struct utfs_view_store *store)
{
	int error;

	live->view = view;
	live->store = store;
	error = pthread_create(&live->thread, NULL, run, live);
	if (error)
		return utfs_cli_complain("view", error);
	live->runs = true;
	return 0;
}

int utfs_live_stop(struct utfs_live *live)
{
	if (!live->runs)
		return 0;
	live->stops = true;
	utfs_trace_data_kick(live->trace);
	pthread_join(live->thread, NULL);
	live->runs = false;
	return live->error ? utfs_cli_complain_in(live->trace, live->session.instance, live->error)
			   : 0;
}

/* ---- the instance ---- */

static int open_all(struct utfs_live *live, const struct utfs_session_wish *wish)
{
	int ret, status = utfs_cli_open(&live->trace);

	if (!status)
		status = utfs_session_open(&live->session, live->trace, wish->instance);
	if (!status)
		status = utfs_session_set_up(&live->session, wish);
	if (status)
		return status;
	ret = utfs_follow_open(live->trace, live->session.instance, &live->follow);
	if (!ret)
		ret = utfs_recording_follow(live->follow, live->session.instance, &live->recording);
	return ret ? utfs_cli_complain_in(live->trace, live->session.instance, ret) : 0;
}

int utfs_live_open(const struct utfs_session_wish *wish, struct utfs_live **live)
{
	struct utfs_live *made = calloc(1, sizeof(*made));
	int status;

	*live = NULL;
	if (!made)
		return utfs_cli_complain("view", ENOMEM);
	status = open_all(made, wish);
	if (status)
		utfs_live_close(made);
	else
		*live = made;
	return status;
}

void utfs_live_close(struct utfs_live *live)
{
	if (!live)
		return;
	utfs_recording_close(live->recording);
	utfs_follow_close(live->follow);
	utfs_session_close(&live->session);
	utfs_trace_close(live->trace);
	free(live);
}

struct utfs_recording *utfs_live_recording(const struct utfs_live *live)
{
	return live->recording;
}
