/* SPDX-License-Identifier: MIT */
/* What each option does, and trace_marker_raw. Texts and answers are the kernel's. */
#include "tree.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void set(struct tree *tree, const char *option)
{
	assert_int_equal(tree_write(tree, "trace_options", option), strlen(option));
}

static void test_the_list_is_the_kernels(void **state)
{
	static const char rest[] =
		"annotate\nnouserstacktrace\nnosym-userobj\nnoprintk-msg-only\n"
		"context-info\nnolatency-format\nrecord-cmd\nnorecord-tgid\n"
		"overwrite\nnodisable_on_free\nirq-info\nmarkers\nnoevent-fork\n";
	static const char first[] = "print-parent\nnosym-offset\nnosym-addr\nnoverbose\nnoraw\n"
				    "nohex\nnobin\nnoblock\nnofields\ntrace_printk\n";
	static const char last[] = "nopause-on-trace\nhash-ptr\nnostacktrace\nnotest_nop_accept\n"
				   "notest_nop_refuse\n";
	struct tree *tree = *state;
	char text[1024];

	snprintf(text, sizeof(text), "%s%strace_printk_dest\n%s", first, rest, last);
	assert_text(tree, "trace_options", text);
	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	snprintf(text, sizeof(text), "%s%snotrace_printk_dest\n%s", first, rest, last);
	assert_text(tree, "instances/foo/trace_options", text);
}

static void test_an_instance_begins_with_the_roots_options(void **state)
{
	struct tree *tree = *state;

	set(tree, "nomarkers");
	set(tree, "event-fork");
	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	assert_text(tree, "instances/foo/options/markers", "0\n");
	assert_text(tree, "instances/foo/options/event-fork", "0\n");
	assert_text(tree, "instances/foo/options/trace_printk_dest", "0\n");
}

static void test_nop_options_are_accepted_and_refused(void **state)
{
	static const struct exchange exchanges[] = {
		{"options/test_nop_accept", "1", 1, "1\n"},
		{"options/test_nop_accept", "0", 1, "0\n"},
		{"options/test_nop_refuse", "1", -EINVAL, "0\n"},
		{"options/test_nop_refuse", "0", 1, "0\n"},
		{"trace_options", "test_nop_refuse", -EINVAL, NULL},
		{"trace_options", "notest_nop_refuse", -EINVAL, NULL},
		{"options/stacktrace", "1", 1, "1\n"},
		{"options/userstacktrace", "1", 1, "1\n"},
		{"options/sym-offset", "1", 1, "1\n"},
	};

	CHECK(*state, exchanges);
}

static void test_one_instance_gets_the_messages(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(tree_write(tree, "options/trace_printk_dest", "0"), -EINVAL);
	assert_int_equal(tree_write(tree, "trace_options", "notrace_printk_dest"), -EINVAL);
	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	assert_int_equal(tree_mkdir(tree, "instances/bar"), 0);
	assert_int_equal(tree_write(tree, "instances/foo/options/trace_printk_dest", "1"), 1);
	assert_text(tree, "options/trace_printk_dest", "0\n");
	assert_int_equal(tree->trace->arena.header->printk_slot, 1);
	assert_int_equal(tree_write(tree, "instances/bar/options/trace_printk_dest", "1"), 1);
	assert_text(tree, "instances/foo/options/trace_printk_dest", "0\n");
	assert_int_equal(tree_write(tree, "instances/bar/options/trace_printk_dest", "0"), 1);
	assert_text(tree, "options/trace_printk_dest", "1\n");
	/* Gone with it. */
	assert_int_equal(tree_write(tree, "instances/bar/options/trace_printk_dest", "1"), 1);
	assert_int_equal(tree_rmdir(tree, "instances/bar"), 0);
	assert_text(tree, "options/trace_printk_dest", "1\n");
	assert_int_equal(tree->trace->arena.header->printk_slot, 0);
}

/* One event and one marker, and how they read without their context. */
static void emit_both(struct tree *tree)
{
	assert_int_equal(tree_write(tree, "events/zoo/cat/enable", "1"), 1);
	assert_int_equal(tree_emit(tree, 64, 7, 0), 1);
	assert_int_equal(tree_write(tree, "trace_marker", "hello"), 5);
	/* The marker saved the program's own name. */
	utfs_cmdline_save(&tree->trace->arena, (pid_t)syscall(SYS_gettid), getpid(),
			  "tester\0\0\0\0\0\0\0\0\0");
	set(tree, "nocontext-info");
}

static void test_raw_hex_bin(void **state)
{
	static const char head[] = "# tracer: nop\n#\n";
	struct tree *tree = *state;
	char text[256];

	emit_both(tree);
	set(tree, "raw");
	snprintf(text, sizeof(text), "%stype: 64\n# 0 hello\n", head);
	assert_text(tree, "trace", text);
	/* hex goes before raw, bin before both. */
	set(tree, "hex");
	snprintf(text, sizeof(text), "%stype: 64\n\ntype: 5\n\n", head);
	assert_text(tree, "trace", text);
	set(tree, "bin");
	snprintf(text, sizeof(text), "%stype: 64\ntype: 5\n", head);
	assert_text(tree, "trace", text);
	set(tree, "printk-msg-only");
	snprintf(text, sizeof(text), "%stype: 64\nhello\n", head);
	assert_text(tree, "trace", text);
	set(tree, "notrace_printk");
	snprintf(text, sizeof(text), "%stype: 64\ntype: 5\n", head);
	assert_text(tree, "trace", text);
	/* The same in trace_pipe. */
	assert_text(tree, "trace_pipe", "type: 64\ntype: 5\n");
}

static void test_raw_hex_bin_have_numbers_for_a_context(void **state)
{
	struct tree *tree = *state;
	char text[4096], expected[64];
	uint32_t numbers[2];

	emit_both(tree);
	set(tree, "context-info");
	set(tree, "raw");
	snprintf(expected, sizeof(expected), "\n%d ", (int)syscall(SYS_gettid));
	assert_int_equal(tree_count(tree, "trace", expected), 2);
	set(tree, "hex");
	snprintf(expected, sizeof(expected), "\n%08x 0000000", (unsigned int)syscall(SYS_gettid));
	assert_int_equal(tree_count(tree, "trace", expected), 2);
	set(tree, "bin");
	assert_true(tree_read(tree, "trace_pipe", text, sizeof(text)) > 16);
	memcpy(numbers, text, sizeof(numbers));
	assert_int_equal(numbers[0], syscall(SYS_gettid));
	assert_int_equal(numbers[1], 0);
	assert_memory_equal(text + 16, "type: 64\n", 9);
}

static void test_verbose_has_no_columns(void **state)
{
	struct tree *tree = *state;

	emit_both(tree);
	set(tree, "context-info");
	set(tree, "verbose");
	assert_int_equal(tree_count(tree, "trace", "#"), 2);
	assert_int_equal(tree_count(tree, "trace", "tracing_mark_write: hello\n"), 1);
	assert_int_equal(tree_count(tree, "trace", "tester-"), 2);
}

static void test_latency_format(void **state)
{
	struct tree *tree = *state;
	char expected[128];

	set(tree, "latency-format");
	assert_text(tree, "trace", "# tracer: nop\n#\n");
	emit_both(tree);
	assert_text(tree, "trace", "# tracer: nop\n#\ncat: n=7\ntracing_mark_write: hello\n");
	set(tree, "context-info");
	assert_int_equal(tree_write(tree, "tracing_max_latency", "12"), 2);
	assert_int_equal(tree_count(tree, "trace", "# nop latency trace v1.1.5 on "), 1);
	assert_int_equal(tree_count(tree, "trace", "# latency: 12 us, #2/2, CPU#0 | ("), 1);
	assert_int_equal(tree_count(tree, "trace", "#     \\   /        ||||||  \\    |    /"), 1);
	snprintf(expected, sizeof(expected), "  tester-%-7d   0..... ", (int)syscall(SYS_gettid));
	assert_true(tree_count(tree, "trace", expected) >= 1);
	set(tree, "verbose");
	assert_int_equal(tree_count(tree, "trace", "|"), 2);
	snprintf(expected, sizeof(expected), "          tester %7d   0 0 00000000 00000000 [",
		 (int)syscall(SYS_gettid));
	assert_int_equal(tree_count(tree, "trace", expected), 1);
	assert_int_equal(tree_count(tree, "trace", " 00000001 ["), 1);
	/* A consuming reader does not know what comes next. */
	assert_int_equal(tree_count(tree, "trace_pipe", "ms (+0.000ms): cat: n=7\n"), 1);
}

static void test_latency_is_counted_from_the_last_clearing(void **state)
{
	struct tree *tree = *state;
	char text[4096], *at;

	set(tree, "latency-format");
	assert_int_equal(tree_write(tree, "events/zoo/cat/enable", "1"), 1);
	assert_int_equal(tree_write(tree, "trace_clock", "counter"), 7);
	/* The counter counted on: this event is the second from the clearing on. */
	assert_int_equal(tree_emit(tree, 64, 1, 0), 1);
	assert_int_equal(tree_write(tree, "trace", ""), 0);
	assert_int_equal(tree_emit(tree, 64, 2, 0), 1);
	assert_true(tree_read(tree, "trace", text, sizeof(text)) > 0);
	at = strstr(text, ": cat: n=2\n");
	assert_non_null(at);
	assert_memory_equal(at - 5, "    1", 5);
}

static void test_record_cmd_decides_if_names_are_kept(void **state)
{
	struct tree *tree = *state;
	struct utfs_arena *arena = &tree->trace->arena;
	pid_t tgid;
	char comm[17];

	utfs_cmdline_save(arena, 100, 100, "old\0\0\0\0\0\0\0\0\0\0\0\0");
	set(tree, "norecord-cmd");
	utfs_cmdline_save(arena, 100, 100, "new\0\0\0\0\0\0\0\0\0\0\0\0");
	assert_text(tree, "saved_cmdlines", "100 old\n");
	assert_int_equal(tree_write(tree, "events/zoo/cat/enable", "1"), 1);
	assert_int_equal(tree_emit(tree, 64, 7, 0), 1);
	assert_int_equal(tree_count(tree, "trace", "           <...>-"), 1);
	/* The process is known all the same. */
	assert_int_equal(utfs_cmdline_find(arena, (pid_t)syscall(SYS_gettid), comm, &tgid), 0);
	assert_int_equal(tgid, getpid());
	set(tree, "record-cmd");
	assert_int_equal(tree_emit(tree, 64, 8, 0), 1);
	assert_int_equal(tree_count(tree, "trace", "          tester-"), 2);
}

static void test_block_makes_poll_always_ready(void **state)
{
	static const char *const pipes[] = {"trace_pipe", "per_cpu/cpu0/trace_pipe",
					    "per_cpu/cpu0/trace_pipe_raw"};
	struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(pipes) / sizeof(pipes[0]); i++) {
		struct eventfs_file *file;

		assert_int_equal(tree_handle(tree, pipes[i], O_RDONLY, &file), 0);
		assert_int_equal(eventfs_poll(file) & POLLIN, 0);
		set(tree, "block");
		assert_int_equal(eventfs_poll(file) & POLLIN, POLLIN);
		set(tree, "noblock");
		assert_int_equal(eventfs_poll(file) & POLLIN, 0);
		eventfs_release(file);
	}
}

static void test_one_cpus_reader_waits_for_buffer_percent(void **state)
{
	struct tree *tree = *state;
	struct eventfs_file *cpu, *all;

	assert_int_equal(tree_write(tree, "buffer_size_kb", "16"), 2);
	assert_int_equal(tree_write(tree, "events/zoo/cat/enable", "1"), 1);
	assert_int_equal(tree_handle(tree, "per_cpu/cpu0/trace_pipe", O_RDONLY, &cpu), 0);
	assert_int_equal(tree_emit(tree, 64, 7, 0), 1);
	assert_int_equal(eventfs_poll(cpu) & POLLIN, 0);
	assert_int_equal(tree_write(tree, "buffer_percent", "0"), 1);
	assert_int_equal(eventfs_poll(cpu) & POLLIN, POLLIN);
	assert_int_equal(tree_write(tree, "buffer_percent", "50"), 2);
	assert_int_equal(eventfs_poll(cpu) & POLLIN, 0);
	for (int i = 0; i < 600; i++)
		assert_int_equal(tree_emit(tree, 64, 7, 0), 1);
	assert_int_equal(eventfs_poll(cpu) & POLLIN, POLLIN);
	eventfs_release(cpu);
	/* Who reads all CPUs is woken by anything. */
	assert_int_equal(tree_write(tree, "trace", ""), 0);
	assert_int_equal(tree_handle(tree, "trace_pipe", O_RDONLY, &all), 0);
	assert_int_equal(eventfs_poll(all) & POLLIN, 0);
	assert_int_equal(tree_emit(tree, 64, 7, 0), 1);
	assert_int_equal(eventfs_poll(all) & POLLIN, POLLIN);
	eventfs_release(all);
}

static void test_pause_on_trace(void **state)
{
	struct tree *tree = *state;
	struct eventfs_file *one, *two, *writing;

	assert_int_equal(tree_write(tree, "events/zoo/cat/enable", "1"), 1);
	assert_int_equal(tree_handle(tree, "trace", O_RDONLY, &one), 0);
	assert_int_equal(tree_emit(tree, 64, 1, 0), 1);
	eventfs_release(one);
	set(tree, "pause-on-trace");
	assert_int_equal(tree_handle(tree, "trace", O_WRONLY, &writing), 0);
	assert_int_equal(tree_emit(tree, 64, 1, 0), 1);
	assert_int_equal(tree_handle(tree, "trace", O_RDONLY, &one), 0);
	assert_int_equal(tree_handle(tree, "per_cpu/cpu0/trace", O_RDONLY, &two), 0);
	assert_int_equal(tree_emit(tree, 64, 1, 0), 0);
	assert_text(tree, "tracing_on", "1\n");
	assert_int_equal(tree_write(tree, "trace_marker", "x"), -EBADF);
	/* As long as one of them is open, whatever is written meanwhile. */
	assert_int_equal(tree_write(tree, "tracing_on", "1"), 1);
	set(tree, "nopause-on-trace");
	eventfs_release(one);
	assert_int_equal(tree_emit(tree, 64, 1, 0), 0);
	eventfs_release(two);
	assert_int_equal(tree_emit(tree, 64, 1, 0), 1);
	eventfs_release(writing);
}

/* A process that reads `trace`, and is gone without closing it. */
static void reader_dies(const struct tree *tree)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		char why[UTFS_TRACE_WHY_BYTES];
		struct tree own = *tree;
		struct eventfs_file *file;

		if (utfs_trace_open(tree->directory, &own.trace, why))
			_exit(1);
		own.fs = utfs_trace_fs(own.trace);
		_exit(tree_handle(&own, "trace", O_RDONLY, &file) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_a_dead_reader_pauses_until_somebody_looks(void **state)
{
	struct tree *tree = *state;
	struct utfs_trace *other;
	char why[UTFS_TRACE_WHY_BYTES];

	assert_int_equal(tree_write(tree, "events/zoo/cat/enable", "1"), 1);
	set(tree, "pause-on-trace");
	/* Who opens the tree, or who has it open and uses any file of the instance. */
	reader_dies(tree);
	assert_int_equal(tree_emit(tree, 64, 1, 0), 0);
	assert_int_equal(utfs_trace_open(tree->directory, &other, why), 0);
	assert_int_equal(tree_emit(tree, 64, 1, 0), 1);
	utfs_trace_close(other);
	reader_dies(tree);
	assert_int_equal(tree_emit(tree, 64, 1, 0), 0);
	assert_text(tree, "tracing_on", "1\n");
	assert_int_equal(tree_emit(tree, 64, 1, 0), 1);
}

static void test_marker_raw(void **state)
{
	struct tree *tree = *state;
	static char bytes[9000];

	memset(bytes, 'a', sizeof(bytes));
	for (size_t n = 0; n < 4; n++)
		assert_int_equal(tree_write_bytes(tree, "trace_marker_raw", bytes, n, 0), -EINVAL);
	assert_int_equal(tree_write_bytes(tree, "trace_marker_raw", bytes, 4064, 0), 4064);
	assert_int_equal(tree_write_bytes(tree, "trace_marker_raw", bytes, 4065, 0), -EINVAL);
	assert_int_equal(tree_write_bytes(tree, "trace_marker_raw", bytes, 9000, 0), -EINVAL);
	assert_int_equal(tree_write(tree, "trace", ""), 0);
	set(tree, "nocontext-info");
	assert_int_equal(tree_write(tree, "trace_marker_raw", "abcd"), 4);
	assert_int_equal(tree_write(tree, "trace_marker_raw", "abcde"), 5);
	assert_int_equal(tree_write(tree, "trace_marker_raw", "abcdefgh"), 8);
	assert_text(tree, "trace",
		    "# tracer: nop\n#\n"
		    "# 64636261 buf:\n"
		    "# 64636261 buf: 65 00 00 00\n"
		    "# 64636261 buf: 65 66 67 68\n");
	assert_int_equal(tree_write(tree, "tracing_on", "0"), 1);
	assert_int_equal(tree_write(tree, "trace_marker_raw", "abcdefgh"), -EBADF);
	set(tree, "nomarkers");
	assert_int_equal(tree_write(tree, "trace_marker_raw", "abcdefgh"), -EINVAL);
}

static void test_marker_raw_belongs_to_its_writer(void **state)
{
	struct tree *tree = *state;
	char expected[64];

	assert_int_equal(tree_write(tree, "trace_marker_raw", "abcd"), 4);
	snprintf(expected, sizeof(expected), "-%-7d [", (int)syscall(SYS_gettid));
	assert_int_equal(tree_count(tree, "trace", expected), 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		T(test_the_list_is_the_kernels),
		T(test_an_instance_begins_with_the_roots_options),
		T(test_nop_options_are_accepted_and_refused),
		T(test_one_instance_gets_the_messages),
		T(test_raw_hex_bin),
		T(test_raw_hex_bin_have_numbers_for_a_context),
		T(test_verbose_has_no_columns),
		T(test_latency_format),
		T(test_latency_is_counted_from_the_last_clearing),
		T(test_record_cmd_decides_if_names_are_kept),
		T(test_block_makes_poll_always_ready),
		T(test_one_cpus_reader_waits_for_buffer_percent),
		T(test_pause_on_trace),
		T(test_a_dead_reader_pauses_until_somebody_looks),
		T(test_marker_raw),
		T(test_marker_raw_belongs_to_its_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
