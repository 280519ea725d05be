/* SPDX-License-Identifier: MIT */
/* What the page is told of a recording: pairs that suggest themselves, and what is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../place.h"
#include "../recording/dat-build.h"
#include "view/answer.h"

#define FORMAT(name, id)                                                                           \
	"name: " name "\nID: " id "\nformat:\n"                                                    \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"                               \
	"\tfield:u64 seq;\toffset:8;\tsize:8;\tsigned:0;\n\nprint fmt: \"x\"\n"

struct record {
	uint16_t type;
	uint8_t flags, preempt_count;
	int32_t pid;
	uint64_t seq;
};

struct served {
	char directory[PLACE_BYTES], path[96];
	struct dat *dat;
	struct utfs_view_store store;
	struct utfs_view_desk desk;
	char *body;
};

static void add(struct dat *dat, unsigned int cpu, uint64_t time, uint16_t type)
{
	const struct record record = {.type = type, .pid = 11, .seq = 5};

	dat_event(dat, cpu, time, &record, sizeof(record));
}

/* Four types of two systems, one event of each. */
static int setup(void **state)
{
	static const char *const formats[] = {
		"database", FORMAT("enter", "100"), "database", FORMAT("leave", "101"),
		"network",  FORMAT("leave", "102"), "network",	FORMAT("enter_leave", "103"),
	};
	struct served *served = calloc(1, sizeof(*served));

	if (!served || !place_make(served->directory, "view-answers"))
		return -1;
	served->dat = calloc(1, sizeof(*served->dat));
	if (!served->dat)
		return -1;
	snprintf(served->path, sizeof(served->path), "%s/trace.dat", served->directory);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		served->dat->formats[i] = formats[i];
	dat_page(served->dat, 0, 1000, 0);
	dat_page(served->dat, 1, 1000, 0);
	for (uint16_t i = 0; i < 4; i++)
		add(served->dat, 0, 1000 + i, 100 + i);
	*state = served;
	return 0;
}

static int teardown(void **state)
{
	struct served *served = *state;

	utfs_view_desk_fini(&served->desk);
	utfs_view_store_fini(&served->store);
	utfs_recording_close(served->desk.recording);
	free(served->body);
	free(served->dat);
	unlink(served->path);
	rmdir(served->directory);
	free(served);
	return 0;
}

static void load(struct served *served)
{
	const char *const paths[] = {served->path};
	struct utfs_recording_failure failure;
	struct utfs_recording_event event;

	dat_write(served->dat, served->path);
	served->desk.store = &served->store;
	assert_int_equal(utfs_recording_open(paths, 1, &served->desk.recording, &failure), 0);
	while (utfs_recording_next(served->desk.recording, &event) == 1)
		assert_int_equal(utfs_view_store_add(&served->store, &event), 0);
}

/* ctx: "NAME=VALUE", and so on, then NULL. */
static const char *parameter(void *ctx, const char *name)
{
	const size_t bytes = strlen(name);

	for (const char **at = ctx; *at; at++) {
		if (!strncmp(*at, name, bytes) && (*at)[bytes] == '=')
			return *at + bytes + 1;
	}
	return NULL;
}

static const char *ask(struct served *served, const char *name, const char **parameters)
{
	const struct utfs_view_question question = {name, parameter, parameters};
	struct utfs_view_answer answer;

	utfs_view_answer_make(&served->desk, &question, &answer);
	assert_int_equal(answer.status, 200);
	free(served->body);
	served->body = answer.body;
	return served->body;
}

static void pairs_suggest_themselves(void **state)
{
	struct served *served = *state;
	const char *parameters[] = {NULL}, *body;

	load(served);
	body = strstr(ask(served, "info", parameters), "\"pairs\":");
	assert_non_null(body);
	assert_string_equal(body, "\"pairs\":[{\"begin\":0,\"end\":1,\"field\":\"seq\"}]}\n");
}

static void losses_are_told(void **state)
{
	struct served *served = *state;
	const char *parameters[] = {"from=0", "to=5000", "bins=5000", NULL};

	add(served->dat, 1, 1500, 100);
	dat_page(served->dat, 1, 2000, 7);
	add(served->dat, 1, 2000, 101);
	dat_page(served->dat, 0, 3000, DAT_LOST_UNKNOWN);
	add(served->dat, 0, 3000, 102);
	load(served);
	assert_non_null(strstr(ask(served, "info", (const char *[]){NULL}),
			       "\"lost\":7,\"lost_exactly\":false,"));
	assert_string_equal(ask(served, "lost", parameters),
			    "[{\"begin\":500,\"end\":1000,\"cpu\":1,\"gaps\":1,\"lost\":7,\"lost_"
			    "exactly\":true},"
			    "{\"begin\":3,\"end\":2000,\"cpu\":0,\"gaps\":1,\"lost\":0,\"lost_"
			    "exactly\":false}]\n");
	/* In one bin they are one. */
	parameters[2] = "bins=1";
	assert_string_equal(ask(served, "lost", parameters),
			    "[{\"begin\":3,\"end\":2000,\"cpu\":null,\"gaps\":2,\"lost\":7,\"lost_"
			    "exactly\":false}]\n");
	parameters[0] = "from=2001";
	assert_string_equal(ask(served, "lost", parameters), "[]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pairs_suggest_themselves, setup, teardown),
		cmocka_unit_test_setup_teardown(losses_are_told, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
