/* SPDX-License-Identifier: MIT */
/*
 * Events on a page, in the kernel's ring-buffer format:
 *
 *   u32 header: type_len:5, time_delta:27, then by type_len
 *     1..28  record of type_len * 4 bytes
 *     0      u32 length (its own 4 bytes included), then the record
 *     30     time extend: u32 upper bits of the delta; no record
 *     31     absolute time: u32 upper bits; no record (never written here, but understood)
 *     29     padding (never written here)
 */
#include <string.h>

#include "ring/internal.h"

#define DATA_BYTES_MAX ((UTFS_PAGE_BYTES << UTFS_PAGE_ORDER_MAX) - UTFS_PAGE_HEADER_BYTES)

static uint32_t load_u32(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

bool utfs_entry_decode(const unsigned char *data, uint64_t offset, uint64_t end,
		       uint64_t page_time_stamp, uint64_t time_stamp, struct utfs_entry *entry)
{
	uint64_t left, record_offset = offset + 4;
	uint32_t head, type_len, record_bytes;

	if (end > DATA_BYTES_MAX || offset > end || end - offset < 8)
		return false;
	left = end - offset;
	head = load_u32(data + offset);
	type_len = utfs_entry_words(data + offset);
	*entry = (struct utfs_entry){.time_stamp = time_stamp + (head >> 5)};
	if (type_len == UTFS_TYPE_TIME_EXTEND) {
		entry->time_stamp += (uint64_t)load_u32(data + offset + 4) << UTFS_DELTA_BITS;
		entry->next = offset + 8;
		return true;
	}
	if (type_len == UTFS_TYPE_TIME_STAMP) {
		entry->time_stamp = (head >> 5) |
				    (uint64_t)load_u32(data + offset + 4) << UTFS_DELTA_BITS |
				    (page_time_stamp & ~(uint64_t)0 << UTFS_EXTEND_BITS);
		entry->next = offset + 8;
		return true;
	}
	if (type_len > UTFS_TYPE_DATA_MAX)
		return false;
	record_bytes = type_len * 4;
	if (!type_len) {
		record_bytes = load_u32(data + offset + 4);
		if (record_bytes < 8 || record_bytes % 4 || record_bytes > DATA_BYTES_MAX)
			return false;
		record_bytes -= 4;
		record_offset += 4;
	}
	if (left < record_offset - offset + record_bytes)
		return false;
	entry->record = (uint32_t)record_offset;
	entry->bytes = record_bytes;
	entry->next = record_offset + record_bytes;
	return true;
}

/* Time of the last event of a page whose commit word could not hold it. As far as the page makes sense. */
static uint64_t last_time_stamp(const struct utfs_page *page, uint64_t page_time_stamp,
				uint64_t end)
{
	struct utfs_entry entry;
	uint64_t time_stamp = page_time_stamp;

	for (uint64_t offset = 0;
	     utfs_entry_decode(page->data, offset, end, page_time_stamp, time_stamp, &entry);
	     offset = entry.next)
		time_stamp = entry.time_stamp;
	return time_stamp;
}

static void store_u32(unsigned char *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* Headers grow downwards from the record; the lowest word travels in a register, see utfs_seq_commit(). */
static void build(unsigned char *record, uint32_t padded, uint64_t delta, bool extend,
		  struct utfs_encoded *encoded)
{
	unsigned char *at = record;
	uint32_t delta_here = extend ? 0 : (uint32_t)delta;

	memset(record - UTFS_RECORD_HEADROOM, 0, UTFS_RECORD_HEADROOM);
	if (padded > UTFS_SMALL_MAX_BYTES) {
		store_u32(at -= 4, padded + 4);
		store_u32(at -= 4, delta_here << 5);
	} else {
		store_u32(at -= 4, padded / 4 | delta_here << 5);
	}
	if (extend) {
		store_u32(at -= 4, (uint32_t)(delta >> UTFS_DELTA_BITS));
		store_u32(at -= 4, UTFS_TYPE_TIME_EXTEND | (uint32_t)delta << 5);
	}
	encoded->head = load_u32(at);
	encoded->rest = at + 4;
	encoded->rest_bytes = (uint32_t)(record + padded - at) - 4;
}

enum utfs_encode utfs_event_encode(struct utfs_page *page, unsigned int order, uint64_t commit,
				   uint64_t now, void *buffer, size_t bytes,
				   struct utfs_encoded *encoded)
{
	unsigned char *record = (unsigned char *)buffer + UTFS_RECORD_HEADROOM;
	uint64_t page_time_stamp = utfs_load(&page->time_stamp);
	uint32_t length = utfs_commit_bytes(commit, order), room = utfs_page_room(order);
	uint64_t last = page_time_stamp + utfs_commit_delta(commit, order);
	uint32_t padded, needed;
	uint64_t delta;
	bool extend;

	if (!bytes || bytes > UTFS_RECORD_MAX)
		return UTFS_ENCODE_BAD;
	padded = (uint32_t)(bytes + 3) & ~3U;
	memset(record + bytes, 0, padded - bytes);
	if (utfs_commit_delta(commit, order) == utfs_commit_delta_max(order))
		last = last_time_stamp(page, page_time_stamp, length < room ? length : room);
	if (now < last) {
		if (last - now > UTFS_CLOCK_STEP_BACK)
			return UTFS_ENCODE_SWITCH;
		now = last;
	}
	delta = now - last;
	if (delta >> UTFS_EXTEND_BITS)
		return UTFS_ENCODE_SWITCH;
	extend = delta >> UTFS_DELTA_BITS;
	needed = 4 + (padded > UTFS_SMALL_MAX_BYTES ? 4 : 0) + padded;
	if (!length && extend && needed + 8 > room) {
		/* The longest record leaves no room for a time extend: on its fresh page it takes the page's time. */
		extend = false;
		delta = 0;
		now = last;
	}
	needed += extend ? 8 : 0;
	if (length > room || needed > room - length)
		return UTFS_ENCODE_SWITCH;
	build(record, padded, delta, extend, encoded);
	/* A larger page goes on behind the struct. */
	encoded->at = (unsigned char *)page + UTFS_PAGE_HEADER_BYTES + length;
	encoded->commit = utfs_commit_make(length + needed, utfs_commit_count(commit, order) + 1,
					   now - page_time_stamp, order);
	return UTFS_ENCODE_FITS;
}
