/* SPDX-License-Identifier: MIT */
/* Finding, checking, mapping the arena's file. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "arena/internal.h"

#define TEMPORARY_TRIES 16

int utfs_refuse(char *why, int ret, const char *path, const char *format, ...)
{
	va_list args;
	int n = snprintf(why, UTFS_WHY_BYTES, "%.300s: ", path);

	va_start(args, format);
	if (n > 0 && n < UTFS_WHY_BYTES)
		vsnprintf(why + n, (size_t)(UTFS_WHY_BYTES - n), format, args);
	va_end(args);
	return ret;
}

int utfs_refuse_errno(char *why, int ret, const char *path)
{
	char text[128];

	return utfs_refuse(why, ret, path, "%s", strerror_r(-ret, text, sizeof(text)));
}

int utfs_directory_path(const struct utfs_arena_options *options, char *path, size_t bytes)
{
	const char *directory = options->directory;
	int n;

	/* Who runs a set-user-id program does not choose where it writes. */
	if (!directory)
		directory = secure_getenv("UTRACEFS_DIR");
	if (!directory || !*directory) {
		n = snprintf(path, bytes, "/dev/shm/utracefs-%u", (unsigned int)geteuid());
	} else if (*directory == '/') {
		n = snprintf(path, bytes, "%s", directory);
	} else {
		/* The file is opened again later, when the program may be in another directory. */
		if (!getcwd(path, bytes))
			return -errno;
		n = (int)strlen(path);
		n += snprintf(path + n, bytes - (size_t)n, "/%s", directory);
	}
	/* Room for "/arena" and for a temporary name. */
	if ((size_t)n + 32 > bytes)
		return -ENAMETOOLONG;
	/* A slash at the end would follow a symbolic link. */
	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	return 0;
}

static bool mode_private(const struct stat *st)
{
	return !(st->st_mode & 077);
}

static int directory_open(const struct utfs_arena_options *options, const char *path,
			  struct stat *st, char *why)
{
	int fd;

	if (options->create && mkdir(path, 0700) && errno != EEXIST)
		return utfs_refuse_errno(why, -errno, path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return utfs_refuse(why, -EPERM, path,
				   "not a directory (symbolic links are not followed)");
	if (fd < 0)
		return utfs_refuse_errno(why, -errno, path);
	if (fstat(fd, st)) {
		int ret = utfs_refuse_errno(why, -errno, path);

		close(fd);
		return ret;
	}
	/* Whoever owns it decides what is in it: a group's is root's or our own. */
	if (st->st_uid != geteuid() && !(utfs_directory_shared(st) && !st->st_uid)) {
		close(fd);
		return utfs_refuse(why, -EPERM, path, "belongs to user %u, not to user %u",
				   (unsigned int)st->st_uid, (unsigned int)geteuid());
	}
	if (!mode_private(st) && !utfs_directory_shared(st)) {
		close(fd);
		return utfs_refuse(
			why, -EPERM, path,
			"mode %04o lets others in (it must be 0700, or 2770 for a group)",
			(unsigned int)st->st_mode & 07777);
	}
	return fd;
}

/*
 * A file without a name, so that nothing is left of who dies half way. Where the file system has none, or nothing leads
 * from a descriptor to a name, one with a name that nobody else will think of: process ids repeat across namespaces.
 */
static int temporary_open(int dir, mode_t mode, char name[32])
{
	const int flags = O_RDWR | O_CLOEXEC;
	int fd = access("/proc/self/fd", X_OK) ? -1 : openat(dir, ".", flags | O_TMPFILE, mode);

	name[0] = '\0';
	for (int i = 0; fd < 0 && i < TEMPORARY_TRIES; i++) {
		unsigned char random[8];

		if (getrandom(random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
			return -errno;
		strcpy(name, ".arena-");
		for (size_t j = 0; j < sizeof(random); j++)
			snprintf(name + 7 + 2 * j, 3, "%02x", random[j]);
		fd = openat(dir, name, flags | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd < 0 ? -errno : fd;
}

static int temporary_name(int dir, int fd, const char *name)
{
	char self[48];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return (*name ? linkat(dir, name, dir, "arena", 0)
		      : linkat(AT_FDCWD, self, dir, "arena", AT_SYMLINK_FOLLOW))
		       ? -errno
		       : 0;
}

/* Makes a whole arena, then names it: nobody ever sees half of one. */
static int file_create(int dir, const struct utfs_arena_options *options, const struct stat *dir_st,
		       const char *path, char *why)
{
	mode_t mode = utfs_directory_shared(dir_st) ? 0660 : 0600;
	char temporary[32];
	int fd = temporary_open(dir, mode, temporary);
	int ret = 0;

	if (fd < 0)
		return utfs_refuse_errno(why, fd, path);
	UTFS_INJECT();
	/* Whatever the umask is. */
	if (fchmod(fd, mode))
		ret = -errno;
	if (!ret)
		ret = utfs_arena_format(fd, options);
	if (!ret)
		ret = temporary_name(dir, fd, temporary);
	UTFS_INJECT();
	if (*temporary)
		unlinkat(dir, temporary, 0);
	close(fd);
	/* Somebody was faster: theirs is as good. */
	return ret && ret != -EEXIST ? utfs_refuse_errno(why, ret, path) : 0;
}

static int file_open(int dir, const struct utfs_arena_options *options, const struct stat *dir_st,
		     const char *path, char *why)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	int fd = openat(dir, "arena", flags);

	if (fd < 0 && errno == ENOENT && options->create) {
		int ret = file_create(dir, options, dir_st, path, why);

		if (ret)
			return ret;
		fd = openat(dir, "arena", flags);
	}
	if (fd < 0 && errno == ELOOP)
		return utfs_refuse(why, -EPERM, path, "is a symbolic link");
	if (fd < 0 && (errno == EISDIR || errno == ENXIO || errno == ENODEV))
		return utfs_refuse(why, -EPERM, path, "is not a regular file");
	if (fd < 0)
		return utfs_refuse_errno(why, -errno, path);
	return fd;
}

static int file_check(int fd, const struct stat *dir_st, struct stat *st, const char *path,
		      char *why)
{
	if (fstat(fd, st))
		return utfs_refuse_errno(why, -errno, path);
	if (!S_ISREG(st->st_mode))
		return utfs_refuse(why, -EPERM, path, "is not a regular file");
	if (!utfs_directory_shared(dir_st)) {
		if (st->st_uid != geteuid())
			return utfs_refuse(why, -EPERM, path, "belongs to user %u, not to user %u",
					   (unsigned int)st->st_uid, (unsigned int)geteuid());
		if (!mode_private(st))
			return utfs_refuse(why, -EPERM, path,
					   "mode %04o lets others in (it must be 0600)",
					   (unsigned int)st->st_mode & 07777);
	} else if (st->st_mode & 07) {
		return utfs_refuse(why, -EPERM, path,
				   "mode %04o lets everybody in (it must be 0660)",
				   (unsigned int)st->st_mode & 07777);
	}
	return 0;
}

static int header_check(const struct utfs_header *header, const struct stat *st, const char *path,
			char *why)
{
	const struct {
		enum utfs_region region;
		uint64_t n, least, most;
	} counts[] = {
		{UTFS_REGION_HEADER, 1, 1, 1},
		{UTFS_REGION_UNDO, header->nr_undo, 0, UTFS_MAX_UNDO},
		{UTFS_REGION_PROCS, header->nr_procs, 0, UTFS_MAX_PROCS},
		{UTFS_REGION_PINS, header->nr_pins, 0, UTFS_MAX_PINS},
		{UTFS_REGION_CHANGES, UTFS_MAX_CHANGES, 0, UTFS_MAX_CHANGES},
		{UTFS_REGION_CMDLINES, header->nr_cmdlines, 1, UTFS_MAX_CMDLINES},
		{UTFS_REGION_INSTANCES, header->nr_instances, 1, UTFS_MAX_INSTANCES},
		{UTFS_REGION_SYSTEMS, header->nr_systems, 1, UTFS_MAX_SYSTEMS},
		{UTFS_REGION_EVENTS, header->nr_events, UTFS_EVENT_ID_FIRST, UTFS_MAX_EVENTS},
		{UTFS_REGION_MASKS, header->nr_events, UTFS_EVENT_ID_FIRST, UTFS_MAX_EVENTS},
		{UTFS_REGION_HASHES, 1, 1, 1},
		{UTFS_REGION_EXTENTS, header->nr_extents, 0, UTFS_MAX_EXTENTS},
		{UTFS_REGION_RECORDERS, UTFS_MAX_RECORDERS, 0, UTFS_MAX_RECORDERS},
	};
	uint64_t offsets[UTFS_NR_REGIONS + 1];

	if (header->magic != UTFS_ABI_MAGIC)
		return utfs_refuse(why, -EBADMSG, path,
				   "is not a utracefs arena (wrong magic number)");
	if (header->abi_version != UTFS_ABI_VERSION)
		return utfs_refuse(why, -EPROTO, path,
				   "has ABI version %u, this program speaks version %u",
				   header->abi_version, UTFS_ABI_VERSION);
	if (header->page_bytes != UTFS_PAGE_BYTES ||
	    header->layout_signature != utfs_layout_signature())
		return utfs_refuse(why, -EPROTO, path, "was made by a build with another layout");
	if ((uint64_t)st->st_size != header->size_bytes)
		return utfs_refuse(why, -EBADMSG, path,
				   "is damaged: %lld bytes long, its header says %llu",
				   (long long)st->st_size, (unsigned long long)header->size_bytes);
	if (utfs_layout_compute(offsets, header->nr_cpus, header->size_bytes) ||
	    memcmp(offsets, header->region_offset, sizeof(offsets)))
		return utfs_refuse(why, -EBADMSG, path,
				   "is damaged: the table of regions does not hold together");
	if (header->mode != UTFS_MODE_RSEQ && header->mode != UTFS_MODE_LOCKED)
		return utfs_refuse(why, -EBADMSG, path, "is damaged: unknown mode %u",
				   header->mode);
	for (int r = 0; r < UTFS_NR_REGIONS; r++)
		if (header->present[r] % UTFS_PAGE_BYTES ||
		    header->present[r] > offsets[r + 1] - offsets[r])
			return utfs_refuse(why, -EBADMSG, path,
					   "is damaged: region %d is larger than its room", r);
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		if (counts[i].n < counts[i].least || counts[i].n > counts[i].most ||
		    utfs_layout_bytes(counts[i].region, header->nr_cpus, counts[i].n) >
			    header->present[counts[i].region])
			return utfs_refuse(why, -EBADMSG, path,
					   "is damaged: count of region %d is out of range",
					   counts[i].region);
	if (header->heap_end < offsets[UTFS_REGION_HEAP] || header->heap_end > header->size_bytes ||
	    header->heap_end % UTFS_PAGE_BYTES)
		return utfs_refuse(why, -EBADMSG, path,
				   "is damaged: the heap's end is out of range");
	return 0;
}

static int file_map(struct utfs_arena *arena, int fd, void *fixed, const char *path, char *why)
{
	void *map = mmap(fixed, arena->size_bytes, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_NORESERVE | (fixed ? MAP_FIXED : 0), fd, 0);

	if (map == MAP_FAILED)
		return utfs_refuse_errno(why, -errno, path);
	(void)madvise(map, arena->size_bytes, MADV_DONTDUMP);
	arena->header = map;
	return 0;
}

/* Shared by all who attach, exclusive for who makes the arena anew. Never waits longer than for event_mutex. */
static int boot_lock(const struct utfs_arena *arena, int fd, short type)
{
	const struct timespec pause = {0, 1000000};
	unsigned int waited_ms = 0;
	int ret;

	while ((ret = utfs_byte_lock(fd, type, UTFS_BOOT_LOCK_BYTE)) == -EAGAIN &&
	       waited_ms++ < arena->lock_timeout_ms)
		nanosleep(&pause, NULL);
	return ret == -EAGAIN ? -ETIMEDOUT : ret;
}

static void boot_unlock(int fd)
{
	(void)utfs_byte_unlock(fd, UTFS_BOOT_LOCK_BYTE);
}

/*
 * Of all who open an arena from before a reboot, one makes it anew; the others wait for it. Locks do not survive a reboot: an
 * arena that somebody is attached to is of this boot, whatever the boot id says (a container may be shown another one).
 * On success the boot lock is held, shared or exclusive, until we are attached.
 */
static int boot_check(struct utfs_arena *arena, int fd)
{
	char boot_id[40];
	int ret = boot_lock(arena, fd, F_RDLCK);

	if (ret)
		return ret;
	utfs_boot_id_read(boot_id);
	/* Where /proc is not to be had, the arena is taken to be of this boot. */
	if (!boot_id[0] || !memcmp(boot_id, arena->header->boot_id, sizeof(boot_id)))
		return 0;
	/* Not upgraded in one step: two who both wait for the other's shared lock would wait for ever. */
	boot_unlock(fd);
	ret = boot_lock(arena, fd, F_WRLCK);
	if (ret)
		return ret;
	if (memcmp(boot_id, arena->header->boot_id, sizeof(boot_id)) &&
	    !utfs_proc_any_alive(arena, fd))
		ret = utfs_arena_renew(arena, boot_id);
	if (ret)
		boot_unlock(fd);
	return ret;
}

static int arena_attach(struct utfs_arena *arena, int fd, const struct utfs_arena_options *options,
			char *why)
{
	struct utfs_header header;
	struct stat st;
	ssize_t n = pread(fd, &header, sizeof(header), 0);
	int ret;

	if (fstat(fd, &st))
		return utfs_refuse_errno(why, -errno, arena->path);
	if (n < (ssize_t)sizeof(header))
		return utfs_refuse(why, -EBADMSG, arena->path,
				   "is not a utracefs arena (too short)");
	/*
	 * Read again, after the counts: others are at work, and raise present[] before the count that relies on it. It only grows.
	 */
	n = pread(fd, header.present, sizeof(header.present),
		  offsetof(struct utfs_header, present));
	if (n < (ssize_t)sizeof(header.present))
		return utfs_refuse(why, -EBADMSG, arena->path, "cannot be read");
	ret = header_check(&header, &st, arena->path, why);
	if (ret)
		return ret;
	arena->size_bytes = header.size_bytes;
	memcpy(arena->region_offset, header.region_offset, sizeof(arena->region_offset));
	arena->nr_cpus = header.nr_cpus;
	arena->mode = header.mode;
	arena->device = st.st_dev;
	arena->inode = st.st_ino;
	if (arena->mode == UTFS_MODE_RSEQ && !options->rseq_usable &&
	    options->kind == UTFS_PROC_APPLICATION)
		return utfs_refuse(
			why, -ENOTSUP, arena->path,
			"needs restartable sequences (rseq), which this process does not have");
	ret = file_map(arena, fd, NULL, arena->path, why);
	if (ret)
		return ret;
	arena->fd = fd;
	ret = boot_check(arena, fd);
	if (!ret) {
		ret = utfs_proc_attach(arena, fd);
		boot_unlock(fd);
	}
	if (ret)
		utfs_refuse_errno(why, ret, arena->path);
	if (ret == -ETIMEDOUT) {
		char comm[17];
		pid_t pid = utfs_lock_holder(arena, &arena->header->event, comm);

		utfs_refuse(why, ret, arena->path,
			    "event_mutex is held by %s (process %ld), which does not go on", comm,
			    (long)pid);
	}
	return ret;
}

int utfs_arena_open(struct utfs_arena *arena, const struct utfs_arena_options *options, char *why)
{
	struct stat dir_st = {0}, st = {0};
	int dir, fd, ret;

	memset(arena, 0, sizeof(*arena));
	arena->fd = -1;
	arena->proc = UTFS_NO_PROC;
	arena->kind = options->kind;
	arena->repair = options->repair;
	arena->lock_timeout_ms = arena->kind == UTFS_PROC_APPLICATION
					 ? UTFS_LOCK_TIMEOUT_APPLICATION_MS
					 : UTFS_LOCK_TIMEOUT_FRONT_END_MS;
	why[0] = '\0';
	ret = utfs_directory_path(options, arena->path, sizeof(arena->path));
	if (ret)
		return utfs_refuse_errno(why, ret, "$UTRACEFS_DIR");
	dir = directory_open(options, arena->path, &dir_st, why);
	if (dir < 0)
		return dir;
	strcat(arena->path, "/arena");
	fd = file_open(dir, options, &dir_st, arena->path, why);
	close(dir);
	if (fd < 0)
		return fd;
	ret = file_check(fd, &dir_st, &st, arena->path, why);
	if (!ret)
		ret = arena_attach(arena, fd, options, why);
	if (ret && arena->header)
		munmap(arena->header, arena->size_bytes);
	if (ret)
		arena->header = NULL;
	/* Applications keep no descriptor: the mapping keeps the description and its lock. */
	if (ret || options->kind == UTFS_PROC_APPLICATION) {
		close(fd);
		arena->fd = -1;
	}
	return ret;
}

void utfs_arena_close(struct utfs_arena *arena)
{
	if (!arena->header)
		return;
	utfs_proc_detach(arena);
	munmap(arena->header, arena->size_bytes);
	if (arena->fd >= 0)
		close(arena->fd);
	arena->header = NULL;
	arena->fd = -1;
}

int utfs_arena_reopen(const struct utfs_arena *arena)
{
	struct stat st;
	int fd = open(arena->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || st.st_dev != arena->device || st.st_ino != arena->inode) {
		close(fd);
		return -ESTALE;
	}
	return fd;
}

int utfs_arena_after_fork(struct utfs_arena *arena)
{
	char why[UTFS_WHY_BYTES];
	int fd = utfs_arena_reopen(arena);
	int ret;

	if (fd < 0)
		return fd;
	/* From here on until the slot is ours the child may be the only one that is attached. */
	ret = boot_lock(arena, fd, F_RDLCK);
	if (ret) {
		close(fd);
		return ret;
	}
	if (arena->fd >= 0)
		close(arena->fd);
	arena->fd = fd;
	/* In place and in one step: events written meanwhile by a signal handler find the same bytes. */
	ret = file_map(arena, fd, arena->header, arena->path, why);
	if (!ret) {
		/* Another thread of the parent's may have been in the middle of something. */
		utfs_tx_forget(arena);
		ret = utfs_proc_attach(arena, fd);
	}
	boot_unlock(fd);
	if (arena->kind == UTFS_PROC_APPLICATION) {
		close(fd);
		arena->fd = -1;
	}
	return ret;
}
