/* SPDX-License-Identifier: MIT */
/* probe ROOT: prints the facts of the tree that is mounted there, one for each line. As root, and with CPU 0. */
#include "../pin.h"
#include "conformance.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *root;
static char *seen[4096];
static size_t nr_seen;

/*
 * Has no meaning for the events of programs: nothing of it is probed. Functions and their graph, probes of the kernel and of programs'
 * instructions, stacks, the block layer, tracers of the hardware, and what only debugging kernels have.
 */
static const char *const left_out[] = {
	"available_filter_functions*",
	"dyn_ftrace_total_info",
	"enabled_functions",
	"events/*.h",
	"hwlat_detector",
	"kprobe_*",
	"max_graph_depth",
	"osnoise",
	"options/blk_*",
	"options/display-graph",
	"options/func*",
	"options/graph-time",
	"options/sleep-time",
	"options/test_nop_*",
	"rv",
	"set_ftrace_*",
	"set_graph_*",
	"stack_*",
	"touched_functions",
	"trace_stat",
	"uprobe_*",
	"user_events_*",
};

bool is_left_out(const char *path)
{
	for (size_t i = 0; i < COUNT(left_out); i++) {
		if (!fnmatch(left_out[i], path, 0))
			return true;
	}
	return false;
}

static char *next_text(void)
{
	static char texts[16][2048];
	static unsigned int next;

	return texts[next++ % 16];
}

const char *words(const char *format, ...)
{
	char *text = next_text();
	va_list args;

	va_start(args, format);
	vsnprintf(text, 2048, format, args);
	va_end(args);
	return text;
}

const char *at(const char *path)
{
	return path[0] == '/' ? words("%s%s", root, path)
			      : words("%s/instances/" INSTANCE "/%s", root, path);
}

const char *errno_name(void)
{
	const char *name = strerrorname_np(errno);

	return name ? name : "?";
}

static void print_escaped(const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", stdout);
		else if (*text == '\t')
			fputs("\\t", stdout);
		else if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
			printf("\\x%02x", (unsigned char)*text);
		else
			putchar(*text);
	}
}

static unsigned int times_seen(const char *what)
{
	unsigned int times = 1;

	for (size_t i = 0; i < nr_seen; i++)
		times += !strcmp(seen[i], what);
	if (nr_seen < COUNT(seen))
		seen[nr_seen++] = strdup(what);
	return times;
}

void fact(const char *what, const char *result, ...)
{
	static char text[TEXT_MAX];
	unsigned int times = times_seen(what);
	va_list args;

	print_escaped(what);
	if (times > 1)
		printf(" (%u)", times);
	fputs(" : ", stdout);
	va_start(args, result);
	vsnprintf(text, sizeof(text), result, args);
	va_end(args);
	print_escaped(text);
	putchar('\n');
	fflush(stdout);
}

void fact_rc(const char *what, long rc)
{
	fact(what, "%s", rc == -1 ? errno_name() : "OK");
}

ssize_t read_file(const char *path, char *buffer)
{
	int fd = open(at(path), O_RDONLY | O_NONBLOCK);
	size_t size = 0;
	ssize_t got;
	int error;

	if (fd < 0)
		return -1;
	do {
		got = read(fd, buffer + size, TEXT_MAX - 1 - size);
		size += got > 0 ? (size_t)got : 0;
	} while (got > 0);
	error = errno;
	close(fd);
	errno = error;
	buffer[size] = '\0';
	return got < 0 && !size ? -1 : (ssize_t)size;
}

/* Lists of events: those that both trees have. Other lines that begin "system:event" go. */
static bool is_foreign_event(const char *line, size_t bytes)
{
	size_t system = strcspn(line, ":\n");
	size_t name = system < bytes
			      ? strspn(line + system + 1, "abcdefghijklmnopqrstuvwxyz_0123456789")
			      : 0;

	if (system >= bytes || strspn(line, "abcdefghijklmnopqrstuvwxyz_0123456789") != system ||
	    system + 1 + name != bytes)
		return false;
	return strncmp(line, SYSTEM ":" EVENT "\n", bytes + 1) &&
	       strncmp(line, SYSTEM ":" OTHER_EVENT "\n", bytes + 1) &&
	       strncmp(line, SYSTEM ":" THIRD_EVENT "\n", bytes + 1);
}

/* "[  123.456789] " at the beginning of a line. */
static size_t stamp_length(const char *line)
{
	size_t length = strspn(line, "[");

	length += strspn(line + length, " ");
	length += strspn(line + length, "0123456789.");
	return line[0] == '[' && line[length] == ']' ? length + 1 : 0;
}

static const char *masked(char *text, bool events)
{
	static char result[TEXT_MAX];
	size_t used = 0;
	char *line = text;

	while (*line) {
		size_t bytes = strcspn(line, "\n");
		size_t stamp = stamp_length(line);

		if (!(events && is_foreign_event(line, bytes)) &&
		    used + bytes + 8 < sizeof(result)) {
			if (stamp)
				used += (size_t)sprintf(result + used, "[TS]");
			memcpy(result + used, line + stamp, bytes - stamp);
			used += bytes - stamp;
			if (line[bytes])
				result[used++] = '\n';
		}
		line += bytes + (line[bytes] != '\0');
	}
	result[used] = '\0';
	return result;
}

/* A mask of CPUs: how many there are is not the point. */
static void mask_cpus(char *text)
{
	static char all[TEXT_MAX];

	if (!all[0])
		strcpy(all, text);
	if (!strcmp(text, all))
		strcpy(text, "(all)\n");
	else
		memmove(text, text + strspn(text, "0,"), strlen(text + strspn(text, "0,")) + 1);
}

/* The processor's own clock is called differently on each kind. */
static void mask_clock(char *text)
{
	char *own = strstr(text, " x86-tsc");

	if (own)
		memmove(own, own + 8, strlen(own + 8) + 1);
}

const char *content(const char *path)
{
	static char text[TEXT_MAX];

	if (read_file(path, text) < 0)
		return errno_name();
	if (strstr(path, "tracing_cpumask"))
		mask_cpus(text);
	if (strstr(path, "trace_clock"))
		mask_clock(text);
	return masked(text, strstr(path, "set_event") != NULL);
}

/* "@300 x": 300 times x */
static char *expanded(const char *text)
{
	char *end;
	size_t count;
	char *result;

	if (text[0] != '@')
		return strdup(text);
	count = strtoul(text + 1, &end, 10);
	result = malloc(count + 1);
	if (result) {
		memset(result, end[1], count);
		result[count] = '\0';
	}
	return result;
}

const char *put(const char *path, int flags, const char *text)
{
	char *bytes = expanded(text);
	size_t size = bytes ? strlen(bytes) : 0;
	const char *result = "OK";
	int fd = open(at(path), flags);
	ssize_t written;

	if (fd < 0) {
		result = words("open %s", errno_name());
	} else {
		written = write(fd, bytes, size);
		if (written < 0)
			result = errno_name();
		else if ((size_t)written != size)
			result = words("%zd of %zu", written, size);
		close(fd);
	}
	free(bytes);
	return result;
}

void fact_write(const char *path, const char *text, const char *shown)
{
	const char *what = words("write %s <- '%.120s'", path, text);
	const char *result = put(path, O_WRONLY | O_TRUNC, text);

	if (shown)
		fact(what, "%s; %s='%s'", result, shown, content(shown));
	else
		fact(what, "%s", result);
}

static void on_signal(int number)
{
	(void)number;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: reads end */
	if (argc != 2) {
		fputs("usage: probe ROOT\n", stderr);
		return 1;
	}
	root = argv[1];
	if (pin_cpu(0))
		return 77;
	sigaction(SIGALRM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_NAME, "probe");
	umask(022);
	probe_names();
	if (access(at("trace"), F_OK))
		return 1;
	probe_tree();
	probe_busy();
	probe_attributes();
	probe_opens();
	probe_values();
	probe_events();
	probe_filters();
	probe_streams();
	probe_raw();
	probe_seeks();
	probe_triggers();
	probe_configured();
	fact_rc("rmdir the instance at the end", rmdir(at("")));
	return 0;
}
