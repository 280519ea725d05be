/* SPDX-License-Identifier: MIT */
/* What a reader does with a page it has copied. */
#include <stdlib.h>
#include <string.h>

#include "ring/internal.h"

/* The kernel's flags in the commit word of a page handed to user space. */
#define MISSED_EVENTS (UINT64_C(1) << 31)
#define MISSED_STORED (UINT64_C(1) << 30)

unsigned char *utfs_page_copy_data(struct utfs_page_copy *copy, unsigned int order)
{
	unsigned char *larger;

	copy->order = order;
	if (copy->into && (uint64_t)UTFS_PAGE_BYTES << order <= copy->into_bytes) {
		copy->data = copy->into->data;
		return copy->into->data;
	}
	copy->data = copy->page.data;
	if (!order)
		return copy->page.data;
	if (copy->larger_order < order || !copy->larger) {
		larger = realloc(copy->larger, utfs_page_room(order));
		if (!larger)
			return NULL;
		copy->larger = larger;
		copy->larger_order = order;
	}
	copy->data = copy->larger;
	return copy->larger;
}

void utfs_page_copy_fini(struct utfs_page_copy *copy)
{
	free(copy->larger);
	copy->larger = NULL;
}

/* The time at copy->offset: that of the entry before it. */
static uint64_t time_at_offset(const struct utfs_page_copy *copy)
{
	uint64_t time_stamp = copy->page.time_stamp;
	struct utfs_entry entry;

	for (uint64_t at = 0;
	     at < copy->offset && utfs_entry_decode(copy->data, at, copy->page.commit,
						    copy->page.time_stamp, time_stamp, &entry);
	     at = entry.next)
		time_stamp = entry.time_stamp;
	return time_stamp;
}

void utfs_event_iter_init(struct utfs_event_iter *iter, const struct utfs_page_copy *copy)
{
	*iter = (struct utfs_event_iter){
		.copy = copy, .next = copy->offset, .time_stamp = time_at_offset(copy)};
}

bool utfs_event_iter_next(struct utfs_event_iter *iter)
{
	const struct utfs_page_copy *copy = iter->copy;
	struct utfs_entry entry = {0};

	do {
		if (!utfs_entry_decode(copy->data, iter->next, copy->page.commit,
				       copy->page.time_stamp, iter->time_stamp, &entry))
			return false;
		iter->next = entry.next;
		iter->time_stamp = entry.time_stamp;
	} while (!entry.bytes);
	iter->record = copy->data + entry.record;
	iter->bytes = entry.bytes;
	return true;
}

void utfs_page_export(const struct utfs_page_copy *copy, struct utfs_page *out)
{
	const uint64_t room = utfs_page_room(copy->order);
	uint64_t bytes = copy->page.commit - copy->offset;
	uint64_t flags = 0;

	/* A part begins with the time of what comes before it, as the kernel's ring_buffer_read_page() does. */
	out->time_stamp = time_at_offset(copy);
	/* It may be there already, or behind the part that was read before. */
	if (out->data != copy->data + copy->offset)
		memmove(out->data, copy->data + copy->offset, bytes);
	out->commit = bytes;
	if (copy->lost) {
		flags = MISSED_EVENTS;
		if (room - bytes >= sizeof(copy->lost)) {
			memcpy(out->data + bytes, &copy->lost, sizeof(copy->lost));
			bytes += sizeof(copy->lost);
			flags |= MISSED_STORED;
		}
	}
	out->commit |= flags;
	memset(out->data + bytes, 0, room - bytes);
}
