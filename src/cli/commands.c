/* SPDX-License-Identifier: MIT */
/* What is said of each command; dispatch.c runs them. docs/man/ and completions/ tell of the same options: tests/cli/documented.sh compares. */
#include "cli/cli.h"

const struct utfs_command utfs_commands[] = {
	{"list", "[-e] [--json] [-B INSTANCE] [PATTERN...]",
	 "list events, and which of them are enabled",
	 "A PATTERN is as set_event takes it: SYSTEM:EVENT, SYSTEM: or a name of either, with * "
	 "and "
	 "? in them.\n"
	 "  -B, --instance   in this instance, not at the root\n"
	 "  -e, --enabled    only those that are enabled\n"
	 "  --json           say it for programs\n",
	 "list\nlist -e 'libc:*'"},
	{"enable", "[-p] [-B INSTANCE] PATTERN...", "record events from now on",
	 "A PATTERN is as for 'list'. Read what they write with 'utracefs cat trace', or "
	 "instances/INSTANCE/trace.\n"
	 "  -B, --instance   in this instance, not at the root\n"
	 "  -p, --pending    also those that match and are registered later\n",
	 "enable hello:greeting\nenable -p 'myapp:*'"},
	{"disable", "[-p] [-B INSTANCE] PATTERN...", "record events no longer",
	 "A PATTERN is as for 'list'; '*:*' is all of them.\n"
	 "  -B, --instance   in this instance, not at the root\n"
	 "  -p, --pending    nor those that are registered later, after 'enable -p' of the same "
	 "PATTERN\n",
	 "disable '*:*'"},
	{"record",
	 "[-q] [-B INSTANCE] [-b KB] [-C CLOCK] [-e PATTERN]... [-o FILE] [--] [COMMAND "
	 "[ARGUMENT...]]",
	 "record events into a file while COMMAND runs, or until Ctrl-C",
	 "The file is for 'utracefs report', trace-cmd and KernelShark. It is recorded in an "
	 "instance of "
	 "its own, so that nothing else is disturbed; events that are registered meanwhile are "
	 "recorded, "
	 "too. Ctrl-C ends COMMAND and then the file; a second one does not wait for COMMAND. The "
	 "exit "
	 "status is that of COMMAND, 128 and the number of the signal that it died of, 126 or 127 "
	 "where "
	 "it cannot be run or is not found.\n"
	 "  -B, --instance      what this instance is set up to record; events of -e stay enabled "
	 "there\n"
	 "  -b, --buffer-size   of each CPU, where more is lost than you like\n"
	 "  -C, --clock         as in trace_clock\n"
	 "  -e, --event         these events, with a PATTERN as for 'list'; all unless given\n"
	 "  -o, --output        the file (trace.dat)\n"
	 "  -q, --quiet         do not say how much it is\n",
	 "record -o hello.dat -e 'hello:*' -- ./hello\nreport hello.dat"},
	{"report", "[FILE [OPTION...]]", "show a recorded file as text",
	 "Runs trace-cmd report. FILE is trace.dat unless given, OPTIONs are for trace-cmd.\n",
	 "report trace.dat --cpu 0"},
	{"export", "[-e PATTERN]... [-f FORMAT] [-o OUT] [FILE... | --live [-B INSTANCE] [-s]]",
	 "convert what was recorded for other tools",
	 "FILE is trace.dat unless given, ours, trace-cmd's or the kernel's. Several are put into "
	 "one by "
	 "time, if they were recorded with one clock (record -C mono).\n"
	 "--live takes what the buffers hold now, and leaves it there.\n"
	 "OUT is replaced as a whole, at the end; '-', or no OUT: the standard output. Its suffix "
	 "says the "
	 "FORMAT unless -f does:\n"
	 "  perfetto   for ui.perfetto.dev (.pftrace)\n"
	 "  ctf        Common Trace Format, a directory, for babeltrace2 and Trace Compass\n"
	 "  json       Chrome's trace events, for ui.perfetto.dev and chrome://tracing\n"
	 "  csv        a table\n"
	 "  ndjson     an object on each line, for jq and scripts\n"
	 "  -e, --event    only these events, with a PATTERN as for 'list'\n"
	 "  -f, --format   one of those above\n"
	 "  -o, --output   the file, or the directory\n"
	 "      --live     no FILE: what the buffers hold\n"
	 "  -B, --instance live: those of INSTANCE\n"
	 "  -s, --snapshot live: the snapshot\n",
	 "export -o trace.pftrace trace.dat\nexport -f csv -e 'hello:*' trace.dat\nexport --live "
	 "-o now.pftrace"},
	{"view", "[--open] [-p PORT] [FILE... | --live [-b KB] [-e PATTERN]... [-k EVENTS]]",
	 "look at recorded files, or at what is recorded now, in a browser",
	 "Prints the address of a page, served to this machine only: a timeline by process and "
	 "thread, filters as in `filter` "
	 "files, latencies between two events, rates. FILE is trace.dat unless given; several are "
	 "shown together. "
	 "The address has a token in it: who knows it can read the trace. Ctrl-C ends it.\n"
	 "      --open          open it in the browser\n"
	 "  -p, --port          use PORT, not any that is free\n"
	 "      --live          what all programs record from now on, in an instance of its own\n"
	 "  -b, --buffer-size   live: of each CPU, where more is lost than you like\n"
	 "  -e, --event         live: these events, with a PATTERN as for 'list'; all unless "
	 "given\n"
	 "  -k, --keep          live: so many EVENTS, then the oldest make way (2000000)\n",
	 "view trace.dat\nview --live -e 'hello:*'"},
	{"ls", "[-l] [PATH...]", "list a directory", "  -l   with mode, owner, group and size\n",
	 "ls -l events/hello/greeting"},
	{"cat", "PATH...", "print files; trace_pipe until Ctrl-C", NULL,
	 "cat trace\ncat trace_pipe"},
	{"write", "[-a] PATH [TEXT...]", "write TEXT and a newline, or the standard input",
	 "Opens PATH as the shell's '>' does, which empties `trace` and `set_event`.\n"
	 "  -a   as '>>': add, do not empty first\n",
	 "write events/hello/greeting/filter 'number > 3'\nwrite trace_marker here it begins"},
	{"mkdir", "PATH...", "make an instance: mkdir instances/NAME", NULL,
	 "mkdir instances/mine"},
	{"rmdir", "PATH...", "remove an instance", NULL, "rmdir instances/mine"},
	{"mount", "[-f] [-o OPTIONS] DIR", "mount the tree at DIR; returns when it is there",
	 "  -f   stay in the foreground; Ctrl-C unmounts\n"
	 "  -o   uid=ID, gid=ID, mode=OCTAL, and those of FUSE: allow_other, ro, ...\n",
	 "mount /tmp/tracing"},
	{"umount", "DIR", "unmount DIR and end its server", NULL, "umount /tmp/tracing"},
	{"exec", "[-m DIR] [--] COMMAND [ARGUMENT...]",
	 "run a tool that finds the tree where it expects the kernel's",
	 "The tool, trace-cmd for example, runs in a mount namespace of its own, without root in a "
	 "user namespace as well. "
	 "Signals reach it, its exit status is returned; 126 and 127 are for a COMMAND that cannot "
	 "be run or is not found.\n"
	 "  -m   the tree that is mounted at DIR already, instead of a mount for this command\n",
	 "exec -- trace-cmd record -e hello ./hello"},
	{"init", "[--gid=GROUP] [--locked] [--size=BYTES[K|M|G]]",
	 "make the shared memory ahead of use, for a group for example",
	 "Fails when it is there already. Without it, who comes first makes it, for one user.\n"
	 "  --gid      for the members of GROUP, a name or a number: directory 2770, file 0660. "
	 "Root does this; what another user makes for a group only that user can use.\n"
	 "  --locked   without restartable sequences: slower, for programs that cannot have them\n"
	 "  --size     the most it can grow to\n",
	 "init --size=1G"},
	{"top", "[-i SECONDS] [--json] [--once] [INSTANCE]",
	 "show how often events are recorded, by name",
	 "Looks at what is recorded; programs do not notice. Where there is too much to look at "
	 "all of it, "
	 "rates are estimated from a part and marked with a '~'. Ctrl-C ends it.\n"
	 "  -i, --interval   time between two pictures (1 second)\n"
	 "  --json           say it for programs: an object on each line\n"
	 "  --once           one picture, then end\n",
	 "top\ntop --once -i 5"},
	{"hist", "[-al] [-i SECONDS] [--json] [-v VALUE] [INSTANCE/]SYSTEM:EVENT",
	 "draw the histograms of an event",
	 "They are made by a hist trigger: utracefs write events/SYSTEM/EVENT/trigger "
	 "hist:keys=FIELD\n"
	 "  -a, --all        all rows, and no groups of numbers where there are many\n"
	 "  -i, --interval   a new picture so often, until Ctrl-C; it fits the terminal\n"
	 "  --json           say it for programs: all rows\n"
	 "  -l, --log2       numbers in groups, each twice as large as the one before\n"
	 "  -v, --value      what the bars show, instead of the hitcount\n",
	 "write events/hello/greeting/trigger hist:keys=number\nhist hello:greeting"},
	{"fsck", "[--repair] [--json] [DIR]", "check the shared memory, and repair it",
	 "DIR is that of another tree, or a file. Programs may go on; a file that nobody uses is "
	 "only "
	 "read.\n"
	 "  --repair   mend what can be\n"
	 "  --json     say it for programs\n"
	 "Exit status: 0 all is well, 1 all was repaired, 4 something is left, 8 it could not be "
	 "checked.\n",
	 "fsck\nfsck --repair"},
	{"doctor", "[--json]", "say what works on this machine, and what to do about the rest",
	 "Looks at the clock, restartable sequences, the shared memory, FUSE, namespaces, the "
	 "program for recordings, and trace-cmd. "
	 "Nothing is changed.\n"
	 "  --json   say it for programs\n"
	 "Exit status: 0 all works, if slowly; 1 something does not.\n",
	 "doctor"},
	{"help", "[COMMAND]", "say how commands are used", NULL, "help enable"},
	{"version", "", "print the version", NULL, "version"},
	{0},
};
