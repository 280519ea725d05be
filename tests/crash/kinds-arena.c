/* SPDX-License-Identifier: MIT */
/* The changes that the arena layer itself makes. */
#include <string.h>

#include "crash.h"
#include "kinds-object.h"

/* Words of the root's entry that nobody uses: a kind keeps there what it handed out. */
static uint64_t *note(struct utfs_arena *arena, unsigned int n)
{
	return &utfs_instance_at(arena, 0)->reserved[n];
}

int crash_add_instance(struct utfs_arena *arena, const char *name)
{
	uint32_t slot;
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	return utfs_tx_end(arena, utfs_instance_add(arena, name, strlen(name), &slot));
}

static int remove_instance(struct utfs_arena *arena, const char *name)
{
	uint32_t slot;
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	ret = utfs_instance_find_name(arena, name, strlen(name), &slot);
	if (!ret)
		ret = utfs_instance_remove(arena, slot);
	return utfs_tx_end(arena, ret);
}

static int add_event(struct utfs_arena *arena, const char *system, const char *name)
{
	const struct utfs_event_strings event = {.system = system,
						 .system_bytes = strlen(system),
						 .name = name,
						 .name_bytes = strlen(name),
						 .fields = "\tfield:int a;\n",
						 .fields_bytes = 14,
						 .print_fmt = "\"%d\", REC->a",
						 .print_bytes = 12,
						 .record_bytes = 12};
	uint32_t id;
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	return utfs_tx_end(arena, utfs_event_register(arena, &event, &id));
}

static int remove_event(struct utfs_arena *arena, const char *system, const char *name)
{
	uint32_t id;
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	ret = utfs_event_find(arena, system, strlen(system), name, strlen(name), &id);
	if (!ret)
		ret = utfs_event_remove(arena, id);
	return utfs_tx_end(arena, ret);
}

static int use_events(struct utfs_arena *arena, uint32_t a, uint32_t b, bool used)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	ret = utfs_proc_use_event(arena, a, used);
	if (!ret && b)
		ret = utfs_proc_use_event(arena, b, used);
	return utfs_tx_end(arena, ret);
}

/* instances ---------------------------------------------------------------------------------------------- */

static int instance_a(struct utfs_arena *arena)
{
	return crash_add_instance(arena, "a");
}

static int instance_freed_slots(struct utfs_arena *arena)
{
	int ret = crash_add_instance(arena, "b");

	if (!ret)
		ret = crash_add_instance(arena, "c");
	if (!ret)
		ret = remove_instance(arena, "b");
	if (!ret)
		ret = remove_instance(arena, "c");
	return ret;
}

/* As many as fit the first page of the table. */
static int instances_of_one_page(struct utfs_arena *arena)
{
	int ret = 0;

	for (char name[] = "a"; !ret && name[0] < 'a' + 7; name[0]++)
		ret = crash_add_instance(arena, name);
	return ret;
}

static int instance_z(struct utfs_arena *arena)
{
	return crash_add_instance(arena, "z");
}

static int instance_b_removed(struct utfs_arena *arena)
{
	return remove_instance(arena, "b");
}

static int instance_for_messages(struct utfs_arena *arena)
{
	int ret = crash_add_instance(arena, "b");

	if (!ret)
		ret = utfs_tx_begin(arena);
	if (ret)
		return ret;
	utfs_instance_printk_set(arena, 1);
	return utfs_tx_end(arena, 0);
}

static int cmdlines_resize(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	return utfs_tx_end(arena, utfs_cmdline_resize(arena, 20000));
}

/* events ------------------------------------------------------------------------------------------------- */

static int event_first(struct utfs_arena *arena)
{
	return add_event(arena, "alpha", "one");
}

static int event_second(struct utfs_arena *arena)
{
	return add_event(arena, "alpha", "two");
}

int crash_events_three(struct utfs_arena *arena)
{
	int ret = event_first(arena);

	if (!ret)
		ret = event_second(arena);
	if (!ret)
		ret = add_event(arena, "alpha", "three");
	return ret;
}

/* Ids from UTFS_EVENT_ID_FIRST up to the end of the first page of masks; that many entries end with a page as well. */
static int events_of_one_page(struct utfs_arena *arena)
{
	int ret = 0;

	for (unsigned int id = UTFS_EVENT_ID_FIRST;
	     !ret && id < UTFS_PAGE_BYTES / sizeof(struct utfs_event_state); id++) {
		char name[16];

		snprintf(name, sizeof(name), "event%u", id);
		ret = add_event(arena, "alpha", name);
	}
	return ret;
}

static int event_second_removed(struct utfs_arena *arena)
{
	return remove_event(arena, "alpha", "two");
}

static int event_last_removed(struct utfs_arena *arena)
{
	return remove_event(arena, "alpha", "one");
}

static int system_freed(struct utfs_arena *arena)
{
	int ret = event_first(arena);

	return ret ? ret : event_last_removed(arena);
}

/* processes ---------------------------------------------------------------------------------------------- */

static int dead_holds_last(struct utfs_arena *arena)
{
	int ret = use_events(arena, 66, 1000, true);

	return ret ? ret : utfs_pin_take(arena, UTFS_ROOT_SERIAL, UTFS_PIN_PIPE, UTFS_PIN_ALL_CPUS);
}

/* While it lives, another one attaches: two slots of dead ones in the end. */
static int dead_holds(struct utfs_arena *arena)
{
	char dir[80];
	int ret = use_events(arena, 64, 0, true);

	crash_directory(arena, dir);
	if (!ret)
		ret = utfs_pin_take(arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 0);
	return ret ? ret : crash_dead_process(dir, dead_holds_last);
}

static int holds_much(struct utfs_arena *arena)
{
	char dir[80];
	int ret = crash_events_three(arena);

	crash_directory(arena, dir);
	if (!ret)
		ret = use_events(arena, 64, 600, true);
	if (!ret)
		ret = utfs_pin_take(arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 1);
	return ret ? ret : crash_dead_process(dir, dead_holds);
}

static int detach(struct utfs_arena *arena)
{
	utfs_arena_close(arena);
	return 0;
}

static int hold_some(struct utfs_arena *arena)
{
	int ret = use_events(arena, 64, 65, true);

	if (!ret)
		ret = utfs_pin_take(arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 3);
	return ret;
}

static int reap(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	return utfs_tx_end(arena, utfs_proc_reap(arena));
}

static int use_one(struct utfs_arena *arena)
{
	return use_events(arena, 64, 0, true);
}

static int use_far(struct utfs_arena *arena)
{
	return use_events(arena, 5000, 0, true);
}

static int use_both(struct utfs_arena *arena)
{
	return use_events(arena, 70, 9000, true);
}

static int use_none(struct utfs_arena *arena)
{
	return use_events(arena, 64, 0, false);
}

static int pin_root(struct utfs_arena *arena)
{
	return utfs_pin_take(arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 0);
}

static int unpin_root(struct utfs_arena *arena)
{
	return utfs_pin_drop(arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 0);
}

static int pin_root_twice(struct utfs_arena *arena)
{
	int ret = pin_root(arena);

	return ret ? ret : pin_root(arena);
}

static int pin_pipe(struct utfs_arena *arena)
{
	return utfs_pin_take(arena, UTFS_ROOT_SERIAL, UTFS_PIN_PIPE, 1);
}

/* A page of pins. */
static int pins_of_one_page(struct utfs_arena *arena)
{
	int ret = 0;

	for (uint32_t cpu = 0; !ret && cpu < UTFS_PAGE_BYTES / sizeof(struct utfs_pin); cpu++)
		ret = utfs_pin_take(arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, cpu + 100);
	return ret;
}

/* memory ------------------------------------------------------------------------------------------------- */

static int pages_take(struct utfs_arena *arena, unsigned int n, uint64_t nr_pages)
{
	uint64_t first = 0;
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	ret = utfs_alloc_pages(arena, nr_pages, &first);
	if (!ret) {
		for (uint64_t page = first; page < first + nr_pages; page++)
			*(uint64_t *)utfs_arena_heap_at(arena, page * UTFS_PAGE_BYTES, 8) = page;
		utfs_tx_set(arena, note(arena, n), first);
	}
	return utfs_tx_end(arena, ret);
}

static int pages_give(struct utfs_arena *arena, unsigned int n, uint64_t nr_pages)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	ret = utfs_free_pages(arena, *note(arena, n), nr_pages);
	if (!ret)
		utfs_tx_set(arena, note(arena, n), 0);
	return utfs_tx_end(arena, ret);
}

static int pages_three(struct utfs_arena *arena)
{
	int ret = pages_take(arena, 0, 4);

	if (!ret)
		ret = pages_take(arena, 1, 8);
	if (!ret)
		ret = pages_take(arena, 2, 4);
	return ret ? ret : pages_take(arena, 3, 1);
}

/* Free runs on both sides of one that is in use. */
static int pages_between(struct utfs_arena *arena)
{
	int ret = pages_three(arena);

	if (!ret)
		ret = pages_give(arena, 0, 4);
	return ret ? ret : pages_give(arena, 2, 4);
}

static int pages_take_fresh(struct utfs_arena *arena)
{
	return pages_take(arena, 4, 10);
}

static int pages_take_part(struct utfs_arena *arena)
{
	return pages_take(arena, 4, 3);
}

static int pages_give_middle(struct utfs_arena *arena)
{
	return pages_give(arena, 1, 8);
}

static int pages_give_alone(struct utfs_arena *arena)
{
	return pages_give(arena, 3, 1);
}

/* What is freed is not handed out again before the commit. */
static int pages_give_and_take(struct utfs_arena *arena)
{
	uint64_t first = 0;
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	ret = utfs_free_pages(arena, *note(arena, 1), 8);
	if (!ret)
		ret = utfs_alloc_pages(arena, 8, &first);
	if (!ret)
		*(uint64_t *)utfs_arena_heap_at(arena, first * UTFS_PAGE_BYTES, 8) =
			first | CRASH_NOTE_OTHER;
	if (!ret)
		utfs_tx_set(arena, note(arena, 1), first | CRASH_NOTE_OTHER);
	return utfs_tx_end(arena, ret);
}

static int blob_take(struct utfs_arena *arena, unsigned int n, uint64_t bytes)
{
	uint64_t offset;
	int ret = utfs_alloc_blob(arena, bytes, &offset);

	if (ret)
		return ret;
	/* Whatever it is filled with must not come back as a link. */
	memset(utfs_arena_heap_at(arena, offset, bytes), 0xa5, bytes);
	UTFS_INJECT();
	utfs_tx_set(arena, note(arena, n), offset);
	return 0;
}

/* A list with one blob left: its link is 0. */
static int blobs_but_one(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	ret = blob_take(arena, 0, 16384);
	return utfs_tx_end(arena, ret);
}

static int blob_take_next(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	return utfs_tx_end(arena, blob_take(arena, 1, 16384));
}

static int blob_give(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	return utfs_tx_end(arena, utfs_free_blob(arena, *note(arena, 0), 16384));
}

/* What is given is not taken again before the commit, and what is taken does not need a new chunk each time. */
static int blob_give_and_take(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	ret = utfs_free_blob(arena, *note(arena, 0), 16384);
	for (unsigned int n = 1; !ret && n < 5; n++)
		ret = blob_take(arena, n, 16384);
	return utfs_tx_end(arena, ret);
}

/* transactions ------------------------------------------------------------------------------------------- */

static int log_grows(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	ret = utfs_tx_reserve(arena, 1024);
	for (unsigned int i = 0; !ret && i < 20; i++)
		utfs_tx_set(arena, note(arena, i % 8), i + 1);
	return utfs_tx_end(arena, ret);
}

static int two_steps(struct utfs_arena *arena)
{
	uint32_t slot;
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	ret = utfs_instance_find_name(arena, "p", 1, &slot)
		      ? utfs_instance_add(arena, "p", 1, &slot)
		      : 0;
	if (!ret)
		ret = utfs_tx_checkpoint(arena);
	if (!ret)
		ret = utfs_instance_add(arena, "q", 1, &slot);
	return utfs_tx_end(arena, ret);
}

/* Dies in the middle of a change, as a machine does whose power fails. */
static int in_the_middle(struct utfs_arena *arena)
{
	uint32_t slot;
	uint64_t page;
	int ret = holds_much(arena);

	if (!ret)
		ret = crash_add_instance(arena, "kept");
	if (!ret)
		ret = utfs_tx_begin(arena);
	if (ret)
		return ret;
	utfs_tx_set(arena, utfs_event_mask(arena, 64), 5);
	ret = utfs_tx_checkpoint(arena);
	if (!ret)
		ret = utfs_instance_add(arena, "lost", 4, &slot);
	if (!ret)
		ret = utfs_alloc_pages(arena, 5, &page);
	return ret;
}

static const struct crash_kind kinds[] = {
	{"instance-add", 0, NULL, NULL, instance_a},
	{"instance-add-to-freed-slot", 0, instance_freed_slots, NULL, instance_a},
	{"instance-add-with-growth", 0, instances_of_one_page, NULL, instance_z},
	{"instance-remove", 0, instances_of_one_page, NULL, instance_b_removed},
	{"instance-remove-with-messages", 0, instance_for_messages, NULL, instance_b_removed},
	{"cmdlines-resize", 0, NULL, NULL, cmdlines_resize},
	{"event-first-of-system", 0, NULL, NULL, event_first},
	{"event-first-of-freed-system", 0, system_freed, NULL, event_first},
	{"event-second-of-system", 0, event_first, NULL, event_second},
	{"event-with-growth", 0, events_of_one_page, NULL, event_second},
	{"event-remove", 0, crash_events_three, NULL, event_second_removed},
	{"event-remove-last", 0, event_first, NULL, event_last_removed},
	{"attach", CRASH_ATTACH, NULL, NULL, NULL},
	{"attach-over-dead", CRASH_ATTACH | CRASH_MADE_UP, holds_much, NULL, NULL},
	{"detach", CRASH_MADE_UP, crash_events_three, hold_some, detach},
	{"reap", CRASH_MADE_UP, holds_much, NULL, reap},
	{"use-first", CRASH_MADE_UP, NULL, NULL, use_one},
	{"use-with-growth", CRASH_MADE_UP, NULL, use_one, use_far},
	{"use-with-two-growths", CRASH_MADE_UP, NULL, NULL, use_both},
	{"use-no-more", CRASH_MADE_UP, NULL, use_one, use_none},
	{"pin", 0, NULL, NULL, pin_root},
	{"pin-again", 0, NULL, pin_root, pin_root},
	{"pin-with-growth", CRASH_MADE_UP, NULL, pins_of_one_page, pin_root},
	{"pin-of-dead", CRASH_MADE_UP, holds_much, NULL, pin_pipe},
	{"unpin", 0, NULL, pin_root, unpin_root},
	{"unpin-one-of-two", 0, NULL, pin_root_twice, unpin_root},
	{"pages-fresh", 0, pages_between, NULL, pages_take_fresh},
	{"pages-from-extent", 0, pages_between, NULL, pages_take_part},
	{"pages-free-between", 0, pages_between, NULL, pages_give_middle},
	{"pages-free-and-take", 0, pages_between, NULL, pages_give_and_take},
	{"pages-free-alone", 0, pages_three, NULL, pages_give_alone},
	{"blob-refill", 0, NULL, NULL, blob_take_next},
	{"blob-last-of-list", 0, blobs_but_one, NULL, blob_take_next},
	{"blob-free", 0, blobs_but_one, NULL, blob_give},
	{"blob-free-and-take", 0, blobs_but_one, NULL, blob_give_and_take},
	{"filter-first", CRASH_MADE_UP, crash_events_three, NULL, crash_filter_first},
	{"filter-replace", CRASH_MADE_UP, crash_filters_some, NULL, crash_filter_replace},
	{"filter-remove", CRASH_MADE_UP, crash_filters_some, NULL, crash_filter_remove},
	{"filter-of-removed-event", CRASH_MADE_UP, crash_filters_some, NULL, event_second_removed},
	{"gate-first", CRASH_MADE_UP, crash_filters_some, NULL, crash_gate_first},
	{"gate-other", CRASH_MADE_UP, crash_gate_and_filters, NULL, crash_gate_other},
	{"gate-open", CRASH_MADE_UP, crash_gate_and_filters, NULL, crash_gate_open},
	{"event-behind-gate", CRASH_MADE_UP, crash_gate_first, NULL, event_first},
	{"recorder-forgotten", CRASH_MADE_UP, crash_gate_and_filters, NULL,
	 crash_recorder_forgotten},
	{"error-first", 0, NULL, NULL, crash_error_add},
	{"error-ninth", 0, crash_errors_many, NULL, crash_error_add},
	{"error-of-removed-instance", 0, crash_instance_with_error, NULL, instance_b_removed},
	{"errors-clear", 0, crash_errors_many, NULL, crash_errors_clear},
	{"pending-first", 0, crash_recorder_and_events, NULL, crash_pending_enable},
	{"pending-replaced", 0, crash_pending_both, NULL, crash_pending_enable},
	{"pending-cleared", 0, crash_pending_both, NULL, crash_pending_clear},
	{"pending-event", 0, crash_pending_both, NULL, event_first},
	{"pending-of-removed-instance", 0, crash_pending_both, NULL, crash_pending_removed},
	{"log-grows", 0, NULL, NULL, log_grows},
	{"two-steps", CRASH_AGAIN, NULL, NULL, two_steps},
	{"reboot", CRASH_REBOOT | CRASH_AGAIN, in_the_middle, NULL, NULL},
};

const struct crash_layer crash_layer_arena = {
	.name = "arena",
	.kinds = kinds,
	.nr_kinds = sizeof(kinds) / sizeof(*kinds),
	.dump = crash_dump_arena,
};
