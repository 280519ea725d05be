/* SPDX-License-Identifier: MIT */
/*
 * A program that uses Debian's libtracefs, as such programs do on the kernel's tracefs. Runs in `utracefs exec`; $UTFS_EMITTER is what it
 * traces. Each test leaves the tree as it found it.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <kbuffer.h>

#include "libtracefs-common.h"

#define WRITERS	   4
#define EACH	   500
#define PAGE_BYTES 4096
#define LARGE_KB   64

static bool list_has(char **list, const char *wanted)
{
	for (; list && *list; list++) {
		if (strcmp(*list, wanted) == 0)
			return true;
	}
	return false;
}

/* What there is ------------------------------------------------------------------------------------ */

static void the_tracing_directory_is_found(void **state)
{
	const char *path = NULL;
	char *file;

	assert_non_null(tracefs_tracing_dir());
	assert_int_equal(tracefs_tracing_dir_is_mounted(false, &path), 1);
	assert_string_equal(path, tracefs_tracing_dir());
	assert_true(tracefs_file_exists(NULL, "trace"));
	assert_true(tracefs_dir_exists(NULL, "events/load/tick"));
	assert_false(tracefs_dir_exists(NULL, "trace"));
	assert_false(tracefs_file_exists(NULL, "set_ftrace_filter"));
	file = tracefs_get_tracing_file("trace");
	assert_int_equal(access(file, R_OK | W_OK), 0);
	tracefs_put_tracing_file(file);
}

static void systems_events_tracers_and_clocks_are_listed(void **state)
{
	char **systems = tracefs_event_systems(NULL);
	char **names = tracefs_system_events(NULL, "load");
	char **tracers = tracefs_tracers(NULL);
	char *clock = tracefs_get_clock(NULL);

	assert_true(list_has(systems, "load"));
	assert_int_equal(tracefs_list_size(names), 3);
	assert_true(list_has(names, "tick"));
	assert_true(list_has(names, "numbers"));
	assert_true(list_has(names, "texts"));
	/* It leaves out nop; there is no other. */
	assert_int_equal(tracefs_list_size(tracers), 0);
	assert_false(tracefs_tracer_available(NULL, "function"));
	assert_string_equal(clock, "local");
	assert_int_equal(tracefs_tracer_set(NULL, TRACEFS_TRACER_NOP), 0);
	assert_int_equal(tracefs_tracer_clear(NULL), 0);
	assert_int_equal(tracefs_tracer_set(NULL, TRACEFS_TRACER_FUNCTION), -1);
	tracefs_list_free(systems);
	tracefs_list_free(names);
	tracefs_list_free(tracers);
	free(clock);
}

static void formats_are_parsed(void **state)
{
	static const char *const only[] = {"load", NULL};
	struct tep_handle *tep;
	struct tep_event *event;
	struct tep_format_field *field;
	int failures = -1;

	event = tep_find_event_by_name(events, "load", "texts");
	assert_non_null(event);
	field = tep_find_field(event, "path");
	assert_non_null(field);
	assert_true(field->flags & TEP_FIELD_IS_STRING);
	assert_true(field->flags & TEP_FIELD_IS_DYNAMIC);
	field = tep_find_field(event, "mac");
	assert_non_null(field);
	assert_int_equal(field->arraylen, 6);
	assert_non_null(tep_find_event_by_name(events, "ftrace", "print"));

	tep = tracefs_local_events_system(NULL, only);
	assert_non_null(tep);
	assert_non_null(tep_find_event_by_name(tep, "load", "tick"));
	tep_free(tep);

	tep = tep_alloc();
	assert_int_equal(tracefs_fill_local_events(NULL, tep, &failures), 0);
	assert_int_equal(failures, 0);
	tep_free(tep);
}

/* Instances ---------------------------------------------------------------------------------------- */

static int count_instance(const char *name, void *context)
{
	int *count = context;

	if (strncmp(name, "lt-", 3) == 0)
		++*count;
	return 0;
}

static void instances_come_and_go(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-a");
	struct tracefs_instance *again = tracefs_instance_create("lt-a");
	char **names;
	char *directory;
	int count = 0;

	assert_non_null(instance);
	assert_true(tracefs_instance_is_new(instance));
	assert_false(tracefs_instance_is_new(again));
	assert_string_equal(tracefs_instance_get_name(instance), "lt-a");
	assert_true(tracefs_instance_exists("lt-a"));
	assert_false(tracefs_instance_exists("lt-b"));
	directory = tracefs_instance_get_dir(instance);
	assert_int_equal(access(directory, F_OK), 0);
	tracefs_put_tracing_file(directory);
	assert_int_equal(tracefs_instances_walk(count_instance, &count), 0);
	assert_int_equal(count, 1);
	names = tracefs_instances("lt-*");
	assert_int_equal(tracefs_list_size(names), 1);
	tracefs_list_free(names);
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	assert_false(tracefs_instance_exists("lt-a"));
	assert_int_not_equal(tracefs_instance_destroy(again), 0);
	tracefs_instance_free(instance);
	tracefs_instance_free(again);
}

static void files_of_an_instance_are_read_and_written(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-files");
	long long number = -1;
	char *text;
	int size = 0;
	int fd;

	assert_true(tracefs_instance_file_write(instance, "buffer_size_kb", "100") > 0);
	assert_int_equal(tracefs_instance_file_read_number(instance, "buffer_size_kb", &number), 0);
	assert_int_equal(number, 103);
	text = tracefs_instance_file_read(instance, "current_tracer", &size);
	assert_string_equal(text, "nop\n");
	assert_int_equal(size, 4);
	free(text);
	assert_true(tracefs_instance_file_append(instance, "set_event", "load:tick") > 0);
	assert_true(tracefs_instance_file_append(instance, "set_event", "load:texts") > 0);
	text = tracefs_instance_file_read(instance, "set_event", NULL);
	assert_string_equal(text, "load:texts\nload:tick\n");
	free(text);
	assert_int_equal(tracefs_instance_file_clear(instance, "set_event"), 0);
	assert_null(tracefs_instance_file_read(instance, "set_event", NULL));
	assert_int_equal(tracefs_instance_file_write(instance, "set_event", "no:such"), -1);

	assert_int_equal(tracefs_trace_is_on(instance), 1);
	assert_int_equal(tracefs_trace_off(instance), 0);
	assert_int_equal(tracefs_trace_is_on(instance), 0);
	assert_int_equal(tracefs_trace_is_on(NULL), 1);
	fd = tracefs_trace_on_get_fd(instance);
	assert_int_equal(tracefs_trace_on_fd(fd), 0);
	assert_int_equal(tracefs_trace_is_on(instance), 1);
	assert_int_equal(tracefs_trace_off_fd(fd), 0);
	assert_int_equal(tracefs_trace_is_on(instance), 0);
	close(fd);
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	tracefs_instance_free(instance);
}

static void buffers_have_sizes_in_all_and_per_cpu(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-sizes");

	assert_int_equal(tracefs_instance_set_buffer_size(instance, 500, -1), 0);
	assert_int_equal(tracefs_instance_set_buffer_size(instance, 200, 0), 0);
	assert_int_equal(tracefs_instance_get_buffer_size(instance, 0), 203);
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		assert_int_equal(tracefs_instance_get_buffer_size(instance, 1), 502);
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	tracefs_instance_free(instance);
}

static void options_are_seen_and_set(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-options");
	const struct tracefs_options_mask *mask = tracefs_options_get_supported(instance);

	assert_true(tracefs_option_mask_is_set(mask, TRACEFS_OPTION_OVERWRITE));
	assert_false(tracefs_option_mask_is_set(mask, TRACEFS_OPTION_RECORD_CMD));
	assert_true(tracefs_option_is_supported(NULL, TRACEFS_OPTION_RECORD_CMD));
	assert_false(tracefs_option_is_supported(NULL, TRACEFS_OPTION_FUNCTION_FORK));
	assert_true(tracefs_option_is_enabled(instance, TRACEFS_OPTION_OVERWRITE));
	assert_int_equal(tracefs_option_disable(instance, TRACEFS_OPTION_OVERWRITE), 0);
	assert_false(tracefs_option_is_enabled(instance, TRACEFS_OPTION_OVERWRITE));
	assert_true(tracefs_option_is_enabled(NULL, TRACEFS_OPTION_OVERWRITE));
	assert_int_equal(tracefs_option_enable(instance, TRACEFS_OPTION_RAW), 0);
	mask = tracefs_options_get_enabled(instance);
	assert_true(tracefs_option_mask_is_set(mask, TRACEFS_OPTION_RAW));
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	tracefs_instance_free(instance);
}

/* Events ------------------------------------------------------------------------------------------- */

static void events_are_enabled_one_by_one_by_system_and_all(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-enable");
	char *text;

	assert_int_equal(tracefs_event_is_enabled(instance, "load", NULL), TRACEFS_ALL_DISABLED);
	assert_int_equal(tracefs_event_enable(instance, "load", "tick"), 0);
	assert_int_equal(tracefs_event_is_enabled(instance, "load", "tick"), TRACEFS_ALL_ENABLED);
	assert_int_equal(tracefs_event_is_enabled(instance, "load", "texts"), TRACEFS_ALL_DISABLED);
	assert_int_equal(tracefs_event_is_enabled(instance, "load", NULL), TRACEFS_SOME_ENABLED);
	assert_int_equal(tracefs_event_enable(instance, "load", NULL), 0);
	assert_int_equal(tracefs_event_is_enabled(instance, "load", NULL), TRACEFS_ALL_ENABLED);
	assert_int_equal(tracefs_event_is_enabled(NULL, "load", NULL), TRACEFS_ALL_DISABLED);
	assert_int_equal(tracefs_event_disable(instance, "load", "tick"), 0);
	assert_int_equal(tracefs_event_is_enabled(instance, "load", "tick"), TRACEFS_ALL_DISABLED);
	assert_int_equal(tracefs_event_disable(instance, NULL, NULL), 0);
	assert_int_equal(tracefs_event_is_enabled(instance, "load", NULL), TRACEFS_ALL_DISABLED);
	assert_int_not_equal(tracefs_event_enable(instance, "load", "none"), 0);

	assert_true(tracefs_event_file_exists(instance, "load", "tick", "format"));
	text = tracefs_event_file_read(instance, "load", "tick", "enable", NULL);
	assert_string_equal(text, "0\n");
	free(text);
	assert_true(tracefs_event_file_write(instance, "load", "tick", "enable", "1") > 0);
	assert_int_equal(tracefs_event_is_enabled(instance, "load", "tick"), TRACEFS_ALL_ENABLED);
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	tracefs_instance_free(instance);
}

struct ticks {
	uint64_t next[WRITERS];
	unsigned int events;
	unsigned int wrong; /* not the next of its writer, or not on its CPU */
	unsigned int cpus;
	unsigned int followed;
	unsigned long long missed;
	struct tracefs_instance *stop_after_one;
};

static int take_tick(struct tep_event *event, struct tep_record *record, int cpu, void *context)
{
	struct ticks *ticks = context;
	unsigned long long writer = WRITERS;
	unsigned long long seq = 0;
	int n_cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);

	if (strcmp(event->name, "tick") != 0)
		return 0;
	if (tep_get_field_val(NULL, event, "writer", record, &writer, 0) ||
	    tep_get_field_val(NULL, event, "seq", record, &seq, 0) || writer >= WRITERS) {
		ticks->wrong++;
		return 0;
	}
	ticks->events++;
	ticks->wrong += seq != ticks->next[writer] || record->cpu != cpu;
	if (n_cpus <= WRITERS)
		ticks->wrong += (int)writer % n_cpus != cpu;
	ticks->next[writer] = seq + 1;
	ticks->cpus |= 1U << cpu;
	if (ticks->stop_after_one)
		tracefs_iterate_stop(ticks->stop_after_one);
	return 0;
}

static int take_followed(struct tep_event *event, struct tep_record *record, int cpu, void *context)
{
	struct ticks *ticks = context;

	ticks->followed++;
	return 0;
}

static int take_missed(struct tep_event *event, struct tep_record *record, int cpu, void *context)
{
	struct ticks *ticks = context;

	if (record->missed_events > 0)
		ticks->missed += (unsigned long long)record->missed_events;
	return 0;
}

static void raw_events_are_iterated_each_once(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-raw");
	struct ticks ticks = {0};

	assert_int_equal(tracefs_event_enable(instance, "load", NULL), 0);
	emit("ticks", WRITERS, EACH);
	emit("kinds", 1, 3);
	assert_int_equal(
		tracefs_follow_event(events, instance, "load", "numbers", take_followed, &ticks),
		0);
	assert_int_equal(tracefs_iterate_raw_events(events, instance, NULL, 0, take_tick, &ticks),
			 0);
	assert_int_equal(ticks.events, WRITERS * EACH);
	assert_int_equal(ticks.wrong, 0);
	assert_int_equal(ticks.followed, 3);
	assert_int_equal(tracefs_load_cmdlines(NULL, events), 0);
	/* They are consumed. */
	memset(&ticks, 0, sizeof(ticks));
	assert_int_equal(tracefs_iterate_raw_events(events, instance, NULL, 0, take_tick, &ticks),
			 0);
	assert_int_equal(ticks.events, 0);
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	tracefs_instance_free(instance);
}

static void raw_events_are_iterated_of_the_cpus_asked_for(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-cpus");
	struct ticks ticks = {0};
	cpu_set_t cpus;

	assert_int_equal(tracefs_event_enable(instance, "load", "tick"), 0);
	emit("ticks", WRITERS, EACH);
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	assert_int_equal(tracefs_iterate_raw_events(events, instance, &cpus, sizeof(cpus),
						    take_tick, &ticks),
			 0);
	assert_int_equal(ticks.wrong, 0);
	assert_int_equal(ticks.cpus, 1);
	ticks.stop_after_one = instance;
	assert_int_equal(tracefs_iterate_raw_events(events, instance, NULL, 0, take_tick, &ticks),
			 0);
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	tracefs_instance_free(instance);
}

static void lost_events_are_told(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-lost");
	struct ticks ticks = {0};

	assert_int_equal(tracefs_instance_set_buffer_size(instance, 20, -1), 0);
	assert_int_equal(tracefs_event_enable(instance, "load", "tick"), 0);
	emit("ticks", WRITERS, 5000);
	assert_int_equal(tracefs_follow_missed_events(instance, take_missed, &ticks), 0);
	assert_int_equal(tracefs_iterate_raw_events(events, instance, NULL, 0, take_tick, &ticks),
			 0);
	assert_true(ticks.missed > 0);
	assert_int_equal(ticks.events + ticks.missed, WRITERS * 5000);
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	tracefs_instance_free(instance);
}

/* The buffers of CPUs ------------------------------------------------------------------------------ */

/* A page, or a subbuffer of several. */
static unsigned int count_in_page(void *page)
{
	struct kbuffer *kbuf = tep_kbuffer(events);
	unsigned long long time_stamp;
	unsigned int count = 0;
	void *data;

	assert_non_null(kbuf);
	assert_int_equal(kbuffer_load_subbuffer(kbuf, page), 0);
	for (data = kbuffer_read_event(kbuf, &time_stamp); data;
	     data = kbuffer_next_event(kbuf, &time_stamp))
		count++;
	kbuffer_free(kbuf);
	return count;
}

static unsigned int count_in_file(int fd, int page_bytes)
{
	char page[LARGE_KB * 1024];
	unsigned int count = 0;
	ssize_t n;

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	while ((n = read(fd, page, (size_t)page_bytes)) > 0) {
		assert_int_equal(n, page_bytes);
		count += count_in_page(page);
	}
	return count;
}

/* All that comes, page by page, by read or (`buffered`) by way of a pipe, as splice goes. */
static unsigned int count_in_cpu(struct tracefs_cpu *tcpu, bool buffered)
{
	char page[LARGE_KB * 1024];
	const int page_bytes = tracefs_cpu_read_size(tcpu);
	unsigned int count = 0;
	int n;

	assert_true(page_bytes <= (int)sizeof(page));
	while ((n = buffered ? tracefs_cpu_buffered_read(tcpu, page, true)
			     : tracefs_cpu_read(tcpu, page, true)) > 0) {
		assert_int_equal(n, page_bytes);
		count += count_in_page(page);
	}
	while ((n = tracefs_cpu_flush(tcpu, page)) > 0)
		count += count_in_page(page);
	return count;
}

static void cpu_buffers_are_read_page_by_page(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-pages");
	char page[PAGE_BYTES];
	struct tracefs_cpu *tcpu;

	assert_int_equal(tracefs_event_enable(instance, "load", "tick"), 0);
	tcpu = tracefs_cpu_open(instance, 0, true);
	assert_non_null(tcpu);
	assert_int_equal(tracefs_cpu_read_size(tcpu), PAGE_BYTES);
	assert_true(tracefs_cpu_read(tcpu, page, true) <= 0);
	for (int buffered = 0; buffered < 2; buffered++) {
		emit("ticks", 1, EACH);
		assert_int_equal(count_in_cpu(tcpu, buffered), EACH);
	}
	tracefs_cpu_close(tcpu);
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	tracefs_instance_free(instance);
}

/* Once in a go, then to the end. */
static void write_to_file_and_count(struct tracefs_instance *instance, unsigned int wanted)
{
	struct tracefs_cpu *tcpu = tracefs_cpu_open(instance, 0, false);
	FILE *file = tmpfile();

	assert_non_null(tcpu);
	assert_non_null(file);
	emit("ticks", 1, wanted);
	assert_true(tracefs_cpu_write(tcpu, fileno(file), true) > 0);
	while (tracefs_cpu_write(tcpu, fileno(file), true) > 0)
		;
	while (tracefs_cpu_flush_write(tcpu, fileno(file)) > 0)
		;
	assert_int_equal(count_in_file(fileno(file), tracefs_cpu_read_size(tcpu)), wanted);
	tracefs_cpu_stop(tcpu);
	tracefs_cpu_close(tcpu);
	fclose(file);
}

static void cpu_buffers_are_written_to_files(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-write");

	assert_int_equal(tracefs_event_enable(instance, "load", "tick"), 0);
	write_to_file_and_count(instance, 40000);
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	tracefs_instance_free(instance);
}

/* The library asks the top how large they are. */
static void large_subbuffers_are_read_whole(void **state)
{
	static const char *const only[] = {"load", NULL};
	struct ticks ticks = {0};
	struct tracefs_cpu *tcpu;
	struct tep_handle *tep;

	assert_true(tracefs_instance_file_write(NULL, "buffer_subbuf_size_kb", "64") > 0);
	assert_int_equal(tracefs_instance_set_buffer_size(NULL, 2048, -1), 0);
	assert_int_equal(tracefs_event_enable(NULL, "load", "tick"), 0);
	tcpu = tracefs_cpu_open(NULL, 0, true);
	assert_non_null(tcpu);
	assert_int_equal(tracefs_cpu_read_size(tcpu), LARGE_KB * 1024);
	for (int buffered = 0; buffered < 2; buffered++) {
		emit("ticks", 1, 10000);
		assert_int_equal(count_in_cpu(tcpu, buffered), 10000);
	}
	tracefs_cpu_close(tcpu);
	write_to_file_and_count(NULL, 40000);

	tep = tracefs_local_events_system(NULL, only);
	assert_non_null(tep);
	assert_int_equal(tep_get_sub_buffer_size(tep), LARGE_KB * 1024);
	emit("ticks", WRITERS, EACH * 10);
	assert_int_equal(tracefs_iterate_raw_events(tep, NULL, NULL, 0, take_tick, &ticks), 0);
	assert_int_equal(ticks.events, WRITERS * EACH * 10);
	assert_int_equal(ticks.wrong, 0);
	tep_free(tep);
	assert_int_equal(tracefs_event_disable(NULL, "load", "tick"), 0);
	assert_true(tracefs_instance_file_write(NULL, "buffer_subbuf_size_kb", "4") > 0);
}

/* Text --------------------------------------------------------------------------------------------- */

struct stream {
	struct tracefs_instance *instance;
	FILE *file;
	volatile bool ended;
};

static void *run_stream(void *arg)
{
	struct stream *stream = arg;
	sigset_t children;

	/* Those of system() would end the stream: that is not restarted. */
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &children, NULL);
	tracefs_trace_pipe_stream(fileno(stream->file), stream->instance, 0);
	stream->ended = true;
	return NULL;
}

static unsigned int count_lines(FILE *file)
{
	unsigned int lines = 0;
	char line[4096];

	rewind(file);
	while (fgets(line, sizeof(line), file))
		lines += strstr(line, "tick: writer=") != NULL;
	return lines;
}

/* Within ten seconds. */
static bool come_to(const struct stream *stream, unsigned int lines)
{
	char path[64];
	FILE *file;
	bool done = false;

	/* A position of our own. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(stream->file));
	file = fopen(path, "r");
	for (int i = 0; i < 200 && !done; i++) {
		done = count_lines(file) == lines;
		usleep(50000);
	}
	fclose(file);
	return done;
}

static void the_trace_pipe_is_streamed(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-stream");
	FILE *file = tmpfile();

	assert_int_equal(tracefs_event_enable(instance, "load", "tick"), 0);
	emit("ticks", WRITERS, EACH);
	assert_true(tracefs_trace_pipe_stream(fileno(file), instance, O_NONBLOCK) > 0);
	assert_int_equal(count_lines(file), WRITERS * EACH);
	fclose(file);
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	tracefs_instance_free(instance);
}

static void ignore_signal(int number)
{
}

static void a_stream_of_the_trace_pipe_waits_until_it_is_stopped(void **state)
{
	const struct sigaction action = {.sa_handler = ignore_signal};
	struct stream stream = {
		.instance = tracefs_instance_create("lt-follow"),
		.file = tmpfile(),
	};
	pthread_t thread;

	sigaction(SIGUSR1, &action, NULL);
	assert_int_equal(tracefs_event_enable(stream.instance, "load", "tick"), 0);
	assert_int_equal(pthread_create(&thread, NULL, run_stream, &stream), 0);
	for (unsigned int i = 1; i <= 3; i++) {
		emit("ticks", 1, 1);
		assert_true(come_to(&stream, i));
	}
	/* More than it takes at once. */
	emit("ticks", 2, 3000);
	assert_true(come_to(&stream, 6003));
	assert_false(stream.ended);
	tracefs_trace_pipe_stop(stream.instance);
	pthread_kill(thread, SIGUSR1);
	assert_int_equal(pthread_join(thread, NULL), 0);
	fclose(stream.file);
	assert_int_equal(tracefs_instance_destroy(stream.instance), 0);
	tracefs_instance_free(stream.instance);
}

static void markers_are_written(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-markers");
	uint32_t raw[3] = {1234, 5, 6};
	char *text;

	assert_int_equal(tracefs_print_init(instance), 0);
	assert_true(tracefs_printf(instance, "hello %d", 17) >= 0);
	tracefs_print_close(instance);
	text = tracefs_instance_file_read(instance, "trace", NULL);
	assert_non_null(strstr(text, ": tracing_mark_write: hello 17"));
	free(text);
	assert_int_equal(tracefs_binary_init(instance), 0);
	assert_true(tracefs_binary_write(instance, raw, sizeof(raw)) >= 0);
	tracefs_binary_close(instance);
	text = tracefs_instance_file_read(instance, "trace", NULL);
	assert_non_null(strstr(text, "# 4d2 buf: 05 00 00 00 06 00 00 00"));
	free(text);
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	tracefs_instance_free(instance);
}

/* Filters ------------------------------------------------------------------------------------------ */

static void filters_keep_events_out(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-filter");
	struct tep_event *event = tep_find_event_by_name(events, "load", "tick");
	struct ticks ticks = {0};
	char *filter = NULL;
	char *text;

	assert_int_equal(tracefs_filter_string_append(event, &filter, TRACEFS_FILTER_COMPARE, "seq",
						      TRACEFS_COMPARE_LT, "7"),
			 0);
	assert_int_equal(
		tracefs_filter_string_append(event, &filter, TRACEFS_FILTER_AND, NULL, 0, NULL), 0);
	assert_int_equal(tracefs_filter_string_append(event, &filter, TRACEFS_FILTER_COMPARE,
						      "writer", TRACEFS_COMPARE_EQ, "1"),
			 0);
	assert_int_equal(tracefs_filter_string_verify(event, filter, NULL), 0);
	assert_true(tracefs_event_filter_apply(instance, event, filter) >= 0);
	assert_int_equal(tracefs_event_enable(instance, "load", "tick"), 0);
	emit("ticks", 2, EACH);
	assert_int_equal(tracefs_iterate_raw_events(events, instance, NULL, 0, take_tick, &ticks),
			 0);
	assert_int_equal(ticks.events, 7);
	assert_int_equal(ticks.next[1], 7);
	assert_true(tracefs_event_filter_clear(instance, event) >= 0);
	text = tracefs_event_file_read(instance, "load", "tick", "filter", NULL);
	assert_string_equal(text, "none\n");
	free(text);

	/* A bad one, and what the tree says to it. */
	assert_int_equal(tracefs_error_clear(instance), 0);
	assert_int_equal(tracefs_event_filter_apply(instance, event, "nosuch == 1"), -1);
	text = tracefs_error_last(instance);
	assert_non_null(text);
	assert_non_null(strstr(text, "Field not found"));
	free(text);
	text = tracefs_error_all(instance);
	assert_non_null(strstr(text, "nosuch == 1"));
	free(text);
	assert_int_equal(tracefs_error_clear(instance), 0);
	assert_null(tracefs_error_last(instance));
	free(filter);
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	tracefs_instance_free(instance);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tracing_directory_is_found),
		cmocka_unit_test(systems_events_tracers_and_clocks_are_listed),
		cmocka_unit_test(formats_are_parsed),
		cmocka_unit_test(instances_come_and_go),
		cmocka_unit_test(files_of_an_instance_are_read_and_written),
		cmocka_unit_test(buffers_have_sizes_in_all_and_per_cpu),
		cmocka_unit_test(options_are_seen_and_set),
		cmocka_unit_test(events_are_enabled_one_by_one_by_system_and_all),
		cmocka_unit_test(raw_events_are_iterated_each_once),
		cmocka_unit_test(raw_events_are_iterated_of_the_cpus_asked_for),
		cmocka_unit_test(lost_events_are_told),
		cmocka_unit_test(cpu_buffers_are_read_page_by_page),
		cmocka_unit_test(cpu_buffers_are_written_to_files),
		cmocka_unit_test(the_trace_pipe_is_streamed),
		cmocka_unit_test(a_stream_of_the_trace_pipe_waits_until_it_is_stopped),
		cmocka_unit_test(markers_are_written),
		cmocka_unit_test(filters_keep_events_out),
		cmocka_unit_test(large_subbuffers_are_read_whole),
	};

	return cmocka_run_group_tests(tests, load_events, free_events);
}
