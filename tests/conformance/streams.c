/* SPDX-License-Identifier: MIT */
/* trace, trace_marker and trace_pipe: what is accepted, the text that comes out, who may read beside whom. */
#include "conformance.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

static void clear_trace(void)
{
	close(open(at("trace"), O_WRONLY | O_TRUNC));
}

static int count_lines(const char *path, const char *with)
{
	char *text = malloc(TEXT_MAX);
	int lines = 0;

	if (text && read_file(path, text) >= 0) {
		for (char *at_line = text; (at_line = strstr(at_line, with)); at_line++)
			lines++;
	}
	free(text);
	return lines;
}

static bool is_number(const char *word, size_t bytes)
{
	bool digit = false;

	if (bytes > 2 && isdigit((unsigned char)word[0]) && !strncmp(word + bytes - 2, "us", 2))
		bytes -= 2;
	for (size_t i = 0; i < bytes; i++) {
		if (!isxdigit((unsigned char)word[i]) && !strchr(".x/:", word[i]))
			return false;
		digit |= isdigit((unsigned char)word[i]) != 0;
	}
	return digit;
}

/* A line of a trace: who and every number masked, runs of blanks as one. */
static size_t mask_line(char *to, const char *line, size_t bytes)
{
	size_t used = 0;

	for (size_t i = 0; i < bytes;) {
		size_t blanks = strspn(line + i, " ");
		size_t word = strcspn(line + i + blanks, " []()=\n-");

		if (blanks && i)
			to[used++] = ' ';
		i += blanks;
		if (!strncmp(line + i, "<...>-", 6) || !strncmp(line + i, "probe-", 6)) {
			used += (size_t)sprintf(to + used, "TASK-");
			i += 6;
		} else if (i > 1 && word == 5 && blanks && line[i - blanks - 1] == ']') {
			/* irqs-off, need-resched and so on: a kernel's state */
			used += (size_t)sprintf(to + used, "FLAGS");
			i += word;
		} else if (word && is_number(line + i, word)) {
			to[used++] = 'N';
			i += word;
			if (line[i - 1] == ':')
				to[used++] = ':';
		} else if (word) {
			memcpy(to + used, line + i, word);
			used += word;
			i += word;
		} else if (i < bytes) {
			to[used++] = line[i++];
		}
	}
	return used;
}

/* A comment: as it is, but for the number of CPUs, the kernel's version and its way of preemption. */
static size_t mask_comment(char *to, const char *line, size_t bytes)
{
	static const char *const variable[] = {"#P:", " trace v1.1.5 on ", " | (M:"};
	sprintf(to, "%.*s", (int)bytes, line);
	for (size_t i = 0; i < COUNT(variable); i++) {
		char *found = strstr(to, variable[i]);

		if (found) {
			found[strlen(variable[i])] = 'N';
			found[strlen(variable[i]) + 1] = '\0';
		}
	}
	return strlen(to);
}

/* The text of a trace. */
static const char *trace_text(const char *path)
{
	static char result[TEXT_MAX];
	static char text[TEXT_MAX];
	size_t used = 0;

	if (read_file(path, text) < 0)
		return errno_name();
	for (char *line = text; *line && used < sizeof(result) - 2048;) {
		size_t bytes = strcspn(line, "\n");
		size_t shown = bytes < 1000 ? bytes : 1000;

		used += *line == '#' ? mask_comment(result + used, line, shown)
				     : mask_line(result + used, line, shown);
		if (line[bytes])
			result[used++] = '\n';
		line += bytes + (line[bytes] != '\0');
	}
	result[used] = '\0';
	return result;
}

static void fact_text(const char *option, const char *text)
{
	put("trace_options", O_WRONLY, option);
	clear_trace();
	put("trace_marker", O_WRONLY, text);
	fact(words("trace with %s of marker '%s'", option, text), "'%s'", trace_text("trace"));
	/* The default is the base line. */
	if (strcmp(option, "overwrite"))
		put("trace_options", O_WRONLY,
		    strncmp(option, "no", 2) ? words("no%s", option) : option + 2);
}

static void probe_texts(void)
{
	static const char *const options[] = {
		"overwrite",
		"print-parent",
		"noprint-parent",
		"sym-offset",
		"sym-addr",
		"verbose",
		"raw",
		"hex",
		"latency-format",
		"nocontext-info",
		"record-tgid",
		"noirq-info",
		"noannotate",
		"fields",
		"printk-msg-only",
		"block",
	};
	static const char *const texts[] = {"no newline", "with newline\n", "two\nlines\n", "\n",
					    ""};

	clear_trace();
	fact("trace, empty", "'%s'", trace_text("trace"));
	fact("per_cpu/cpu0/trace, empty", "'%s'", trace_text("per_cpu/cpu0/trace"));
	for (size_t i = 0; i < COUNT(options); i++)
		fact_text(options[i], "hi");
	for (size_t i = 0; i < COUNT(texts); i++)
		fact_text("overwrite", texts[i]);
	clear_trace();
	put("trace_marker", O_WRONLY, "hi");
	fact("per_cpu/cpu0/trace of a marker", "'%s'", trace_text("per_cpu/cpu0/trace"));
	put("tracing_on", O_WRONLY, "0");
	fact("trace, off", "'%s'", trace_text("trace"));
	put("tracing_on", O_WRONLY, "1");
	fact("trace_pipe of a marker", "'%s'", trace_text("trace_pipe"));
	fact("trace after trace_pipe", "'%s'", trace_text("trace"));
	for (int i = 0; i < 3; i++)
		put("trace_marker", O_WRONLY, words("line %d", i));
	fact("trace of three", "'%s'", trace_text("trace"));
}

static void probe_marker_writes(void)
{
	static const char *const texts[] = {
		"", "\n", "@100 a", "@1024 a", "@4000 a", "with newline\n", "no newline",
	};
	static const char *const longer[] = {"@4096 a", "@5000 a", "@70000 a"};
	static const char *const raw[] = {"",	     "ab",	"abc",	   "abcd",   "abcdefgh",
					  "@3000 a", "@4000 a", "@4096 a", "@9000 a"};

	clear_trace();
	for (size_t i = 0; i < COUNT(texts); i++)
		fact_write("trace_marker", texts[i], NULL);
	fact("lines of the markers in trace", "%d", count_lines("trace", "tracing_mark_write"));
	for (size_t i = 0; i < COUNT(longer); i++)
		fact_write("trace_marker", longer[i], NULL);
	for (size_t i = 0; i < COUNT(raw); i++)
		fact_write("trace_marker_raw", raw[i], NULL);
	clear_trace();
	put("trace_marker_raw", O_WRONLY, "abcdefgh");
	fact("trace of a raw marker", "'%s'", trace_text("trace"));
	put("tracing_on", O_WRONLY, "0");
	fact("write trace_marker, tracing_on 0", "%s", put("trace_marker", O_WRONLY, "off"));
	fact("write trace_marker_raw, tracing_on 0", "%s",
	     put("trace_marker_raw", O_WRONLY, "abcdefgh"));
	put("tracing_on", O_WRONLY, "1");
	put("options/markers", O_WRONLY, "0");
	fact("write trace_marker, markers 0", "%s", put("trace_marker", O_WRONLY, "off"));
	fact("write trace_marker_raw, markers 0", "%s",
	     put("trace_marker_raw", O_WRONLY, "abcdefgh"));
	put("options/markers", O_WRONLY, "1");
}

static void probe_clears(void)
{
	struct iovec parts[2] = {{.iov_base = (char *)"first ", .iov_len = 6},
				 {.iov_base = (char *)"second", .iov_len = 6}};
	int fd;

	clear_trace();
	fact("lines in trace after O_TRUNC", "%d", count_lines("trace", "tracing_mark_write"));
	put("trace_marker", O_WRONLY, "one");
	close(open(at("trace"), O_WRONLY));
	fact("lines in trace after open O_WRONLY", "%d",
	     count_lines("trace", "tracing_mark_write"));
	fact("append garbage to trace", "%s", put("trace", O_WRONLY | O_APPEND, "garbage"));
	fact("lines in trace after O_APPEND", "%d", count_lines("trace", "tracing_mark_write"));
	fact("write garbage to trace", "%s", put("trace", O_WRONLY, "garbage"));
	fact("lines in trace after a write", "%d", count_lines("trace", "tracing_mark_write"));
	close(open(at("per_cpu/cpu0/trace"), O_WRONLY | O_TRUNC));
	fact("lines in trace after per_cpu/cpu0/trace O_TRUNC", "%d",
	     count_lines("trace", "tracing_mark_write"));
	fd = open(at("trace_marker"), O_WRONLY);
	fact("writev trace_marker", "%zd", writev(fd, parts, 2));
	fact("lines in trace after writev", "%d", count_lines("trace", "tracing_mark_write"));
	close(fd);
	clear_trace();
	put("trace_marker", O_WRONLY, "one");
	put("options/disable_on_free", O_WRONLY, "1");
	fact("write free_buffer", "%s", put("free_buffer", O_WRONLY, "x"));
	fact("tracing_on after free_buffer with disable_on_free", "'%s'", content("tracing_on"));
	put("options/disable_on_free", O_WRONLY, "0");
	put("tracing_on", O_WRONLY, "1");
	fact("lines in trace after free_buffer", "%d", count_lines("trace", "tracing_mark_write"));
	put("buffer_size_kb", O_WRONLY, "64");
	fact("write trace_marker after free_buffer", "%s", put("trace_marker", O_WRONLY, "two"));
	clear_trace();
}

static void fact_second(const char *first, const char *second)
{
	int one = open(at(first), O_RDONLY | O_NONBLOCK);
	int two = open(at(second), O_RDONLY | O_NONBLOCK);

	fact_rc(words("open %s while %s is open", second, first), two);
	close(one);
	close(two);
	/* A mount's last close may come a moment later; the next one needs it. */
	usleep(20000);
}

static void fact_blocked(const char *what, const char *path)
{
	struct itimerval in_a_while = {.it_value = {.tv_usec = 300000}};
	struct itimerval never = {0};
	char text[512];
	int fd = open(at(path), O_RDONLY);
	ssize_t got;

	setitimer(ITIMER_REAL, &in_a_while, NULL);
	got = read(fd, text, sizeof(text));
	fact(what, "%s",
	     got < 0 && errno == EINTR ? "blocks"
	     : got < 0		       ? errno_name()
				       : "data or end");
	setitimer(ITIMER_REAL, &never, NULL);
	close(fd);
}

static void fact_poll(const char *what, const char *path, int flags)
{
	struct pollfd entry = {.events = POLLIN | POLLOUT};
	int rc;

	entry.fd = open(at(path), flags | O_NONBLOCK);
	if (entry.fd < 0) {
		fact(what, "open %s", errno_name());
		return;
	}
	rc = poll(&entry, 1, 200);
	fact(what, "%d %x", rc, (unsigned int)entry.revents);
	close(entry.fd);
}

static void probe_pipes(void)
{
	char text[1024];
	int fd;

	fact_second("trace_pipe", "trace_pipe");
	fact_second("trace_pipe", "per_cpu/cpu0/trace_pipe");
	fact_second("per_cpu/cpu0/trace_pipe", "trace_pipe");
	fact_second("per_cpu/cpu0/trace_pipe", "per_cpu/cpu0/trace_pipe");
	fact_second("trace_pipe", "trace");
	fact_second("trace_pipe", "per_cpu/cpu0/trace_pipe_raw");
	fact_second("per_cpu/cpu0/trace_pipe_raw", "per_cpu/cpu0/trace_pipe_raw");
	fact_second("per_cpu/cpu0/trace_pipe_raw", "trace_pipe");
	clear_trace();
	fact_blocked("read trace_pipe, empty", "trace_pipe");
	fact_blocked("read per_cpu/cpu0/trace_pipe, empty", "per_cpu/cpu0/trace_pipe");
	fact("read trace_pipe O_NONBLOCK, empty", "%s", trace_text("trace_pipe"));
	fact("read per_cpu/cpu0/trace_pipe O_NONBLOCK, empty", "%s",
	     trace_text("per_cpu/cpu0/trace_pipe"));
	fact_poll("poll trace_pipe, empty", "trace_pipe", O_RDONLY);
	put("trace_marker", O_WRONLY, "x");
	fact_poll("poll trace_pipe, one event", "trace_pipe", O_RDONLY);
	fact_poll("poll per_cpu/cpu0/trace_pipe, one event", "per_cpu/cpu0/trace_pipe", O_RDONLY);
	fact_poll("poll trace", "trace", O_RDONLY);
	fact_poll("poll tracing_on", "tracing_on", O_RDONLY);
	fact_poll("poll tracing_on O_RDWR", "tracing_on", O_RDWR);
	fact_poll("poll trace_marker", "trace_marker", O_WRONLY);
	fact_poll("poll " EVENT_DIR "/enable", EVENT_DIR "/enable", O_RDONLY);
	put("tracing_on", O_WRONLY, "0");
	fd = open(at("trace_pipe"), O_RDONLY);
	fact("read trace_pipe, tracing_on 0, one event", "%s",
	     read(fd, text, sizeof(text)) > 0 ? "data" : "no data");
	fact("read trace_pipe, tracing_on 0, consumed", "%zd", read(fd, text, sizeof(text)));
	close(fd);
	put("tracing_on", O_WRONLY, "1");
}

/* Whether reads of few bytes cut lines, and what is lost by it. */
static void probe_small_reads(void)
{
	char text[1024];
	int fd;

	clear_trace();
	put("trace_marker", O_WRONLY, "a line that is longer than what is asked for");
	fd = open(at("trace_pipe"), O_RDONLY | O_NONBLOCK);
	fact("read trace_pipe, 0 bytes", "%zd", read(fd, text, 0));
	fact("read trace_pipe, 10 bytes", "%zd", read(fd, text, 10));
	fact("read trace_pipe, 1 byte", "%zd", read(fd, text, 1));
	fact("read trace_pipe, the rest", "%s",
	     read(fd, text, sizeof(text)) > 20 ? "data" : "no data");
	fact_rc("read trace_pipe, at the end", read(fd, text, sizeof(text)));
	close(fd);
}

void probe_streams(void)
{
	probe_texts();
	probe_marker_writes();
	probe_clears();
	probe_pipes();
	probe_small_reads();
}
