/* SPDX-License-Identifier: MIT */
/* Good and bad values for control files: enable, set_event, switches, options, clocks, sizes, masks, pids. */
#include "conformance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct value {
	const char *file;
	const char *text;
	const char *shown; /* its content afterwards is part of the fact */
};

static void fact_values(const struct value *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fact_write(values[i].file, values[i].text, values[i].shown);
}

/* The same texts for a file, the file itself shown. */
static void fact_texts(const char *file, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fact_write(file, texts[i], file);
}

#define TEXTS(file_, ...)                                                                          \
	do {                                                                                       \
		static const char *const texts_[] = {__VA_ARGS__};                                 \
		fact_texts((file_), texts_, COUNT(texts_));                                        \
	} while (0)

static void probe_switches(void)
{
	TEXTS("tracing_on", "0", "1", "2", "abc", "", "\n", "-1", "10 ", "0x0", " 1", "1\n", "0 1",
	      "@100 1", "1");
	TEXTS("options/overwrite", "2", "abc", "", "1x", "-1", "\n", "01", "0x1", " 1", "0\n", "0",
	      "1");
	TEXTS("options/markers", "0", "2", "1");
	TEXTS("options/stacktrace", "2");
	TEXTS("options/record-tgid", "1", "0");
	TEXTS("options/event-fork", "1", "0");
	TEXTS("options/disable_on_free", "0", "1", "0");
	TEXTS("options/latency-format", "1", "0");
	TEXTS("options/raw", "1", "0");
}

static void probe_trace_options_values(void)
{
	static const char *const texts[] = {
		"nosuch",	"nonosuch",	"",
		"\n",		"overwrite=1",	"nooverwrite ",
		"overwrite",	" nooverwrite", "overwrite nosuch",
		"no",		"NOOVERWRITE",	"nooverwrite\n",
		"no overwrite", "@70 x",	"overwrite",
	};

	for (size_t i = 0; i < COUNT(texts); i++)
		fact_write("trace_options", texts[i], "options/overwrite");
	fact_write("trace_options", "noprint-parent", "options/print-parent");
	fact_write("trace_options", "print-parent", "options/print-parent");
	fact_write("trace_options", "nocontext-info", "options/context-info");
	fact_write("trace_options", "context-info", "options/context-info");
	fact_write("trace_options", "norecord-cmd", NULL);
	fact_write("trace_options", "record-cmd", NULL);
	fact_write("trace_options", "fields", "options/fields");
	fact_write("trace_options", "nofields", "options/fields");
}

static void probe_clocks(void)
{
	TEXTS("trace_clock", "bogus", "", "\n", "[local]", " local", "local ", "local\n\n", "loc",
	      "@200 x", "global\n", "counter", "uptime", "perf", "mono", "mono_raw", "boot", "tai",
	      "MONO", "local");
	TEXTS("current_tracer", "nosuch", "", "\n", "nop ", " nop", "nop\n", "@300 x", "nop");
	fact_write("timestamp_mode", "delta", "timestamp_mode");
	fact_write("available_tracers", "nop", NULL);
}

static void probe_sizes(void)
{
	static const struct value values[] = {
		{"buffer_size_kb", "64", "per_cpu/cpu0/buffer_size_kb"},
		{"per_cpu/cpu0/buffer_size_kb", "128", "per_cpu/cpu0/buffer_size_kb"},
		{"per_cpu/cpu0/buffer_size_kb", "0", "per_cpu/cpu0/buffer_size_kb"},
		{"per_cpu/cpu0/buffer_size_kb", "abc", "per_cpu/cpu0/buffer_size_kb"},
		{"per_cpu/cpu0/buffer_size_kb", "-1", "per_cpu/cpu0/buffer_size_kb"},
		{"buffer_total_size_kb", "100", NULL},
		{"buffer_size_kb", "1408", NULL},
		{"buffer_size_kb", "64", NULL},
	};

	TEXTS("buffer_size_kb", "abc", "", "\n", "0", "-1", "1", "64\n", "0x40", "64kb", " 64",
	      "100000000000", "99999999999999999999999", "64");
	fact_values(values, COUNT(values));
	/* One CPU has another size than the others, where there are others. */
	if (sysconf(_SC_NPROCESSORS_CONF) > 1) {
		put("per_cpu/cpu0/buffer_size_kb", O_WRONLY, "128");
		fact("buffer_size_kb when sizes differ", "'%s'", content("buffer_size_kb"));
		put("buffer_size_kb", O_WRONLY, "64");
	}
	TEXTS("buffer_subbuf_size_kb", "abc", "", "0", "3", "5", "8", "100000", "-1", "4");
	TEXTS("buffer_percent", "abc", "-1", "101", "100", "0", "", "1x", "50");
}

static void probe_masks(void)
{
	static char wide[20000];

	TEXTS("tracing_cpumask", "zz", "", "0x1", "1,,1", "1x", "-1", ",", "1 1");
	for (size_t i = 0; i + 9 < sizeof(wide); i += 9)
		memcpy(wide + i, "ffffffff,", 9);
	wide[18000 - 1] = '\0';
	fact("write tracing_cpumask <- 2000 words", "%s", put("tracing_cpumask", O_WRONLY, wide));
	fact("write tracing_cpumask <- '\\n'", "%s", put("tracing_cpumask", O_WRONLY, "\n"));
	fact("write tracing_cpumask <- '0'", "%s", put("tracing_cpumask", O_WRONLY, "0"));
	fact("write tracing_cpumask <- '1'", "%s", put("tracing_cpumask", O_WRONLY, "1"));
	fact("write tracing_cpumask <- '1\\n'", "%s", put("tracing_cpumask", O_WRONLY, "1\n"));
	if (sysconf(_SC_NPROCESSORS_CONF) > 1)
		put("tracing_cpumask", O_WRONLY, "3");
}

static void probe_root_values(void)
{
	/* The root's state is everybody's: what is refused, and what changes nothing. */
	static const struct value values[] = {
		{"/saved_cmdlines_size", "abc", NULL},
		{"/saved_cmdlines_size", "0", NULL},
		{"/saved_cmdlines_size", "-1", NULL},
		{"/saved_cmdlines_size", "", NULL},
		{"/saved_cmdlines_size", "99999999999", NULL},
		{"/tracing_thresh", "abc", NULL},
		{"/tracing_thresh", "-1", NULL},
		{"/tracing_thresh", "", NULL},
		{"/tracing_thresh", "0", "/tracing_thresh"},
		{"/tracing_on", "abc", NULL},
		{"/trace_clock", "bogus", NULL},
		{"/set_event", "nosuch:event", NULL},
		{"/current_tracer", "nosuch", NULL},
	};

	fact_values(values, COUNT(values));
	/* Without O_TRUNC, which removes every dynamic event. */
	fact("append junk to /dynamic_events", "%s",
	     put("/dynamic_events", O_WRONLY | O_APPEND, "junk"));
	fact("append x:a/ev foo to /dynamic_events", "%s",
	     put("/dynamic_events", O_WRONLY | O_APPEND, "x:a/ev foo"));
	fact("append -:a/nosuch to /dynamic_events", "%s",
	     put("/dynamic_events", O_WRONLY | O_APPEND, "-:a/nosuch"));
	fact("append '' to /dynamic_events", "%s", put("/dynamic_events", O_WRONLY | O_APPEND, ""));
	fact("append newline to /dynamic_events", "%s",
	     put("/dynamic_events", O_WRONLY | O_APPEND, "\n"));
	fact("append comment to /dynamic_events", "%s",
	     put("/dynamic_events", O_WRONLY | O_APPEND, "# comment\n"));
}

void probe_values(void)
{
	probe_switches();
	probe_trace_options_values();
	probe_clocks();
	probe_sizes();
	probe_masks();
	probe_root_values();
}

static void probe_enables(void)
{
	static const struct value values[] = {
		{"events/" SYSTEM "/enable", "2", "events/" SYSTEM "/enable"},
		{"events/" SYSTEM "/enable", "abc", NULL},
		{"events/" SYSTEM "/enable", "", NULL},
		{"events/" SYSTEM "/enable", "X", NULL},
		{EVENT_DIR "/enable", "1", EVENT_DIR "/enable"},
		{EVENT_DIR "/enable", "1", "events/" SYSTEM "/enable"},
		{EVENT_DIR "/enable", "1", "events/enable"},
		{EVENT_DIR "/enable", "1", "set_event"},
		{"events/" SYSTEM "/enable", "0", EVENT_DIR "/enable"},
		{"events/" SYSTEM "/enable", "0", "events/" SYSTEM "/enable"},
		{"events/" SYSTEM "/enable", "1", "events/" SYSTEM "/enable"},
		{"events/" SYSTEM "/enable", "1", EVENT_DIR "/enable"},
		{"events/" SYSTEM "/enable", "1", "set_event"},
		{"events/" SYSTEM "/enable", "0", "set_event"},
		{"events/enable", "abc", NULL},
		{"events/enable", "2", NULL},
		{"events/enable", "", NULL},
		{"events/enable", "0", "events/enable"},
		{"events/ftrace/enable", "1", NULL},
		{"events/ftrace/print/enable", "1", NULL},
	};

	TEXTS(EVENT_DIR "/enable", "0", "1", "0\n", "1\n", "2", "abc", "", "\n", " 1", "1 ", "1x",
	      "01", "0x1", "Y", "on", "-1", "@100 1", "@100 0", "0");
	fact_values(values, COUNT(values));
}

static void probe_set_event(void)
{
	TEXTS("set_event", "nosuch:event", SYSTEM ":nosuch", "nosuch", "!nosuch:event",
	      "!" SYSTEM ":" EVENT, SYSTEM ":", ":" EVENT, SYSTEM, SYSTEM ":*", SYSTEM ":sched_sw*",
	      SYSTEM ":sched_swi?ch", "*:" EVENT, "*:*x*nosuch", SYSTEM ":" EVENT ":foo",
	      SYSTEM ":" EVENT " nosuch:ev", "nosuch:ev " SYSTEM ":" EVENT, "", "\n", " ",
	      "#comment", SYSTEM ":" EVENT, SYSTEM ":" EVENT "\n" SYSTEM ":" OTHER_EVENT "\n",
	      EVENT, EVENT " " OTHER_EVENT, "  " EVENT "  ", "!" SYSTEM, "ftrace:print", "ftrace",
	      "print", "@300 x", "!*", "\t" EVENT);
	put("set_event", O_WRONLY | O_TRUNC, "");
	put("set_event", O_WRONLY | O_TRUNC, SYSTEM ":" EVENT);
	put("set_event", O_WRONLY | O_APPEND, SYSTEM ":" OTHER_EVENT);
	fact("set_event after O_APPEND", "'%s'", content("set_event"));
	put("set_event", O_WRONLY, SYSTEM ":" THIRD_EVENT);
	fact("set_event after a write without O_TRUNC", "'%s'", content("set_event"));
	put("set_event", O_RDWR, "!" SYSTEM ":" THIRD_EVENT);
	fact("set_event after ! with O_RDWR", "'%s'", content("set_event"));
	close(open(at("set_event"), O_WRONLY | O_TRUNC));
	fact("set_event after open O_TRUNC", "'%s'", content("set_event"));
}

static void probe_pids(void)
{
	static const char *const files[] = {"set_event_pid", "set_event_notrace_pid"};

	for (size_t i = 0; i < COUNT(files); i++) {
		TEXTS(files[i], "abc", "-1", "0", "1", "1 2 3", "3 1 2 1", "1 abc", "7abc",
		      "99999999", "999999999999", "", "\n", "1,2", " 5 ", "5\n6\n", "0x10", "010",
		      "2147483647");
		put(files[i], O_WRONLY | O_TRUNC, "1");
		put(files[i], O_WRONLY | O_APPEND, "2");
		fact(words("%s after O_APPEND", files[i]), "'%s'", content(files[i]));
		put(files[i], O_WRONLY, "3");
		fact(words("%s after a write without O_TRUNC", files[i]), "'%s'",
		     content(files[i]));
		close(open(at(files[i]), O_WRONLY | O_TRUNC));
		fact(words("%s after open O_TRUNC", files[i]), "'%s'", content(files[i]));
	}
}

void probe_events(void)
{
	probe_enables();
	probe_set_event();
	probe_pids();
}
