/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORIGIN UINT64_C(1700000000000000000)

uint32_t fixture_events(void)
{
	const char *text = getenv("UTFS_TEST_EVENTS");

	return text ? (uint32_t)strtoul(text, NULL, 10) : 30000;
}

uint32_t fixture_random(struct fixture *fixture, uint32_t below)
{
	fixture->state ^= fixture->state << 13;
	fixture->state ^= fixture->state >> 7;
	fixture->state ^= fixture->state << 17;
	return (uint32_t)((fixture->state >> 32) * below >> 32);
}

void fixture_init(struct fixture *fixture, uint64_t seed)
{
	static const char *const names[NR_TYPES] = {"work_begin", "work_end", "lock",
						    "unlock",	  "tick",     "note"};

	*fixture = (struct fixture){.state = seed};
	for (uint32_t i = 0; i < NR_TYPES; i++) {
		struct utfs_event_format *format;
		char text[512];
		int n = snprintf(
			text, sizeof(text),
			"\tfield:u64 id;\toffset:8;\tsize:8;\tsigned:0;\n"
			"\tfield:int %s;\toffset:16;\tsize:4;\tsigned:1;\n"
			"\tfield:__data_loc char[] name;\toffset:20;\tsize:4;\tsigned:0;\n",
			i % 2 ? "status" : "value");

		assert_int_equal(utfs_event_format_parse(text, (size_t)n, &format, NULL), 0);
		fixture->types[i] = (struct utfs_recording_type){
			.system = "test",
			.name = names[i],
			.index = i,
			.id = (uint16_t)(100 + i),
			.file = i == 4,
			.format = format,
		};
	}
}

void fixture_fini(struct fixture *fixture)
{
	utfs_view_store_fini(&fixture->store);
	for (uint32_t i = 0; i < NR_TYPES; i++)
		utfs_event_format_free((struct utfs_event_format *)fixture->types[i].format);
	free(fixture->plain);
}

static void add(struct fixture *fixture, const struct plain *plain)
{
	char comm[16];
	const struct utfs_recording_event event = {
		.timestamp = ORIGIN + plain->time,
		.type = &fixture->types[plain->type],
		.record = (const unsigned char *)&plain->record,
		.record_bytes = sizeof(plain->record),
		.cpu = plain->cpu,
		.stream = plain->cpu + 4 * fixture->types[plain->type].file,
		.lost = plain->lost,
		.tid = plain->tid,
		.tgid = plain->tid / 4 * 4,
		.comm = comm,
	};

	snprintf(comm, sizeof(comm), "worker-%d", plain->tid);
	assert_int_equal(utfs_view_store_add(&fixture->store, &event), 0);
}

void fixture_add(struct fixture *fixture, uint32_t nr)
{
	uint64_t time = fixture->nr ? fixture->plain[fixture->nr - 1].time : 0;

	fixture->plain = realloc(fixture->plain, (fixture->nr + nr) * sizeof(*fixture->plain));
	assert_non_null(fixture->plain);
	for (uint32_t i = 0; i < nr; i++) {
		struct plain *plain = &fixture->plain[fixture->nr++];

		/* The first one is the origin. */
		if (fixture->nr > 1)
			time += fixture_random(fixture, 1000) ? fixture_random(fixture, 50)
							      : 100000;
		*plain = (struct plain){
			.time = time,
			.type = fixture_random(fixture, NR_TYPES),
			.cpu = fixture_random(fixture, 4),
			.tid = 1000 + (int32_t)fixture_random(fixture, NR_THREADS),
			.record = {.id = fixture_random(fixture, 40), .name = 8 << 16 | 24},
		};
		if (fixture->is_lossy && !fixture_random(fixture, 100))
			plain->lost = fixture_random(fixture, 5) ? 1 + fixture_random(fixture, 1000)
								 : UTFS_RECORDING_LOST_SOME;
		if (fixture->has_names) {
			plain->type = (fixture->nr - 1) % 2;
			plain->record.id = (fixture->nr - 1) / 2;
		}
		plain->record.type = fixture->types[plain->type].id;
		plain->record.pid = plain->tid;
		plain->record.value = (int32_t)fixture_random(fixture, 200) - 100;
		snprintf(plain->record.text, sizeof(plain->record.text), "n%u",
			 fixture_random(fixture, 30));
		add(fixture, plain);
	}
}

bool fixture_gap(const struct fixture *fixture, uint32_t place, uint64_t *since)
{
	const struct plain *plain = &fixture->plain[place];
	uint32_t i = place;

	while (i && (fixture->plain[i - 1].cpu != plain->cpu ||
		     fixture->types[fixture->plain[i - 1].type].file !=
			     fixture->types[plain->type].file))
		i--;
	*since = i ? fixture->plain[i - 1].time : 0;
	return plain->lost != 0;
}

uint32_t fixture_thread(const struct fixture *fixture, int32_t tid)
{
	uint32_t i = 0;

	while (i < fixture->store.nr_threads && fixture->store.threads[i].tid != tid)
		i++;
	assert_true(i < fixture->store.nr_threads);
	return i;
}
