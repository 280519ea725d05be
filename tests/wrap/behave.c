/* SPDX-License-Identifier: MIT */
/*
 * What programs do that a wrapper could spoil: processes, threads, signals, cancellation. The descriptors that are closed here do
 * not exist: their numbers mark the events.
 *	behave MODE
 * Exit status 1: something is not as it is without the wrapper.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define NR_THREADS 8
#define NR_ROUNDS  500

static int exited_with(pid_t pid, int status)
{
	int got;

	return waitpid(pid, &got, 0) == pid && WIFEXITED(got) && WEXITSTATUS(got) == status;
}

/* A forked child's events carry its own process id, also in a child's child. */
static int do_fork(void)
{
	pid_t pid;
	int good;

	close(-2000);
	pid = fork();
	if (!pid) {
		close(-2001);
		pid = fork();
		if (!pid) {
			close(-2002);
			_exit(4);
		}
		_exit(exited_with(pid, 4) ? 5 : 1);
	}
	good = pid > 0 && exited_with(pid, 5);
	close(-2003);
	printf("parent %d child %d\n", (int)getpid(), (int)pid);
	return good;
}

/* A child on its parent's memory is not recorded, its parent is again afterwards; so is what the child executes. */
static int do_vfork(void)
{
	static char *const nested[] = {"sh", "-c", "exit 6", NULL};
	volatile int in_child = 0;
	pid_t pid;
	int good;

	close(-2010);
	pid = vfork();
	if (!pid) {
		in_child = 1;
		close(-2011);
		pid = vfork();
		if (!pid) {
			close(-2012);
			_exit(0);
		}
		close(-2013);
		execv("/bin/sh", nested);
		_exit(127);
	}
	close(-2014);
	good = pid > 0 && in_child && exited_with(pid, 6);
	close(-2015);
	return good;
}

static int clone_child(void *argument)
{
	*(int *)argument = close(-2021);
	_exit(7);
}

static int do_clone(void)
{
	static _Alignas(16) char stack[65536];
	int in_child = 0;
	pid_t pid;
	int good;

	close(-2020);
	pid = clone(clone_child, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD,
		    &in_child);
	close(-2022);
	good = pid > 0 && in_child == -1 && exited_with(pid, 7);
	in_child = 0;
	/* Memory of its own: like fork(). */
	pid = clone(clone_child, stack + sizeof(stack), SIGCHLD, &in_child);
	good = good && pid > 0 && exited_with(pid, 7) && !in_child;
	close(-2023);
	return good;
}

static void *thread_main(void *number)
{
	for (int i = 0; i < NR_ROUNDS; i++) {
		free(malloc((size_t)i + 1));
		close(-3000 - *(int *)number);
	}
	return number;
}

static int do_threads(void)
{
	pthread_t threads[NR_THREADS];
	int numbers[NR_THREADS];
	void *result;
	int good = 1;

	for (int i = 0; i < NR_THREADS; i++) {
		numbers[i] = i;
		good = good && !pthread_create(&threads[i], NULL, thread_main, &numbers[i]);
	}
	for (int i = 0; good && i < NR_THREADS; i++)
		good = !pthread_join(threads[i], &result) && result == &numbers[i];
	return good;
}

static volatile sig_atomic_t nr_signals, bad_errno;

static void on_alarm(int signal)
{
	int saved_errno = errno;

	errno = 0;
	if (close(-4000) != -1 || errno != EBADF)
		bad_errno = 1;
	nr_signals++;
	errno = saved_errno;
}

/* A handler that makes events interrupts everything, also the making of events: none of its events goes missing. */
static int do_signals(void)
{
	struct itimerval timer = {{0, 50}, {0, 50}}, off = {{0, 0}, {0, 0}};
	struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	int good;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	for (int i = 0; i < 60000; i++) {
		errno = 4711;
		free(malloc((size_t)(i % 100)));
		if (errno != 4711)
			break;
	}
	good = errno == 4711 && !bad_errno;
	while (nr_signals < 20)
		pause();
	setitimer(ITIMER_REAL, &off, NULL);
	printf("signals %d\n", (int)nr_signals);
	return good;
}

static int ends[2];
static volatile int cleaned_up;

static void clean_up(void *unused)
{
	cleaned_up = 1;
}

static void *block(void *unused)
{
	char byte;

	pthread_cleanup_push(clean_up, NULL);
	(void)!read(ends[0], &byte, 1);
	pthread_cleanup_pop(0);
	return NULL;
}

/* A thread that waits in read() can be cancelled there, and cleans up on its way out. */
static int do_cancel(void)
{
	pthread_t thread;
	void *result = NULL;

	if (pipe(ends) || pthread_create(&thread, NULL, block, NULL))
		return 0;
	usleep(20000);
	return !pthread_cancel(thread) && !pthread_join(thread, &result) &&
	       result == PTHREAD_CANCELED && cleaned_up;
}

static pthread_mutex_t contended = PTHREAD_MUTEX_INITIALIZER;

static void *hold(void *unused)
{
	pthread_mutex_lock(&contended);
	(void)!write(ends[1], "x", 1);
	usleep(50000);
	pthread_mutex_unlock(&contended);
	return NULL;
}

/* The main thread waits for a mutex for as long as another one sleeps with it. */
static int do_contention(void)
{
	pthread_t thread;
	char byte;

	if (pipe(ends) || pthread_create(&thread, NULL, hold, NULL) || read(ends[0], &byte, 1) != 1)
		return 0;
	pthread_mutex_lock(&contended);
	pthread_mutex_unlock(&contended);
	printf("mutex %p main %d\n", (void *)&contended, (int)getpid());
	return !pthread_join(thread, NULL);
}

/* Another preloaded library stands between the wrapper and libc (early.c): it is called. */
static int do_chain(void)
{
	return close(-5000) == 77;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} modes[] = {
		{"fork", do_fork},
		{"vfork", do_vfork},
		{"clone", do_clone},
		{"threads", do_threads},
		{"signals", do_signals},
		{"cancel", do_cancel},
		{"contention", do_contention},
		{"chain", do_chain},
	};

	for (size_t i = 0; argc == 2 && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(argv[1], modes[i].name))
			return modes[i].run() ? 0 : 1;
	return 2;
}
