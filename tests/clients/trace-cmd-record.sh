#!/bin/sh
# SPDX-License-Identifier: MIT
# trace-cmd record and report: every event, every field, every CPU, compared with what the program says it emitted.
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"

begin_trace_cmd

# "CPU EVENT: TEXT", sorted, of a report
what_is_in()
{
	report -i "$1.dat" |
		sed -n 's/^\(.*: \)\{0,1\} *emitter-[0-9]* *\[0*\([0-9][0-9]*\)\] *[0-9.]*: \([a-z]*:\) */\2 \3 /p' | sort
}

# Every kind of field, on every CPU.
record kinds -e load -- kinds 4 200
expect 'record' 0 $?
sort kinds.said >kinds.wanted
what_is_in kinds >kinds.got
expect 'it said something' 1600 "$(wc -l <kinds.wanted | tr -d ' ')"
succeeds 'every event with every field is in the report, on its CPU' cmp kinds.wanted kinds.got
report -i kinds.dat | sed -n 's/.*\] *\([0-9.]*\): .*/\1/p' >stamps
sort -n stamps >stamps.sorted
succeeds 'in the order of their time' cmp stamps stamps.sorted
expect 'the same file says it again' 1600 "$(report -i kinds.dat | grep -c emitter)"

# Several events by name; others are not recorded.
record two -e load:tick -e load:texts -- kinds 2 10
expect 'events that were not asked for are not there' 0 "$(what_is_in two | grep -c numbers)"
expect 'those that were are' 20 "$(what_is_in two | grep -c texts)"

# Messages and markers.
record messages -e load:tick -- messages 3
expect 'messages are in every trace' 'message 0 message 1 message 2' \
	"$(report -i messages.dat | sed -n 's/.*: print: .*\(message [0-9]*\).*/\1/p' | tr '\n' ' ' | sed 's/ $//')"

# Instances: each has its own; they are gone afterwards.
record instances -B one -e load:tick -B two -e load:numbers -- kinds 2 5
expect 'an instance has its events' 10 "$(report -i instances.dat | grep -c '^ *two: .*numbers:')"
expect 'and no others' 0 "$(report -i instances.dat | grep -c '^ *one: ')"
expect 'the instances are removed' '' "$(cli ls instances)"

# Clock, date, tracer, sizes.
record mono -C mono -e load:tick -- ticks 1 5
expect '-C mono' 5 "$(report -i mono.dat | grep -c tick:)"
expect 'the clock is put back' '[local]' "$(cli cat trace_clock | grep -o '\[.*\]')"
record date --date -p nop -b 64 -e load:tick -- ticks 1 5
expect '--date -p nop -b' 5 "$(report -i date.dat | grep -c tick:)"
today=$(date +%s)
stamp=$(report -i date.dat | sed -n 's/.*\] *\([0-9]*\)\.[0-9]*: tick.*/\1/p' | head -n 1)
succeeds 'the date is now' [ $((today - stamp)) -lt 1000 ]

# Filters, and processes: of what another one emits meanwhile nothing is there.
# shellcheck disable=SC2016 # for the inner shell
in_tree trace-cmd record -q -e load:tick -f 'seq >= 3 && writer == 1' -e load:texts -f 'name ~ "*7"' -o filter.dat \
	sh -c 'sleep 0.4; "$1" ticks 2 10; "$1" kinds 1 20' sh "$UTFS_EMITTER" >filter.log 2>&1
expect '-f: what passes' 7 "$(report -i filter.dat | grep -c 'tick: *writer=1 seq=[3-9]$')"
expect '-f: nothing else' 7 "$(report -i filter.dat | grep -c tick:)"
expect '-f: of another event, by text' 2 "$(report -i filter.dat | grep -c 'texts:.* name=n\(7\|17\) ')"
expect '-f: and nothing else of it' 2 "$(report -i filter.dat | grep -c texts:)"
expect '-f: no filter stays' none "$(cli cat events/load/tick/filter)"
in_tree trace-cmd record -e load:tick -f 'nosuch > 1' -o badfilter.dat true >badfilter.log 2>&1
succeeds '-f: of a bad one it is said why' grep -q 'Field not found' badfilter.log
"$UTFS_EMITTER" drip 1000 20 >/dev/null &
child=$!
children="$children $child"
in_tree trace-cmd record -q -F -e load:tick -o follow.dat "$UTFS_EMITTER" drip 30 30 >follow.log 2>&1
report -i follow.dat | grep tick: >follow
expect '-F: the command only' 1 "$(sed 's/ *\[.*//' follow | sort -u | wc -l | tr -d ' ')"
expect '-F: which is recorded to its end' 1 "$(grep -c 'writer=0 seq=29$' follow)"
expect '-F: no pid stays' '' "$(cli cat set_event_pid)"
kill $child
wait $child 2>/dev/null

# What runs already.
"$UTFS_EMITTER" drip 1000 20 >/dev/null &
child=$!
children="$children $child"
in_tree trace-cmd record -q -e load:tick -o attached.dat sleep 1 >attached.log 2>&1
kill $child
wait $child 2>/dev/null
succeeds 'what runs already is recorded' [ "$(report -i attached.dat | grep -c tick:)" -ge 10 ]

# Ended with Ctrl-C.
"$UTFS_CLI" exec -- trace-cmd record -e load:tick -o ended.dat >ended.log 2>&1 &
child=$!
children="$children $child"
soon 'it records' says load:tick cli cat set_event
emitter ticks 2 50 >/dev/null
kill -INT $child
wait $child
expect 'Ctrl-C ends it well' 0 $?
expect 'with every event' 100 "$(report -i ended.dat | grep -c tick:)"
expect 'no event stays enabled' '' "$(cli cat set_event)"

# Killed: nothing is pinned.
"$UTFS_CLI" exec -- trace-cmd record -B killed -e load:tick -o killed.dat >killed.log 2>&1 &
child=$!
children="$children $child"
soon 'it records into an instance' says load:tick cli cat instances/killed/set_event
# The recorders are its children, in a group of their own with it if it were a job of a shell.
recorders=$(cat "/proc/$child/task/$child/children")
# shellcheck disable=SC2086 # words
kill -9 $child $recorders
wait $child 2>/dev/null
soon 'killed with -9, it leaves nothing busy' sh -c '"$1" rmdir instances/killed || ! "$1" ls instances/killed' sh "$UTFS_CLI"
soon 'no server is left' no_servers
finish
