/* SPDX-License-Identifier: MIT */
/*
 * The table of attached processes. A process is alive as long as the lock on its serial's byte of the file is held; the lock
 * belongs to the open file description, which its mapping keeps alive after the descriptor is closed.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "arena/internal.h"

#define SECTIONS_BYTES (UTFS_SECTIONS * sizeof(struct utfs_section))

static int byte_lock_op(int fd, int op, short type, int64_t byte)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
	int ret;

	do {
		ret = fcntl(fd, op, &lock) ? -errno : 0;
	} while (ret == -EINTR);
	if (ret == -EACCES)
		ret = -EAGAIN;
	if (!ret && op == F_OFD_GETLK)
		ret = lock.l_type == F_UNLCK ? 0 : 1;
	return ret;
}

int utfs_byte_lock(int fd, short type, int64_t byte)
{
	return byte_lock_op(fd, F_OFD_SETLK, type, byte);
}

int utfs_byte_unlock(int fd, int64_t byte)
{
	return byte_lock_op(fd, F_OFD_SETLK, F_UNLCK, byte);
}

bool utfs_serial_alive(const struct utfs_arena *arena, uint64_t serial)
{
	int saved_errno = errno;
	int fd = arena->fd;
	bool alive = true;

	/* Our own description never sees its own lock as another's. */
	if (serial == arena->serial)
		return true;
	/* A damaged one. */
	if (!serial ||
	    serial > __atomic_load_n(&arena->header->last_proc_serial, __ATOMIC_RELAXED) ||
	    serial > UTFS_PROC_SERIAL_MAX)
		return false;
	if (fd < 0)
		fd = utfs_arena_reopen(arena);
	if (fd >= 0)
		alive = byte_lock_op(fd, F_OFD_GETLK, F_WRLCK,
				     UTFS_PROC_LOCK_BASE + (int64_t)serial) != 0;
	if (fd >= 0 && fd != arena->fd)
		close(fd);
	errno = saved_errno;
	return alive;
}

bool utfs_proc_alive(const struct utfs_arena *arena, uint64_t index)
{
	uint64_t serial = __atomic_load_n(&utfs_proc_at(arena, index)->serial, __ATOMIC_RELAXED);

	return index == arena->proc || utfs_serial_alive(arena, serial);
}

static uint64_t nr_procs(const struct utfs_arena *arena)
{
	uint64_t n = arena->header->nr_procs;

	return n < UTFS_MAX_PROCS ? n : UTFS_MAX_PROCS;
}

static uint64_t nr_pins(const struct utfs_arena *arena)
{
	uint64_t n = arena->header->nr_pins;

	return n < UTFS_MAX_PINS ? n : UTFS_MAX_PINS;
}

/* Frees a slot with all its process held. */
static int proc_release(struct utfs_arena *arena, uint64_t index) UTFS_REQUIRES(arena->event_mutex)
{
	struct utfs_proc *proc = utfs_proc_at(arena, index);
	int ret = 0;

	for (uint64_t i = 0; !ret && i < nr_pins(arena); i++) {
		struct utfs_pin *pin = utfs_arena_element(arena, UTFS_REGION_PINS, i, sizeof(*pin));

		if (pin->proc != index + 1)
			continue;
		ret = utfs_tx_reserve(arena, 1);
		if (!ret)
			utfs_tx_set(arena, &pin->proc, 0);
	}
	if (!ret && proc->uses_offset)
		ret = utfs_free_blob(arena, proc->uses_offset, proc->uses_bytes);
	if (!ret && proc->sections)
		ret = utfs_free_blob(arena, proc->sections, SECTIONS_BYTES);
	if (!ret)
		ret = utfs_tx_reserve(arena, 4);
	if (ret)
		return ret;
	utfs_tx_set(arena, &proc->sections, 0);
	utfs_tx_set(arena, &proc->uses_offset, 0);
	utfs_tx_set(arena, &proc->uses_bytes, 0);
	utfs_tx_set(arena, &proc->kind, UTFS_PROC_FREE);
	return 0;
}

bool utfs_proc_own(const struct utfs_arena *arena)
{
	return arena->proc < UTFS_MAX_PROCS && arena->pid == getpid();
}

int utfs_proc_release_all(struct utfs_arena *arena)
{
	int ret = 0;

	/* Each is whole in itself: the log stays short. */
	for (uint64_t i = 0; !ret && i < nr_procs(arena); i++) {
		if (utfs_proc_at(arena, i)->kind != UTFS_PROC_FREE)
			ret = proc_release(arena, i);
		if (!ret)
			ret = utfs_tx_checkpoint(arena);
	}
	return ret;
}

bool utfs_proc_any_alive(const struct utfs_arena *arena, int fd)
{
	struct flock lock = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = UTFS_PROC_LOCK_BASE};

	return fcntl(fd, F_OFD_GETLK, &lock) || lock.l_type != F_UNLCK;
}

int utfs_proc_reap(struct utfs_arena *arena)
{
	int ret = 0;

	for (uint64_t i = 0; !ret && i < nr_procs(arena); i++)
		if (utfs_proc_at(arena, i)->kind != UTFS_PROC_FREE && !utfs_proc_alive(arena, i))
			ret = proc_release(arena, i);
	return ret;
}

/*
 * Applications say there which of their threads are in a section (abi.h). One that comes when there is no room goes without: it counts in
 * no histogram.
 */
static int sections_make(struct utfs_arena *arena, struct utfs_proc *proc)
	UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t offset = 0;
	int ret = arena->kind == UTFS_PROC_APPLICATION
			  ? utfs_alloc_blob(arena, SECTIONS_BYTES, &offset)
			  : 0;

	if (!ret || ret == -ENOSPC || ret == -ENOMEM)
		ret = utfs_tx_reserve(arena, 1);
	if (!ret)
		utfs_tx_set(arena, &proc->sections, offset);
	return ret;
}

int utfs_proc_identify(struct utfs_arena *arena, int fd)
{
	uint64_t serial = __atomic_add_fetch(&arena->header->last_proc_serial, 1, __ATOMIC_RELAXED);
	int ret = serial <= UTFS_PROC_SERIAL_MAX
			  ? utfs_byte_lock(fd, F_WRLCK, UTFS_PROC_LOCK_BASE + (int64_t)serial)
			  : -EOVERFLOW;

	UTFS_INJECT();
	if (ret)
		return ret;
	arena->serial = serial;
	arena->serial_pid = getpid();
	return 0;
}

/* Return: 0 and a slot that is free now; -EUSERS, -ENOSPC. */
static int slot_find(struct utfs_arena *arena, uint64_t *index) UTFS_REQUIRES(arena->event_mutex)
{
	for (*index = 0; *index < UTFS_MAX_PROCS; ++*index) {
		int ret = utfs_region_ensure(arena, UTFS_REGION_PROCS,
					     (*index + 1) * sizeof(struct utfs_proc));

		if (ret)
			return ret;
		if (*index >= nr_procs(arena) ||
		    utfs_proc_at(arena, *index)->kind == UTFS_PROC_FREE)
			return 0;
		if (!utfs_serial_alive(arena, utfs_proc_at(arena, *index)->serial))
			return proc_release(arena, *index);
	}
	return -EUSERS;
}

static int slot_claim(struct utfs_arena *arena, uint64_t index) UTFS_REQUIRES(arena->event_mutex)
{
	struct utfs_proc *proc = utfs_proc_at(arena, index);
	uint64_t comm[2] = {0, 0};
	int ret = sections_make(arena, proc);

	if (!ret)
		ret = utfs_tx_reserve(arena, 8);
	if (ret)
		return ret;
	prctl(PR_GET_NAME, comm);
	utfs_tx_set(arena, &proc->kind, arena->kind);
	utfs_tx_set(arena, &proc->serial, arena->serial);
	utfs_tx_set(arena, &proc->pid, (uint64_t)arena->serial_pid);
	utfs_tx_set(arena, &proc->comm[0], comm[0]);
	utfs_tx_set(arena, &proc->comm[1], comm[1]);
	if (index >= arena->header->nr_procs)
		utfs_tx_set(arena, &arena->header->nr_procs, index + 1);
	return 0;
}

int utfs_proc_attach(struct utfs_arena *arena, int fd)
{
	uint64_t index = UTFS_NO_PROC;
	int ret = utfs_proc_identify(arena, fd);

	if (ret)
		return ret;
	ret = utfs_tx_begin(arena);
	if (ret)
		return ret;
	ret = slot_find(arena, &index);
	if (!ret)
		ret = slot_claim(arena, index);
	ret = utfs_tx_end(arena, ret);
	if (!ret) {
		arena->proc = (uint32_t)index;
		arena->pid = arena->serial_pid;
		arena->sections = utfs_arena_heap_at(arena, utfs_proc_at(arena, index)->sections,
						     SECTIONS_BYTES);
	}
	return ret;
}

void utfs_proc_detach(struct utfs_arena *arena)
{
	/* A forked child that has no slot of its own must not give away its parent's. */
	if (!utfs_proc_own(arena) || utfs_tx_begin(arena))
		return;
	(void)utfs_tx_end(arena, proc_release(arena, arena->proc));
}

/* A bitmap that reaches up to `id`; a longer one replaces a shorter one. */
static int uses_grow(struct utfs_arena *arena, struct utfs_proc *proc, uint32_t id)
	UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t bytes = proc->uses_bytes ? proc->uses_bytes : 64;
	uint64_t offset;
	int ret;

	if (bytes > UTFS_MAX_EVENTS / 8)
		return -EBADMSG;
	if (id < proc->uses_bytes * 8)
		return 0;
	while (id >= bytes * 8)
		bytes *= 2;
	ret = utfs_alloc_blob(arena, bytes, &offset);
	if (!ret)
		ret = utfs_tx_reserve(arena, 2);
	if (ret)
		return ret;
	if (proc->uses_offset) {
		const void *old = utfs_arena_heap_at(arena, proc->uses_offset, proc->uses_bytes);

		if (old)
			memcpy(utfs_arena_heap_at(arena, offset, bytes), old, proc->uses_bytes);
		ret = utfs_free_blob(arena, proc->uses_offset, proc->uses_bytes);
		if (ret)
			return ret;
	}
	utfs_tx_set(arena, &proc->uses_offset, offset);
	utfs_tx_set(arena, &proc->uses_bytes, bytes);
	return 0;
}

/* The word of a process's bitmap that holds an event's bit; NULL: the bitmap does not reach there. */
static uint64_t *uses_word(const struct utfs_arena *arena, const struct utfs_proc *proc,
			   uint32_t id)
{
	uint64_t bytes = proc->uses_bytes;
	char *map = proc->uses_offset ? utfs_arena_heap_at(arena, proc->uses_offset, bytes) : NULL;

	if (!map || id / 64 >= bytes / 8)
		return NULL;
	return (uint64_t *)(void *)map + id / 64;
}

int utfs_proc_use_event(struct utfs_arena *arena, uint32_t id, bool used)
{
	struct utfs_proc *proc = utfs_proc_at(arena, arena->proc);
	uint64_t bit = UINT64_C(1) << id % 64;
	uint64_t *word;
	int ret;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	/* A system call, and a module registers a thousand events in a transaction: asked once in each. */
	if (!arena->slot_own && !utfs_proc_own(arena))
		return -ESRCH;
	arena->slot_own = true;
	if (id >= UTFS_MAX_EVENTS)
		return -EINVAL;
	ret = used ? uses_grow(arena, proc, id) : 0;
	if (!ret)
		ret = utfs_tx_reserve(arena, 1);
	if (ret)
		return ret;
	word = uses_word(arena, proc, id);
	if (word)
		utfs_tx_set(arena, word, used ? *word | bit : *word & ~bit);
	return 0;
}

bool utfs_proc_event_used(struct utfs_arena *arena, uint32_t id)
{
	for (uint64_t i = 0; i < nr_procs(arena); i++) {
		const struct utfs_proc *proc = utfs_proc_at(arena, i);
		const uint64_t *word;

		if (proc->kind == UTFS_PROC_FREE)
			continue;
		word = uses_word(arena, proc, id);
		if (word && *word & UINT64_C(1) << id % 64 && utfs_proc_alive(arena, i))
			return true;
	}
	return false;
}
