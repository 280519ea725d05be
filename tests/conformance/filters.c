/* SPDX-License-Identifier: MIT */
/* Filters of an event and of a system, what they leave in error_log, triggers. */
#include "conformance.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void clear_log(void)
{
	close(open(at("error_log"), O_WRONLY | O_TRUNC));
}

/* An error per event of a system: how many it has is not the point. */
static void drop_repeats(char *text)
{
	char *half;

	for (size_t entry = strlen(text); entry && (half = strstr(text + 1, "[TS]"));) {
		entry = (size_t)(half - text);
		if (strncmp(text, half, entry))
			break;
		memmove(text, half, strlen(half) + 1);
	}
}

static const char *errors_logged(void)
{
	static char text[TEXT_MAX];

	strncpy(text, content("error_log"), sizeof(text) - 1);
	drop_repeats(text);
	return text;
}

static void fact_filter(const char *file, const char *text, const char *shown)
{
	const char *what = words("filter %s <- '%.120s'", file, text);
	const char *result;

	clear_log();
	result = put(file, O_WRONLY, text);
	fact(what, "%s; reads '%s'", result, content(shown));
	fact(words("error_log after %s", what), "'%s'", errors_logged());
}

static void probe_event_filters(void)
{
	static const char *const texts[] = {
		"bogus == 1",
		"prev_pid ==",
		"prev_pid",
		"prev_pid == \"str\"",
		"prev_pid == str",
		"prev_comm == 5",
		"prev_comm == foo",
		"prev_comm ~ foo",
		"prev_comm < \"a\"",
		"prev_comm & 1",
		"(prev_pid == 1",
		"prev_pid == 1)",
		"prev_pid == 1 &&",
		"prev_pid == 1 ||",
		"&& prev_pid == 1",
		"|| prev_pid == 1",
		"prev_pid == 1 prev_prio == 2",
		"prev_pid ~ \"1*\"",
		"prev_pid === 1",
		"prev_pid = 1",
		"prev_pid == 99999999999999999999999",
		"prev_pid == 1 & prev_prio == 1",
		"prev_pid == 1 | prev_prio == 1",
		"prev_pid == 0x",
		"!",
		"()",
		"(",
		")",
		"!prev_pid == 1",
		"!(prev_pid == 1)",
		"!!prev_pid == 1",
		"prev_comm == \"unterminated",
		"prev_comm == 'single'",
		"prev_comm != \"a\" && (prev_pid > 5 || next_pid <= 0x10)",
		"prev_pid & 1",
		"prev_pid&1",
		"prev_pid==1",
		"prev_state == -1",
		"prev_pid == 017",
		"prev_pid == +1",
		"common_pid == 1",
		"common_type == 1",
		"common_bogus == 1",
		"comm == \"x\"",
		"COMM ~ \"x*\"",
		"CPU == 0",
		"cpu == 0",
		"CPUS{0}",
		"CPU & CPUS{0}",
		"CPU == CPUS{0}",
		"CPU & CPUS{",
		"CPU & CPUS{x}",
		"CPU & CPUS{}",
		"prev_pid & CPUS{0}",
		"prev_pid.function == 1",
		"stacktrace == 1",
		"prev_comm ~ \"*x*\"",
		"prev_comm ~ \"x*y\"",
		"prev_comm ~ \"[ab]*\"",
		"prev_comm ~ \"a?c\"",
		"prev_comm ~ \"*\"",
		"prev_pid + 1 == 2",
		"1 == prev_pid",
		"prev_pid == 1;",
		"prev_pid == -",
		"none",
		"0",
		"",
		"\n",
		" ",
		"# comment",
		"prev_pid == 1\n",
		"  prev_pid == 1  ",
		"prev_pid == 1 && 0",
		"prev_pid == 1 && prev_pid == 2 || prev_pid == 3",
		"prev_pid == 1 && (prev_pid == 2 || prev_pid == 3) && !(prev_prio != 4)",
		"prev_pid >= 1",
		"prev_pid < -1",
		"prev_prio > 0x7fffffff",
		"prev_prio == 4294967295",
		"prev_state & 0xff && next_prio != 120",
	};

	for (size_t i = 0; i < COUNT(texts); i++)
		fact_filter(EVENT_DIR "/filter", texts[i], EVENT_DIR "/filter");
	put(EVENT_DIR "/filter", O_WRONLY, "0");
}

static void probe_long_filters(void)
{
	char *text = malloc(TEXT_MAX);

	if (!text)
		return;
	strcpy(text, "prev_comm == \"");
	memset(text + 14, 'a', 300);
	strcpy(text + 314, "\"");
	fact("filter with a string of 300 bytes", "%s", put(EVENT_DIR "/filter", O_WRONLY, text));
	memset(text + 14, 'a', 200);
	strcpy(text + 214, "\"");
	fact("filter with a string of 200 bytes", "%s", put(EVENT_DIR "/filter", O_WRONLY, text));
	text[0] = '\0';
	for (int i = 0; i < 400; i++)
		strcat(text, "prev_pid == 0 || ");
	strcat(text, "prev_pid == 0");
	fact("filter of more than a page", "%s", put(EVENT_DIR "/filter", O_WRONLY, text));
	text[0] = '\0';
	for (int i = 0; i < 200; i++)
		strcat(text, "prev_pid == 0 || ");
	strcat(text, "prev_pid == 0");
	fact("filter of 201 terms", "%s", put(EVENT_DIR "/filter", O_WRONLY, text));
	fact("filter of 5000 bytes", "%s", put(EVENT_DIR "/filter", O_WRONLY, "@5000 x"));
	memset(text, '(', 40);
	strcpy(text + 40, "prev_pid == 1");
	memset(text + 53, ')', 40);
	text[93] = '\0';
	fact("filter in 40 parentheses", "%s", put(EVENT_DIR "/filter", O_WRONLY, text));
	fact_filter(EVENT_DIR "/filter", "0", EVENT_DIR "/filter");
	free(text);
}

static void probe_system_filters(void)
{
	static const char *const texts[] = {
		"bogus == 1", "prev_pid == 1", "prev_pid ==", "common_pid == 1", "0", "",
		"pid == 1",   "(pid == 1",     "0",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		fact_filter("events/" SYSTEM "/filter", texts[i], "events/" SYSTEM "/filter");
		fact(words("filter of " EVENT " after '%s' for the system", texts[i]), "'%s'",
		     content(EVENT_DIR "/filter"));
		fact(words("filter of " OTHER_EVENT " after '%s' for the system", texts[i]), "'%s'",
		     content(OTHER_DIR "/filter"));
	}
	put("events/" SYSTEM "/filter", O_WRONLY, "0");
}

static void probe_error_log(void)
{
	clear_log();
	for (int i = 0; i < 12; i++)
		put(EVENT_DIR "/filter", O_WRONLY, words("bogus%d == 1", i));
	fact("error_log after 12 errors", "'%s'", content("error_log"));
	fact("write to error_log", "%s", put("error_log", O_WRONLY, "x"));
	fact("error_log after a write without O_TRUNC", "'%s'", content("error_log"));
	clear_log();
	fact("error_log after O_TRUNC", "'%s'", content("error_log"));
	put(EVENT_DIR "/filter", O_WRONLY, "bogus == 1");
	fact("error_log read once", "'%s'", content("error_log"));
	fact("error_log read twice", "'%s'", content("error_log"));
	clear_log();
	fact_filter("events/ftrace/print/filter", "ip == 0", "events/ftrace/print/filter");
	put(EVENT_DIR "/filter", O_WRONLY, "0");
}

void probe_filters(void)
{
	probe_event_filters();
	probe_long_filters();
	probe_system_filters();
	probe_error_log();
}

/* What a trigger file lists, without comments. */
static const char *triggers(void)
{
	static char text[TEXT_MAX];
	size_t used = 0;
	const char *line = content(OTHER_DIR "/trigger");

	while (*line) {
		size_t bytes = strcspn(line, "\n");

		if (*line != '#' && used + bytes + 2 < sizeof(text)) {
			memcpy(text + used, line, bytes);
			text[used + bytes] = '\n';
			used += bytes + (line[bytes] != '\0');
		}
		line += bytes + (line[bytes] != '\0');
	}
	text[used] = '\0';
	return text;
}

void probe_triggers(void)
{
	static const char *const texts[] = {
		"nosuch",
		"",
		"\n",
		"traceon",
		"traceon",
		"traceoff",
		"!traceon",
		"!traceon",
		"!traceoff",
		"traceon:abc",
		"traceon:5",
		"!traceon:5",
		"!traceon",
		"traceon:-1",
		"traceon:0",
		"!traceon",
		"traceon:3:4",
		"traceoff if bogus == 1",
		"traceoff if",
		"traceoff if pid ==",
		"traceoff if pid == 0",
		"!traceoff if pid == 0",
		"traceoff pid == 0",
		"traceoff+0",
		"stacktrace",
		"stacktrace",
		"!stacktrace",
		"stacktrace:foo",
		"enable_event",
		"enable_event:" SYSTEM,
		"enable_event:nosys:noev",
		"enable_event:" SYSTEM ":nosuch",
		"enable_event:" SYSTEM ":" OTHER_EVENT,
		"enable_event:" SYSTEM ":" EVENT,
		"enable_event:" SYSTEM ":" EVENT,
		"disable_event:" SYSTEM ":" EVENT,
		"!enable_event:" SYSTEM ":" EVENT,
		"!disable_event:" SYSTEM ":" EVENT,
		"enable_event:" SYSTEM ":" EVENT ":1",
		"!enable_event:" SYSTEM ":" EVENT,
		"!enable_event:" SYSTEM ":" OTHER_EVENT,
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *result = put(OTHER_DIR "/trigger", O_WRONLY | O_APPEND, texts[i]);

		fact(words("trigger <- '%s'", texts[i]), "%s; reads '%s'", result, triggers());
	}
	put(OTHER_DIR "/trigger", O_WRONLY | O_APPEND, "traceon");
	close(open(at(OTHER_DIR "/trigger"), O_WRONLY | O_TRUNC));
	fact("trigger after O_TRUNC", "'%s'", triggers());
	fact_write("events/ftrace/print/trigger", "", NULL);
}
