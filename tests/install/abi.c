/* SPDX-License-Identifier: MIT */
/* Sizes, offsets and values that programs have compiled in, one on each line. */
#include <stddef.h>
#include <stdio.h>
#include <utracefs/utracefs.h>

#define SIZE(type)	    printf("size %s %zu\n", #type, sizeof(type))
#define FIELD(type, member) printf("offset %s.%s %zu\n", #type, #member, offsetof(type, member))
#define VALUE(name)	    printf("value %s %lld\n", #name, (long long)(name))

int main(void)
{
	SIZE(struct utfs_status);
	FIELD(struct utfs_status, state);
	FIELD(struct utfs_status, error);
	FIELD(struct utfs_status, events);
	FIELD(struct utfs_status, conflicts);
	FIELD(struct utfs_status, failures);
	FIELD(struct utfs_status, lost_messages);
	FIELD(struct utfs_status, refused_threads);
	FIELD(struct utfs_status, text);
	SIZE(struct utfs_runtime_event);
	FIELD(struct utfs_runtime_event, mask);
	FIELD(struct utfs_runtime_event, never);
	FIELD(struct utfs_runtime_event, description);
	SIZE(struct utfs_event);
	FIELD(struct utfs_event, mask);
	FIELD(struct utfs_event, never);
	FIELD(struct utfs_event, status);
	FIELD(struct utfs_event, info);
	SIZE(struct utfs_event_info);
	FIELD(struct utfs_event_info, record_bytes);
	FIELD(struct utfs_event_info, nr_fields);
	FIELD(struct utfs_event_info, nr_symbols);
	SIZE(struct utfs_event_field);
	FIELD(struct utfs_event_field, shape);
	FIELD(struct utfs_event_field, value);
	FIELD(struct utfs_event_field, offset);
	FIELD(struct utfs_event_field, bytes);
	FIELD(struct utfs_event_field, count);
	SIZE(struct utfs_module);
	FIELD(struct utfs_module, registered);
	SIZE(struct utfs_event_piece);
	FIELD(struct utfs_event_piece, bytes);
	FIELD(struct utfs_event_piece, offset);
	FIELD(struct utfs_event_piece, element_bytes);
	VALUE(UTFS_EVENT_RECORD_MAX);
	VALUE(UTFS_DESCRIPTION_BYTES);
	VALUE(UTFS_RUNTIME_EVENT_BYTES);
	VALUE(UTFS_STATE_NOT_STARTED);
	VALUE(UTFS_STATE_ACTIVE);
	VALUE(UTFS_STATE_OFF);
	VALUE(UTFS_STATE_NO_ARENA);
	VALUE(UTFS_STATE_NO_RSEQ);
	VALUE(UTFS_P_HEADER_ABI);
	VALUE(UTFS_P_HEADROOM);
	VALUE(UTFS_P_FIELDS_MAX);
	VALUE(UTFS_P_SCALAR);
	VALUE(UTFS_P_ARRAY);
	VALUE(UTFS_P_CHARS);
	VALUE(UTFS_P_STRING);
	VALUE(UTFS_P_COUNTED);
	VALUE(UTFS_P_DYNAMIC);
	VALUE(UTFS_P_INTEGER);
	VALUE(UTFS_P_CHARACTER);
	VALUE(UTFS_P_BOOL);
	VALUE(UTFS_P_FLOAT);
	VALUE(UTFS_P_POINTER);
	VALUE(UTFS_P_SIGNED);
	return 0;
}
