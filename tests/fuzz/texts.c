/* SPDX-License-Identifier: MIT */
/*
 * What people write: the first byte of an input says into which file, the rest is written there. Filters, triggers, pending rules,
 * histograms, synthetic events, run-time events, masks, lists. Whatever it was, the file can be read afterwards, and a check finds nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "trace/check.h"
#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* What others refer to: a synthetic event, and variables. */
static void begin(struct utfs_trace *trace)
{
	static const char synthetic[] = "syn u64 lat; u32 n; char text[16]";
	static const char variables[] = "hist:keys=n:ts=common_timestamp.usecs,m=n,t=text";

	fuzz_write(trace, "synthetic_events", synthetic, strlen(synthetic));
	fuzz_write(trace, "events/fuzz/one/trigger", variables, strlen(variables));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const char *const paths[] = {
		"events/fuzz/one/filter",
		"events/fuzz/filter",
		"pending_events",
		"dynamic_events",
		"events/fuzz/one/trigger",
		"set_event",
		"set_event_pid",
		"tracing_cpumask",
		"trace_options",
		"trace_clock",
		"instances/i/pending_events",
		"trace_marker",
		"synthetic_events",
		"events/fuzz/two/trigger",
		"snapshot",
		"buffer_subbuf_size_kb",
		"events/synthetic/syn/trigger",
		"set_event_notrace_pid",
	};
	static const char *const triggers[] = {"events/synthetic/syn/trigger",
					       "events/fuzz/two/trigger",
					       "events/fuzz/one/trigger"};
	static const char *const commands[] = {"!traceon",
					       "!traceoff",
					       "!snapshot",
					       "!stacktrace",
					       "!enable_event:fuzz:one",
					       "!enable_event:fuzz:two",
					       "!disable_event:fuzz:one",
					       "!disable_event:fuzz:two",
					       NULL};
	static struct utfs_trace *trace;
	static unsigned int n;
	struct utfs_trace_check result;
	char why[UTFS_WHY_BYTES];

	if (!trace) {
		trace = fuzz_tree();
		begin(trace);
	}
	if (!bytes)
		return 0;
	fuzz_write(trace, paths[data[0] % (sizeof(paths) / sizeof(*paths))], data + 1, bytes - 1);
	if (n++ % 64)
		return 0;
	fuzz_emit(trace);
	fuzz_walk(trace);
	if (utfs_trace_check(utfs_trace_directory(trace), false, &result, why) ||
	    result.nr_findings)
		abort();
	utfs_trace_check_free(&result);
	/* What has come together would fill the arena. */
	for (size_t i = 0; i < sizeof(triggers) / sizeof(*triggers); i++) {
		for (const char *const *command = commands; *command; command++)
			fuzz_write(trace, triggers[i], *command, strlen(*command));
		fuzz_clear(trace, triggers[i]);
	}
	fuzz_clear(trace, "synthetic_events");
	fuzz_clear(trace, "pending_events");
	begin(trace);
	return 0;
}
