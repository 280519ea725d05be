/* SPDX-License-Identifier: MIT */
/* Filling a new arena file, and making an arena from before a reboot usable again. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena/internal.h"

#define DEFAULT_SIZE_BYTES (UINT64_C(16) << 30)

/* Reads a small file of the kernel's. Return: bytes read, text is NUL-terminated; or a negative errno. */
static ssize_t text_read(const char *path, char *text, size_t bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	text[0] = '\0';
	if (fd < 0)
		return -errno;
	n = read(fd, text, bytes - 1);
	if (n < 0)
		n = -errno;
	else
		text[n] = '\0';
	close(fd);
	return n;
}

void utfs_boot_id_read(char boot_id[40])
{
	memset(boot_id, 0, 40);
	if (text_read("/proc/sys/kernel/random/boot_id", boot_id, 40) > 0)
		boot_id[strcspn(boot_id, "\n")] = '\0';
}

int utfs_nr_possible_cpus(void)
{
	char text[256];
	const char *last;
	long n = 0;

	/* "0-7" or "0,2-5": the highest number counts, CPU numbers index the buffers. */
	if (text_read("/sys/devices/system/cpu/possible", text, sizeof(text)) > 0) {
		last = text + strlen(text);
		while (last > text && last[-1] != '-' && last[-1] != ',')
			last--;
		n = strtol(last, NULL, 10) + 1;
	}
	if (n <= 0)
		n = sysconf(_SC_NPROCESSORS_CONF);
	if (n <= 0)
		n = 1;
	return n < UTFS_MAX_CPUS ? (int)n : UTFS_MAX_CPUS;
}

/* UTRACEFS_ARENA_SIZE: bytes, or with K, M, G. What makes no sense is as if it were not set. */
static uint64_t wanted_size(void)
{
	const char *text = secure_getenv("UTRACEFS_ARENA_SIZE");
	uint64_t offsets[UTFS_NR_REGIONS + 1];
	unsigned int shift = 0;
	uint64_t size;
	char *end;

	if (!text || text[0] < '0' || text[0] > '9')
		return DEFAULT_SIZE_BYTES;
	size = strtoull(text, &end, 10);
	if (*end == 'K')
		shift = 10;
	else if (*end == 'M')
		shift = 20;
	else if (*end == 'G')
		shift = 30;
	size = size >> (63 - shift) ? 0 : size << shift;
	size -= size % UTFS_PAGE_BYTES;
	return utfs_layout_compute(offsets, (uint32_t)utfs_nr_possible_cpus(), size)
		       ? DEFAULT_SIZE_BYTES
		       : size;
}

static enum utfs_mode wanted_mode(const struct utfs_arena_options *options)
{
	const char *locked = secure_getenv("UTRACEFS_LOCKED");

	if (locked && *locked && strcmp(locked, "0"))
		return UTFS_MODE_LOCKED;
	return options->rseq_usable && !options->locked ? UTFS_MODE_RSEQ : UTFS_MODE_LOCKED;
}

/* The tables that must be there from the start: random access, or needed to begin a transaction. */
static int tables_allocate(int fd, struct utfs_header *header)
{
	const uint64_t need[UTFS_REGION_HEAP] = {
		[UTFS_REGION_HEADER] = 1,
		[UTFS_REGION_UNDO] = 2 * UTFS_TX_FREE_WORDS,
		[UTFS_REGION_PROCS] = 1,
		[UTFS_REGION_PINS] = 1,
		[UTFS_REGION_CHANGES] = UTFS_MAX_CHANGES,
		[UTFS_REGION_CMDLINES] = UTFS_DEFAULT_CMDLINES,
		[UTFS_REGION_INSTANCES] = 1,
		[UTFS_REGION_SYSTEMS] = 1,
		[UTFS_REGION_EVENTS] = UTFS_EVENT_ID_FIRST,
		[UTFS_REGION_MASKS] = UTFS_EVENT_ID_FIRST,
		[UTFS_REGION_HASHES] = 1,
		[UTFS_REGION_RECORDERS] = UTFS_MAX_RECORDERS,
	};

	for (int r = 0; r < UTFS_REGION_HEAP; r++) {
		uint64_t bytes = utfs_layout_bytes(r, header->nr_cpus, need[r]);
		int ret;

		bytes = (bytes + UTFS_PAGE_BYTES - 1) / UTFS_PAGE_BYTES * UTFS_PAGE_BYTES;
		ret = utfs_file_allocate(fd, header->region_offset[r], bytes);
		if (ret)
			return ret;
		header->present[r] = bytes;
	}
	return 0;
}

static void root_init(struct utfs_instance *root)
{
	root->buffer_kb = UTFS_DEFAULT_BUFFER_KB;
	root->clock = UTFS_CLOCK_LOCAL;
	root->tracing_on = 1;
	root->buffer_percent = UTFS_DEFAULT_BUFFER_PERCENT;
	root->options = UTFS_DEFAULT_OPTIONS;
}

/* Beyond the limit ftruncate would not only fail: the signal's default is to end the program, which is not ours. */
static bool size_permitted(uint64_t size_bytes)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) || limit.rlim_cur == RLIM_INFINITY ||
	       limit.rlim_cur >= size_bytes;
}

static int header_fill(int fd, struct utfs_header *header, const struct utfs_arena_options *options)
{
	int ret;

	header->abi_version = UTFS_ABI_VERSION;
	header->page_bytes = UTFS_PAGE_BYTES;
	header->layout_signature = utfs_layout_signature();
	header->size_bytes = options->size_bytes ? options->size_bytes : wanted_size();
	header->nr_cpus = (uint32_t)utfs_nr_possible_cpus();
	header->mode = wanted_mode(options);
	ret = utfs_layout_compute(header->region_offset, header->nr_cpus, header->size_bytes);
	if (!ret && !size_permitted(header->size_bytes))
		ret = -EFBIG;
	if (!ret && ftruncate(fd, (off_t)header->size_bytes))
		ret = -errno;
	if (!ret)
		ret = tables_allocate(fd, header);
	if (ret)
		return ret;
	header->heap_end = header->region_offset[UTFS_REGION_HEAP];
	header->nr_instances = 1;
	header->nr_systems = 1;
	header->nr_events = UTFS_EVENT_ID_FIRST;
	header->nr_cmdlines = UTFS_DEFAULT_CMDLINES;
	utfs_boot_id_read(header->boot_id);
	utfs_clock_scale_measure(&header->local);
	return 0;
}

int utfs_arena_format(int fd, const struct utfs_arena_options *options)
{
	struct utfs_header filled = {0};
	struct utfs_instance root = {0};
	int ret = header_fill(fd, &filled, options);

	if (ret)
		return ret;
	root_init(&root);
	UTFS_INJECT();
	if (pwrite(fd, &root, sizeof(root), (off_t)filled.region_offset[UTFS_REGION_INSTANCES]) !=
	    sizeof(root))
		return -EIO;
	/* The magic number last: a file without it is no arena. The file has no name yet, this is for the disk's sake. */
	if (pwrite(fd, &filled, sizeof(filled), 0) != sizeof(filled))
		return -EIO;
	filled.magic = UTFS_ABI_MAGIC;
	UTFS_INJECT();
	return pwrite(fd, &filled.magic, sizeof(filled.magic), 0) == sizeof(filled.magic) ? 0
											  : -EIO;
}

/*
 * The time of the new boot begins below the old one's: a side goes on with a fresh page. `tail`: of the side, written or parked;
 * where there is none, whoever publishes it looks at the pages.
 */
static void side_renew(struct utfs_arena *arena, const struct utfs_ring_side *side, uint64_t *tail)
{
	uint64_t sequence = *tail >> UTFS_TAIL_SEQUENCE_SHIFT, page = *tail & UTFS_TAIL_PAGE_MASK;
	uint64_t order = side->page_order, slot, count;
	struct utfs_page_meta *meta;
	struct utfs_page *now, *next;

	if (!sequence || order > UTFS_PAGE_ORDER_MAX ||
	    side->nr_pages > arena->size_bytes / UTFS_PAGE_BYTES)
		return;
	slot = (page - side->first_page) >> order;
	if (slot >= side->nr_pages)
		return;
	meta = utfs_arena_heap_at(arena, side->meta_offset, side->nr_pages * sizeof(*meta));
	now = utfs_arena_heap_at(arena, page * UTFS_PAGE_BYTES, UTFS_PAGE_BYTES);
	slot = (slot + 1) % side->nr_pages;
	page = side->first_page + (slot << order);
	next = utfs_arena_heap_at(arena, page * UTFS_PAGE_BYTES, UTFS_PAGE_BYTES);
	if (!meta || !now || !next)
		return;
	if (order > UTFS_COMMIT_ORDER_MAX)
		count = now->commit >> UTFS_COMMIT_LENGTH_BITS_L &
			((1U << UTFS_COMMIT_COUNT_BITS_L) - 1);
	else
		count = now->commit >> UTFS_COMMIT_LENGTH_BITS &
			((1U << UTFS_COMMIT_COUNT_BITS) - 1);
	/* A page without events will do; so who does this again, the first one having died, takes no second page. */
	if (!count) {
		now->time_stamp = 0;
		return;
	}
	meta[slot].sequence = 0;
	next->commit = 0;
	next->time_stamp = 0;
	meta[slot].first_entry = meta[slot ? slot - 1 : side->nr_pages - 1].first_entry + count;
	meta[slot].sequence = sequence + 1;
	*tail = (sequence + 1) << UTFS_TAIL_SEQUENCE_SHIFT | (*tail & UTFS_TAIL_SWAP) | page;
}

static void cpu_buffer_renew(struct utfs_arena *arena, struct utfs_cpu_buffer *cb)
{
	uint64_t page = cb->tail & UTFS_TAIL_PAGE_MASK;

	cb->lock = 0;
	cb->waiters = 0;
	for (unsigned int i = 0; i < UTFS_NR_SIDES; i++) {
		struct utfs_ring_side *side = &cb->sides[i];

		side_renew(arena, side,
			   (page - side->first_page) >> (side->page_order & 7) < side->nr_pages
				   ? &cb->tail
				   : &side->parked);
	}
}

/* The threads that recorders look for are no more; CPUs stay. */
static int gates_renew(struct utfs_arena *arena) UTFS_REQUIRES(arena->event_mutex)
{
	int ret = 0;

	for (unsigned int r = 0; !ret && r < UTFS_MAX_RECORDERS; r++) {
		ret = utfs_gate_set(arena, r, UTFS_GATE_PIDS, NULL);
		if (!ret)
			ret = utfs_gate_set(arena, r, UTFS_GATE_NO_PIDS, NULL);
		/* Each changes a word of every event: together they would be more than the log holds. */
		if (!ret)
			ret = utfs_tx_checkpoint(arena);
	}
	return ret;
}

/* Events are not enabled any more, but those with triggers are asked. */
static int triggers_renew(struct utfs_arena *arena) UTFS_REQUIRES(arena->event_mutex)
{
	int ret = 0;

	for (uint32_t id = 0; !ret && id < utfs_nr_event_states(arena); id++) {
		if (!utfs_event_state_at(arena, id)->triggers)
			continue;
		ret = utfs_triggers_renew(arena, id);
		if (!ret)
			ret = utfs_tx_checkpoint(arena);
	}
	return ret;
}

/* What rules say holds after a reboot as well, for events that are known from before. */
static int pending_renew(struct utfs_arena *arena) UTFS_REQUIRES(arena->event_mutex)
{
	int ret = 0;

	for (uint32_t id = UTFS_EVENT_ID_FIRST;
	     !ret && arena->header->nr_pending && id < arena->header->nr_events; id++) {
		if (!utfs_event_at(arena, id)->serial)
			continue;
		ret = utfs_pending_apply(arena, id);
		if (!ret)
			ret = utfs_tx_checkpoint(arena);
	}
	return ret;
}

int utfs_arena_renew(struct utfs_arena *arena, const char *boot_id)
{
	struct utfs_header *header = arena->header;
	uint64_t cpu_buffers =
		header->present[UTFS_REGION_CPUBUFS] / sizeof(struct utfs_cpu_buffer);
	int ret = utfs_proc_identify(arena, arena->fd);

	if (ret)
		return ret;
	/* Who has the lock is of another boot: it is taken from the dead, and what they left is undone. */
	ret = utfs_tx_begin(arena);
	if (ret)
		return ret;
	/* Begun again from the start if it is interrupted: the boot id is written last. */
	ret = utfs_proc_release_all(arena);
	if (ret)
		return utfs_tx_end(arena, ret);
	utfs_alloc_give_back(arena, false);
	memset(utfs_proc_at(arena, 0), 0, header->present[UTFS_REGION_PROCS]);
	memset(utfs_arena_element(arena, UTFS_REGION_PINS, 0, 0), 0,
	       header->present[UTFS_REGION_PINS]);
	for (uint64_t id = 0; id < header->nr_events; id++)
		*utfs_event_mask(arena, id) = 0;
	header->nr_procs = header->nr_pins = 0;
	UTFS_INJECT();
	ret = gates_renew(arena);
	if (!ret)
		ret = triggers_renew(arena);
	if (!ret)
		ret = pending_renew(arena);
	header->change_waiters = 0;
	for (uint64_t i = 0; !ret && i < cpu_buffers; i++)
		cpu_buffer_renew(arena, utfs_arena_element(arena, UTFS_REGION_CPUBUFS, i,
							   sizeof(struct utfs_cpu_buffer)));
	utfs_clock_scale_measure(&header->local);
	ret = utfs_tx_end(arena, ret);
	UTFS_INJECT();
	if (!ret)
		memcpy(header->boot_id, boot_id, sizeof(header->boot_id));
	return ret;
}
