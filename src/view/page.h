/* SPDX-License-Identifier: MIT */
/* The page's files, as the build made them (embed). */
#ifndef UTFS_VIEW_PAGE_H
#define UTFS_VIEW_PAGE_H

#include <stddef.h>

struct utfs_view_page_file {
	const char
		*name; /* in the address, behind the token: "" is the page itself. NULL: the end */
	const char *type;
	const unsigned char *data;
	size_t bytes;
};
extern const struct utfs_view_page_file utfs_view_page_files[];

#endif
