/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "../../probe.h"
#include "support.h"

void domain_open(struct domain *domain)
{
	struct utfs_arena_options options = {
		.kind = UTFS_PROC_FRONT_END, .create = true, .rseq_usable = probe_rseq()};
	char why[UTFS_WHY_BYTES];

	memset(domain, 0, sizeof(*domain));
	assert_non_null(getenv("UTRACEFS_DIR"));
	if (utfs_arena_open(&domain->arena, &options, why))
		fail_msg("%s", why);
}

void domain_close(struct domain *domain)
{
	free(domain->records);
	utfs_arena_close(&domain->arena);
}

static UTFS_UNCHECKED void lock(struct domain *domain) UTFS_ACQUIRES(domain->arena.event_mutex)
{
	assert_int_equal(utfs_tx_begin(&domain->arena), 0);
}

static UTFS_UNCHECKED void unlock(struct domain *domain) UTFS_RELEASES(domain->arena.event_mutex)
{
	assert_int_equal(utfs_tx_end(&domain->arena, 0), 0);
}

static int find(struct domain *domain, const char *system, const char *name, uint32_t *id)
	UTFS_REQUIRES(domain->arena.event_mutex)
{
	return utfs_event_find(&domain->arena, system, strlen(system), name, strlen(name), id);
}

bool domain_event_exists(struct domain *domain, const char *system, const char *name)
{
	uint32_t id;
	int ret;

	lock(domain);
	ret = find(domain, system, name, &id);
	unlock(domain);
	return !ret;
}

uint32_t domain_event(struct domain *domain, const char *system, const char *name)
{
	uint32_t id = 0;
	int ret;

	lock(domain);
	ret = find(domain, system, name, &id);
	unlock(domain);
	if (ret)
		fail_msg("event %s:%s is not there", system, name);
	return id;
}

char *domain_fields(struct domain *domain, const char *system, const char *name, char **print)
{
	struct utfs_event_strings strings;
	uint32_t id = domain_event(domain, system, name);
	char *text;

	lock(domain);
	assert_int_equal(utfs_event_strings_get(&domain->arena, id, &strings), 0);
	text = malloc(strings.fields_bytes + strings.print_bytes + 2);
	assert_non_null(text);
	memcpy(text, strings.fields, strings.fields_bytes + 1);
	*print = text + strings.fields_bytes + 1;
	memcpy(*print, strings.print_fmt, strings.print_bytes + 1);
	unlock(domain);
	return text;
}

void domain_enable(struct domain *domain, const char *system, const char *name, bool on)
{
	uint32_t id = domain_event(domain, system, name);
	uint64_t *mask = utfs_event_mask(&domain->arena, id);
	uint64_t bit;

	lock(domain);
	assert_int_equal(utfs_ring_create(&domain->arena, 0), 0);
	bit = UINT64_C(1) << (utfs_instance_at(&domain->arena, 0)->recorder - 1);
	utfs_tx_set(&domain->arena, mask, on ? *mask | bit : *mask & ~bit);
	unlock(domain);
}

void domain_tracing_on(struct domain *domain, bool on)
{
	lock(domain);
	utfs_ring_set_on(&domain->arena, 0, on);
	unlock(domain);
}

void domain_option(struct domain *domain, enum utfs_option option, bool on)
{
	uint64_t *options = &utfs_instance_at(&domain->arena, 0)->options;
	uint64_t bit = UTFS_OPTION_BIT(option);

	lock(domain);
	utfs_tx_set(&domain->arena, options, on ? *options | bit : *options & ~bit);
	unlock(domain);
}

uint32_t domain_flags(struct domain *domain, const char *system, const char *name)
{
	uint32_t id = domain_event(domain, system, name);
	struct utfs_event_strings strings;

	lock(domain);
	assert_int_equal(utfs_event_strings_get(&domain->arena, id, &strings), 0);
	unlock(domain);
	return strings.flags;
}

bool domain_used(struct domain *domain, const char *system, const char *name)
{
	uint32_t id = domain_event(domain, system, name);
	bool used;

	lock(domain);
	used = utfs_proc_event_used(&domain->arena, id);
	unlock(domain);
	return used;
}

static void record_add(struct domain *domain, unsigned int cpu, const struct utfs_event_iter *iter)
{
	struct record *record;

	if (!(domain->nr_records & (domain->nr_records + 1))) {
		size_t room = 2 * (domain->nr_records + 1);

		domain->records = realloc(domain->records, room * sizeof(*record));
		assert_non_null(domain->records);
	}
	record = &domain->records[domain->nr_records++];
	assert_true(iter->bytes <= sizeof(record->data));
	record->time_stamp = iter->time_stamp;
	record->cpu = cpu;
	record->bytes = iter->bytes;
	memcpy(record->data, iter->record, iter->bytes);
}

static void cpu_read(struct domain *domain, unsigned int recorder, unsigned int cpu)
{
	struct utfs_page_copy *copy = calloc(1, sizeof(*copy));
	struct utfs_event_iter iter;
	struct utfs_cursor cursor;
	uint64_t read = 0, lost = 0;

	assert_non_null(copy);
	assert_int_equal(utfs_reader_lock(&domain->arena, recorder, cpu), 0);
	utfs_reader_cursor(&domain->arena, recorder, cpu,
			   utfs_ring_side(&domain->arena, recorder, cpu, UTFS_MAIN), &cursor);
	while (utfs_reader_copy(&domain->arena, recorder, cpu, &cursor, copy) == 1) {
		utfs_event_iter_init(&iter, copy);
		while (utfs_event_iter_next(&iter))
			record_add(domain, cpu, &iter);
		read += copy->nr_entries;
		lost += copy->lost;
		utfs_cursor_advance(&cursor, copy, copy->page.commit, copy->nr_entries);
	}
	utfs_reader_consume(&domain->arena, recorder, cpu, &cursor, read, lost);
	utfs_reader_unlock(&domain->arena, recorder, cpu);
	free(copy);
}

static int by_time(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return x->time_stamp < y->time_stamp ? -1 : x->time_stamp > y->time_stamp;
}

void domain_read(struct domain *domain)
{
	uint64_t recorder = utfs_instance_at(&domain->arena, 0)->recorder;

	free(domain->records);
	domain->records = NULL;
	domain->nr_records = 0;
	if (!recorder)
		return;
	for (unsigned int cpu = 0; cpu < domain->arena.nr_cpus; cpu++)
		cpu_read(domain, (unsigned int)recorder - 1, cpu);
	if (domain->nr_records)
		qsort(domain->records, domain->nr_records, sizeof(*domain->records), by_time);
}

uint64_t record_number(const struct record *record, size_t offset, size_t bytes)
{
	uint64_t number = 0;

	assert_true(offset + bytes <= record->bytes);
	memcpy(&number, record->data + offset, bytes);
	return number;
}

uint16_t record_type(const struct record *record)
{
	return (uint16_t)record_number(record, 0, 2);
}

int32_t record_pid(const struct record *record)
{
	return (int32_t)record_number(record, 4, 4);
}

const void *record_dynamic(const struct record *record, size_t offset, size_t *bytes)
{
	uint32_t location = (uint32_t)record_number(record, offset, 4);
	size_t at = location & 0xffff;

	*bytes = location >> 16;
	assert_true(at + *bytes <= record->bytes);
	return record->data + at;
}

const char *record_string(const struct record *record, size_t offset)
{
	size_t bytes;
	const char *string = record_dynamic(record, offset, &bytes);

	assert_true(bytes > 0);
	assert_int_equal(string[bytes - 1], '\0');
	assert_int_equal(strlen(string), bytes - 1);
	return string;
}
