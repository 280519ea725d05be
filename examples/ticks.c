/* SPDX-License-Identifier: MIT */
/*
 * Events from a signal handler: a timer interrupts a loop that writes events itself.
 *
 *	ticks COUNT		until so many signals have come
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#include <utracefs/utracefs.h>

UTFS_EVENT(ticks, tick, UTFS_FIELDS(UTFS_FIELD(int, number)));
UTFS_EVENT(ticks, work, UTFS_FIELDS(UTFS_FIELD(uint64_t, round)));

static volatile sig_atomic_t nr_ticks;

static void on_timer(int number)
{
	(void)number;
	trace_ticks_tick(++nr_ticks);
}

int main(int argc, char **argv)
{
	struct itimerval timer = {{0, 1000}, {0, 1000}};
	int wanted = argc > 1 ? atoi(argv[1]) : 10;

	signal(SIGALRM, on_timer);
	if (setitimer(ITIMER_REAL, &timer, NULL))
		return 1;
	for (uint64_t round = 0; nr_ticks < wanted; round++)
		trace_ticks_work(round);
	return 0;
}
