/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where something lies, by page; and what lay there at first. */
static struct {
	uint64_t n, room;
	uint64_t *offsets;
	char *pages;
} image;

static void room_make(void)
{
	if (image.n < image.room)
		return;
	image.room = image.room ? 2 * image.room : 256;
	image.offsets = realloc(image.offsets, image.room * sizeof(*image.offsets));
	image.pages = realloc(image.pages, image.room * UTFS_PAGE_BYTES);
	if (!image.offsets || !image.pages)
		abort();
}

void fuzz_image_take(const struct utfs_arena *arena)
{
	const char *start = (const char *)arena->header;
	off_t at = 0;

	while ((at = lseek(arena->fd, at, SEEK_DATA)) >= 0 && (uint64_t)at < arena->size_bytes) {
		room_make();
		image.offsets[image.n] = (uint64_t)at;
		memcpy(image.pages + image.n * UTFS_PAGE_BYTES, start + at, UTFS_PAGE_BYTES);
		image.n++;
		at += UTFS_PAGE_BYTES;
	}
}

void fuzz_image_put(const struct utfs_arena *arena)
{
	for (uint64_t i = 0; i < image.n; i++) {
		char *at = (char *)arena->header + image.offsets[i];
		const char *page = image.pages + i * UTFS_PAGE_BYTES;

		/* Most are as they were. */
		if (memcmp(at, page, UTFS_PAGE_BYTES) != 0)
			memcpy(at, page, UTFS_PAGE_BYTES);
	}
}

uint64_t fuzz_image_page(unsigned int number)
{
	return image.offsets[number % image.n];
}
