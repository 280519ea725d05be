#!/bin/sh
# SPDX-License-Identifier: MIT
# Live recording to disk: CPU time of everybody who takes part, per event, and what was lost on the way.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	events=$(scaled 4000000 1000000)
	rate=2e6
	is_covered=''
	# The same room for each CPU on both sides: 4 MiB.
	subbuffer=512K
	start_events
	"$cli" write buffer_size_kb 4096
	[ "$lttng" = 1 ] || missing lttng.record.cpu "$lttng"
	if [ -z "$kernel" ]; then
		missing trace-cmd.record.cpu "$no_kernel"
	elif ! command -v trace-cmd >/dev/null; then
		missing trace-cmd.record.cpu 'trace-cmd is not installed'
	elif value=$(cat /proc/sys/kernel/ftrace_enabled) && ! echo "$value" >/proc/sys/kernel/ftrace_enabled; then
		# trace-cmd gives up where this cannot be written, though it has no need of it here.
		echo "$value" >"$work/ftrace_enabled"
		mount --bind "$work/ftrace_enabled" /proc/sys/kernel/ftrace_enabled
		is_covered=1
	fi 2>>"$work/log"
}


# What the program uses when nobody records: it sleeps and wakes to keep the rate.
untraced_round()
{
	"$build/bench/bench-timed" record.untraced "$events" "$build/bench/bench-producer-utracefs" untraced "$events" "$rate" 2>>"$work/log" >"$work/untraced"
	untraced=$(sed -n 's/^record.untraced.cpu //p' "$work/untraced")
}

# added NAME COST: what recording adds to the program
added()
{
	echo "$1.added $(awk -v cost="$2" -v untraced="$untraced" 'BEGIN { print cost - untraced }')"
}

utracefs_round()
{
	rm -rf "$work/recorded"
	mkdir "$work/recorded"
	"$build/bench/bench-timed" record "$events" "$cli" record -b 4096 -e bench:two_ints -o "$work/recorded/trace.dat" \
		"$build/bench/bench-producer-utracefs" ignored "$events" "$rate" 2>"$work/recorded/counts" >"$work/recorded/cost"
	cat "$work/recorded/cost"
	added record "$(sed -n 's/^record.cpu //p' "$work/recorded/cost")"
	sed -n 's/.* events, .*, \([0-9]*\) lost$/record.lost \1/p' "$work/recorded/counts"
}

# A file for each CPU, as it comes.
cat_round()
{
	rm -rf "$work/recorded"
	mkdir "$work/recorded"
	"$cli" write events/bench/two_ints/enable 1
	"$build/bench/bench-timed" stream "$events" \
		sh bench/record-utracefs.sh "$cli" "$work/recorded" "$build/bench/bench-producer-utracefs" "$events" "$rate" 2>>"$work/log"
	cat "$work/recorded/lost"
	"$cli" write events/bench/two_ints/enable 0
}

lttng_round()
{
	lttng_session live --live --set-url="net://127.0.0.1:$relay_port:$((relay_port + 1))"
	lttng_event bench_utracefs:two_ints
	before=$(daemons_cpu)
	lttng start "$session" >>"$work/log" 2>&1
	"$build/bench/bench-producer-lttng" lttng.record.own "$events" "$rate" >"$work/producer"
	lttng stop "$session" >>"$work/log" 2>&1
	lttng_end
	cost=$(awk -v ns=$(($(daemons_cpu) - before)) -v events="$events" '{ print $2 + ns / events }' "$work/producer")
	echo "lttng.record.cpu $cost"
	added lttng.record "$cost"
}

# The kernel's marker is too slow for the rate; what an event costs does not depend on it. Of the event that is named none ever comes: trace-cmd wants one.
trace_cmd_round()
{
	make_kernel_instance record
	export BENCH_MARKER="$instance/trace_marker"
	"$build/bench/bench-timed" trace-cmd.record $((events / 4)) trace-cmd record -q -k --compression none \
		-B "${instance##*/}" -e initcall:initcall_level -o "$work/trace.dat" "$build/bench/bench-producer-marker" ignored $((events / 4)) 1e6 2>>"$work/log"
	remove_kernel_instance
	rm -f "$work/trace.dat"*
}

round()
{
	untraced_round
	utracefs_round
	cat_round
	[ "$lttng" != 1 ] || [ -z "$relay_port" ] || lttng_round
	if [ -n "$kernel" ] && command -v trace-cmd >/dev/null; then
		trace_cmd_round
	fi
}

finish()
{
	rm -rf "$work/recorded"
	[ -z "$is_covered" ] || umount /proc/sys/kernel/ftrace_enabled
}
