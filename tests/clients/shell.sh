#!/bin/sh
# SPDX-License-Identifier: MIT
# Plain scripts in the manner of the kernel's own tests of tracefs: each case is a script of echo, cat, grep, mkdir and rmdir in the tracing directory,
# under `set -e`, that fails where a command fails that should not. All of them run in one `utracefs exec`.
if [ "${1-}" != case ]; then
	# shellcheck source=tests/clients/lib.sh
	. "$(dirname "$0")/lib.sh"
	needs_exec
	emitter kinds 1 1 >/dev/null
	in_tree sh -c '
	for name in $(sed -n "s/^case_\([a-z_]*\)()$/\1/p" "$1"); do
		if sh "$1" case "$name" >"$2" 2>&1; then
			echo "ok - $name"
		else
			sed "s/^/# /" "$2"
			echo "not ok - $name"
		fi
	done' sh "$0" "$work/case" >"$work/cases"
	cat "$work/cases"
	checks=$(grep -c 'ok - ' "$work/cases")
	failures=$(grep -c '^not ok - ' "$work/cases")
	succeeds 'all cases were there' [ "$checks" -ge 15 ]
	soon 'no server is left' no_servers
	finish
fi

set -eux
cd /sys/kernel/tracing

fail()
{
	echo "$@"
	exit 1
}

# refused COMMAND...: in a shell of its own, it has to fail
refused()
{
	if sh -c "$*"; then
		fail "accepted: $*"
	fi
}

# remove PATTERN: the triggers that match
remove()
{
	for file in $(grep -l "$1" events/*/*/trigger || true); do
		grep "$1" "$file" | sed -n '1!G;h;$p' | while read -r line; do
			echo "!$line" | sed 's/ \[.*\]$//' >>"$file"
		done
	done
}

# Those with actions first: others are read by them.
reset_trigger_file()
{
	remove ':on[^:]*('
	remove '^[^#]'
}

initialize()
{
	echo 0 >tracing_on
	reset_trigger_file
	echo >set_event
	echo >set_event_pid
	: >synthetic_events
	echo 0 >events/enable
	echo 0 >snapshot
	echo >error_log
	: >trace
	echo 1 >tracing_on
}

# yield N: N ticks of each of two writers
yield()
{
	"$UTFS_EMITTER" ticks 2 "$1" >/dev/null
}

lines()
{
	grep -c "$1" trace || true
}

case_basic_files()
{
	grep -q nop available_tracers
	grep -qx nop current_tracer
	echo nop >current_tracer
	refused 'echo function >current_tracer'
	grep -q 'load:tick' available_events
	find . -maxdepth 1 -type f ! -name trace_pipe ! -name '*marker*' ! -name free_buffer -exec cat '{}' + >/dev/null
	grep -q 'set_event' README
}

case_event_enable_and_disable()
{
	echo 'load:tick' >set_event
	yield 3
	[ "$(lines ' tick: ')" = 6 ]
	: >trace
	echo 1 >events/load/tick/enable
	grep -qx 1 events/load/tick/enable
	yield 3
	[ "$(lines ' tick: ')" = 6 ]
	echo '!load:tick' >>set_event
	grep -qx 0 events/load/tick/enable
	: >trace
	yield 3
	[ "$(lines ' tick: ')" = 0 ]
}

case_subsystem_and_toplevel_enable()
{
	echo 'load:*' >set_event
	[ "$(grep -c '^load:' set_event)" = 3 ]
	grep -qx 1 events/load/enable
	grep -qx 0 events/load/tick/enable && fail 'one is not enabled'
	echo 0 >events/load/tick/enable
	grep -qx X events/load/enable
	echo '*:tick' >>set_event
	echo '!*:*' >>set_event
	[ -z "$(cat set_event)" ]
	echo '*:*' >set_event
	grep -qx 1 events/enable
	echo >set_event
	grep -qx 0 events/enable
	refused 'echo nosuch:event >set_event'
	refused 'echo 2 >events/load/enable'
}

case_trace_is_read_cleared_and_piped()
{
	echo 1 >events/load/tick/enable
	yield 5
	[ "$(lines ' tick: ')" = 10 ]
	[ "$(lines ' tick: ')" = 10 ]
	head -n 3 trace | grep -q '^# tracer: nop$'
	timeout 1 cat trace_pipe >"$UTRACEFS_DIR/pipe" || true
	[ "$(grep -c ' tick: ' "$UTRACEFS_DIR/pipe")" = 10 ]
	[ "$(lines ' tick: ')" = 0 ]
	yield 5
	echo >trace
	[ "$(lines ' tick: ')" = 0 ]
	echo 0 >tracing_on
	yield 5
	echo 1 >tracing_on
	[ "$(lines ' tick: ')" = 0 ]
}

case_markers()
{
	echo hello >trace_marker
	printf 'no newline' >trace_marker
	[ "$(lines 'tracing_mark_write: hello$')" = 1 ]
	[ "$(lines 'tracing_mark_write: no newline$')" = 1 ]
	echo 0 >tracing_on
	refused 'echo lost >trace_marker 2>/dev/null'
	echo 1 >tracing_on
	[ "$(lines lost)" = 0 ]
}

case_event_pid()
{
	echo 1 >events/load/enable
	for fork in 0 1; do
		echo $fork >options/event-fork
		sh -c 'echo $$ >set_event_pid; exec "$0" ticks 2 3' "$UTFS_EMITTER"
		yield 3
		[ "$(lines ' tick: ')" = $((fork * 6)) ]
	done
	echo 0 >options/event-fork
	echo >set_event_pid
	[ -z "$(cat set_event_pid)" ]
}

case_event_filter()
{
	echo 1 >events/load/tick/enable
	echo 'seq >= 7 && writer == 1' >events/load/tick/filter
	yield 10
	[ "$(lines ' tick: ')" = 3 ]
	echo 0 >events/load/tick/filter
	grep -qx none events/load/tick/filter
}

# errlog_check LOCATION COMMAND-WITH-^-AT-THE-CARET FILE
errlog_check()
{
	before=${2%%^*}
	text=$before${2#*^}
	refused "echo '$text' >$3"
	grep -q "$1: error:" error_log || fail 'no such error'
	caret=$(sed -n '$s/^\( *\)^$/\1/p' error_log)
	[ "${#caret}" = $((${#before} + 11)) ] || fail "a caret after ${#caret}"
	echo >error_log
}

case_error_log_has_the_caret()
{
	errlog_check 'event filter parse error' 'seq < 100 && nosuch ^== 3' events/load/tick/filter
	errlog_check 'event filter parse error' 'nosuch ^== 3' events/load/tick/filter
	errlog_check 'hist:load:tick' 'hist:keys=^bogus' events/load/tick/trigger
	errlog_check 'hist:load:tick' 'hist:keys=writer:vals=^bogus' events/load/tick/trigger
	errlog_check 'synthetic_events' 'myevent ^bogus field' synthetic_events
	grep -v '^#' events/load/tick/trigger && fail 'a trigger is left'
	[ -z "$(cat synthetic_events)" ]
}

case_trigger_traceon_traceoff()
{
	echo 'traceoff:1 if seq == 5' >events/load/tick/trigger
	yield 10
	grep -qx 0 tracing_on
	echo '!traceoff' >events/load/tick/trigger
	echo 'traceon' >events/load/tick/trigger
	yield 1
	grep -qx 1 tracing_on
	refused 'echo traceon >>events/load/tick/trigger'
	refused "echo 'traceoff:x' >>events/load/texts/trigger"
	refused "echo 'traceoff if' >>events/load/texts/trigger"
	echo '!traceon' >events/load/tick/trigger
}

case_trigger_enables_an_event()
{
	echo 'enable_event:load:tick:1' >events/load/texts/trigger
	grep -qx '0\*' events/load/tick/enable
	yield 2
	[ "$(lines ' tick: ')" = 0 ]
	"$UTFS_EMITTER" kinds 1 1 >/dev/null
	grep -qx '1\*' events/load/tick/enable
	yield 2
	[ "$(lines ' tick: ')" = 4 ]
	refused 'echo enable_event:load:nosuch >events/load/texts/trigger'
	echo '!enable_event:load:tick' >events/load/texts/trigger
}

case_trigger_snapshot_and_stacktrace()
{
	echo 1 >events/load/tick/enable
	yield 5
	echo 'snapshot:1' >events/load/tick/trigger
	yield 5
	grep -q ' tick: ' snapshot
	echo '!snapshot' >events/load/tick/trigger
	echo 0 >snapshot
	grep -q 'Snapshot is freed' snapshot
	: >trace
	echo 'stacktrace:2' >events/load/tick/trigger
	yield 5
	[ "$(lines '<stack trace>')" = 2 ]
}

case_trigger_hist_modifiers()
{
	echo 'hist:keys=writer:vals=seq:sort=seq.descending if seq > 3' >events/load/tick/trigger
	yield 10
	grep -q 'hist:keys=writer:vals=hitcount,seq:sort=seq.descending:size=2048 if seq > 3 \[active\]' events/load/tick/trigger
	grep -q '^    Hits: 12$' events/load/tick/hist
	echo 'hist:keys=writer:vals=seq:sort=seq.descending:pause if seq > 3' >>events/load/tick/trigger
	yield 10
	grep -q '^    Hits: 12$' events/load/tick/hist
	echo 'hist:keys=writer:vals=seq:sort=seq.descending:clear if seq > 3' >>events/load/tick/trigger
	grep -q '^    Hits: 0$' events/load/tick/hist
	reset_trigger_file
	for modifier in hex log2 'buckets=3'; do
		echo "hist:keys=seq.$modifier" >events/load/tick/trigger
		yield 10
		grep -q '^    Hits: 20$' events/load/tick/hist
		reset_trigger_file
	done
	echo 'hist:keys=common_pid.execname,writer:size=256' >events/load/tick/trigger
	yield 2
	[ "$(grep -c '^{ common_pid: emitter .*hitcount: *2$' events/load/tick/hist)" = 2 ]
}

case_inter_event_latency()
{
	echo 'latency u64 lat; u32 who' >synthetic_events
	[ -d events/synthetic/latency ]
	echo 'hist:keys=writer:ts0=common_timestamp.usecs' >events/load/numbers/trigger
	# shellcheck disable=SC2016 # the histogram's
	echo 'hist:keys=writer:lat=common_timestamp.usecs-$ts0:onmatch(load.numbers).latency($lat,writer)' >events/load/texts/trigger
	echo 'hist:keys=who:vals=lat' >events/synthetic/latency/trigger
	"$UTFS_EMITTER" kinds 2 10 >/dev/null
	grep -q '^    Hits: 20$' events/synthetic/latency/hist
	refused "echo '!latency u64 lat; u32 who' >>synthetic_events"
	echo '!hist:keys=who:vals=lat' >>events/synthetic/latency/trigger
	reset_trigger_file
	echo '!latency u64 lat; u32 who' >>synthetic_events
	# The kernel's name of what has gone goes some milliseconds later.
	tries=50
	while [ -d events/synthetic/latency ] && [ $((tries -= 1)) -gt 0 ]; do
		sleep 0.1
	done
	[ ! -d events/synthetic/latency ]
}

case_buffers_and_clocks()
{
	old=$(cat buffer_size_kb)
	echo 500 >buffer_size_kb
	[ "$(cat per_cpu/cpu0/buffer_size_kb)" -ge 500 ]
	echo 64 >per_cpu/cpu0/buffer_size_kb
	cat buffer_total_size_kb buffer_size_kb
	echo "$old" >buffer_size_kb 2>/dev/null || echo 1408 >buffer_size_kb
	sed 's/[][]//g' trace_clock | tr ' ' '\n' | while read -r clock; do
		echo "$clock" >trace_clock
		grep -q "\[$clock\]" trace_clock
	done
	echo local >trace_clock
	refused 'echo nosuch >trace_clock'
	refused 'echo 0 >buffer_size_kb'
}

case_instances_have_their_own()
{
	mkdir instances/foo
	refused 'mkdir instances/foo'
	echo 1 >instances/foo/events/load/tick/enable
	grep -qx 0 events/load/tick/enable
	yield 2
	[ "$(grep -c ' tick: ' instances/foo/trace)" = 4 ]
	[ "$(lines ' tick: ')" = 0 ]
	exec 3<instances/foo/trace
	refused 'rmdir instances/foo'
	exec 3<&-
	exec 3<instances/foo/trace_pipe
	refused 'rmdir instances/foo'
	exec 3<&-
	(cd instances/foo && echo 0 >tracing_on)
	rmdir instances/foo
	[ ! -d instances/foo ]
	refused 'mkdir instances/foo/bar'
	refused 'rmdir events/load'
}

# Makes, uses and removes instances in five shells at once, as the kernel's instance slam does.
slam()
{
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		mkdir instances/foo || true
		echo 1 >instances/foo/events/load/enable || true
		cat instances/foo/trace instances/foo/events/load/tick/format || true
		ls instances/foo || true
		rmdir instances/foo || true
	done >/dev/null 2>&1
}

case_instances_slam()
{
	pids=
	for _ in 1 2 3 4 5; do
		slam &
		pids="$pids $!"
	done
	for _ in 1 2 3 4 5; do
		yield 50
	done
	for pid in $pids; do
		wait "$pid"
	done
	rmdir instances/foo 2>/dev/null || true
	[ ! -d instances/foo ]
	mkdir instances/x instances/y instances/z
	rmdir instances/x instances/y instances/z
	ls instances | grep . && fail 'an instance is left'
	cat trace >/dev/null
}

case_readers_while_it_is_traced()
{
	echo 1 >events/load/enable
	yield 20000 &
	writer=$!
	for _ in 1 2 3; do
		cat trace per_cpu/cpu*/stats saved_cmdlines >/dev/null
		echo >trace
		timeout 0.2 cat trace_pipe >/dev/null || true
		echo 0 >tracing_on
		echo 1 >tracing_on
	done
	wait $writer
}

trap 'set +e; initialize' EXIT
initialize
"case_$2"
