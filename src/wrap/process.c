/* SPDX-License-Identifier: MIT */
/*
 * Children that run on their parent's memory: the thread's rseq area is the parent's, and the kernel does not keep it for the
 * child. An event that the child wrote could damage a buffer, so it writes none until it has memory of its own.
 */
#include <stdarg.h>

#include "wrap.h"

WRAP_EXPORT int clone(int (*function)(void *), void *stack, int flags, void *argument, ...)
{
	bool shared = (flags & CLONE_VM) && !(flags & CLONE_SETTLS);
	int was_vforked = wrap_vforked;
	va_list rest;
	void *parent_tid, *tls, *child_tid;
	int ret;

	/* Those that the flags do not ask for are not there, and are not looked at: as in libc's own clone(). */
	va_start(rest, argument);
	parent_tid = va_arg(rest, void *);
	tls = va_arg(rest, void *);
	child_tid = va_arg(rest, void *);
	va_end(rest);
	if (shared)
		wrap_vforked = 1;
	ret = wrap_real.clone(function, stack, flags, argument, parent_tid, tls, child_tid);
	/* A parent that does not wait for such a child shares its memory with it from now on. */
	if (ret < 0 || (flags & CLONE_VFORK))
		wrap_vforked = was_vforked;
	return ret;
}

/* The end of a vfork() that failed, called from its assembly. Return: -1 and errno. */
pid_t wrap_vfork_failed(long error)
{
	errno = (int)-error;
	return -1;
}
