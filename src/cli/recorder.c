/* SPDX-License-Identifier: MIT */
#include "cli/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/trace-dat.h"

/* Of one read: so much stays in a CPU's own cache until it is written. A page may be larger. */
#define READ_BYTES (128 * 1024)

struct cpu_file {
	struct eventfs_file *file;
};

struct utfs_recorder {
	struct utfs_session session;
	struct utfs_dat *dat;
	unsigned int nr_cpus;
	struct cpu_file *cpu;
	struct eventfs_request who;
	struct utfs_recorder_counts before; /* of an instance that was there: not ours */
	char *buffer;
	size_t buffer_bytes;
};

/* ------------------------------------------------------------------------------------------------
 * Its buffers
 */

static int open_cpus(struct utfs_recorder *recorder)
{
	char path[UTFS_CLI_PATH_BYTES], name[64];
	struct eventfs_attr attr;
	int ret = 0;

	while (eventfs_walk(utfs_trace_fs(recorder->session.trace),
			    utfs_session_path(&recorder->session, "per_cpu", path), &attr) == 0) {
		snprintf(name, sizeof(name), "per_cpu/cpu%u", recorder->nr_cpus);
		if (eventfs_walk(utfs_trace_fs(recorder->session.trace),
				 utfs_session_path(&recorder->session, name, path), &attr))
			break;
		recorder->nr_cpus++;
	}
	recorder->cpu = calloc(recorder->nr_cpus ? recorder->nr_cpus : 1, sizeof(*recorder->cpu));
	if (!recorder->cpu)
		return -ENOMEM;
	for (unsigned int i = 0; i < recorder->nr_cpus && !ret; i++) {
		snprintf(name, sizeof(name), "per_cpu/cpu%u/trace_pipe_raw", i);
		ret = utfs_cli_open_file(recorder->session.trace,
					 utfs_session_path(&recorder->session, name, path),
					 O_RDONLY, &recorder->cpu[i].file);
	}
	return ret;
}

static int read_page_bytes(struct utfs_recorder *recorder, size_t *page_bytes)
{
	char path[UTFS_CLI_PATH_BYTES];
	struct eventfs_text text;
	int ret = utfs_cli_read_file(
		recorder->session.trace,
		utfs_session_path(&recorder->session, "buffer_subbuf_size_kb", path), &text);

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
		ret = utfs_cli_read_file(recorder->session.trace,
					 utfs_session_path(&recorder->session, name, path), &text);
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
		return utfs_cli_complain_in(recorder->session.trace, recorder->session.instance,
					    ret);
	counts->events -= recorder->before.events;
	counts->lost -= recorder->before.lost;
	return 0;
}

/* Moves what is there of a CPU. Return: 0; negative errno, *where. */
static int move_cpu(struct utfs_recorder *recorder, unsigned int i, bool *moved, const char **where)
{
	ssize_t n;
	int ret = 0;

	*where = recorder->session.instance;
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
	return ret ? utfs_cli_complain_in(recorder->session.trace, where, ret) : 0;
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
	if (recorder->session.is_own)
		status = utfs_session_write(&recorder->session, "tracing_on", "0");
	if (!status)
		status = move_all(recorder, false, &moved);
	if (status)
		return status;
	ret = utfs_dat_finish(recorder->dat, recorder->session.trace, recorder->session.instance,
			      &where);
	return ret ? utfs_cli_complain_in(recorder->session.trace, where, ret) : 0;
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
		return utfs_cli_complain_in(recorder->session.trace, recorder->session.instance,
					    ret);
	recorder->buffer_bytes = page_bytes > READ_BYTES ? page_bytes : READ_BYTES;
	recorder->buffer = malloc(recorder->buffer_bytes);
	if (!recorder->buffer)
		return utfs_cli_complain("record", ENOMEM);
	ret = utfs_dat_create(wish->output, recorder->nr_cpus, page_bytes, &recorder->dat);
	if (ret)
		return utfs_cli_complain(wish->output, ret);
	ret = count_all(recorder, &recorder->before);
	if (ret)
		return utfs_cli_complain_in(recorder->session.trace, recorder->session.instance,
					    ret);
	return utfs_session_set_up(&recorder->session, &wish->session);
}

int utfs_recorder_open(struct utfs_trace *trace, const struct utfs_recorder_wish *wish,
		       struct utfs_recorder **recorder)
{
	struct utfs_recorder *made = calloc(1, sizeof(*made));
	int status;

	*recorder = NULL;
	if (!made)
		return utfs_cli_complain("record", ENOMEM);
	made->who = utfs_cli_request();
	status = utfs_session_open(&made->session, trace, wish->session.instance);
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
	utfs_session_close(&recorder->session);
	utfs_dat_free(recorder->dat);
	free(recorder->cpu);
	free(recorder->buffer);
	free(recorder);
}
