/* SPDX-License-Identifier: MIT */
/* Events of a living process: constructors, threads, forks, signals, closed descriptors; messages and markers. */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utracefs/utracefs.h>

#include "support.h"

#define PRINT_ID 5

UTFS_EVENT(proc, step, UTFS_FIELDS(UTFS_FIELD(int, who), UTFS_FIELD(int, n)));
UTFS_EVENT(proc, text, UTFS_FIELDS(UTFS_STRING(text)));

static struct domain domain;
static int early_status, early_printf;

void early_emit(void);
void early_emit(void)
{
	trace_proc_step(-1, -1);
	early_status = trace_proc_step_status();
	/* Works: it attaches. But nobody has turned tracing on in a buffer yet, so it makes one. */
	early_printf = utfs_printf("early %d", 1);
}

static int leaving;

void late_emit(void);
void late_emit(void)
{
	if (leaving)
		trace_proc_step(9, 3);
}

static void emit_at_exit(void)
{
	trace_proc_step(9, 2);
}

static int setup(void **state)
{
	domain_open(&domain);
	return 0;
}

static int teardown(void **state)
{
	domain_close(&domain);
	return 0;
}

static pid_t gettid_now(void)
{
	return (pid_t)syscall(SYS_gettid);
}

static void reap(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* First of all tests: what the constructor left is still there. */
static void before_registration_nothing_breaks(void **state)
{
	assert_int_equal(early_status, -EAGAIN);
	assert_int_equal(trace_proc_step_status(), 0);
	assert_int_equal(early_printf, 7);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 1);
	assert_int_equal(record_type(&domain.records[0]), PRINT_ID);
	assert_string_equal((char *)domain.records[0].data + 16, "early 1\n");
}

static void messages_are_print_records(void **state)
{
	const struct record *r;

	assert_int_equal(utfs_printf("%s %d", "hello", 42), 8);
	assert_int_equal(utfs_printf("line\n"), 5);
	assert_int_equal(utfs_printf("%s", ""), 0);
	assert_int_equal(utfs_marker("mark", 4), 4);
	assert_int_equal(utfs_marker("marked\nand more", 7), 7);
	assert_int_equal(utfs_marker(NULL, 7), -EINVAL);
	assert_int_equal(utfs_marker("mark", 0), -EINVAL);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 5);
	for (size_t i = 0; i < 5; i++) {
		r = &domain.records[i];
		assert_int_equal(record_type(r), PRINT_ID);
		assert_int_equal(record_number(r, 2, 2), 0);
		assert_int_equal(record_pid(r), gettid_now());
		assert_int_equal(record_number(r, 8, 8), i < 3);
	}
	assert_string_equal((char *)domain.records[0].data + 16, "hello 42\n");
	assert_string_equal((char *)domain.records[1].data + 16, "line\n");
	assert_string_equal((char *)domain.records[2].data + 16, "\n");
	assert_string_equal((char *)domain.records[3].data + 16, "mark\n");
	assert_string_equal((char *)domain.records[4].data + 16, "marked\n");
}

static void long_messages_are_cut(void **state)
{
	static char text[8192];

	memset(text, 'y', sizeof(text) - 1);
	assert_int_equal(utfs_printf("%s", text), UTFS_EVENT_RECORD_MAX - 18);
	assert_int_equal(utfs_marker(text, sizeof(text) - 1), UTFS_EVENT_RECORD_MAX - 18);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 2);
	for (size_t i = 0; i < 2; i++) {
		const char *got = (char *)domain.records[i].data + 16;

		assert_int_equal(domain.records[i].bytes, UTFS_EVENT_RECORD_MAX);
		assert_int_equal(strlen(got), UTFS_EVENT_RECORD_MAX - 17);
		assert_int_equal(got[UTFS_EVENT_RECORD_MAX - 18], '\n');
		assert_memory_equal(got, text, UTFS_EVENT_RECORD_MAX - 18);
	}
}

static void no_message_while_tracing_is_off(void **state)
{
	domain_tracing_on(&domain, false);
	assert_int_equal(utfs_printf("unheard"), 0);
	assert_int_equal(utfs_marker("unseen", 6), 0);
	domain_enable(&domain, "proc", "step", true);
	trace_proc_step(1, 1);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 0);
	domain_tracing_on(&domain, true);
	trace_proc_step(1, 2);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 1);
}

static void no_message_that_options_forbid(void **state)
{
	domain_option(&domain, UTFS_OPTION_TRACE_PRINTK, false);
	assert_int_equal(utfs_printf("unheard"), 0);
	assert_int_equal(utfs_marker("seen", 4), 4);
	domain_option(&domain, UTFS_OPTION_TRACE_PRINTK, true);
	domain_option(&domain, UTFS_OPTION_MARKERS, false);
	assert_int_equal(utfs_printf("heard"), 5);
	assert_int_equal(utfs_marker("unseen", 6), 0);
	domain_option(&domain, UTFS_OPTION_MARKERS, true);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 2);
}

static UTFS_UNCHECKED void messages_go_where_trace_printk_dest_says(void **state)
{
	struct utfs_arena *arena = &domain.arena;
	unsigned int recorder;
	uint32_t slot;

	assert_int_equal(utfs_tx_begin(arena), 0);
	assert_int_equal(utfs_tx_end(arena, utfs_instance_add(arena, "messages", 8, &slot)), 0);
	assert_int_equal(utfs_tx_begin(arena), 0);
	utfs_instance_printk_set(arena, slot);
	assert_int_equal(utfs_tx_end(arena, 0), 0);
	/* The first one makes its buffers. */
	assert_int_equal(utfs_printf("elsewhere"), 9);
	assert_int_equal(utfs_marker("here", 4), 4);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 1);
	assert_int_equal(record_number(&domain.records[0], 8, 8), 0);
	assert_true(utfs_instance_at(arena, slot)->recorder);
	recorder = (unsigned int)utfs_instance_at(arena, slot)->recorder - 1;
	slot = 0;
	for (uint32_t cpu = 0; cpu < arena->nr_cpus; cpu++)
		slot += utfs_ring_has_data(arena, recorder, cpu, 0);
	assert_int_equal(slot, 1);
	assert_int_equal(utfs_tx_begin(arena), 0);
	utfs_instance_printk_set(arena, 0);
	assert_int_equal(utfs_tx_end(arena, 0), 0);
	assert_int_equal(utfs_printf("here"), 4);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 1);
}

static void errno_is_kept(void **state)
{
	struct utfs_runtime_event event = {0};
	struct utfs_status status;

	domain_enable(&domain, "proc", "step", true);
	errno = 1234;
	trace_proc_step(1, 1);
	trace_proc_text("x");
	assert_int_equal(errno, 1234);
	utfs_printf("%f", 1.5);
	utfs_marker("x", 1);
	assert_int_equal(errno, 1234);
	assert_int_equal(utfs_runtime_event_register(&event, "errno_kept u32 a"), 0);
	assert_int_equal(utfs_runtime_event_register(&event, "bad bad"), -EBUSY);
	utfs_runtime_event_write(&event, "abcd", 4);
	utfs_runtime_event_unregister(&event);
	utfs_status_get(&status);
	assert_int_equal(errno, 1234);
	/* In a message, %m is the caller's error. */
	errno = ENOENT;
	utfs_printf("%m");
	domain_read(&domain);
	assert_string_equal((char *)domain.records[domain.nr_records - 1].data + 16,
			    "No such file or directory\n");
}

static void *thread_run(void *argument)
{
	int who = (int)(intptr_t)argument;
	char name[16];

	snprintf(name, sizeof(name), "worker-%d", who);
	pthread_setname_np(pthread_self(), name);
	for (int i = 0; i < 1000; i++)
		trace_proc_step(who, i);
	return (void *)(intptr_t)gettid_now();
}

static void threads_are_told_apart(void **state)
{
	pthread_t threads[4];
	pid_t tids[4];
	int next[4] = {0};

	domain_enable(&domain, "proc", "step", true);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, thread_run, (void *)(intptr_t)i),
				 0);
	for (int i = 0; i < 4; i++) {
		void *tid;

		assert_int_equal(pthread_join(threads[i], &tid), 0);
		tids[i] = (pid_t)(intptr_t)tid;
	}
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 4000);
	for (size_t i = 0; i < domain.nr_records; i++) {
		const struct record *r = &domain.records[i];
		unsigned int who = (unsigned int)record_number(r, 8, 4);

		assert_true(who < 4);
		assert_int_equal(record_pid(r), tids[who]);
		assert_int_equal(record_number(r, 12, 4), next[who]++);
	}
	for (int i = 0; i < 4; i++) {
		char comm[17], expected[32];
		pid_t tgid;

		snprintf(expected, sizeof(expected), "worker-%d", i);
		assert_int_equal(utfs_cmdline_find(&domain.arena, tids[i], comm, &tgid), 0);
		assert_string_equal(comm, expected);
		assert_int_equal(tgid, getpid());
	}
}

static void a_new_name_is_noticed(void **state)
{
	char comm[17];
	pid_t tgid;

	trace_proc_step(0, 0);
	pthread_setname_np(pthread_self(), "renamed");
	for (int i = 0; i < 10000; i++)
		trace_proc_step(0, i);
	assert_int_equal(utfs_cmdline_find(&domain.arena, gettid_now(), comm, &tgid), 0);
	assert_string_equal(comm, "renamed");
	domain_read(&domain);
}

static void a_child_has_its_own_events(void **state)
{
	pid_t pid;

	domain_enable(&domain, "proc", "step", true);
	trace_proc_step(0, 1);
	pid = fork();
	if (!pid) {
		trace_proc_step(0, 2);
		utfs_printf("child");
		_exit(trace_proc_step_status() ? 1 : 0);
	}
	reap(pid);
	trace_proc_step(0, 3);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 4);
	assert_int_equal(record_pid(&domain.records[0]), getpid());
	assert_int_equal(record_pid(&domain.records[1]), pid);
	assert_int_equal(record_pid(&domain.records[2]), pid);
	assert_int_equal(record_pid(&domain.records[3]), getpid());
}

static void a_leaving_process_writes_to_the_end(void **state)
{
	pid_t pid;

	domain_enable(&domain, "proc", "step", true);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		leaving = 1;
		atexit(emit_at_exit);
		trace_proc_step(9, 1);
		exit(0);
	}
	reap(pid);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 3);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(record_number(&domain.records[i], 12, 4), i + 1);
}

static void a_vforked_child_does_no_harm(void **state)
{
	pid_t pid = vfork();

	if (!pid) {
		trace_proc_step(0, 1);
		_exit(0);
	}
	reap(pid);
	trace_proc_step(0, 2);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 2);
}

/* The slot of a process, or -1. */
static int64_t slot_of(pid_t pid)
{
	for (uint64_t i = 0; i < domain.arena.header->nr_procs; i++) {
		const struct utfs_proc *proc = utfs_proc_at(&domain.arena, i);

		if (proc->kind == UTFS_PROC_APPLICATION && proc->pid == (uint64_t)pid)
			return (int64_t)i;
	}
	return -1;
}

static char byte_get(int fd)
{
	char byte = 0;

	assert_int_equal(read(fd, &byte, 1), 1);
	return byte;
}

/* Grandchild: reports its pid, lives until its pipe is closed. */
static void live_on(int out, int in)
{
	pid_t pid = getpid();
	char byte;

	trace_proc_step(7, 7);
	if (write(out, &pid, sizeof(pid)) != sizeof(pid))
		_exit(1);
	_exit(read(in, &byte, 1) == 0 ? 0 : 1);
}

static void a_parents_death_is_seen(void **state)
{
	int out[2], in[2];
	pid_t parent, child;
	int64_t slot;

	assert_int_equal(pipe(out), 0);
	assert_int_equal(pipe(in), 0);
	parent = fork();
	if (!parent) {
		close(in[1]);
		if (!fork())
			live_on(out[1], in[0]);
		_exit(0);
	}
	slot = slot_of(parent);
	reap(parent);
	assert_int_equal(read(out[0], &child, sizeof(child)), sizeof(child));
	/* The child may have got its slot. */
	if (slot >= 0 && slot == slot_of(parent))
		assert_false(utfs_proc_alive(&domain.arena, (uint64_t)slot));
	slot = slot_of(child);
	assert_true(slot >= 0);
	assert_true(utfs_proc_alive(&domain.arena, (uint64_t)slot));
	close(in[1]);
	/* Its end is seen as well: the pipe's last writer is gone. */
	close(out[1]);
	assert_int_equal(read(out[0], &child, 1), 0);
	for (int i = 0; i < 1000 && utfs_proc_alive(&domain.arena, (uint64_t)slot); i++)
		usleep(1000);
	assert_false(utfs_proc_alive(&domain.arena, (uint64_t)slot));
	close(out[0]);
	close(in[0]);
	domain_read(&domain);
}

static void closing_every_descriptor_is_fine(void **state)
{
	int out[2], in[2];
	int64_t slot;
	pid_t pid;

	domain_enable(&domain, "proc", "step", true);
	assert_int_equal(pipe(out), 0);
	assert_int_equal(pipe(in), 0);
	pid = fork();
	if (!pid) {
		dup2(out[1], 0);
		dup2(in[0], 1);
		syscall(SYS_close_range, 2, ~0U, 0);
		trace_proc_step(0, 1);
		if (write(0, "x", 1) != 1 || read(1, &slot, 1) != 1)
			_exit(1);
		trace_proc_step(0, 2);
		/* And a child of it opens the arena again. */
		pid = fork();
		if (!pid) {
			trace_proc_step(0, 3);
			_exit(0);
		}
		_exit(waitpid(pid, NULL, 0) == pid ? 0 : 1);
	}
	assert_int_equal(byte_get(out[0]), 'x');
	slot = slot_of(pid);
	assert_true(slot >= 0);
	assert_true(utfs_proc_alive(&domain.arena, (uint64_t)slot));
	assert_int_equal(write(in[1], "x", 1), 1);
	reap(pid);
	close(out[0]);
	close(out[1]);
	close(in[0]);
	close(in[1]);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 3);
	assert_int_equal(record_pid(&domain.records[1]), pid);
	assert_int_not_equal(record_pid(&domain.records[2]), pid);
}

static volatile sig_atomic_t nr_handled;

static void handler(int signal)
{
	if (nr_handled < 5000)
		trace_proc_step(2, nr_handled++);
}

static void handlers_write_events(void **state)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, before;
	struct itimerval timer = {.it_interval = {.tv_usec = 40}, .it_value = {.tv_usec = 40}},
			 off = {0};
	int next[2] = {0};
	int written = 0;
	bool locked;

	domain_enable(&domain, "proc", "step", true);
	sigaction(SIGALRM, &action, &before);
	setitimer(ITIMER_REAL, &timer, NULL);
	while (written < 20000 || (nr_handled < 100 && written < 40000)) {
		trace_proc_step(1, written++);
		for (volatile int i = 0; i < 100; i++)
			;
	}
	setitimer(ITIMER_REAL, &off, NULL);
	sigaction(SIGALRM, &before, NULL);
	domain_read(&domain);
	assert_true(nr_handled > 0);
	/* In locked mode a handler that interrupts the lock's holder loses its event: counted, and the only one. */
	locked = domain.arena.mode == UTFS_MODE_LOCKED;
	assert_true(domain.nr_records == (size_t)(written + nr_handled) || locked);
	for (size_t i = 0; i < domain.nr_records; i++) {
		unsigned int who = (unsigned int)record_number(&domain.records[i], 8, 4) - 1;

		assert_true(who < 2);
		if (who && locked)
			assert_true((int)record_number(&domain.records[i], 12, 4) >= next[who]);
		else
			assert_int_equal(record_number(&domain.records[i], 12, 4), next[who]);
		next[who] = (int)record_number(&domain.records[i], 12, 4) + 1;
	}
	assert_int_equal(next[0], written);
	assert_true(next[1] == nr_handled || locked);
}

/* A handler's stack of the smallest size that the system has. */
static void a_small_stack_is_enough(void **state)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK}, before;
	size_t bytes = (size_t)sysconf(_SC_MINSIGSTKSZ) + 4096;
	stack_t stack = {.ss_sp = malloc(bytes), .ss_size = bytes}, none = {.ss_flags = SS_DISABLE};

	assert_non_null(stack.ss_sp);
	assert_int_equal(sigaltstack(&stack, NULL), 0);
	sigaction(SIGUSR1, &action, &before);
	nr_handled = 0;
	raise(SIGUSR1);
	sigaction(SIGUSR1, &before, NULL);
	sigaltstack(&none, NULL);
	free(stack.ss_sp);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 1);
}

static void status_says_active(void **state)
{
	struct utfs_status status;

	utfs_status_get(&status);
	assert_int_equal(status.state, UTFS_STATE_ACTIVE);
	assert_int_equal(status.error, 0);
	assert_int_equal(status.events, 2);
	assert_int_equal(status.conflicts, 0);
	assert_int_equal(status.failures, 0);
	assert_int_equal(status.refused_threads, 0);
	assert_memory_equal(status.text, "active: ", 8);
	assert_non_null(strstr(status.text, getenv("UTRACEFS_DIR")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_registration_nothing_breaks),
		cmocka_unit_test(messages_are_print_records),
		cmocka_unit_test(long_messages_are_cut),
		cmocka_unit_test(no_message_while_tracing_is_off),
		cmocka_unit_test(no_message_that_options_forbid),
		cmocka_unit_test(messages_go_where_trace_printk_dest_says),
		cmocka_unit_test(errno_is_kept),
		cmocka_unit_test(threads_are_told_apart),
		cmocka_unit_test(a_new_name_is_noticed),
		cmocka_unit_test(a_child_has_its_own_events),
		cmocka_unit_test(a_leaving_process_writes_to_the_end),
		cmocka_unit_test(a_vforked_child_does_no_harm),
		cmocka_unit_test(a_parents_death_is_seen),
		cmocka_unit_test(closing_every_descriptor_is_fine),
		cmocka_unit_test(handlers_write_events),
		cmocka_unit_test(a_small_stack_is_enough),
		cmocka_unit_test(status_says_active),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
