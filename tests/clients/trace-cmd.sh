#!/bin/sh
# SPDX-License-Identifier: MIT
# trace-cmd's commands about what is there and what is traced: list, start, stop, show, stat, set, clear, reset, extract.
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"

begin_trace_cmd

# What of a trace is neither a comment nor differs from run to run.
events()
{
	sed -n 's/^ *emitter-[0-9]* *\[[0-9]*\] [^:]*: \(.*\)/\1/p'
}

# list
expect 'list -e' 'load:numbers load:texts load:tick' "$(tc list -e load | sort | tr '\n' ' ' | sed 's/ $//')"
expect 'list: systems' load "$(tc list | sed -n '/^event systems/,/^$/p' | grep -x load)"
expect 'list -e -F: the format' 2 "$(tc list -e load:tick -F | grep -c 'field:uint[0-9]*_t [a-z]*;.offset:[0-9]*;.size:[48];.signed:0;')"
expect 'list -t: tracers' nop "$(tc list -t)"
expect 'list -o: options' 1 "$(tc list -o | grep -cx overwrite)"
expect 'list -C: clocks' 1 "$(tc list -C | grep -c '^\[local\] .* mono ')"
expect 'list -B: no instances' 'No buffer instances defined' "$(tc list -B)"

# start, show, stop, restart, clear, reset
tc start -e load:tick
expect 'start' 0 $?
expect 'enables' load:tick "$(cli cat set_event)"
emitter ticks 1 2 >/dev/null
expect 'show' 'tick: writer=0 seq=0
tick: writer=0 seq=1' "$(tc show | events)"
expect 'show -s: no snapshot' 1 "$(tc show -s | grep -c 'Snapshot is freed')"
tc stop
expect 'stop' 0 "$(cli cat tracing_on)"
emitter ticks 1 2 >/dev/null
tc restart
expect 'restart' 1 "$(cli cat tracing_on)"
expect 'what came in between is not there' 2 "$(tc show | events | wc -l | tr -d ' ')"
tc clear
expect 'clear' '' "$(tc show | events)"
expect 'clear keeps events enabled' load:tick "$(cli cat set_event)"
tc reset
expect 'reset disables events' '' "$(cli cat set_event)"

# stat and set, instances
tc set -e load:numbers -B foo -e load:tick
expect 'set' 0 $?
expect 'set: the top' load:numbers "$(cli cat set_event)"
expect 'set: an instance' load:tick "$(cli cat instances/foo/set_event)"
expect 'list -B' foo "$(tc list -B)"
expect 'stat: its event' tick "$(tc stat -B foo | sed -n 's/^  *\(tick\)$/\1/p')"
expect 'stat: instances' foo "$(tc stat | sed -n '/^Instances:/,$p' | sed -n 's/^ \(.*\)/\1/p')"
expect 'stat: tracing is on' 1 "$(tc stat | grep -c 'Tracing is enabled')"
emitter ticks 1 1 >/dev/null
expect 'show -B' 'tick: writer=0 seq=0' "$(tc show -B foo | events)"
expect 'the top has none of it' '' "$(tc show | events)"
tc stop -B foo
expect 'stop -B' '0 1' "$(cli cat instances/foo/tracing_on tracing_on | tr '\n' ' ' | sed 's/ $//')"
tc start -B foo -e load:texts
expect 'start -B' 1 "$(cli cat instances/foo/tracing_on)"
tc clear -a
expect 'clear -a' '' "$(tc show -B foo | events)"

# extract
emitter kinds 1 3 >/dev/null
tc extract -B foo -o extracted.dat >/dev/null
expect 'extract -B' 3 "$(trace-cmd report -i extracted.dat 2>/dev/null | grep -c 'texts:')"

tc reset -B foo -d
expect 'reset -B -d removes the instance' '' "$(cli ls instances)"
tc start -B one -e load -B two -e load
tc reset -a -d
expect 'reset -a -d removes them all' 'No buffer instances defined' "$(tc list -B)"

# options, clocks, sizes
tc start -p nop -e load -O nooverwrite -C mono -b 64
expect 'start -p nop -O -C -b' 0 $?
expect 'the option' nooverwrite "$(cli cat trace_options | grep overwrite)"
expect 'the clock' '[mono]' "$(cli cat trace_clock | grep -o '\[.*\]')"
expect 'the size, in whole pages' 67 "$(cli cat buffer_size_kb)"
tc options >/dev/null
expect 'options' 0 $?
tc reset

# What needs functions fails as on a kernel without them.
tc start -p function
expect 'start -p function fails' 2 $?
expect 'says why' 1 "$(grep -c "Plugin 'function' does not exist" "$work/error")"
tc record -p function_graph -o none.dat true >/dev/null
expect 'record -p function_graph fails' 2 $?
tc list -f >/dev/null
expect 'list -f fails' 2 $?
expect 'no such event' 1 "$(tc start -e nosuch:event; grep -c 'No events enabled with nosuch:event' "$work/error")"
finish
