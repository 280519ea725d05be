/* SPDX-License-Identifier: MIT */
/* Threads: begun, named, waited for, ended. `thread` is a pthread_t. */
#include "wrap.h"

UTFS_EVENT(libc, thread_create,
	   UTFS_FIELDS(UTFS_FIELD(unsigned long, thread), UTFS_FIELD(void *, start),
		       UTFS_FIELD(void *, argument), UTFS_FIELD(int, ret),
		       UTFS_FIELD(uint64_t, duration_ns)),
	   UTFS_PRINT("thread=0x%lx start=0x%lx argument=0x%lx ret=%d duration_ns=%llu",
		      REC->thread, REC->start, REC->argument, REC->ret, REC->duration_ns));
UTFS_EVENT(libc, thread_join,
	   UTFS_FIELDS(UTFS_FIELD(unsigned long, thread), UTFS_FIELD(int, ret),
		       UTFS_FIELD(uint64_t, wait_ns)),
	   UTFS_PRINT("thread=0x%lx ret=%d wait_ns=%llu", REC->thread, REC->ret, REC->wait_ns));
UTFS_EVENT(libc, thread_detach,
	   UTFS_FIELDS(UTFS_FIELD(unsigned long, thread), UTFS_FIELD(int, ret)),
	   UTFS_PRINT("thread=0x%lx ret=%d", REC->thread, REC->ret));
UTFS_EVENT(libc, thread_name,
	   UTFS_FIELDS(UTFS_FIELD(unsigned long, thread), UTFS_FIELD(int, ret), UTFS_STRING(name)),
	   UTFS_PRINT("thread=0x%lx name=%s ret=%d", REC->thread, __get_str(name), REC->ret));
UTFS_EVENT(libc, thread_exit, UTFS_FIELDS(UTFS_FIELD(unsigned long, thread)),
	   UTFS_PRINT("thread=0x%lx", REC->thread));

/* A thread that is there has written its number down. */
WRAP_COLD static void create_emit(const pthread_t *thread, void *(*start)(void *), void *argument,
				  int ret, uint64_t begin_ns)
{
	WRAP_EMIT(thread_create, ret ? 0 : (unsigned long)*thread, (void *)(uintptr_t)start,
		  argument, -ret, wrap_now_ns() - begin_ns);
}

WRAP_COLD static void join_emit(pthread_t thread, int ret, uint64_t begin_ns)
{
	WRAP_EMIT(thread_join, (unsigned long)thread, -ret, wrap_now_ns() - begin_ns);
}

WRAP_COLD static void detach_emit(pthread_t thread, int ret)
{
	WRAP_EMIT(thread_detach, (unsigned long)thread, -ret);
}

WRAP_COLD static void name_emit(pthread_t thread, const char *name, int ret)
{
	WRAP_EMIT(thread_name, (unsigned long)thread, -ret, name);
}

WRAP_COLD static void exit_emit(void)
{
	WRAP_EMIT(thread_exit, (unsigned long)pthread_self());
}

/* clang-format off */
WRAP_AROUND(int, pthread_create, thread_create, WRAP_THREAD,
	    (pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument),
	    (thread, attributes, start, argument), create_emit(thread, start, argument, ret, begin_ns))
WRAP_AROUND(int, pthread_join, thread_join, WRAP_THREAD, (pthread_t thread, void **result), (thread, result),
	    join_emit(thread, ret, begin_ns))
WRAP_AROUND(int, pthread_tryjoin_np, thread_join, WRAP_THREAD, (pthread_t thread, void **result), (thread, result),
	    join_emit(thread, ret, begin_ns))
WRAP_AROUND(int, pthread_timedjoin_np, thread_join, WRAP_THREAD,
	    (pthread_t thread, void **result, const struct timespec *until), (thread, result, until),
	    join_emit(thread, ret, begin_ns))
WRAP_AROUND(int, pthread_clockjoin_np, thread_join, WRAP_THREAD,
	    (pthread_t thread, void **result, clockid_t clock, const struct timespec *until),
	    (thread, result, clock, until), join_emit(thread, ret, begin_ns))
WRAP_AFTER(int, pthread_detach, thread_detach, WRAP_THREAD, (pthread_t thread), (thread), detach_emit(thread, ret))
WRAP_AFTER(int, pthread_setname_np, thread_name, WRAP_THREAD, (pthread_t thread, const char *name), (thread, name),
	   name_emit(thread, name, ret))
WRAP_END(pthread_exit, thread_exit, WRAP_THREAD, (void *result), (result), exit_emit())
/* clang-format on */
