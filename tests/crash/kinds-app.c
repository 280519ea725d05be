/* SPDX-License-Identifier: MIT */
/* What an application changes: events that it declares, or makes at run time; its first message; the threads of a forked child. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../pin.h"
#include "app/app.h"
#include "crash.h"

static const struct {
	struct utfs_event_info info;
	int64_t values[1];
	struct utfs_event_field fields[1];
	char texts[32];
} description = {
	{.record_bytes = 12, .nr_fields = 1},
	{0},
	{{.shape = UTFS_P_SCALAR,
	  .value = UTFS_P_INTEGER | UTFS_P_SIGNED,
	  .offset = 8,
	  .bytes = 4,
	  .count = 1}},
	"\0app\0declared\0int\0n",
};
static struct utfs_event declared = {
	.mask = &declared.never, .status = -EAGAIN, .info = &description.info};
static struct utfs_module module = {.abi = UTFS_P_HEADER_ABI};
static struct utfs_runtime_event runtime;

/* Attaches the library as well: a process with two slots. */
static int attached(struct utfs_arena *arena)
{
	struct utfs_app_context context;
	char dir[80];
	int ret;

	crash_directory(arena, dir);
	setenv("UTRACEFS_DIR", dir, 1);
	ret = utfs_app_enter(&context);
	if (ret)
		return ret;
	ret = utfs_app_attach();
	utfs_app_leave(&context);
	return ret;
}

static int declare(struct utfs_arena *arena)
{
	(void)arena;
	utfs_module_register(&module, &declared, &declared + 1);
	return declared.status;
}

static int declared_before(struct utfs_arena *arena)
{
	int ret = attached(arena);

	return ret ? ret : declare(arena);
}

static int declared_no_more(struct utfs_arena *arena)
{
	(void)arena;
	utfs_module_unregister(&module);
	return 0;
}

static int made_at_run_time(struct utfs_arena *arena)
{
	(void)arena;
	return utfs_runtime_event_register(&runtime, "app/made int n; char[8] text");
}

static int made_before(struct utfs_arena *arena)
{
	int ret = attached(arena);

	return ret ? ret : made_at_run_time(arena);
}

static int made_no_more(struct utfs_arena *arena)
{
	(void)arena;
	utfs_runtime_event_unregister(&runtime);
	return 0;
}

/* On one CPU, that each of them can use: where a message goes. */
static int attached_there(struct utfs_arena *arena)
{
	const int cpu = pin_nth_cpu(0);

	return cpu < 0 ? cpu : attached(arena);
}

static int message(struct utfs_arena *arena)
{
	int ret = utfs_marker("hello", 5);

	(void)arena;
	return ret < 0 ? ret : 0;
}

/* As a forked child finds itself: its parent's events, and none of them its own. */
static int declared_by_parent(struct utfs_arena *arena)
{
	int ret = declared_before(arena);

	if (!ret)
		ret = utfs_tx_begin(&utfs_app.arena);
	if (!ret)
		ret = utfs_tx_end(&utfs_app.arena,
				  utfs_proc_use_event(&utfs_app.arena, declared.id, false));
	return ret;
}

static int claimed(struct utfs_arena *arena)
{
	struct utfs_app_context context;
	int ret = utfs_app_enter(&context);

	(void)arena;
	if (ret)
		return ret;
	utfs_app_modules_renew();
	utfs_app_leave(&context);
	return 0;
}

#define PARENT 17
#define CHILD  18

/* A recorder that only a process and its children get into. */
static int followed(struct utfs_arena *arena)
{
	union {
		struct utfs_pid_list list;
		char bytes[sizeof(struct utfs_pid_list) + 4];
	} gate = {.list = {.object = {UTFS_MAGIC_PIDS, sizeof(gate)}, .nr_pids = 1}};
	const uint32_t pid = PARENT;
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	memcpy(gate.list.pids, &pid, sizeof(pid));
	utfs_tx_set(arena, &utfs_instance_at(arena, 0)->buffer_kb, 12);
	utfs_tx_set(arena, &utfs_instance_at(arena, 0)->options,
		    utfs_instance_at(arena, 0)->options | UTFS_OPTION_BIT(UTFS_OPTION_EVENT_FORK));
	ret = utfs_ring_create(arena, 0);
	if (!ret)
		ret = utfs_gate_set(arena, 0, UTFS_GATE_PIDS, &gate.list.object);
	return utfs_tx_end(arena, ret);
}

static int forked(struct utfs_arena *arena)
{
	const struct utfs_app_forker forker = {PARENT, PARENT};
	struct utfs_app_context context;
	int ret = utfs_app_enter(&context);

	(void)arena;
	if (ret)
		return ret;
	utfs_app_follow(&forker, CHILD);
	utfs_app_leave(&context);
	return 0;
}

static int small(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	utfs_tx_set(arena, &utfs_instance_at(arena, 0)->buffer_kb, 12);
	return utfs_tx_end(arena, 0);
}

static const struct crash_kind kinds[] = {
	{"app-declare", 0, NULL, attached, declare},
	{"app-declare-no-more", 0, NULL, declared_before, declared_no_more},
	{"app-make", 0, NULL, attached, made_at_run_time},
	{"app-make-no-more", 0, NULL, made_before, made_no_more},
	{"app-claim", 0, NULL, declared_by_parent, claimed},
	{"app-message", CRASH_AGAIN, small, attached_there, message},
	{"app-follow", 0, followed, attached, forked},
};

const struct crash_layer crash_layer_app = {
	.name = "app",
	.kinds = kinds,
	.nr_kinds = sizeof(kinds) / sizeof(*kinds),
	.rare_recoveries = true,
	/* Those of counting: `app-histogram-deaths` kills processes there. */
	.no_points = true,
};
