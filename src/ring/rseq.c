/* SPDX-License-Identifier: MIT */
/*
 * The thread's rseq area. glibc (2.35 and later) registers one for every thread and says where; otherwise the thread
 * registers its own at its first event.
 */
#include <linux/rseq.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ring/clock-read.h"
#include "ring/rseq-seq.h"

/* The size the kernel took when rseq was new; all kernels still take it. */
#define AREA_BYTES 32

/* glibc's, where there is one that has them. */
extern const ptrdiff_t __rseq_offset __attribute__((weak));
extern const unsigned int __rseq_size __attribute__((weak));

enum area_state {
	AREA_UNKNOWN,
	AREA_REGISTERED,
	AREA_REFUSED,
};

union area {
	struct rseq rseq;
	unsigned char bytes[AREA_BYTES];
};

/*
 * In the static TLS block, which lives as long as the thread does: the kernel may write here until then.
 */
static __thread union area own_area __attribute__((tls_model("initial-exec"), aligned(32))) = {
	.rseq = {.cpu_id = (uint32_t)RSEQ_CPU_ID_UNINITIALIZED},
};
static __thread enum area_state own_state __attribute__((tls_model("initial-exec")));

static struct rseq *libc_area(void)
{
	char *thread;

	if (!&__rseq_size || !&__rseq_offset || !__rseq_size)
		return NULL;
#if defined(__x86_64__)
	__asm__("movq %%fs:0, %0" : "=r"(thread));
#else
	__asm__("mrs %0, tpidr_el0" : "=r"(thread));
#endif
	return (struct rseq *)(thread + __rseq_offset);
}

static struct rseq *own_area_get(void)
{
	int saved_errno = errno;

	if (own_state == AREA_UNKNOWN) {
		/* A signal handler that comes in between registers the same area: EBUSY then means it is done. */
		if (!syscall(SYS_rseq, &own_area, AREA_BYTES, 0, UTFS_RSEQ_SIGNATURE) ||
		    (errno == EBUSY && (int)own_area.rseq.cpu_id >= 0))
			own_state = AREA_REGISTERED;
		else
			own_state = AREA_REFUSED;
		errno = saved_errno;
	}
	return own_state == AREA_REGISTERED ? &own_area.rseq : NULL;
}

static struct rseq *thread_area(void)
{
	struct rseq *area = libc_area();

	/* Registered by the libc, but not for this thread (the kernel refused, or a raw clone): no area. */
	if (area)
		return (int)__atomic_load_n(&area->cpu_id, __ATOMIC_RELAXED) >= 0 ? area : NULL;
	return own_area_get();
}

bool utfs_rseq_usable(void)
{
	return thread_area() != NULL;
}

void utfs_rseq_release(void)
{
	int saved_errno = errno;

	if (own_state == AREA_REGISTERED)
		(void)syscall(SYS_rseq, &own_area, AREA_BYTES, RSEQ_FLAG_UNREGISTER,
			      UTFS_RSEQ_SIGNATURE);
	/* Nothing that runs later in this thread may register it again. */
	own_state = AREA_REFUSED;
	errno = saved_errno;
}

/* For write-fast.h: what stays as it is while the arena is open. */
static void fast_init(struct utfs_writer *writer, const struct utfs_arena *arena)
{
	const struct utfs_clock_scale *scale = &arena->header->local;
	uint64_t heap_offset = arena->region_offset[UTFS_REGION_HEAP];

	writer->recorders = utfs_recorder_at(arena, 0);
	writer->cpu_buffers = utfs_cpu_buffer_at(arena, 0, 0);
	writer->heap = (char *)arena->header + heap_offset;
	writer->heap_first_page = (uint32_t)(heap_offset / UTFS_PAGE_BYTES);
	writer->heap_pages = (uint32_t)((arena->size_bytes - heap_offset) / UTFS_PAGE_BYTES);
	writer->base_cycles = utfs_load(&scale->base_cycles);
	writer->base_ns = utfs_load(&scale->base_ns);
	writer->factor = utfs_counter_factor(utfs_load(&scale->mult));
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	writer->nr_cpus = utfs_scale_usable(scale) && writer->factor ? arena->nr_cpus : 0;
}

int utfs_writer_init(struct utfs_writer *writer, const struct utfs_arena *arena, pid_t tid)
{
	struct rseq *rseq = NULL;

	if (arena->mode == UTFS_MODE_RSEQ) {
		rseq = thread_area();
		if (!rseq)
			return -ENOTSUP;
	}
	writer->arena = arena;
	writer->rseq = rseq;
	writer->owner = utfs_cpu_lock_owner(arena, tid);
	fast_init(writer, arena);
	return 0;
}
