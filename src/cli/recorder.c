/* SPDX-License-Identifier: MIT */
#include "cli/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/enable.h"
#include "cli/event-names.h"
#include "cli/trace-dat.h"

/* Instances of our own: "record-" and the process that made it. */
#define INSTANCE "record-"

/* Of one read: so much stays in a CPU's own cache until it is written. A page may be larger. */
#define READ_BYTES (128 * 1024)

/* Of our own instance: late enough that one call moves many pages, early enough that what comes until we are there has room. */
#define BUFFER_PERCENT "25"

struct cpu_file {
	struct eventfs_file *file;
};

struct utfs_recorder {
	struct utfs_trace *trace;
	struct utfs_dat *dat;
	char instance[EVENTFS_NAME_MAX + 1];
	bool is_own;
	unsigned int nr_cpus;
	struct cpu_file *cpu;
	struct eventfs_request who;
	struct utfs_recorder_counts before; /* of an instance that was there: not ours */
	char *buffer;
	size_t buffer_bytes;
};

/* ------------------------------------------------------------------------------------------------
 * The instance
 */

static int in_instances(struct utfs_trace *trace, uint64_t *id)
{
	struct eventfs_attr attr;
	int ret = eventfs_walk(utfs_trace_fs(trace), "instances", &attr);

	*id = attr.id;
	return ret;
}

/* What a recorder that was killed left behind. One that lives has it open: it could not be removed. */
static void remove_left_over(struct utfs_trace *trace, uint64_t instances)
{
	struct utfs_cli_rows rows;

	if (utfs_cli_rows_read(utfs_trace_fs(trace), instances, &rows) == 0) {
		for (size_t i = 0; i < rows.count; i++) {
			const char *name = rows.row[i].name;
			char *end;
			long pid;

			if (strncmp(name, INSTANCE, sizeof(INSTANCE) - 1) != 0)
				continue;
			pid = strtol(name + sizeof(INSTANCE) - 1, &end, 10);
			if (!*end && pid > 0 && kill((pid_t)pid, 0) && errno == ESRCH)
				(void)eventfs_rmdir(utfs_trace_fs(trace), instances, name);
		}
	}
	utfs_cli_rows_fini(&rows);
}

static int make_instance(struct utfs_recorder *recorder)
{
	struct eventfs_attr attr;
	uint64_t instances;
	int ret = in_instances(recorder->trace, &instances);

	snprintf(recorder->instance, sizeof(recorder->instance), INSTANCE "%d", (int)getpid());
	if (ret)
		return utfs_cli_complain_in(recorder->trace, "instances", ret);
	remove_left_over(recorder->trace, instances);
	ret = eventfs_mkdir(utfs_trace_fs(recorder->trace), instances, recorder->instance, 0750,
			    &attr);
	if (ret)
		return utfs_cli_complain_in(recorder->trace, recorder->instance, ret);
	recorder->is_own = true;
	return 0;
}

static void remove_instance(struct utfs_recorder *recorder)
{
	uint64_t instances;
	unsigned int tries = 0;
	int ret = in_instances(recorder->trace, &instances);

	while (!ret) {
		ret = eventfs_rmdir(utfs_trace_fs(recorder->trace), instances, recorder->instance);
		if (ret != -EBUSY || !utfs_cli_busy_again(&tries))
			break;
		ret = 0;
	}
	if (ret)
		utfs_cli_complain_in(recorder->trace, recorder->instance, ret);
}

/* The path of a file of the instance; it fits, as the instance is there. */
static const char *path_of(const struct utfs_recorder *recorder, const char *name,
			   char path[UTFS_CLI_PATH_BYTES])
{
	return utfs_cli_path(path, recorder->instance, name);
}

static int set_up_file(struct utfs_recorder *recorder, const char *name, const char *value)
{
	char path[UTFS_CLI_PATH_BYTES];
	int ret = 0;

	if (value)
		ret = utfs_cli_write_file(recorder->trace, path_of(recorder, name, path), O_TRUNC,
					  value);
	if (ret)
		fprintf(stderr, "utracefs: %s: '%s': %s\n", name, value, strerror(-ret));
	return ret ? UTFS_CLI_FAILED : 0;
}

/* A name that no event has yet may be wrong, or that of a program which has not run. */
static void doubt(const struct utfs_recorder *recorder, const char *pattern)
{
	struct utfs_event_names names = {0};
	bool found = utfs_event_names_read(recorder->trace, &names) || !names.nr;

	for (size_t i = 0; i < names.nr && !found; i++)
		found = utfs_event_name_matches(pattern, names.name[i].system, names.name[i].event);
	if (!found) {
		utfs_event_names_complain(&names, pattern);
		fputs("utracefs: one that comes will be recorded\n", stderr);
	}
	utfs_event_names_fini(&names);
}

static int set_up(struct utfs_recorder *recorder, const struct utfs_recorder_wish *wish)
{
	int status = set_up_file(recorder, "trace_clock", wish->clock);

	if (!status)
		status = set_up_file(recorder, "buffer_size_kb", wish->buffer_kb);
	if (!status && recorder->is_own)
		status = set_up_file(recorder, "buffer_percent", BUFFER_PERCENT);
	for (size_t i = 0; wish->patterns[i] && !status; i++) {
		int ret = utfs_cli_enable(recorder->trace, recorder->instance, wish->patterns[i],
					  true);

		if (ret)
			status = utfs_cli_complain_in(recorder->trace, wish->patterns[i], ret);
		else
			doubt(recorder, wish->patterns[i]);
	}
	return status;
}

/* ------------------------------------------------------------------------------------------------
 * Its buffers
 */

static int open_cpus(struct utfs_recorder *recorder)
{
	char path[UTFS_CLI_PATH_BYTES], name[64];
	struct eventfs_attr attr;
	int ret = 0;

	while (eventfs_walk(utfs_trace_fs(recorder->trace), path_of(recorder, "per_cpu", path),
			    &attr) == 0) {
		snprintf(name, sizeof(name), "per_cpu/cpu%u", recorder->nr_cpus);
		if (eventfs_walk(utfs_trace_fs(recorder->trace), path_of(recorder, name, path),
				 &attr))
			break;
		recorder->nr_cpus++;
	}
	recorder->cpu = calloc(recorder->nr_cpus ? recorder->nr_cpus : 1, sizeof(*recorder->cpu));
	if (!recorder->cpu)
		return -ENOMEM;
	for (unsigned int i = 0; i < recorder->nr_cpus && !ret; i++) {
		snprintf(name, sizeof(name), "per_cpu/cpu%u/trace_pipe_raw", i);
		ret = utfs_cli_open_file(recorder->trace, path_of(recorder, name, path), O_RDONLY,
					 &recorder->cpu[i].file);
	}
	return ret;
}

static int read_page_bytes(struct utfs_recorder *recorder, size_t *page_bytes)
{
	char path[UTFS_CLI_PATH_BYTES];
	struct eventfs_text text;
	int ret = utfs_cli_read_file(recorder->trace,
				     path_of(recorder, "buffer_subbuf_size_kb", path), &text);

	if (!ret)
		*page_bytes = strtoul(text.data, NULL, 10) * 1024;
	eventfs_text_fini(&text);
	return ret;
}

static uint64_t number_behind(const char *text, const char *label)
{
	const char *at = strstr(text, label);

	return at ? strtoull(at + strlen(label), NULL, 10) : 0;
}

static int count_all(struct utfs_recorder *recorder, struct utfs_recorder_counts *counts)
{
	char path[UTFS_CLI_PATH_BYTES], name[64];
	struct eventfs_text text;
	int ret = 0;

	*counts = (struct utfs_recorder_counts){.bytes = utfs_dat_bytes(recorder->dat)};
	for (unsigned int i = 0; i < recorder->nr_cpus && !ret; i++) {
		snprintf(name, sizeof(name), "per_cpu/cpu%u/stats", i);
		ret = utfs_cli_read_file(recorder->trace, path_of(recorder, name, path), &text);
		if (!ret) {
			counts->events += number_behind(text.data, "read events: ");
			counts->lost += number_behind(text.data, "\noverrun: ") +
					number_behind(text.data, "dropped events: ");
		}
		eventfs_text_fini(&text);
	}
	return ret;
}

int utfs_recorder_count(struct utfs_recorder *recorder, struct utfs_recorder_counts *counts)
{
	int ret = count_all(recorder, counts);

	if (ret)
		return utfs_cli_complain_in(recorder->trace, recorder->instance, ret);
	counts->events -= recorder->before.events;
	counts->lost -= recorder->before.lost;
	return 0;
}

/* Moves what is there of a CPU. Return: 0; negative errno, *where. */
static int move_cpu(struct utfs_recorder *recorder, unsigned int i, bool *moved, const char **where)
{
	ssize_t n;
	int ret = 0;

	*where = recorder->instance;
	do {
		n = eventfs_read(recorder->cpu[i].file, &recorder->who, recorder->buffer,
				 recorder->buffer_bytes, 0);
		if (n > 0) {
			*moved = true;
			ret = utfs_dat_add(recorder->dat, i, recorder->buffer, (size_t)n);
			*where = ret ? "the file that is recorded to" : *where;
		}
	} while (n > 0 && !ret);
	return ret || n == -EAGAIN || n == 0 ? ret : (int)n;
}

/* whole: leave the pages alone that are being written. */
static int move_all(struct utfs_recorder *recorder, bool whole, bool *moved)
{
	const char *where = "";
	int ret = 0;

	*moved = false;
	recorder->who.whole = whole;
	for (unsigned int i = 0; i < recorder->nr_cpus && !ret; i++)
		ret = move_cpu(recorder, i, moved, &where);
	return ret ? utfs_cli_complain_in(recorder->trace, where, ret) : 0;
}

int utfs_recorder_move(struct utfs_recorder *recorder, bool *moved)
{
	int status = move_all(recorder, true, moved);

	/* Asks to be woken, and sees what came before that. */
	for (unsigned int i = 0; i < recorder->nr_cpus && !status && !*moved; i++)
		*moved = eventfs_poll(recorder->cpu[i].file) & POLLIN;
	return status;
}

int utfs_recorder_finish(struct utfs_recorder *recorder)
{
	const char *where;
	bool moved;
	int ret, status = 0;

	/* What others set up goes on. */
	if (recorder->is_own)
		status = set_up_file(recorder, "tracing_on", "0");
	if (!status)
		status = move_all(recorder, false, &moved);
	if (status)
		return status;
	ret = utfs_dat_finish(recorder->dat, recorder->trace, recorder->instance, &where);
	return ret ? utfs_cli_complain_in(recorder->trace, where, ret) : 0;
}

/* ------------------------------------------------------------------------------------------------
 * All of it
 */

static int open_all(struct utfs_recorder *recorder, const struct utfs_recorder_wish *wish)
{
	size_t page_bytes = 0;
	int ret = open_cpus(recorder);

	if (!ret)
		ret = read_page_bytes(recorder, &page_bytes);
	if (ret)
		return utfs_cli_complain_in(recorder->trace, recorder->instance, ret);
	recorder->buffer_bytes = page_bytes > READ_BYTES ? page_bytes : READ_BYTES;
	recorder->buffer = malloc(recorder->buffer_bytes);
	if (!recorder->buffer)
		return utfs_cli_complain("record", ENOMEM);
	ret = utfs_dat_create(wish->output, recorder->nr_cpus, page_bytes, &recorder->dat);
	if (ret)
		return utfs_cli_complain(wish->output, ret);
	ret = count_all(recorder, &recorder->before);
	if (ret)
		return utfs_cli_complain_in(recorder->trace, recorder->instance, ret);
	return set_up(recorder, wish);
}

int utfs_recorder_open(struct utfs_trace *trace, const struct utfs_recorder_wish *wish,
		       struct utfs_recorder **recorder)
{
	struct utfs_recorder *made = calloc(1, sizeof(*made));
	int status = 0;

	*recorder = NULL;
	if (!made)
		return utfs_cli_complain("record", ENOMEM);
	made->trace = trace;
	made->who = utfs_cli_request();
	if (!wish->instance)
		status = make_instance(made);
	else if (strlen(wish->instance) > EVENTFS_NAME_MAX)
		status = utfs_cli_complain(wish->instance, ENAMETOOLONG);
	else
		strcpy(made->instance, wish->instance);
	if (!status)
		status = open_all(made, wish);
	if (status)
		utfs_recorder_close(made);
	else
		*recorder = made;
	return status;
}

void utfs_recorder_close(struct utfs_recorder *recorder)
{
	if (!recorder)
		return;
	for (unsigned int i = 0; i < recorder->nr_cpus && recorder->cpu; i++)
		eventfs_release(recorder->cpu[i].file);
	if (recorder->is_own)
		remove_instance(recorder);
	utfs_dat_free(recorder->dat);
	free(recorder->cpu);
	free(recorder->buffer);
	free(recorder);
}
