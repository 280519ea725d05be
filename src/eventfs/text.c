/* SPDX-License-Identifier: MIT */
/* The growing buffer that a value file's text is made in. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eventfs/eventfs.h"

#define FIRST_BYTES 256

char *eventfs_text_grow(struct eventfs_text *text, size_t size_bytes)
{
	size_t cap_bytes = text->cap_bytes ? text->cap_bytes : FIRST_BYTES;
	char *data;

	if (text->error)
		return NULL;
	/* SSIZE_MAX bounds it all: no sum or product below can wrap. */
	if (size_bytes > SSIZE_MAX / 2 || text->len_bytes > SSIZE_MAX / 2 - size_bytes)
		goto fail;
	if (text->data && size_bytes <= text->cap_bytes - text->len_bytes)
		return text->data + text->len_bytes;
	while (cap_bytes - text->len_bytes < size_bytes)
		cap_bytes *= 2;
	data = realloc(text->data, cap_bytes);
	if (!data)
		goto fail;
	text->data = data;
	text->cap_bytes = cap_bytes;
	return data + text->len_bytes;
fail:
	text->error = -ENOMEM;
	return NULL;
}

void eventfs_text_vprintf(struct eventfs_text *text, const char *format, va_list args)
{
	size_t room_bytes = text->cap_bytes - text->len_bytes;
	va_list again;
	int len;

	if (text->error)
		return;
	va_copy(again, args);
	len = vsnprintf(text->data ? text->data + text->len_bytes : NULL, room_bytes, format, args);
	if (len < 0) {
		text->error = -EINVAL;
	} else if ((size_t)len < room_bytes) {
		text->len_bytes += (size_t)len;
	} else if (eventfs_text_reserve(text, (size_t)len + 1)) {
		vsnprintf(text->data + text->len_bytes, (size_t)len + 1, format, again);
		text->len_bytes += (size_t)len;
	}
	va_end(again);
}

void eventfs_text_printf(struct eventfs_text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	eventfs_text_vprintf(text, format, args);
	va_end(args);
}

void eventfs_text_write(struct eventfs_text *text, const void *data, size_t len_bytes)
{
	char *room;

	if (len_bytes == 0)
		return;
	room = eventfs_text_reserve(text, len_bytes);
	if (!room)
		return;
	memcpy(room, data, len_bytes);
	text->len_bytes += len_bytes;
}

void eventfs_text_puts(struct eventfs_text *text, const char *string)
{
	eventfs_text_write(text, string, strlen(string));
}

void eventfs_text_fini(struct eventfs_text *text)
{
	free(text->data);
	*text = (struct eventfs_text){0};
}
