/* SPDX-License-Identifier: MIT */
/* Finding, checking, mapping the arena's file. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena/internal.h"

/* Writes the reason for a person and passes the error on. */
static int refuse(char *why, int ret, const char *path, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
static int refuse(char *why, int ret, const char *path, const char *format, ...)
{
	va_list args;
	int n = snprintf(why, UTFS_WHY_BYTES, "%.300s: ", path);

	va_start(args, format);
	if (n > 0 && n < UTFS_WHY_BYTES)
		vsnprintf(why + n, (size_t)(UTFS_WHY_BYTES - n), format, args);
	va_end(args);
	return ret;
}

static int refuse_errno(char *why, int ret, const char *path)
{
	char text[128];

	return refuse(why, ret, path, "%s", strerror_r(-ret, text, sizeof(text)));
}

static int directory_path(const struct utfs_arena_options *options, char *path, size_t bytes)
{
	const char *directory = options->directory;
	int n;

	/* Who runs a set-user-id program does not choose where it writes. */
	if (!directory)
		directory = secure_getenv("UTRACEFS_DIR");
	if (directory && *directory)
		n = snprintf(path, bytes, "%s", directory);
	else
		n = snprintf(path, bytes, "/dev/shm/utracefs-%u", (unsigned int)geteuid());
	/* Room for "/arena" and for a temporary name. */
	return n < 0 || (size_t)n + 32 > bytes ? -ENAMETOOLONG : 0;
}

/* One user's alone, or one group's: set-group-id on the directory says that it is meant to be shared. */
static bool mode_private(const struct stat *st)
{
	return !(st->st_mode & 077);
}

static bool directory_shared(const struct stat *st)
{
	return st->st_mode & S_ISGID && !(st->st_mode & 07);
}

static int directory_open(const struct utfs_arena_options *options, const char *path,
			  struct stat *st, char *why)
{
	int fd;

	if (options->create && mkdir(path, 0700) && errno != EEXIST)
		return refuse_errno(why, -errno, path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return refuse(why, -EPERM, path,
			      "not a directory (symbolic links are not followed)");
	if (fd < 0)
		return refuse_errno(why, -errno, path);
	if (fstat(fd, st)) {
		int ret = refuse_errno(why, -errno, path);

		close(fd);
		return ret;
	}
	if (st->st_uid != geteuid() && !(directory_shared(st) && st->st_mode & 070)) {
		close(fd);
		return refuse(why, -EPERM, path, "belongs to user %u, not to user %u",
			      (unsigned int)st->st_uid, (unsigned int)geteuid());
	}
	if (!mode_private(st) && !directory_shared(st)) {
		close(fd);
		return refuse(why, -EPERM, path,
			      "mode %04o lets others in (it must be 0700, or 2770 for a group)",
			      (unsigned int)st->st_mode & 07777);
	}
	return fd;
}

/* Makes a whole arena without a name, then names it: nobody ever sees half of one. */
static int file_create(int dir, const struct utfs_arena_options *options, const struct stat *dir_st,
		       const char *path, char *why)
{
	mode_t mode = directory_shared(dir_st) ? 0660 : 0600;
	char temporary[32];
	int fd, ret;

	snprintf(temporary, sizeof(temporary), ".arena-%ld", (long)getpid());
	unlinkat(dir, temporary, 0);
	fd = openat(dir, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return refuse_errno(why, -errno, path);
	ret = fchmod(fd, mode) ? -errno : utfs_arena_format(fd, options);
	if (!ret && linkat(dir, temporary, dir, "arena", 0) && errno != EEXIST)
		ret = -errno;
	unlinkat(dir, temporary, 0);
	close(fd);
	return ret ? refuse_errno(why, ret, path) : 0;
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
		return refuse(why, -EPERM, path, "is a symbolic link");
	if (fd < 0)
		return refuse_errno(why, -errno, path);
	return fd;
}

static int file_check(int fd, const struct stat *dir_st, struct stat *st, const char *path,
		      char *why)
{
	if (fstat(fd, st))
		return refuse_errno(why, -errno, path);
	if (!S_ISREG(st->st_mode))
		return refuse(why, -EPERM, path, "is not a regular file");
	if (!directory_shared(dir_st)) {
		if (st->st_uid != geteuid())
			return refuse(why, -EPERM, path, "belongs to user %u, not to user %u",
				      (unsigned int)st->st_uid, (unsigned int)geteuid());
		if (!mode_private(st))
			return refuse(why, -EPERM, path,
				      "mode %04o lets others in (it must be 0600)",
				      (unsigned int)st->st_mode & 07777);
	} else if (st->st_mode & 07) {
		return refuse(why, -EPERM, path, "mode %04o lets everybody in (it must be 0660)",
			      (unsigned int)st->st_mode & 07777);
	}
	return 0;
}

static int header_check(const struct utfs_header *header, const struct stat *st, const char *path,
			char *why)
{
	uint64_t offsets[UTFS_NR_REGIONS + 1];

	if (header->magic != UTFS_ABI_MAGIC)
		return refuse(why, -EBADMSG, path, "is not a utracefs arena (wrong magic number)");
	if (header->abi_version != UTFS_ABI_VERSION)
		return refuse(why, -EPROTO, path,
			      "has ABI version %u, this program speaks version %u",
			      header->abi_version, UTFS_ABI_VERSION);
	if (header->page_bytes != UTFS_PAGE_BYTES ||
	    header->layout_signature != utfs_layout_signature())
		return refuse(why, -EPROTO, path,
			      "was made by a build with another layout (or another C library)");
	if ((uint64_t)st->st_size != header->size_bytes)
		return refuse(why, -EBADMSG, path,
			      "is damaged: %lld bytes long, its header says %llu",
			      (long long)st->st_size, (unsigned long long)header->size_bytes);
	if (utfs_layout_compute(offsets, header->nr_cpus, header->size_bytes) ||
	    memcmp(offsets, header->region_offset, sizeof(offsets)))
		return refuse(why, -EBADMSG, path,
			      "is damaged: the table of regions does not hold together");
	if (header->mode != UTFS_MODE_RSEQ && header->mode != UTFS_MODE_LOCKED)
		return refuse(why, -EBADMSG, path, "is damaged: unknown mode %u", header->mode);
	for (int r = 0; r < UTFS_NR_REGIONS; r++)
		if (header->present[r] % UTFS_PAGE_BYTES ||
		    header->present[r] > offsets[r + 1] - offsets[r])
			return refuse(why, -EBADMSG, path,
				      "is damaged: region %d is larger than its room", r);
	if (header->nr_instances < 1 || header->nr_instances > UTFS_MAX_INSTANCES ||
	    header->nr_events < UTFS_EVENT_ID_FIRST || header->nr_events > UTFS_MAX_EVENTS ||
	    header->heap_end < offsets[UTFS_REGION_HEAP] || header->heap_end > header->size_bytes)
		return refuse(why, -EBADMSG, path, "is damaged: a count is out of range");
	return 0;
}

static int file_map(struct utfs_arena *arena, int fd, void *fixed, const char *path, char *why)
{
	void *map = mmap(fixed, arena->size_bytes, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_NORESERVE | (fixed ? MAP_FIXED : 0), fd, 0);

	if (map == MAP_FAILED)
		return refuse_errno(why, -errno, path);
	(void)madvise(map, arena->size_bytes, MADV_DONTDUMP);
	arena->header = map;
	return 0;
}

/* Of all who open an arena from before a reboot, one makes it anew; the others wait for it. */
static int boot_check(struct utfs_arena *arena, int fd)
{
	struct flock lock = {.l_type = F_WRLCK,
			     .l_whence = SEEK_SET,
			     .l_start = UTFS_BOOT_LOCK_BYTE,
			     .l_len = 1};
	char boot_id[40];
	int ret = 0;

	utfs_boot_id_read(boot_id);
	/* Where /proc is not to be had, the arena is taken to be of this boot. */
	if (!boot_id[0] || !memcmp(boot_id, arena->header->boot_id, sizeof(boot_id)))
		return 0;
	while (fcntl(fd, F_OFD_SETLKW, &lock))
		if (errno != EINTR)
			return -errno;
	if (memcmp(boot_id, arena->header->boot_id, sizeof(boot_id)))
		ret = utfs_arena_renew(arena, boot_id);
	(void)utfs_byte_unlock(fd, UTFS_BOOT_LOCK_BYTE);
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
		return refuse_errno(why, -errno, arena->path);
	if (n < (ssize_t)sizeof(header))
		return refuse(why, -EBADMSG, arena->path, "is not a utracefs arena (too short)");
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
		return refuse(
			why, -ENOTSUP, arena->path,
			"needs restartable sequences (rseq), which this process does not have");
	ret = file_map(arena, fd, NULL, arena->path, why);
	if (ret)
		return ret;
	arena->fd = fd;
	ret = boot_check(arena, fd);
	if (!ret)
		ret = utfs_proc_attach(arena, fd);
	if (ret)
		refuse_errno(why, ret, arena->path);
	if (ret == -ETIMEDOUT) {
		char comm[17];
		pid_t tid = utfs_lock_owner(arena, comm);

		refuse(why, ret, arena->path,
		       "event_mutex is held by %s (thread %ld), which does not go on", comm,
		       (long)tid);
	}
	return ret;
}

int utfs_arena_open(struct utfs_arena *arena, const struct utfs_arena_options *options, char *why)
{
	struct stat dir_st = {0}, st = {0};
	int dir, fd, ret;

	memset(arena, 0, sizeof(*arena));
	arena->fd = -1;
	arena->kind = options->kind;
	why[0] = '\0';
	ret = directory_path(options, arena->path, sizeof(arena->path));
	if (ret)
		return refuse_errno(why, ret, "$UTRACEFS_DIR");
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
	if (arena->fd >= 0)
		close(arena->fd);
	arena->fd = fd;
	/* In place and in one step: events written meanwhile by a signal handler find the same bytes. */
	ret = file_map(arena, fd, arena->header, arena->path, why);
	if (!ret) {
		arena->dirty_change = arena->pages_taken = arena->pages_freed = arena->blobs_freed =
			false;
		ret = utfs_proc_attach(arena, fd);
	}
	if (arena->kind == UTFS_PROC_APPLICATION) {
		close(fd);
		arena->fd = -1;
	}
	return ret;
}
