/* SPDX-License-Identifier: MIT */
/* What processes hold open, per instance. Counted here, in shared memory, so that every front end's handles count. */
#include "arena/internal.h"

static struct utfs_pin *pin_at(const struct utfs_arena *arena, uint64_t n)
{
	return utfs_arena_element(arena, UTFS_REGION_PINS, n, sizeof(struct utfs_pin));
}

static uint64_t nr_pins(const struct utfs_arena *arena)
{
	uint64_t n = arena->header->nr_pins;

	return n < UTFS_MAX_PINS ? n : UTFS_MAX_PINS;
}

static uint64_t pin_what(enum utfs_pin_kind kind, uint32_t cpu)
{
	return (uint64_t)kind << 32 | cpu;
}

/* Releases what dead processes hold of an instance. Return: pins that are left, of one kind (0: of any), or -errno. */
static int64_t pins_of_the_living(struct utfs_arena *arena, uint64_t serial, uint64_t kind)
	UTFS_REQUIRES(arena->event_mutex)
{
	int64_t live = 0;

	for (uint64_t i = 0; i < nr_pins(arena); i++) {
		struct utfs_pin *pin = pin_at(arena, i);
		int ret;

		if (!pin->proc || pin->instance != serial)
			continue;
		if (pin->proc <= UTFS_MAX_PROCS && utfs_proc_alive(arena, pin->proc - 1)) {
			live += !kind || pin->what >> 32 == kind;
			continue;
		}
		ret = utfs_tx_reserve(arena, 1);
		if (ret)
			return ret;
		utfs_tx_set(arena, &pin->proc, 0);
	}
	return live;
}

int utfs_pin_busy(struct utfs_arena *arena, uint64_t instance_serial)
{
	int64_t live = pins_of_the_living(arena, instance_serial, 0);

	return live < 0 ? (int)live : live > 0;
}

int utfs_pin_held(struct utfs_arena *arena, uint64_t instance_serial, enum utfs_pin_kind kind)
{
	int64_t live = pins_of_the_living(arena, instance_serial, kind);

	return live < 0 ? (int)live : live > 0;
}

/* Does anybody's claim on the pipe of one CPU, or of all, stand against a new one? Dead ones have been released. */
static bool pipe_claimed(const struct utfs_arena *arena, uint64_t serial, uint32_t cpu)
	UTFS_REQUIRES(arena->event_mutex)
{
	for (uint64_t i = 0; i < nr_pins(arena); i++) {
		const struct utfs_pin *pin = pin_at(arena, i);
		uint32_t held = (uint32_t)pin->what;

		if (!pin->proc || pin->instance != serial || pin->what >> 32 != UTFS_PIN_PIPE)
			continue;
		if (held == cpu || held == UTFS_PIN_ALL_CPUS || cpu == UTFS_PIN_ALL_CPUS)
			return true;
	}
	return false;
}

/* This process's entry for the same thing, or NULL; *unused: an entry to take. */
static struct utfs_pin *pin_find(const struct utfs_arena *arena, uint64_t serial, uint64_t what,
				 struct utfs_pin **unused) UTFS_REQUIRES(arena->event_mutex)
{
	*unused = NULL;
	for (uint64_t i = 0; i < nr_pins(arena); i++) {
		struct utfs_pin *pin = pin_at(arena, i);

		if (pin->proc == (uint64_t)arena->proc + 1 && pin->instance == serial &&
		    pin->what == what)
			return pin;
		if (!pin->proc && !*unused)
			*unused = pin;
	}
	return NULL;
}

static int pin_add(struct utfs_arena *arena, uint64_t serial, uint64_t what)
	UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t n = nr_pins(arena);
	struct utfs_pin *unused;
	struct utfs_pin *pin = pin_find(arena, serial, what, &unused);
	int ret;

	if (pin) {
		utfs_tx_set(arena, &pin->count, pin->count + 1);
		return 0;
	}
	if (!unused) {
		ret = n < UTFS_MAX_PINS
			      ? utfs_region_ensure(arena, UTFS_REGION_PINS, (n + 1) * sizeof(*pin))
			      : -ENFILE;
		if (ret)
			return ret;
		unused = pin_at(arena, n);
		utfs_tx_set(arena, &arena->header->nr_pins, n + 1);
	}
	utfs_tx_set(arena, &unused->instance, serial);
	utfs_tx_set(arena, &unused->what, what);
	utfs_tx_set(arena, &unused->count, 1);
	utfs_tx_set(arena, &unused->proc, (uint64_t)arena->proc + 1);
	return 0;
}

int utfs_pin_take(struct utfs_arena *arena, uint64_t instance_serial, enum utfs_pin_kind kind,
		  uint32_t cpu)
{
	uint32_t slot;
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	ret = utfs_proc_own(arena) ? utfs_instance_find_serial(arena, instance_serial, &slot)
				   : -ESRCH;
	if (!ret && kind == UTFS_PIN_PIPE && pipe_claimed(arena, instance_serial, cpu)) {
		int64_t live = pins_of_the_living(arena, instance_serial, 0);

		if (live < 0)
			ret = (int)live;
		else if (pipe_claimed(arena, instance_serial, cpu))
			ret = -EBUSY;
	}
	if (!ret)
		ret = pin_add(arena, instance_serial, pin_what(kind, cpu));
	return utfs_tx_end(arena, ret);
}

int utfs_pin_drop(struct utfs_arena *arena, uint64_t instance_serial, enum utfs_pin_kind kind,
		  uint32_t cpu)
{
	struct utfs_pin *unused, *pin;
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	/* A forked child's handles are copies: what they hold stays its parent's. */
	pin = utfs_proc_own(arena) ? pin_find(arena, instance_serial, pin_what(kind, cpu), &unused)
				   : NULL;
	if (!pin) {
		ret = -ENOENT;
	} else if (pin->count > 1) {
		utfs_tx_set(arena, &pin->count, pin->count - 1);
	} else {
		utfs_tx_set(arena, &pin->proc, 0);
	}
	return utfs_tx_end(arena, ret);
}
