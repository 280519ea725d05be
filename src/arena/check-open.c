/* SPDX-License-Identifier: MIT */
/*
 * Opening a file that is to be checked, and its head. Unlike utfs_arena_open() it takes no slot, and goes on where it can with what
 * is damaged: in a copy of its own, or alone with the file, or beside others as they do.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena/check.h"
#include "arena/internal.h"

static int path_find(const char *path, struct utfs_arena *arena, char *why)
{
	const struct utfs_arena_options options = {.directory = path};
	struct stat st;
	int ret = utfs_directory_path(&options, arena->path, sizeof(arena->path));

	if (ret)
		return utfs_refuse_errno(why, ret, path ? path : "$UTRACEFS_DIR");
	if (stat(arena->path, &st))
		return utfs_refuse_errno(why, -errno, arena->path);
	if (S_ISDIR(st.st_mode))
		strcat(arena->path, "/arena");
	return 0;
}

static int file_open(struct utfs_arena *arena, struct stat *st, bool *writable, char *why)
{
	const int flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	int fd = open(arena->path, O_RDWR | flags);

	*writable = fd >= 0;
	if (fd < 0 && (errno == EACCES || errno == EROFS || errno == EPERM))
		fd = open(arena->path, O_RDONLY | flags);
	if (fd < 0)
		return utfs_refuse_errno(why, -errno, arena->path);
	if (!fstat(fd, st) && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	return utfs_refuse(why, -EPERM, arena->path, "is not a regular file");
}

/* Keeps others from attaching where nobody is. */
static int way_choose(struct utfs_check *check, int fd, bool writable, char *why)
{
	if (check->repair && !writable)
		return utfs_refuse(why, -EROFS, check->arena->path, "can only be read");
	if (check->repair && !utfs_byte_lock(fd, F_WRLCK, UTFS_BOOT_LOCK_BYTE)) {
		check->way = UTFS_CHECK_ALONE;
		if (utfs_proc_any_alive(check->arena, fd)) {
			(void)utfs_byte_unlock(fd, UTFS_BOOT_LOCK_BYTE);
			check->way = UTFS_CHECK_LIVE;
		}
	} else if (check->repair || utfs_proc_any_alive(check->arena, fd)) {
		check->way = UTFS_CHECK_LIVE;
	}
	if (check->way == UTFS_CHECK_LIVE && !writable)
		return utfs_refuse(why, -EACCES, check->arena->path,
				   "is in use, and can only be read");
	return 0;
}

/* What nothing can be found without. */
static int identity_check(struct utfs_check *check, const struct utfs_header *header, size_t bytes,
			  uint64_t offsets[UTFS_NR_REGIONS + 1])
{
	if (bytes < sizeof(*header) || header->magic != UTFS_ABI_MAGIC)
		utfs_check_hopeless(check, UTFS_DAMAGE_IDENTITY, NULL,
				    "the file is not a utracefs arena");
	else if (header->abi_version != UTFS_ABI_VERSION || header->page_bytes != UTFS_PAGE_BYTES ||
		 header->layout_signature != utfs_layout_signature())
		utfs_check_hopeless(check, UTFS_DAMAGE_IDENTITY, NULL,
				    "the file has ABI version %u and a layout of %#llx, this "
				    "program speaks version %u and %#llx",
				    header->abi_version,
				    (unsigned long long)header->layout_signature, UTFS_ABI_VERSION,
				    (unsigned long long)utfs_layout_signature());
	else if (utfs_layout_compute(offsets, header->nr_cpus, header->size_bytes))
		utfs_check_hopeless(check, UTFS_DAMAGE_IDENTITY, NULL,
				    "the file says that it has %llu bytes and buffers for %u CPUs, "
				    "which cannot be",
				    (unsigned long long)header->size_bytes, header->nr_cpus);
	else if (header->mode != UTFS_MODE_RSEQ && header->mode != UTFS_MODE_LOCKED)
		utfs_check_hopeless(check, UTFS_DAMAGE_IDENTITY, NULL,
				    "the file says that events are written in mode %u, which there "
				    "is not",
				    header->mode);
	else
		return 0;
	return -EBADMSG;
}

/*
 * Where the file is shorter than it should be, what is missing reads as zeros in a copy. A file of which a page is not there must not
 * be mapped in any other way: who touches that page gets a signal.
 */
static int size_check(struct utfs_check *check, int fd, uint64_t file_bytes, uint64_t size_bytes)
{
	if (file_bytes == size_bytes)
		return 0;
	if (check->way == UTFS_CHECK_LIVE) {
		utfs_check_hopeless(check, UTFS_DAMAGE_TRUNCATED, NULL,
				    "the file has %llu bytes, and should have %llu",
				    (unsigned long long)file_bytes, (unsigned long long)size_bytes);
		return -EBADMSG;
	}
	if (utfs_check_found(check, UTFS_DAMAGE_TRUNCATED, NULL,
			     "the file has %llu bytes, and should have %llu",
			     (unsigned long long)file_bytes, (unsigned long long)size_bytes)) {
		int ret = ftruncate(fd, (off_t)size_bytes) ? -errno : 0;

		utfs_check_done(check, ret);
		return ret;
	}
	return 0;
}

static int file_map(struct utfs_check *check, int fd, uint64_t file_bytes)
{
	struct utfs_arena *arena = check->arena;
	const bool copy = check->way == UTFS_CHECK_COPY;
	const int flags = MAP_NORESERVE | (copy ? MAP_PRIVATE : MAP_SHARED);
	void *map = mmap(NULL, arena->size_bytes, PROT_READ | PROT_WRITE,
			 copy ? flags | MAP_ANONYMOUS : flags, copy ? -1 : fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	if (copy && file_bytes &&
	    mmap(map, file_bytes < arena->size_bytes ? file_bytes : arena->size_bytes,
		 PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0) == MAP_FAILED) {
		int ret = -errno;

		munmap(map, arena->size_bytes);
		return ret;
	}
	arena->header = map;
	return 0;
}

/* Return: true: the word may be changed, and is reported, as soon as it is: utfs_check_done(). */
static bool may_mend(const struct utfs_check *check, bool mend)
{
	return mend || check->way == UTFS_CHECK_COPY;
}

/* A transaction needs its log, and everything the words that say how far regions are there. */
static void regions_check(struct utfs_check *check, const uint64_t *offsets)
{
	struct utfs_header *header = check->arena->header;
	const uint64_t log_bytes = 2 * UTFS_TX_FREE_WORDS * sizeof(struct utfs_undo);

	if (memcmp(offsets, header->region_offset, sizeof(header->region_offset)) &&
	    may_mend(check, utfs_check_found(check, UTFS_DAMAGE_REGIONS, header->region_offset,
					     "the table of regions does not fit the file's size")))
		memcpy(header->region_offset, offsets, sizeof(header->region_offset));
	for (int r = 0; r < UTFS_REGION_HEAP; r++) {
		uint64_t *present = &header->present[r];
		const uint64_t room = offsets[r + 1] - offsets[r];
		const uint64_t least = r == UTFS_REGION_UNDO ? log_bytes : 0;

		if (*present % UTFS_PAGE_BYTES == 0 && *present <= room && *present >= least)
			continue;
		/* What is allocated again loses nothing. */
		if (may_mend(check, utfs_check_found(check, UTFS_DAMAGE_COUNT, present,
						     "region %d has %llu bytes, of %llu at most", r,
						     (unsigned long long)*present,
						     (unsigned long long)room)))
			*present = *present < least  ? least
				   : *present > room ? room
						     : *present / UTFS_PAGE_BYTES * UTFS_PAGE_BYTES;
	}
	utfs_check_done(check, 0);
}

/*
 * Who takes the lock has a serial. That of a copy is nobody's, and its lock is free, whoever had it: nothing of it is in the file. Elsewhere a
 * lock that dead ones left, or that names nobody, is taken from them.
 */
static int lock_check(struct utfs_check *check, int fd)
{
	struct utfs_arena *arena = check->arena;
	int ret = 0;

	if (check->way == UTFS_CHECK_COPY) {
		arena->serial = arena->header->last_proc_serial + 1;
		arena->serial_pid = getpid();
		/* Who died with the lock may have left more than a log: see utfs_tx_recover(). */
		if (arena->header->event.word)
			arena->header->repair_due = 1;
		arena->header->event = (struct utfs_lock){0};
	} else {
		ret = utfs_proc_identify(arena, fd);
	}
	if (ret)
		return ret;
	ret = utfs_tx_begin(arena);
	if (ret)
		return ret;
	return utfs_tx_end(arena, 0);
}

static void arena_begin(struct utfs_arena *arena, const struct utfs_header *header,
			const uint64_t *offsets, const struct stat *st)
{
	arena->size_bytes = header->size_bytes;
	memcpy(arena->region_offset, offsets, sizeof(arena->region_offset));
	arena->nr_cpus = header->nr_cpus;
	arena->mode = header->mode;
	arena->device = st->st_dev;
	arena->inode = st->st_ino;
}

int utfs_check_open(struct utfs_check *check, struct utfs_arena *arena, const char *path, char *why)
{
	uint64_t offsets[UTFS_NR_REGIONS + 1];
	struct utfs_header header = {0};
	struct stat st = {0};
	bool writable;
	ssize_t n;
	int fd, ret;

	memset(arena, 0, sizeof(*arena));
	arena->fd = -1;
	arena->proc = UTFS_NO_PROC;
	arena->kind = UTFS_PROC_FRONT_END;
	arena->lock_timeout_ms = UTFS_LOCK_TIMEOUT_FRONT_END_MS;
	check->arena = arena;
	check->way = UTFS_CHECK_COPY;
	why[0] = '\0';
	ret = path_find(path, arena, why);
	if (ret)
		return ret;
	memcpy(check->path, arena->path, sizeof(check->path));
	fd = file_open(arena, &st, &writable, why);
	if (fd < 0)
		return fd;
	arena->fd = fd;
	n = pread(fd, &header, sizeof(header), 0);
	check->last_proc_serial = header.last_proc_serial;
	ret = identity_check(check, &header, n < 0 ? 0 : (size_t)n, offsets);
	if (!ret)
		ret = way_choose(check, fd, writable, why);
	if (!ret)
		arena_begin(arena, &header, offsets, &st);
	if (!ret)
		ret = size_check(check, fd, (uint64_t)st.st_size, header.size_bytes);
	if (!ret)
		ret = file_map(check, fd, (uint64_t)st.st_size);
	/* A private mapping's memory is not the file's: nothing is allocated or punched, nor can the file be opened again for that. */
	if (!ret && check->way == UTFS_CHECK_COPY) {
		arena->fd = -1;
		arena->path[0] = '\0';
	}
	if (!ret) {
		regions_check(check, offsets);
		ret = lock_check(check, fd);
	}
	check->fd = fd;
	if (ret && ret != -EBADMSG && !*why)
		utfs_refuse_errno(why, ret, check->path);
	if (ret)
		(void)utfs_check_close(check);
	return ret;
}

/*
 * Has somebody used the file since it was opened? He may have come and gone, but has taken a serial first of all: what a copy shows of
 * his changes is a mixture.
 */
static bool somebody_came(const struct utfs_check *check)
{
	struct utfs_header header;

	if (pread(check->fd, &header, sizeof(header), 0) == sizeof(header) &&
	    header.last_proc_serial != check->last_proc_serial)
		return true;
	return utfs_proc_any_alive(check->arena, check->fd);
}

int utfs_check_close(struct utfs_check *check)
{
	struct utfs_arena *arena = check->arena;
	int ret = 0;

	utfs_check_claims_clear(check);
	free(check->queue);
	check->queue = NULL;
	if (arena->header)
		munmap(arena->header, arena->size_bytes);
	if (check->way == UTFS_CHECK_COPY && check->fd >= 0 && somebody_came(check))
		ret = -EAGAIN;
	/* The boot lock goes with the description. */
	if (check->fd >= 0)
		close(check->fd);
	arena->header = NULL;
	arena->fd = check->fd = -1;
	return ret;
}
