/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where something lies, by page; and what lay there at first. */
static struct {
	uint64_t n;
	uint64_t *offsets;
	char *pages;
} image;

void fuzz_image_take(const struct utfs_arena *arena)
{
	const char *start = (const char *)arena->header;
	off_t at = 0;

	while ((at = lseek(arena->fd, at, SEEK_DATA)) >= 0 && (uint64_t)at < arena->size_bytes) {
		image.offsets = realloc(image.offsets, (image.n + 1) * sizeof(*image.offsets));
		image.pages = realloc(image.pages, (image.n + 1) * UTFS_PAGE_BYTES);
		if (!image.offsets || !image.pages)
			abort();
		image.offsets[image.n] = (uint64_t)at;
		memcpy(image.pages + image.n * UTFS_PAGE_BYTES, start + at, UTFS_PAGE_BYTES);
		image.n++;
		at += UTFS_PAGE_BYTES;
	}
}

void fuzz_image_put(const struct utfs_arena *arena)
{
	for (uint64_t i = 0; i < image.n; i++)
		memcpy((char *)arena->header + image.offsets[i], image.pages + i * UTFS_PAGE_BYTES,
		       UTFS_PAGE_BYTES);
}

uint64_t fuzz_image_page(unsigned int number)
{
	return image.offsets[number % image.n];
}
