/* SPDX-License-Identifier: MIT */
/* Making an arena ahead of use: for a group, of a size, in a mode. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arena/internal.h"

#define NOREPLACE 1u /* RENAME_NOREPLACE; not every libc has it */

static int size_check(uint64_t size_bytes, const char *path, char *why)
{
	const uint64_t most = (UTFS_TAIL_PAGE_MASK + 1) * UTFS_PAGE_BYTES;
	uint64_t offsets[UTFS_NR_REGIONS + 1] = {0};
	uint32_t nr_cpus = (uint32_t)utfs_nr_possible_cpus();
	uint64_t least;

	if (!size_bytes || !utfs_layout_compute(offsets, nr_cpus, size_bytes))
		return 0;
	if (size_bytes % UTFS_PAGE_BYTES)
		return utfs_refuse(why, -EINVAL, path, "an arena has whole pages of %u bytes",
				   UTFS_PAGE_BYTES);
	/* The regions lie where they lie, whatever the size. */
	(void)utfs_layout_compute(offsets, nr_cpus, 0);
	least = offsets[UTFS_REGION_HEAP] + 64 * UTFS_PAGE_BYTES;
	return utfs_refuse(why, -EINVAL, path, "an arena has from %llu to %llu MiB here",
			   (unsigned long long)(least + (1u << 20) - 1) >> 20,
			   (unsigned long long)most >> 20);
}

/* Set-group-id makes files of all members the group's. */
static int give_to_group(int dir, const struct utfs_arena_options *options, const char *path,
			 char *why)
{
	struct stat st;
	char text[128];

	if (fchown(dir, (uid_t)-1, options->gid))
		return utfs_refuse(why, -errno, path, "cannot be given to group %u: %s",
				   (unsigned int)options->gid,
				   strerror_r(errno, text, sizeof(text)));
	if (fchmod(dir, 02770) || fstat(dir, &st))
		return utfs_refuse_errno(why, -errno, path);
	if (!utfs_directory_shared(&st) || st.st_gid != options->gid)
		return utfs_refuse(why, -ENOTSUP, path, "the file system has no mode 2770");
	return 0;
}

static int rename_new(const char *from, const char *to)
{
	if (!syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, NOREPLACE))
		return 0;
	/* Not every file system can. An empty directory may be replaced, another one makes it fail. */
	if ((errno == EINVAL || errno == ENOSYS) && !rename(from, to))
		return 0;
	return -errno;
}

void utfs_arena_explain(const struct utfs_arena_options *options, int ret, char *why)
{
	char path[4096];
	struct stat st;

	if ((ret != -EACCES && ret != -EPERM) || utfs_directory_path(options, path, sizeof(path)) ||
	    lstat(path, &st) || !S_ISDIR(st.st_mode) || !utfs_directory_shared(&st))
		return;
	if (ret == -EACCES)
		utfs_refuse(why, ret, path, "is shared by group %u, user %u is not in it",
			    (unsigned int)st.st_gid, (unsigned int)geteuid());
	else if (st.st_uid && st.st_uid != geteuid())
		utfs_refuse(why, ret, path,
			    "belongs to user %u, not to user %u (what a group shares must be "
			    "root's: utracefs init --gid)",
			    (unsigned int)st.st_uid, (unsigned int)geteuid());
}

/* A whole arena in a directory of its own, to be moved: an application that starts meanwhile finds the whole or nothing. */
static int make_aside(const struct utfs_arena_options *options, char *temporary, const char *path,
		      char *why)
{
	struct utfs_arena_options aside = *options;
	struct utfs_arena arena;
	int dir, ret = 0;

	if (!mkdtemp(temporary))
		return utfs_refuse_errno(why, -errno, path);
	dir = open(temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* Below a directory with set-group-id it has that bit, too. */
	if (dir < 0 || (!options->shared && fchmod(dir, 0700)))
		ret = utfs_refuse_errno(why, -errno, path);
	if (!ret && options->shared)
		ret = give_to_group(dir, options, path, why);
	if (!ret) {
		aside.directory = temporary;
		aside.create = true;
		ret = utfs_arena_open(&arena, &aside, why);
		/* The reason names what will not be there any more. */
		if (ret)
			utfs_refuse_errno(why, ret, path);
		utfs_arena_close(&arena);
	}
	if (dir >= 0)
		close(dir);
	return ret;
}

static void remove_aside(const char *temporary)
{
	char file[4096];

	if (snprintf(file, sizeof(file), "%s/arena", temporary) < (int)sizeof(file))
		unlink(file);
	rmdir(temporary);
}

static int in_new(const struct utfs_arena_options *options, const char *path, char *why)
{
	char temporary[4096];
	int ret;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return utfs_refuse_errno(why, -ENAMETOOLONG, path);
	ret = make_aside(options, temporary, path, why);
	if (!ret) {
		ret = rename_new(temporary, path);
		if (ret)
			utfs_refuse_errno(why, ret, path);
	}
	if (ret)
		remove_aside(temporary);
	return ret;
}

/* It was there before: what it is like is its owner's will. */
static int directory_check(const struct utfs_arena_options *options, const struct stat *st,
			   const char *path, char *why)
{
	struct utfs_arena_options existing = *options;
	struct utfs_arena arena;
	char file[4096 + 8];
	struct stat file_st;
	int ret;

	/* Not by opening it: that would be a change. */
	snprintf(file, sizeof(file), "%s/arena", path);
	if (!lstat(file, &file_st))
		return utfs_refuse(why, -EEXIST, path, "an arena is there already");
	existing.create = false;
	ret = utfs_arena_open(&arena, &existing, why);
	utfs_arena_close(&arena);
	if (!ret)
		return utfs_refuse(why, -EEXIST, path, "an arena is there already");
	if (ret != -ENOENT) {
		utfs_arena_explain(options, ret, why);
		return ret;
	}
	if (options->shared && (!utfs_directory_shared(st) || st->st_gid != options->gid))
		return utfs_refuse(
			why, -EEXIST, path,
			"is there already, of group %u, mode %04o (wanted: group %u, 2770)",
			(unsigned int)st->st_gid, (unsigned int)st->st_mode & 07777,
			(unsigned int)options->gid);
	return 0;
}

static int in_existing(const struct utfs_arena_options *options, const struct stat *st,
		       const char *path, char *why)
{
	struct utfs_arena_options same = *options;
	char temporary[4096], from[4096 + 8], to[4096 + 8];
	int ret = directory_check(options, st, path, why);

	if (ret)
		return ret;
	same.shared = utfs_directory_shared(st);
	same.gid = st->st_gid;
	if (snprintf(temporary, sizeof(temporary), "%s/.XXXXXX", path) >= (int)sizeof(temporary))
		return utfs_refuse_errno(why, -ENAMETOOLONG, path);
	ret = make_aside(&same, temporary, path, why);
	snprintf(from, sizeof(from), "%s/arena", temporary);
	snprintf(to, sizeof(to), "%s/arena", path);
	if (!ret && link(from, to))
		ret = errno == EEXIST ? utfs_refuse(why, -EEXIST, path, "an arena is there already")
				      : utfs_refuse_errno(why, -errno, path);
	remove_aside(temporary);
	return ret;
}

int utfs_arena_init(const struct utfs_arena_options *options, char path[4096], char *why)
{
	struct stat st;
	int ret;

	why[0] = '\0';
	ret = utfs_directory_path(options, path, 4096);
	if (ret)
		return utfs_refuse_errno(why, ret, "$UTRACEFS_DIR");
	ret = size_check(options->size_bytes, path, why);
	if (ret)
		return ret;
	if (!lstat(path, &st))
		return in_existing(options, &st, path, why);
	if (errno != ENOENT)
		return utfs_refuse_errno(why, -errno, path);
	return in_new(options, path, why);
}
