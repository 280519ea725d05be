#!/bin/sh
# SPDX-License-Identifier: MIT
# What the tests of clients share beyond tests/lib.sh; sourced. From the build: UTFS_CLI, UTFS_EMITTER.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

tracing=/sys/kernel/tracing

emitter()
{
	"$UTFS_EMITTER" "$@"
}

# Runs a tool with the tree of this test's domain.
in_tree()
{
	"$UTFS_CLI" exec -- "$@"
}

needs_exec()
{
	needs_fuse
	in_tree true 2>"$work/output" || skip "utracefs exec does not work here: $(head -n 1 "$work/output")"
}

# "PID NAME" of each process that was started in this test's domain.
processes()
{
	grep -lzxsF "UTRACEFS_DIR=$UTRACEFS_DIR" /proc/[0-9]*/environ | while IFS=/ read -r _ _ pid _; do
		# Processes come and go meanwhile.
		read -r name <"/proc/$pid/comm" && echo "$pid $name"
	done 2>/dev/null
}

# Those that serve its trees.
servers()
{
	processes | sed -n 's/ utracefs$//p'
}

no_servers()
{
	[ -z "$(servers)" ]
}

# What tests of trace-cmd begin with: it is there, it can run, and the emitter's events are registered.
begin_trace_cmd()
{
	needs trace-cmd
	needs_exec
	cd "$work" || exit 1
	emitter ticks 1 1 >/dev/null
}

# What it complains about is in $work/error.
tc()
{
	in_tree trace-cmd "$@" 2>"$work/error"
}

# record NAME OPTION... -- ARGUMENT...: trace-cmd records the emitter; its lines are in NAME.said, the trace in NAME.dat.
# trace-cmd loses the trace of a program that ends before its recorders have started: hence the pause.
record()
{
	name=$1
	options=
	shift
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	# shellcheck disable=SC2016,SC2086 # for the inner shell; words
	in_tree trace-cmd record $options -o "$name.dat" \
		sh -c 'sleep 0.4; said=$1; shift; exec "$@" >>"$said"' sh "$name.said" "$UTFS_EMITTER" "$@" >"$name.log" 2>&1
}

report()
{
	trace-cmd report "$@" 2>/dev/null
}
