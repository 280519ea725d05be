/* SPDX-License-Identifier: MIT */
/*
 * README: what the files are for, in short. Clients search it for the names of features, in the kernel's words: a feature
 * is named here from the moment on that it is there, and not before.
 */
#include "trace/internal.h"

static const char readme[] =
	"tracing mini-HOWTO (utracefs: tracefs for user-space programs):\n"
	"\n"
	"# echo 0 > tracing_on : quick way to disable tracing\n"
	"# echo 1 > tracing_on : quick way to re-enable tracing\n"
	"\n"
	" Important files:\n"
	"  trace\t\t\t- The static contents of the buffer\n"
	"\t\t\t  To clear the buffer write into this file: echo > trace\n"
	"  trace_pipe\t\t- A consuming read to see the contents of the buffer\n"
	"  current_tracer\t- always nop: programs have events, not functions\n"
	"  available_tracers\t- list of configured tracers for current_tracer\n"
	"  error_log\t- error log for failed commands (that support it)\n"
	"  buffer_size_kb\t- view and modify size of per cpu buffer\n"
	"  buffer_total_size_kb  - view total size of all cpu buffers\n"
	"  buffer_percent\t- how full a cpu's buffer is when poll wakes its reader\n"
	"  free_buffer\t\t- closing this file shrinks the buffers to their minimum,\n"
	"\t\t\t  and ends tracing if options/disable_on_free is set\n"
	"\n"
	"  trace_clock\t\t- change the clock used to order events\n"
	"       local:   Nanoseconds, the same on every cpu\n"
	"      global:   As local, and never going back between cpus\n"
	"     counter:   Not a clock, but just an increment\n"
	"      uptime:   1/100 seconds from time of boot\n"
	"        perf:   As local\n"
	"        mono:   CLOCK_MONOTONIC\n"
	"    mono_raw:   CLOCK_MONOTONIC_RAW\n"
	"        boot:   CLOCK_BOOTTIME\n"
	"         tai:   CLOCK_TAI\n"
#if defined(__aarch64__)
	"arm64-cntvct:   The cpu's own counter\n"
#else
	"     x86-tsc:   The cpu's own counter\n"
#endif
	"\n"
	"  timestamp_mode\t- view the mode used to timestamp events\n"
	"       delta:   Delta difference against a buffer-wide timestamp\n"
	"    absolute:   Absolute (standalone) timestamp\n"
	"\n"
	"  trace_marker\t\t- Writes into this file writes into the trace buffer\n"
	"\n"
	"  trace_marker_raw\t\t- Writes into this file writes binary data into the trace buffer\n"
	"  tracing_cpumask\t- Limit which CPUs to trace\n"
	"  instances\t\t- Make sub-buffers with: mkdir instances/foo\n"
	"\t\t\t  Remove sub-buffer with rmdir\n"
	"  trace_options\t\t- Set format or modify how tracing happens\n"
	"\t\t\t  Disable an option by prefixing 'no' to the\n"
	"\t\t\t  option name\n"
	"  saved_cmdlines\t- names of threads that wrote events\n"
	"  saved_cmdlines_size\t- echo command number in here to store comm-pid list\n"
	"  saved_tgids\t\t- their processes, with options/record-tgid\n"
	"\n"
	"  dynamic_events\t\t- Create/append/remove/show the generic dynamic events\n"
	"\t\t\t  Write into this file to define/undefine new trace events.\n"
	"\t  accepts: event-definitions (one definition per line)\n"
	"\t   Format: u:[<system>/]<event> [<type> <field>[; <type> <field>]...]\n"
	"\t           -:[<system>/]<event>\n"
	"\t     type: s8, u8, s16, u16, s32, u32, s64, u64, int, unsigned int,\n"
	"\t           short, unsigned short, char, unsigned char, char[<n>],\n"
	"\t           __data_loc <type>[], __rel_loc <type>[], struct <name> (<size>\n"
	"\t           behind the field's name)\n"
	"\t   An event of a program that has ended stays until it is removed here.\n"
	"\t           s:[synthetic/]<event> <field> [<field>]\n"
	"\t    field: <stype> <name>;\n"
	"\t    stype: u8/u16/u32/u64, s8/s16/s32/s64, pid_t,\n"
	"\t           unsigned char/int/long, char[<n>], long[]\n"
	"\n"
	"  synthetic_events\t- Create/append/remove/show synthetic events\n"
	"\t\t\t  Write into this file to define/undefine new synthetic events.\n"
	"\t     example: echo 'myevent u64 lat; char name[]; long[] stack' >> synthetic_events\n"
	"\n"
	"  available_events\t- list of events that programs have registered\n"
	"  set_event\t\t- Enables events by name written into it\n"
	"  set_event_pid\t\t- Write pids: only their events are traced\n"
	"  set_event_notrace_pid\t- Write pids: their events are not traced\n"
	"  events/\t\t- Directory containing all trace event subsystems:\n"
	"      enable\t\t- Write 0/1 to enable/disable tracing of all events\n"
	"  events/<system>/\t- Directory containing all trace events for <system>:\n"
	"      enable\t\t- Write 0/1 to enable/disable tracing of all <system>\n"
	"\t\t\t  events\n"
	"      filter\t\t- If set, only events passing filter are traced\n"
	"  events/<system>/<event>/\t- Directory containing control files for\n"
	"\t\t\t  <event>:\n"
	"      enable\t\t- Write 0/1 to enable/disable tracing of <event>\n"
	"      filter\t\t- If set, only events passing filter are traced\n"
	"      format\t\t- the fields of its records\n"
	"      id\t\t- the type of its records\n"
	"  per_cpu/cpu<n>/\t- The same for the buffer of one cpu:\n"
	"      trace, trace_pipe, buffer_size_kb\n"
	"      trace_pipe_raw\t- A consuming read of whole pages, for programs\n"
	"      stats\t\t- how many events there are, were overwritten, dropped, read\n";

static int readme_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	(void)ctx;
	(void)key;
	eventfs_text_write(out, readme, sizeof(readme) - 1);
	return 0;
}

const struct eventfs_file_ops utfs_file_readme = {.show = readme_show};
