#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs record, read back by trace-cmd report: every event, every field, every CPU, what is lost, and how it ends.
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"

needs trace-cmd
cd "$work" || exit 1

report()
{
	cli report "$@" 2>/dev/null
}

# "CPU EVENT: TEXT", sorted, of a report
what_is_in()
{
	report "$1" | sed -n 's/^ *emitter-[0-9]* *\[0*\([0-9][0-9]*\)\] *[0-9.]*: \([a-z]*:\) */\1 \2 /p' | sed 's/^\([0-9]*\) \([a-z]*\): /\1 \2: /' | sort
}

# Nothing is registered before: the events come while it is recorded.
cli record -q -o kinds.dat -- sh -c 'exec "$1" kinds 4 200 >kinds.said' sh "$UTFS_EMITTER"
expect 'record' 0 $?
sort kinds.said >kinds.wanted
what_is_in kinds.dat >kinds.got
expect 'it said something' 1600 "$(wc -l <kinds.wanted | tr -d ' ')"
succeeds 'every event with every field is in the report, on its CPU' cmp kinds.wanted kinds.got
report kinds.dat | sed -n 's/.*\] *\([0-9.]*\): .*/\1/p' >stamps
sort -n stamps >stamps.sorted
succeeds 'in the order of their time' cmp stamps stamps.sorted
expect 'no instance is left' '' "$(cli ls instances)"
expect 'the root has recorded nothing' 0 "$(cli cat trace | grep -c '\] \.\.\.\.\.')"
expect 'no event is left enabled' '' "$(cli list -e)"
expect 'nothing else is left' 'kinds.dat kinds.got kinds.said kinds.wanted' "$(echo kinds.*)"
expect 'it says how much that is' "two.dat: 40 events, 8.0 KB, 0 lost" \
	"$(taskset -c 0 "$UTFS_CLI" record -e load:tick -o two.dat "$UTFS_EMITTER" ticks 1 40 2>&1 >/dev/null | sed 's/[0-9.]* KB/8.0 KB/')"
expect 'events that were not asked for are not there' 40 "$(what_is_in two.dat | wc -l)"
succeeds 'a clock' cli record -q -C mono -o mono.dat -- "$UTFS_EMITTER" ticks 1 1
expect 'which the file knows' 1 "$(report mono.dat | grep -c 'tick:.*seq=0')"
expect 'a clock that is not there' "utracefs: trace_clock: 'nosuch': Invalid argument 1" "$(outcome cli record -C nosuch true)"
expect 'an event that may be wrong is asked about' \
	"utracefs: no event matches 'load:tikk'; did you mean 'load:tick'?
utracefs: one that comes will be recorded 0" "$(outcome cli record -q -e load:tikk -o none.dat true)"
expect 'a trace of nothing can be read' 0 "$(report none.dat | grep -c load)"

# What is lost is counted, and said at its place.
counts=$(cli record -b 8 -e load:tick -o lost.dat -- "$UTFS_EMITTER" ticks 2 300000 2>&1 >/dev/null | sed 's/.*: \([0-9]*\) events, .* \([0-9]*\) lost/\1 \2/')
expect 'what is there and what is lost is all' 600000 $((${counts% *} + ${counts#* }))
report lost.dat >lost.said
expect 'what is there is in the file' "${counts% *}" "$(grep -c tick: lost.said)"
expect 'what was lost is said there' "${counts#* }" \
	"$(sed -n 's/.*\[LOST \([0-9]*\) EVENTS\].*/\1/p; s/.*\[\([0-9]*\) EVENTS DROPPED\].*/\1/p' lost.said | awk '{ n += $1 } END { print n + 0 }')"
rm lost.said lost.dat

# Instances that are there.
cli mkdir instances/one
cli enable -B one load:numbers
cli write instances/one/events/load/numbers/filter 's32 > 0'
cli record -q -B one -o one.dat -- "$UTFS_EMITTER" kinds 1 10 >/dev/null
expect 'an instance that was set up' 4 "$(what_is_in one.dat | grep -c 'numbers:')"
expect 'and nothing else' 4 "$(what_is_in one.dat | wc -l)"
expect 'stays as it was' 'on  load:numbers
      if s32 > 0' "$(cli list -e -B one)"
expect 'and goes on' 1 "$(cli cat instances/one/tracing_on)"
expect 'it counts what is recorded now' 'again.dat: 1 events' \
	"$(cli record -B one -o again.dat -- "$UTFS_EMITTER" kinds 1 3 2>&1 >/dev/null | sed 's/,.*//')"
cli rmdir instances/one
expect 'an instance that is not there' 1 "$(outcome cli record -B one true | tail -c 1)"
cli mkdir instances/large
cli write instances/large/buffer_subbuf_size_kb 16
cli record -q -B large -e load:tick -o large.dat -- "$UTFS_EMITTER" ticks 1 5000
expect 'larger pages' 5000 "$(report large.dat | grep -c 'tick:')"
cli rmdir instances/large

# How it ends.
expect 'with the status of the command' 7 "$(cli record -q -o x.dat sh -c 'exit 7'; echo $?)"
expect 'that died of a signal' 143 "$(cli record -q -o x.dat sh -c 'kill $$'; echo $?)"
expect 'that is not there' 'utracefs: nosuch: No such file or directory 127' "$(outcome cli record -q -o x.dat nosuch)"
expect 'that is no program' 'utracefs: /etc/passwd: Permission denied 126' "$(outcome cli record -q -o x.dat /etc/passwd)"
expect 'a file that cannot be' 'utracefs: /nosuch/x: No such file or directory 1' "$(outcome cli record -o /nosuch/x true)"
expect 'an option that it has not' 2 "$(outcome cli record -x true | tail -c 1)"
"$UTFS_CLI" record -e load:tick -o ended.dat 2>ended.said &
child=$!
children="$children $child"
soon 'it records' sh -c '"$1" cat "instances/record-$2/set_event" | grep -q tick' sh "$UTFS_CLI" $child
"$UTFS_EMITTER" ticks 2 50 >/dev/null
kill -INT $child
wait $child
expect 'Ctrl-C ends it well' 0 $?
expect 'with every event' 100 "$(report ended.dat | grep -c tick:)"
expect 'and says so' 'ended.dat: 100 events' "$(sed 's/,.*//' ended.said)"
# shellcheck disable=SC2016 # for the inner shell
"$UTFS_CLI" record -q -o end.dat -- sh -c 'trap "$1 ticks 1 3 >/dev/null; exit 5" INT; : >ready; while :; do sleep 0.05; done' sh "$UTFS_EMITTER" &
child=$!
children="$children $child"
soon 'the command runs' test -e ready
kill -INT $child
wait $child
expect 'a signal is for the command' 5 $?
expect 'how it ends is recorded' 3 "$(report end.dat | grep -c tick:)"
rm ready
"$UTFS_CLI" record -q -o deaf.dat -- sh -c 'trap "" INT; "$1" ticks 1 3 >/dev/null; echo $$ >ready; while :; do sleep 0.05; done' sh "$UTFS_EMITTER" &
child=$!
children="$children $child"
soon 'the deaf command runs' test -s ready
kill -INT $child
sleep 0.1
kill -INT $child
wait $child
expect 'a second signal does not wait for it' 130 $?
expect 'the file is complete' 3 "$(report deaf.dat | grep -c tick:)"
kill -9 "$(cat ready)"

# Killed: what it leaves goes with the next one.
"$UTFS_CLI" record -q -o killed.dat &
child=$!
children="$children $child"
soon 'it records, too' cli ls "instances/record-$child/set_event"
kill -9 $child
wait $child 2>/dev/null
succeeds 'the next one' cli record -q -o next.dat true
expect 'takes away what it left' '' "$(cli ls instances)"

# Pages are where they were put first, behind a room, unless that would be much of the file, or is too small.
room()
{
	head -c 262144 "$1" | tail -c 65536 | tr -d '\000' | wc -c | tr -d ' '
}
cli record -q -b 32768 -e load:tick -o stays.dat -- "$UTFS_EMITTER" ticks 1 160000 >/dev/null
expect 'many pages stay' 160000 "$(report stays.dat | grep -c tick:)"
expect 'behind a room' 0 "$(room stays.dat)"
cli record -q -b 32768 -e load:tick -o moved.dat -- "$UTFS_EMITTER" ticks 1 30000 >/dev/null
expect 'few are moved down' 30000 "$(report moved.dat | grep -c tick:)"
succeeds 'to where the file is full of them' test "$(room moved.dat)" -gt 10000
fields=$(seq -s ';' -f 'u8 f%g' 70)
for i in $(seq 75); do
	cli write -a dynamic_events "u:large/e$i $fields" || break
done
cli record -q -b 32768 -e load:tick -o above.dat -- "$UTFS_EMITTER" ticks 1 30000 >/dev/null
succeeds 'what comes before them is larger than the room' test $(($(stat -c %s above.dat) - $(stat -c %s moved.dat))) -gt 300000
expect 'they are moved up' 30000 "$(report above.dat | grep -c tick:)"
rm stays.dat moved.dat above.dat

# A terminal sees it grow.
if command -v script >/dev/null; then
	script -qec "$UTFS_CLI record -e load:tick -o grows.dat -- $UTFS_EMITTER drip 12 100" /dev/null </dev/null >grows 2>&1
	succeeds 'progress on a terminal' sh -c 'tr "\r" "\n" <grows | grep -q "^.\[K[0-9]* events, [0-9.]* [KMb][a-zB]*, 0 lost"'
	succeeds 'and the sum' grep -q '^.*grows.dat: 12 events, ' grows
fi

# report
expect 'no such file' 'utracefs: nosuch.dat: No such file or directory 1' "$(outcome cli report nosuch.dat)"
expect 'options are for trace-cmd' 1 "$(report kinds.dat --cpu 0 | grep -vc '\[000\]')"
mkdir nothing
expect 'without trace-cmd' 'utracefs: trace-cmd: No such file or directory
utracefs: report: install trace-cmd, or open the file with KernelShark 127' "$(PATH=$work/nothing outcome cli report kinds.dat)"
finish
