/* SPDX-License-Identifier: MIT */
/*
 * Records what several processes do to the same few names at the same time, and looks for a serial order that explains it.
 *
 *	linear SECONDS [MOUNTPOINT]
 *
 * In rounds: each begins with nothing there. The domain is $UTRACEFS_DIR's, MOUNTPOINT one of its mounts; $UTFS_LINEAR_SEED repeats the
 * choices of a run (not its timing). Exit status: 0 all rounds have an order; 1 one has none, and is printed; 2 something else failed.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "actors.h"

#define OPS_PER_ROUND  48 /* of one actor */
#define OPS_OF_COMMAND 6  /* a process each */
#define CLEAN_TRIES    5000

struct shared {
	uint32_t round; /* written by the parent; odd: act, even: clean up; UINT32_MAX: end */
	uint32_t ready; /* actors that wait for a round */
	struct linear_op ops[LINEAR_ACTORS][LINEAR_MAX / LINEAR_ACTORS];
	uint32_t nr_ops[LINEAR_ACTORS];
};

static struct shared *shared;
static uint64_t seed;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

struct actor {
	unsigned int number;
	const struct linear_way *way;
	bool open, enlisted;
};

static int perform(const struct linear_way *way, const struct linear_op *op)
{
	switch ((enum linear_kind)op->kind) {
	case LINEAR_MKDIR:
		return way->mkdir(op->name);
	case LINEAR_RMDIR:
		return way->rmdir(op->name);
	case LINEAR_OPEN:
		return way->open(op->name, op->event);
	case LINEAR_READ:
		return way->read();
	case LINEAR_WRITE:
		return way->write(op->value);
	case LINEAR_CLOSE:
		return way->close();
	case LINEAR_REGISTER:
		return way->enlist();
	case LINEAR_UNREGISTER:
		return way->discharge();
	case LINEAR_REMOVE:
		return way->remove();
	}
	return -EINVAL;
}

static void act(struct actor *actor, struct linear_op op)
{
	uint32_t n = shared->nr_ops[actor->number];

	op.actor = (uint8_t)actor->number;
	op.start_ns = now_ns();
	op.result = (int16_t)perform(actor->way, &op);
	op.end_ns = now_ns();
	if (op.kind == LINEAR_OPEN && !op.result)
		actor->open = true;
	else if (op.kind == LINEAR_CLOSE)
		actor->open = false;
	else if (op.kind == LINEAR_REGISTER || op.kind == LINEAR_UNREGISTER)
		actor->enlisted = op.kind == LINEAR_REGISTER;
	shared->ops[actor->number][n] = op;
	shared->nr_ops[actor->number] = n + 1;
}

static void choose(const struct actor *actor, uint64_t h, struct linear_op *op)
{
	const struct linear_way *way = actor->way;
	unsigned int of = (unsigned int)(h % 16);

	*op = (struct linear_op){.name = h >> 8 & 0xff, .value = h >> 16 & 1, .event = h >> 17 & 1};
	op->name %= LINEAR_NAMES;
	op->event = op->event && !way->stays_only;
	op->lingers = way->close_lingers;
	if (way->enlist) {
		op->kind = actor->enlisted ? LINEAR_UNREGISTER : LINEAR_REGISTER;
		return;
	}
	if (actor->open && of < 9)
		op->kind = of < 4 ? LINEAR_READ : of < 7 ? LINEAR_WRITE : LINEAR_CLOSE;
	else if (of < 3)
		op->kind = LINEAR_REMOVE;
	else if (of < 7 && way->open && !actor->open)
		op->kind = LINEAR_OPEN;
	else
		op->kind = of < 12 ? LINEAR_MKDIR : LINEAR_RMDIR;
}

static void round_run(struct actor *actor, uint32_t round)
{
	unsigned int n = actor->way->open || actor->way->enlist ? OPS_PER_ROUND : OPS_OF_COMMAND;
	struct linear_op op;

	for (unsigned int i = 0; i < n; i++) {
		uint64_t h = mix(seed + ((uint64_t)round << 32 | actor->number << 16 | i));

		choose(actor, h, &op);
		act(actor, op);
		if (!(h >> 40 & 3))
			sched_yield();
		else if (actor->way->enlist)
			usleep((useconds_t)(h >> 42 & 1023));
	}
	if (actor->open)
		act(actor,
		    (struct linear_op){.kind = LINEAR_CLOSE, .lingers = actor->way->close_lingers});
	if (actor->enlisted)
		act(actor, (struct linear_op){.kind = LINEAR_UNREGISTER});
}

static int repeat(int (*function)(unsigned int), unsigned int argument)
{
	int ret = 0;

	/* What was closed through a mount is heard of a little later. */
	for (unsigned int i = 0; i < CLEAN_TRIES; i++) {
		ret = function(argument);
		if (ret != -EBUSY)
			break;
		usleep(1000);
	}
	return ret == -ENOENT ? 0 : ret;
}

static int remove_event(unsigned int unused)
{
	(void)unused;
	return linear_core.remove();
}

static int clean(void)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < LINEAR_NAMES; i++)
		ret = repeat(linear_core.rmdir, i);
	return ret ? ret : repeat(remove_event, 0);
}

static void actor_run(struct actor *actor, const char *mountpoint)
{
	uint32_t round = 0;
	int ret = actor->way->start(mountpoint);

	while (!ret) {
		uint32_t next;

		__atomic_add_fetch(&shared->ready, 1, __ATOMIC_ACQ_REL);
		while ((next = __atomic_load_n(&shared->round, __ATOMIC_ACQUIRE)) == round)
			usleep(200);
		if (next == UINT32_MAX)
			_exit(0);
		round = next;
		/* The first one, which has the core, cleans up between the rounds. */
		if (round % 2 == 0 && actor->number == 0)
			ret = clean();
		else if (round % 2)
			round_run(actor, round);
	}
	fprintf(stderr, "actor %u (%s): %s\n", actor->number, actor->way->name, strerror(-ret));
	_exit(1);
}

/* Return: false: an actor has failed. */
static bool everybody_ready(void)
{
	while (__atomic_load_n(&shared->ready, __ATOMIC_ACQUIRE) != LINEAR_ACTORS) {
		if (waitpid(-1, NULL, WNOHANG) > 0)
			return false;
		usleep(200);
	}
	return true;
}

static bool next_round(void)
{
	__atomic_store_n(&shared->ready, 0, __ATOMIC_RELAXED);
	__atomic_add_fetch(&shared->round, 1, __ATOMIC_ACQ_REL);
	return everybody_ready();
}

/* Return: 0, 1. */
static int round_check(size_t *total, size_t *all_states)
{
	static struct linear_op ops[LINEAR_MAX], shortest[LINEAR_MAX];
	size_t n = 0, states;

	for (unsigned int a = 0; a < LINEAR_ACTORS; a++) {
		memcpy(&ops[n], shared->ops[a], shared->nr_ops[a] * sizeof(*ops));
		n += shared->nr_ops[a];
		shared->nr_ops[a] = 0;
	}
	*total += n;
	if (linear_search(ops, n, &states)) {
		*all_states += states;
		return 0;
	}
	n = linear_shorten(ops, n, shortest);
	printf("round %u, seed %llu: %zu operations that no order explains, by their ends:\n",
	       shared->round, (unsigned long long)seed, n);
	for (size_t i = 0; i < n; i++)
		linear_print(stdout, &shortest[i]);
	return 1;
}

static void actors_start(const char *mountpoint, pid_t pids[LINEAR_ACTORS])
{
	static const struct linear_way *const ways[LINEAR_ACTORS] = {
		&linear_core,  &linear_core,  &linear_core,    &linear_mount,
		&linear_mount, &linear_mount, &linear_program, &linear_command};

	for (unsigned int i = 0; i < LINEAR_ACTORS; i++) {
		struct actor actor = {.number = i, .way = ways[i]};

		if (!mountpoint && actor.way == &linear_mount)
			actor.way = &linear_core;
		pids[i] = fork();
		if (!pids[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			actor_run(&actor, mountpoint);
		}
	}
}

int main(int argc, char **argv)
{
	unsigned int seconds = argc > 1 ? (unsigned int)atoi(argv[1]) : 5;
	const char *mountpoint = argc > 2 ? argv[2] : NULL, *text = getenv("UTFS_LINEAR_SEED");
	uint64_t end = now_ns() + seconds * UINT64_C(1000000000);
	size_t total = 0, states = 0, rounds = 0;
	pid_t pids[LINEAR_ACTORS];
	int ret = 0;

	seed = text ? strtoull(text, NULL, 0) : mix(now_ns());
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return 2;
	actors_start(mountpoint, pids);
	if (!everybody_ready())
		ret = 2;
	while (!ret && now_ns() < end) {
		ret = next_round() ? round_check(&total, &states) : 2;
		if (!ret && !next_round())
			ret = 2;
		rounds++;
	}
	__atomic_store_n(&shared->round, UINT32_MAX, __ATOMIC_RELEASE);
	for (unsigned int i = 0; ret && i < LINEAR_ACTORS; i++)
		kill(pids[i], SIGKILL);
	for (unsigned int i = 0; i < LINEAR_ACTORS; i++)
		(void)waitpid(pids[i], NULL, 0);
	printf("%zu rounds, %zu operations, %zu states looked at, seed %llu%s\n", rounds, total,
	       states, (unsigned long long)seed, mountpoint ? ", with a mount" : "");
	return ret;
}
