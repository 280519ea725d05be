/* SPDX-License-Identifier: MIT */
/*
 * Writers in many processes and threads on few CPUs, with signal handlers that write, killed at random; one reader that
 * checks everything: each record is whole, each writer's numbers come in order and once, time stamps of a CPU never
 * decrease, and what is missing is exactly what was counted as lost or dropped. With snapshots, which the reader and the writers take
 * all the time, both sides of a CPU's buffer are read, and each event is on exactly one of them.
 *
 *	stress-ring overwrite | no-overwrite | locked | resize | snapshot | snapshot-no-overwrite | snapshot-locked |
 *	            snapshot-subbuffer
 *
 * UTFS_STRESS_SECONDS: how long (2). Exit status: 0 all is well, 1 not, 77 cannot be run here.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../place.h"
#include "ring/ring.h"

#define NR_PROCESSES 3
#define NR_THREADS   3
#define MAX_IDS	     8192
#define MAX_STREAMS                                                                                \
	128 /* sides of CPUs; more are written to, but the order across them is only followed on these */
#define RECORD_MAX    1200
#define HANDLER_US    700
#define KILL_EVERY_MS 40

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			finish(1);                                                                 \
		}                                                                                  \
	} while (0)

static char dir[PLACE_BYTES];
static pid_t main_pid;

static void finish(int status)
{
	char file[PLACE_BYTES + 8];

	if (getpid() == main_pid) {
		snprintf(file, sizeof(file), "%s/arena", dir);
		unlink(file);
		rmdir(dir);
	}
	fflush(stdout);
	_exit(status);
}

struct record {
	uint32_t type;
	uint32_t id;
	uint64_t number;
	uint32_t bytes;
	uint32_t sum;
	uint32_t payload[];
};

/* What one writer (a thread, or its signal handler) says of itself; a killed one may have missed its last count. */
struct says {
	volatile uint64_t written, refused;
	volatile uint32_t used, killed;
};

struct shared {
	volatile uint32_t stop;
	struct says says[MAX_IDS];
};

/* What the reader saw of a writer. */
struct saw {
	uint64_t n;
	uint64_t number[MAX_STREAMS]; /* last one + 1 */
	uint64_t time_stamp[MAX_STREAMS];
};

static struct shared *shared;
static struct saw *saw;
static struct utfs_arena arena;
static const char *variant;
static bool with_snapshots;
static uint64_t last_time_stamp[UTFS_MAX_CPUS * UTFS_NR_SIDES];
static uint64_t seen_total, lost_total;

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t mix(uint64_t x)
{
	x ^= x >> 31;
	x *= UINT64_C(0x9e3779b97f4a7c15);
	return x ^ x >> 29;
}

static uint32_t record_bytes(uint32_t id, uint64_t number)
{
	uint64_t h = mix(number * 1000003 + id);

	if (h % 100 == 0)
		return (uint32_t)(sizeof(struct record) + (h >> 8) % 250 * 4);
	return (uint32_t)(sizeof(struct record) + (h >> 8) % 12 * 4);
}

static uint32_t record_sum(const struct record *record)
{
	uint64_t sum = mix(record->id) + mix(record->number) + record->bytes;

	for (uint32_t i = 0; i < (record->bytes - sizeof(*record)) / 4; i++)
		sum = mix(sum + record->payload[i]);
	return (uint32_t)sum;
}

/* Writers ------------------------------------------------------------------------------------------ */

static __thread struct utfs_writer writer;
static __thread uint32_t own_id; /* its handler is own_id + 1 */
static __thread uint64_t own_number, handler_number;

static void emit(uint32_t id, uint64_t number)
{
	struct {
		unsigned char headroom[UTFS_RECORD_HEADROOM];
		unsigned char record[RECORD_MAX];
	} __attribute__((aligned(8))) buffer;
	struct record *record = (struct record *)buffer.record;

	*record = (struct record){.type = 7, .id = id, .number = number};
	record->bytes = record_bytes(id, number);
	for (uint32_t i = 0; i < (record->bytes - sizeof(*record)) / 4; i++)
		record->payload[i] = (uint32_t)(number + i);
	record->sum = record_sum(record);
	if (utfs_ring_write(&writer, 0, &buffer, record->bytes, NULL, 0))
		shared->says[id].written++;
	else
		shared->says[id].refused++;
}

static void handler(int signal)
{
	if (!writer.arena)
		return;
	for (int i = 0; i < 3; i++)
		emit(own_id + 1, handler_number++);
	if (with_snapshots)
		utfs_ring_snapshot_request(&arena, 0, NULL, 0);
}

static void *write_on(void *arg)
{
	own_id = (uint32_t)(uintptr_t)arg;
	CHECK(utfs_writer_init(&writer, &arena, (pid_t)syscall(SYS_gettid)) == 0);
	while (!shared->stop) {
		uint64_t h = mix(own_number + own_id);

		for (uint64_t i = h % 400; i; i--)
			emit(own_id, own_number++);
		if (with_snapshots && !(h >> 40 & 7))
			utfs_ring_snapshot_request(&arena, 0, NULL, 0);
		if (h >> 20 & 1)
			sched_yield();
		else if (!(h >> 21 & 7))
			usleep((unsigned int)(h >> 30 & 1023));
	}
	return NULL;
}

static void writer_process(uint32_t first_id)
{
	struct itimerval timer = {{0, HANDLER_US}, {0, HANDLER_US}};
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	pthread_t threads[NR_THREADS];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CHECK(utfs_arena_after_fork(&arena) == 0);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	for (uint32_t i = 1; i < NR_THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, write_on,
				     (void *)(uintptr_t)(first_id + 2 * i)) == 0);
	write_on((void *)(uintptr_t)first_id);
	for (uint32_t i = 1; i < NR_THREADS; i++)
		pthread_join(threads[i], NULL);
	memset(&timer, 0, sizeof(timer));
	setitimer(ITIMER_REAL, &timer, NULL);
	_exit(0);
}

/* The reader ----------------------------------------------------------------------------------------- */

static void check_record(unsigned int stream, const struct utfs_event_iter *iter, bool follow)
{
	struct record *record = (struct record *)(uintptr_t)iter->record;
	struct saw *of;

	CHECK(iter->bytes >= sizeof(*record));
	CHECK(record->type == 7);
	CHECK(record->id < MAX_IDS && shared->says[record->id].used);
	CHECK(record->bytes == iter->bytes);
	CHECK(record->bytes == record_bytes(record->id, record->number));
	CHECK(record->sum == record_sum(record));
	if (!follow)
		return;
	CHECK(iter->time_stamp >= last_time_stamp[stream]);
	last_time_stamp[stream] = iter->time_stamp;
	of = &saw[record->id];
	of->n++;
	if (stream >= MAX_STREAMS)
		return;
	CHECK(record->number >= of->number[stream]);
	/* What it wrote elsewhere: later numbers have later times. */
	for (unsigned int other = 0; other < arena.nr_cpus * UTFS_NR_SIDES && other < MAX_STREAMS;
	     other++) {
		if (other == stream || !of->number[other])
			continue;
		CHECK(record->number + 1 != of->number[other]);
		if (record->number + 1 > of->number[other])
			CHECK(iter->time_stamp >= of->time_stamp[other]);
	}
	of->number[stream] = record->number + 1;
	of->time_stamp[stream] = iter->time_stamp;
}

/* Reads up to max_pages pages of a side of a CPU. Return: pages read. */
static int read_side(unsigned int stream, int max_pages, bool consume)
{
	const unsigned int cpu = stream / UTFS_NR_SIDES;
	static struct utfs_page_copy copy;
	uint64_t read = 0, lost = 0, n;
	struct utfs_event_iter iter;
	struct utfs_cursor cursor;
	int pages = 0, ret = 1;

	CHECK(utfs_reader_lock(&arena, 0, cpu) == 0);
	utfs_reader_cursor(&arena, 0, cpu, stream % UTFS_NR_SIDES, &cursor);
	while (pages < max_pages && (ret = utfs_reader_copy(&arena, 0, cpu, &cursor, &copy)) == 1) {
		utfs_event_iter_init(&iter, &copy);
		for (n = 0; utfs_event_iter_next(&iter); n++)
			check_record(stream, &iter, consume);
		CHECK(n == copy.nr_entries);
		utfs_cursor_advance(&cursor, &copy, copy.page.commit, n);
		read += n;
		lost += copy.lost;
		pages++;
	}
	CHECK(ret >= 0 || ret == -ENODEV);
	if (consume)
		utfs_reader_consume(&arena, 0, cpu, &cursor, read, lost);
	utfs_reader_unlock(&arena, 0, cpu);
	if (consume) {
		seen_total += read;
		lost_total += lost;
	}
	return pages;
}

/* Looks at everything, takes nothing; killed at random, perhaps with the reader mutex in its hands. */
static void iterating_process(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CHECK(utfs_arena_after_fork(&arena) == 0);
	while (!shared->stop)
		for (unsigned int i = 0; i < arena.nr_cpus * UTFS_NR_SIDES; i++)
			(void)read_side(i, 64, false);
	_exit(0);
}

/* The run -------------------------------------------------------------------------------------------- */

struct child {
	pid_t pid;
	uint32_t first_id;
};

static struct child children[NR_PROCESSES], iterating;
static uint32_t next_id;

static void child_start(struct child *child)
{
	child->first_id = next_id;
	next_id += 2 * NR_THREADS;
	CHECK(next_id <= MAX_IDS);
	for (uint32_t id = child->first_id; id < next_id; id++)
		shared->says[id].used = 1;
	child->pid = fork();
	CHECK(child->pid >= 0);
	if (!child->pid)
		writer_process(child->first_id);
}

static void iterating_start(void)
{
	iterating.pid = fork();
	CHECK(iterating.pid >= 0);
	if (!iterating.pid)
		iterating_process();
}

static void wait_child(pid_t pid, bool killed)
{
	int status;

	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
	CHECK(!killed || WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
}

static void kill_one(uint64_t h)
{
	struct child *child = &children[h % NR_PROCESSES];

	if (h >> 8 & 1) {
		kill(iterating.pid, SIGKILL);
		wait_child(iterating.pid, true);
		iterating_start();
	}
	if (next_id + 2 * NR_THREADS > MAX_IDS)
		return;
	kill(child->pid, SIGKILL);
	wait_child(child->pid, true);
	for (uint32_t id = child->first_id; id < child->first_id + 2 * NR_THREADS; id++)
		shared->says[id].killed = 1;
	child_start(child);
}

static UTFS_UNCHECKED void resize(uint64_t h)
{
	uint32_t cpu = h & 1 ? UTFS_PIN_ALL_CPUS : (uint32_t)((h >> 1) % arena.nr_cpus);
	int ret = utfs_tx_begin(&arena);

	CHECK(!ret);
	ret = utfs_tx_end(&arena, utfs_ring_resize(&arena, 0, cpu, 2 + (h >> 20) % 60));
	CHECK(!ret);
}

static UTFS_UNCHECKED void take(uint64_t h)
{
	uint32_t cpu = h & 1 ? UTFS_PIN_ALL_CPUS : (uint32_t)((h >> 1) % arena.nr_cpus);
	int ret = utfs_tx_begin(&arena);

	CHECK(!ret);
	ret = utfs_tx_end(&arena, utfs_ring_snapshot_take(&arena, 0, cpu));
	CHECK(!ret);
}

static void account(void)
{
	uint64_t written = 0, refused = 0, stats_written = 0, stats_dropped = 0, stats_overrun = 0,
		 killed = 0;

	for (unsigned int i = 0; i < arena.nr_cpus * UTFS_NR_SIDES; i++) {
		struct utfs_ring_stats stats;

		if (i % UTFS_NR_SIDES && !with_snapshots)
			continue;
		CHECK(utfs_ring_stats(&arena, 0, i / UTFS_NR_SIDES, i % UTFS_NR_SIDES, &stats) ==
		      0);
		CHECK(stats.entries + stats.overrun + stats.read == stats.written);
		CHECK(stats.entries == 0);
		stats_written += stats.written;
		stats_dropped += stats.dropped;
		stats_overrun += stats.overrun;
	}
	for (uint32_t id = 0; id < next_id; id++) {
		const struct says *says = &shared->says[id];

		written += says->written;
		refused += says->refused;
		killed += says->killed;
		CHECK(saw[id].n <= says->written + says->killed);
		/* Nothing is overwritten: all of a writer's events are there. */
		if (strstr(variant, "no-overwrite"))
			CHECK(saw[id].n >= says->written);
	}
	printf("%s: %llu written, %llu read, %llu lost, %llu dropped, %u writers, %llu of them "
	       "killed\n",
	       variant, (unsigned long long)stats_written, (unsigned long long)seen_total,
	       (unsigned long long)lost_total, (unsigned long long)stats_dropped, next_id,
	       (unsigned long long)killed);
	CHECK(seen_total + lost_total == stats_written);
	CHECK(lost_total == stats_overrun);
	/* A killed writer may have died between the event and its own count of it. */
	CHECK(stats_written >= written && stats_written <= written + killed);
	CHECK(stats_dropped >= refused && stats_dropped <= refused + killed);
	CHECK(arena.header->lost_nowhere == 0);
	CHECK(written > 0);
}

static void run(uint64_t duration_ms)
{
	uint64_t end = now_ms() + duration_ms, next_kill = now_ms() + KILL_EVERY_MS, rounds = 0;
	bool resizing = strstr(variant, "resize");

	for (int i = 0; i < NR_PROCESSES; i++)
		child_start(&children[i]);
	iterating_start();
	while (now_ms() < end) {
		uint64_t h = mix(++rounds + (uint64_t)getpid());

		for (unsigned int i = 0; i < arena.nr_cpus * UTFS_NR_SIDES; i++)
			(void)read_side(i, (int)(h & 63), true);
		if (with_snapshots)
			take(h >> 50);
		if (h >> 10 & 1)
			usleep((unsigned int)(h >> 16 & 2047));
		if (now_ms() >= next_kill) {
			kill_one(h >> 20);
			next_kill = now_ms() + KILL_EVERY_MS;
		}
		if (resizing && !(h >> 40 & 7))
			resize(h >> 44);
	}
	shared->stop = 1;
	for (int i = 0; i < NR_PROCESSES; i++)
		wait_child(children[i].pid, false);
	wait_child(iterating.pid, false);
	for (unsigned int i = 0; i < arena.nr_cpus * UTFS_NR_SIDES; i++)
		while (read_side(i, 1000, true))
			;
}

static UTFS_UNCHECKED void arena_make(void)
{
	struct utfs_arena_options options = {
		.kind = UTFS_PROC_FRONT_END, .directory = dir, .create = true};
	char why[UTFS_WHY_BYTES] = "";
	int ret;

	setenv("UTRACEFS_ARENA_SIZE", "512M", 1);
	options.rseq_usable = utfs_rseq_usable();
	if (strstr(variant, "locked"))
		setenv("UTRACEFS_LOCKED", "1", 1);
	else if (!options.rseq_usable) {
		puts("rseq cannot be used here");
		finish(77);
	}
	ret = utfs_arena_open(&arena, &options, why);
	if (ret)
		fprintf(stderr, "%s\n", why);
	CHECK(!ret);
	CHECK(utfs_tx_begin(&arena) == 0);
	utfs_instance_at(&arena, 0)->buffer_kb = 64;
	if (strstr(variant, "subbuffer"))
		utfs_instance_at(&arena, 0)->page_order = 5;
	if (strstr(variant, "no-overwrite"))
		utfs_instance_at(&arena, 0)->options &= ~UTFS_OPTION_BIT(UTFS_OPTION_OVERWRITE);
	CHECK(utfs_tx_end(&arena, utfs_ring_create(&arena, 0)) == 0);
	if (with_snapshots)
		take(0);
}

int main(int argc, char **argv)
{
	const char *seconds = getenv("UTFS_STRESS_SECONDS");

	if (argc != 2)
		return 2;
	variant = argv[1];
	with_snapshots = strstr(variant, "snapshot");
	main_pid = getpid();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	saw = calloc(MAX_IDS, sizeof(*saw));
	CHECK(shared != MAP_FAILED && saw);
	CHECK(place_make(dir, "utfs-stress"));
	arena_make();
	run((seconds ? strtoull(seconds, NULL, 10) : 2) * 1000);
	account();
	utfs_arena_close(&arena);
	finish(0);
}
