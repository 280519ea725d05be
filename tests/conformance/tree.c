/* SPDX-License-Identifier: MIT */
/* Which files there are, their modes, what they hold in the beginning; the texts of formats; how files may be opened. */
#include "conformance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static void fact_file(const char *directory, const char *name)
{
	const char *path =
		words("%s%s%s", directory, directory[0] && strcmp(directory, "/") ? "/" : "", name);
	struct stat st;

	if (stat(at(path), &st))
		fact(words("file %s", path), "%s", errno_name());
	else
		fact(words("file %s", path), "%o %s size %lld", st.st_mode,
		     st.st_uid || st.st_gid ? "somebody's" : "root's", (long long)st.st_size);
}

/* Every name of a directory, in order of the alphabet; `only` says which (NULL: all). */
static void list(const char *directory, bool (*only)(const char *))
{
	struct dirent **names;
	int count = scandir(at(directory), &names, NULL, alphasort);

	if (count < 0) {
		fact(words("directory %s", directory), "%s", errno_name());
		return;
	}
	for (int i = 0; i < count; i++) {
		const char *relative =
			words("%s%s%s", directory[0] == '/' ? directory + 1 : directory,
			      directory[0] && strcmp(directory, "/") ? "/" : "", names[i]->d_name);

		if (!is_dots(names[i]->d_name) && !is_left_out(relative) &&
		    (!only || only(names[i]->d_name)))
			fact_file(directory, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

/* Of the systems and events, those that both trees have. */
static bool is_common(const char *name)
{
	return !strcmp(name, SYSTEM) || !strcmp(name, EVENT) || !strcmp(name, OTHER_EVENT) ||
	       !strcmp(name, THIRD_EVENT) || !strcmp(name, "ftrace") || !strcmp(name, "enable") ||
	       !strcmp(name, "filter") || !strncmp(name, "header_", 7);
}

static bool is_first_cpu(const char *name)
{
	return !strcmp(name, "cpu0");
}

static void probe_files(void)
{
	list("/", NULL);
	list("/events", is_common);
	list("/events/" SYSTEM, is_common);
	list("/" EVENT_DIR, NULL);
	list("/events/ftrace/print", NULL);
	list("/events/ftrace/function", NULL);
	list("/per_cpu", is_first_cpu);
	list("/per_cpu/cpu0", NULL);
	list("/options", NULL);
	list("", NULL);
	list("events", is_common);
	list("events/" SYSTEM, is_common);
	list(EVENT_DIR, NULL);
	list("per_cpu", is_first_cpu);
	list("per_cpu/cpu0", NULL);
	list("options", NULL);
	fact_file("", "events/ftrace/print/format");
}

/* "LABEL:   12" of each line becomes "LABEL: N": how far a time is padded depends on how long the machine runs. */
static const char *without_numbers(const char *text)
{
	static char result[4096];
	size_t used = 0;

	while (*text && used < sizeof(result) - 2) {
		if (*text >= '0' && *text <= '9') {
			while (used > 1 && result[used - 1] == ' ' && result[used - 2] == ' ')
				used--;
			result[used++] = 'N';
			text += strspn(text, "0123456789.");
		} else {
			result[used++] = *text++;
		}
	}
	result[used] = '\0';
	return result;
}

static void probe_contents(void)
{
	static const char *const files[] = {
		"buffer_percent",
		"buffer_size_kb",
		"buffer_subbuf_size_kb",
		"current_tracer",
		"error_log",
		"set_event",
		"set_event_pid",
		"set_event_notrace_pid",
		"timestamp_mode",
		"trace_clock",
		"tracing_on",
		"tracing_cpumask",
		"events/enable",
		"events/" SYSTEM "/enable",
		"events/" SYSTEM "/filter",
		EVENT_DIR "/enable",
		EVENT_DIR "/filter",
		EVENT_DIR "/trigger",
		"events/header_page",
		"events/header_event",
		"per_cpu/cpu0/buffer_size_kb",
		"/saved_cmdlines_size",
		"/tracing_thresh",
		"/dynamic_events",
	};
	char *tracers = malloc(TEXT_MAX);

	for (size_t i = 0; i < COUNT(files); i++)
		fact(words("content of %s", files[i]), "'%s'", content(files[i]));
	fact("content of per_cpu/cpu0/stats", "'%s'",
	     without_numbers(content("per_cpu/cpu0/stats")));
	if (tracers && read_file("available_tracers", tracers) > 3)
		fact("last of available_tracers", "'%s'", tracers + strlen(tracers) - 4);
	free(tracers);
	fact("content of trace_pipe, nothing written", "'%s'", content("trace_pipe"));
}

static void probe_option_contents(void)
{
	struct dirent **names;
	int count = scandir(at("options"), &names, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		const char *path = words("options/%s", names[i]->d_name);

		if (!is_dots(names[i]->d_name) && !is_left_out(path))
			fact(words("content of %s", path), "'%s'", content(path));
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

/* Each line of trace_options, in the order there: an option and whether it is on. */
static void probe_trace_options(void)
{
	char *text = malloc(TEXT_MAX);
	char *rest = text;
	char *line;

	if (!text || read_file("trace_options", text) < 0) {
		fact("content of trace_options", "%s", errno_name());
		free(text);
		return;
	}
	while ((line = strsep(&rest, "\n"))) {
		const char *name = strncmp(line, "no", 2) ? line : line + 2;

		if (*line && !is_left_out(words("options/%s", name)))
			fact(words("line of trace_options for %s", name), "%s", line);
	}
	free(text);
}

static void probe_formats(void)
{
	static const char *const ftrace[] = {
		"print",      "bprint",	  "bputs",	    "raw_data", "kernel_stack",
		"user_stack", "function", "context_switch", "wakeup",
	};
	char *text = malloc(TEXT_MAX);
	char *end;

	for (size_t i = 0; i < COUNT(ftrace); i++)
		fact(words("format of ftrace:%s", ftrace[i]), "%s",
		     content(words("/events/ftrace/%s/format", ftrace[i])));
	/* The print format of a kernel event is kernel code; its fields are the same everywhere. */
	if (text && read_file(OTHER_DIR "/format", text) >= 0) {
		end = strstr(text, "\n\nprint fmt");
		if (end)
			*end = '\0';
		end = strstr(text, "format:");
		fact("fields of " OTHER_DIR "/format", "%s", end ? end : text);
	}
	free(text);
	fact("id equals that of the format", "%s",
	     strstr(content(OTHER_DIR "/format"), words("ID: %d\n", atoi(content(OTHER_DIR "/id"))))
		     ? "yes"
		     : "no");
}

void probe_tree(void)
{
	probe_files();
	probe_contents();
	probe_option_contents();
	probe_trace_options();
	probe_formats();
}

static void fact_open(const char *path, const char *mode, int flags)
{
	int fd = open(at(path), flags | O_NONBLOCK);

	fact_rc(words("open %s %s", path, mode), fd);
	if (fd >= 0)
		close(fd);
}

static void fact_refused_write(const char *path)
{
	fact(words("write 1 to %s", path), "%s", put(path, O_WRONLY, "1"));
}

static void fact_refused_read(const char *path, const char *mode, int flags)
{
	char byte[16];
	int fd = open(at(path), flags | O_NONBLOCK);

	if (fd < 0) {
		fact(words("read %s opened %s", path, mode), "open %s", errno_name());
		return;
	}
	fact_rc(words("read %s opened %s", path, mode), read(fd, byte, sizeof(byte)));
	close(fd);
}

void probe_opens(void)
{
	static const char *const readable[] = {
		"/README",
		"/available_events",
		"available_tracers",
		"buffer_total_size_kb",
		"timestamp_mode",
		EVENT_DIR "/format",
		EVENT_DIR "/id",
		"per_cpu/cpu0/stats",
		"trace_pipe",
		"per_cpu/cpu0/trace_pipe",
		"per_cpu/cpu0/trace_pipe_raw",
		"/events/header_page",
		"/events/header_event",
		"/saved_cmdlines",
		"/saved_tgids",
		"/printk_formats",
	};
	static const char *const writable[] = {"trace_marker", "trace_marker_raw", "free_buffer"};

	for (size_t i = 0; i < COUNT(readable); i++) {
		fact_open(readable[i], "O_WRONLY", O_WRONLY);
		fact_open(readable[i], "O_RDWR", O_RDWR);
		fact_refused_write(readable[i]);
	}
	for (size_t i = 0; i < COUNT(writable); i++) {
		fact_open(writable[i], "O_RDONLY", O_RDONLY);
		fact_open(writable[i], "O_RDWR", O_RDWR);
		fact_refused_read(writable[i], "O_RDONLY", O_RDONLY);
		fact_refused_read(writable[i], "O_RDWR", O_RDWR);
	}
	fact_refused_read("tracing_on", "O_WRONLY", O_WRONLY);
	fact_refused_read(EVENT_DIR "/enable", "O_WRONLY", O_WRONLY);
	fact_open("tracing_on", "O_APPEND", O_WRONLY | O_APPEND);
	fact_open("tracing_on", "O_SYNC", O_WRONLY | O_SYNC);
	fact_open("tracing_on", "O_PATH", O_PATH);
}
