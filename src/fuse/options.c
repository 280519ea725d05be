/* SPDX-License-Identifier: MIT */
/* Mount options: the kernel's own of tracefs, and what goes on to libfuse. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuse/mount.h"

/* A whole number below 2^32 - 1, which is no id. Return: false: it is none. */
static bool parse_number(const char *text, int base, unsigned int *number)
{
	unsigned long value;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoul(text, &end, base);
	if (*end || errno || value >= UINT32_MAX)
		return false;
	*number = (unsigned int)value;
	return true;
}

static bool parse_uid(const char *text, uid_t *uid)
{
	const struct passwd *user;

	if (parse_number(text, 10, uid))
		return true;
	user = getpwnam(text);
	if (user)
		*uid = user->pw_uid;
	return user;
}

static bool parse_gid(const char *text, gid_t *gid)
{
	const struct group *group;

	if (parse_number(text, 10, gid))
		return true;
	group = getgrnam(text);
	if (group)
		*gid = group->gr_gid;
	return group;
}

static bool parse_mode(const char *text, mode_t *mode)
{
	return parse_number(text, 8, mode) && *mode <= 07777;
}

/* Return: false: no room. */
static bool pass_on(struct utfs_mount_options *options, const char *word)
{
	size_t len_bytes = strlen(options->fuse);
	int n = snprintf(options->fuse + len_bytes, sizeof(options->fuse) - len_bytes, "%s%s",
			 len_bytes ? "," : "", word);

	return n >= 0 && (size_t)n < sizeof(options->fuse) - len_bytes;
}

static bool parse_word(struct utfs_mount_options *options, const char *word)
{
	if (strncmp(word, "uid=", 4) == 0)
		return parse_uid(word + 4, &options->uid);
	if (strncmp(word, "gid=", 4) == 0)
		return parse_gid(word + 4, &options->gid);
	if (strncmp(word, "mode=", 5) == 0)
		return parse_mode(word + 5, &options->mode);
	return !*word || pass_on(options, word);
}

int utfs_mount_options_parse(const char *text, struct utfs_mount_options *options,
			     char why[UTFS_MOUNT_WHY_BYTES])
{
	char *copy = strdup(text);
	char *rest = copy;
	char *word;
	int ret = 0;

	*options = (struct utfs_mount_options){
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
		.mode = (mode_t)-1,
	};
	if (!copy)
		return -ENOMEM;
	if (geteuid() == 0)
		pass_on(options, "allow_other");
	while (ret == 0 && (word = strsep(&rest, ",")) != NULL) {
		if (!parse_word(options, word)) {
			snprintf(why, UTFS_MOUNT_WHY_BYTES, "bad mount option '%s'", word);
			ret = -EINVAL;
		}
	}
	free(copy);
	return ret;
}
