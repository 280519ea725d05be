/* SPDX-License-Identifier: MIT */
/* Who is in a section, and waiting for those who are. */
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ring/buffer.h"
#include "ring/section.h"

/* The last one, which all use that found none of their own. */
#define SHARED	     (UTFS_SECTIONS - 1)
#define SHARED_OWNER UINT64_MAX
#define LOOK_NS	     200000

/* A thread that is gone was in no section: it cannot end inside. */
static bool owner_gone(uint64_t tid)
{
	return syscall(SYS_tgkill, getpid(), (pid_t)tid, 0) && errno == ESRCH;
}

static bool owner_set(struct utfs_section *section, uint64_t from, uint64_t tid)
{
	return __atomic_compare_exchange_n(&section->owner, &from, tid, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

/* A free one; else one whose thread is gone. NULL: none. */
static struct utfs_section *own_find(struct utfs_section *sections, uint64_t tid)
{
	for (unsigned int i = 0; i < SHARED; i++)
		if (!utfs_load(&sections[i].owner) && owner_set(&sections[i], 0, tid))
			return &sections[i];
	for (unsigned int i = 0; i < SHARED; i++) {
		uint64_t owner = utfs_load(&sections[i].owner);

		/* The same id: of a thread that is gone, too; its successor is this one. */
		if (owner == tid || (owner_gone(owner) && owner_set(&sections[i], owner, tid)))
			return &sections[i];
	}
	return NULL;
}

bool utfs_section_claim(const struct utfs_arena *arena, pid_t tid, struct utfs_section_entry *entry)
{
	struct utfs_section *section;
	int saved_errno = errno;

	if (!arena->sections)
		return false;
	section = own_find(arena->sections, (uint64_t)tid);
	entry->shared = !section;
	entry->fenced = !arena->membarriers;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	entry->section = section ? section : &arena->sections[SHARED];
	errno = saved_errno;
	return true;
}

void utfs_section_enter_shared(struct utfs_section *section)
{
	utfs_store(&section->owner, SHARED_OWNER);
	__atomic_fetch_add(&section->word, 1, __ATOMIC_SEQ_CST);
}

void utfs_section_leave_shared(struct utfs_section *section)
{
	uint64_t word = utfs_load(&section->word), next;

	do {
		next = word - 1;
		if (!(next & UTFS_SECTION_DEPTH))
			next += UTFS_SECTION_LEFT_ONE;
	} while (!__atomic_compare_exchange_n(&section->word, &word, next, true, __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
}

static int64_t now_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Still in the section that it was in when its word was `before`? Its process may have ended meanwhile, its slot be another's. */
static bool still_inside(const struct utfs_proc *proc, uint64_t serial,
			 const struct utfs_section *section, uint64_t before)
{
	uint64_t word = utfs_load_acquire(&section->word);

	return word & UTFS_SECTION_DEPTH &&
	       word / UTFS_SECTION_LEFT_ONE == before / UTFS_SECTION_LEFT_ONE &&
	       utfs_load(&proc->kind) == UTFS_PROC_APPLICATION &&
	       utfs_load(&proc->serial) == serial;
}

static int process_wait(const struct utfs_arena *arena, uint64_t index, int64_t end_ms)
{
	const struct utfs_proc *proc = utfs_proc_at(arena, index);
	const struct timespec look = {.tv_nsec = LOOK_NS};
	const struct utfs_section *sections;
	uint64_t serial = utfs_load(&proc->serial);

	sections = utfs_arena_heap_at(arena, utfs_load(&proc->sections),
				      UTFS_SECTIONS * sizeof(*sections));
	if (utfs_load(&proc->kind) != UTFS_PROC_APPLICATION || !sections)
		return 0;
	for (unsigned int i = 0; i < UTFS_SECTIONS; i++) {
		uint64_t before = utfs_load_acquire(&sections[i].word);

		while (still_inside(proc, serial, &sections[i], before)) {
			if (!utfs_proc_alive(arena, index))
				return 0;
			if (now_ms() >= end_ms)
				return -EBUSY;
			nanosleep(&look, NULL);
		}
	}
	return 0;
}

int utfs_section_wait(struct utfs_arena *arena, int timeout_ms)
{
	int64_t end_ms = now_ms() + timeout_ms;
	uint64_t nr_procs = utfs_load(&arena->header->nr_procs);
	int ret = 0;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!utfs_ring_membarrier())
		ret = utfs_cpus_visit(arena, timeout_ms);
	for (uint64_t i = 0; !ret && i < nr_procs && i < UTFS_MAX_PROCS; i++)
		ret = process_wait(arena, i, end_ms);
	return ret;
}

int utfs_section_reap(struct utfs_arena *arena)
{
	uint64_t retired = utfs_load(&arena->header->retired);
	int ret;

	if (!retired)
		return 0;
	/* Behind the lock it is what is committed, and not what somebody who dies takes back. */
	ret = utfs_tx_begin(arena);
	if (ret)
		return ret;
	retired = arena->header->retired;
	ret = utfs_tx_end(arena, 0);
	if (!ret && retired)
		ret = utfs_section_wait(arena, UTFS_GRACE_TIMEOUT_MS);
	if (ret || !retired)
		return ret;
	ret = utfs_tx_begin(arena);
	if (ret)
		return ret;
	return utfs_tx_end(arena, utfs_block_free_retired(arena, retired));
}
