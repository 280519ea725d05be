/* SPDX-License-Identifier: MIT */
/* The process's connection to the arena: made once, renewed in a forked child, never given up. */
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "app/app.h"
#include "app/stack.h"

struct utfs_app utfs_app = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void app_lock(void)
{
	utfs_lock_order_take(UTFS_LEVEL_APP);
	pthread_mutex_lock(&utfs_app.lock);
}

static void app_unlock(void)
{
	pthread_mutex_unlock(&utfs_app.lock);
	utfs_lock_order_drop(UTFS_LEVEL_APP);
}

int utfs_app_enter(struct utfs_app_context *context)
{
	sigset_t all;

	if (utfs_thread.slow)
		return -EBUSY;
	context->saved_errno = errno;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &context->signals);
	/* open() and others are cancellation points: a thread must not go away with the lock. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &context->cancel_state);
	utfs_thread.slow = true;
	app_lock();
	return 0;
}

void utfs_app_leave(const struct utfs_app_context *context)
{
	app_unlock();
	utfs_thread.slow = false;
	pthread_setcancelstate(context->cancel_state, NULL);
	pthread_sigmask(SIG_SETMASK, &context->signals, NULL);
	errno = context->saved_errno;
}

/* fork() copies the lock as it is: it must be free of other threads' doings at that moment. */
static void fork_prepare(void)
{
	app_lock();
	utfs_app.forker = (struct utfs_app_forker){(pid_t)syscall(SYS_gettid), getpid()};
}

static void fork_parent(void)
{
	app_unlock();
}

static void fork_child(void)
{
	struct utfs_app_context context;

	/* Not unlock: the owner it remembers was another thread. */
	pthread_mutex_init(&utfs_app.lock, NULL);
	utfs_lock_order_drop(UTFS_LEVEL_APP);
	/* The thread has another id now, and the arena has not seen it yet. */
	memset(&utfs_thread, 0, sizeof(utfs_thread));
	if (utfs_app_enter(&context))
		return;
	/* On failure the parent's mapping goes on to work; only the parent's death would be taken for ours. */
	if (utfs_app.state == UTFS_STATE_ACTIVE && !utfs_arena_after_fork(&utfs_app.arena)) {
		utfs_app.arena.membarriers = utfs_ring_register_membarrier();
		utfs_app_modules_renew();
		utfs_app_follow(&utfs_app.forker, getpid());
	}
	utfs_app_leave(&context);
}

static void at_exit(void)
{
	__atomic_store_n(&utfs_app.exiting, true, __ATOMIC_RELAXED);
}

static void install_handlers(void)
{
	if (utfs_app.handlers_installed)
		return;
	utfs_app.handlers_installed = true;
	/* Out of memory here: events of a forked child would carry its parent's id. Rather none at all. */
	if (pthread_atfork(fork_prepare, fork_parent, fork_child))
		utfs_app.error = -ENOMEM;
	/* Without it, unregistering at exit costs a transaction: nothing worse. */
	(void)atexit(at_exit);
}

static enum utfs_state attach(void)
{
	struct utfs_arena_options options = {.kind = UTFS_PROC_APPLICATION, .create = true};
	const char *off = getenv("UTRACEFS");

	if (off && !strcmp(off, "off"))
		return UTFS_STATE_OFF;
	install_handlers();
	if (utfs_app.error) {
		strcpy(utfs_app.why, "out of memory");
		return UTFS_STATE_NO_ARENA;
	}
	options.rseq_usable = utfs_rseq_usable();
	utfs_app.error = utfs_arena_open(&utfs_app.arena, &options, utfs_app.why);
	if (utfs_app.error == -ENOTSUP)
		return UTFS_STATE_NO_RSEQ;
	/* So that a reader that goes to sleep reaches our CPUs with its barrier: no wake-up is lost. */
	if (!utfs_app.error) {
		utfs_app.arena.membarriers = utfs_ring_register_membarrier();
		utfs_stack_prepare();
	}
	return utfs_app.error ? UTFS_STATE_NO_ARENA : UTFS_STATE_ACTIVE;
}

int utfs_app_attach(void)
{
	if (utfs_app.state == UTFS_STATE_NOT_STARTED)
		__atomic_store_n(&utfs_app.state, attach(), __ATOMIC_RELEASE);
	return utfs_app.state == UTFS_STATE_ACTIVE ? 0 : -ENODEV;
}
