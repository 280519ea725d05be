/* SPDX-License-Identifier: MIT */
/* What a reader does with a page it has copied. */
#include <string.h>

#include "ring/internal.h"

/* The kernel's flags in the commit word of a page handed to user space. */
#define MISSED_EVENTS (UINT64_C(1) << 31)
#define MISSED_STORED (UINT64_C(1) << 30)

/* The time at copy->offset: that of the entry before it. */
static uint64_t time_at_offset(const struct utfs_page_copy *copy)
{
	uint64_t time_stamp = copy->page.time_stamp;
	struct utfs_entry entry;

	for (uint64_t at = 0;
	     at < copy->offset && utfs_entry_decode(copy->page.data, at, copy->page.commit,
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
		if (!utfs_entry_decode(copy->page.data, iter->next, copy->page.commit,
				       copy->page.time_stamp, iter->time_stamp, &entry))
			return false;
		iter->next = entry.next;
		iter->time_stamp = entry.time_stamp;
	} while (!entry.bytes);
	iter->record = copy->page.data + entry.record;
	iter->bytes = entry.bytes;
	return true;
}

void utfs_page_export(const struct utfs_page_copy *copy, struct utfs_page *out)
{
	uint64_t bytes = copy->page.commit - copy->offset;
	uint64_t flags = 0;

	/* A part begins with the time of what comes before it, as the kernel's ring_buffer_read_page() does. */
	out->time_stamp = time_at_offset(copy);
	memcpy(out->data, copy->page.data + copy->offset, bytes);
	out->commit = bytes;
	if (copy->lost) {
		flags = MISSED_EVENTS;
		if (UTFS_PAGE_DATA_BYTES - bytes >= sizeof(copy->lost)) {
			memcpy(out->data + bytes, &copy->lost, sizeof(copy->lost));
			bytes += sizeof(copy->lost);
			flags |= MISSED_STORED;
		}
	}
	out->commit |= flags;
	memset(out->data + bytes, 0, UTFS_PAGE_DATA_BYTES - bytes);
}
