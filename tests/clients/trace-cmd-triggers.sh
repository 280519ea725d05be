#!/bin/sh
# SPDX-License-Identifier: MIT
# trace-cmd where triggers, histograms, synthetic events and stacks are: start -R, list, stat, show, clear, reset, record -T, report, hist.
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"

begin_trace_cmd

histogram='hist:keys=writer:vals=hitcount,seq:sort=hitcount:size=2048'

# Triggers and histograms of events: set, listed, counted, told of, reset.
tc start -e load:tick -R 'hist:keys=writer:vals=seq' -e load:texts -R 'traceoff:1 if writer == 1'
expect 'start -R' 0 $?
expect 'list -R' "load:texts
traceoff:count=1 if writer == 1
load:tick
$histogram [active]" "$(tc list -e '^load:t' -R | grep .)"
expect 'stat: triggers' "  load:texts \"traceoff:count=1 if writer == 1\"
  load:tick \"$histogram [active]\"" "$(tc stat | sed -n '/^Triggers:/,/^$/p' | grep load: | sort)"
emitter ticks 3 10 >/dev/null
expect 'the histogram has what was emitted' '0 10 45, 1 10 45, 2 10 45' \
	"$(cli cat events/load/tick/hist | sed -n 's/[{},:]//g; s/^ *writer *\([0-9]*\) *hitcount *\([0-9]*\) *seq *\([0-9]*\)$/\1 \2 \3/p' |
		sort | tr '\n' ',' | sed 's/,$//; s/,/, /g')"
expect 'and so has the trace' 30 "$(tc show | grep -c ': tick: ')"
tc clear
expect 'clear clears the trace' 0 "$(tc show | grep -c ': tick: ')"
expect 'but no histogram' 30 "$(cli cat events/load/tick/hist | sed -n 's/^ *Hits: //p')"
emitter kinds 2 5 >/dev/null
expect 'traceoff' 0 "$(cli cat tracing_on)"
expect 'stat: tracing is off' 1 "$(tc stat | grep -c 'Tracing is disabled')"
tc reset
expect 'reset removes triggers' '0 0' "$(cli cat events/load/tick/trigger | grep -vc '^#') $(cli cat events/load/texts/trigger | grep -vc '^#')"
expect 'and so says stat' '' "$(tc stat | sed -n '/^Triggers:/,/^$/p' | grep load:)"
tc start -e load:tick -R 'hist:keys=nosuch' >/dev/null
expect 'why a bad one is refused is in the log of errors' "Couldn't find field" "$(cli cat error_log | sed -n 's/.*error: \(.*\)/\1/p' | tail -n 1)"
tc reset

# Filters, as list -l and stat have them.
tc start -e load:tick -f 'seq > 3'
expect 'list -l' 'load:tick
(seq > 3)' "$(tc list -e load:tick -l | grep .)"
expect 'stat: filters' '  load:tick "(seq > 3)"' "$(tc stat | sed -n '/^Filters:/,/^$/p' | grep load:)"
tc reset

# A snapshot that a trigger takes.
tc start -e load:tick -R 'snapshot:1 if seq == 4'
emitter ticks 1 8 >/dev/null
expect 'snapshot by a trigger' '5 3' "$(tc snapshot | grep -c ': tick: ') $(tc show | grep -c ': tick: ')"
tc reset
tc snapshot -f

# Synthetic events: stat lists them, they are recorded as any other, reset removes them.
cli write -a synthetic_events 'pair u64 delta; u32 who'
cli write -a events/load/numbers/trigger 'hist:keys=writer:t0=common_timestamp.usecs'
# shellcheck disable=SC2016 # the histogram's
cli write -a events/load/texts/trigger \
	'hist:keys=writer:delta=common_timestamp.usecs-$t0:onmatch(load.numbers).trace(pair,$delta,writer)'
expect 'stat: synthetic events' '   pair	u64 delta; u32 who' "$(tc stat | sed -n '/^Synthetic events:/,/^$/p' | grep pair)"
record pairs -e synthetic:pair -e load:texts -- kinds 3 20
expect 'record: one for each pair of events' '20 0, 20 1, 20 2' \
	"$(report -i pairs.dat | sed -n 's/.*: pair: *delta=[0-9]*,* *who=\([0-9]*\)$/\1/p' | sort | uniq -c | sed 's/^ *//' |
		tr '\n' ',' | sed 's/,$//; s/,/, /g')"
expect 'beside what they are made of' 60 "$(report -i pairs.dat | grep -c ': texts: ')"
tc reset
expect 'reset removes them' '' "$(cli cat synthetic_events)"

# Stacks: records of their own behind the event's, whose addresses are the program's.
record stacks -T -e load:tick -- ticks 2 10
expect 'record -T: a stack for each event' '20 20' \
	"$(report -i stacks.dat | grep -c ': tick: ') $(report -i stacks.dat | grep -c ': kernel_stack: *<stack trace >$')"
succeeds 'of addresses' [ "$(report -i stacks.dat | grep -c '^=> [0-9a-f]*$')" -ge 20 ]
expect 'and nothing else' 0 "$(report -i stacks.dat | grep -cv ': tick: \|: kernel_stack: \|^=> [0-9a-f]*$\|^cpus=')"
record triggered -e load:tick -R stacktrace:3 -- ticks 1 10
expect 'by a trigger: as often as it says' '10 3' \
	"$(report -i triggered.dat | grep -c ': tick: ') $(report -i triggered.dat | grep -c ': kernel_stack: ')"
record user -e load:tick -O userstacktrace -- ticks 1 10
expect 'userstacktrace' '10 10' \
	"$(report -i user.dat | grep -c ': tick: ') $(report -i user.dat | grep -c ': user_stack: ')"
succeeds 'of addresses, too' [ "$(report -i user.dat | grep -c '=> 0x[0-9a-f]*[1-9a-f][0-9a-f]*$')" -ge 10 ]
expect 'the option is put back' nouserstacktrace "$(cli cat trace_options | grep userstacktrace)"

# trace-cmd hist: what a file has, by thread and event.
record hist -e load -- kinds 3 40
emitter_pids='s/^ *%[0-9.]* *(\([0-9]*\)) emitter *\([a-z]*\) #\([0-9]*\)$'
trace-cmd hist -i hist.dat 2>hist.error | sed -n "$emitter_pids/\\1 \\2 \\3/p" | sort >hist.got
expect 'hist: three threads, two events, 40 times each' 6 "$(grep -c ' 40$' hist.got)"
report -i hist.dat | sed -n 's/^ *emitter-\([0-9]*\) .*: \(numbers\|texts\): .*/\1 \2/p' | sort | uniq -c |
	awk '{ print $2, $3, $1 }' >hist.wanted
succeeds 'hist: as the report has them' cmp hist.wanted hist.got
expect 'hist -P: of all threads' 'numbers #120 texts #120' \
	"$(trace-cmd hist -P -i hist.dat | sed -n 's/^.*<all pids> *\([a-z]* #[0-9]*\)$/\1/p' | sort | tr '\n' ' ' | sed 's/ $//')"
soon 'no server is left' no_servers
finish
