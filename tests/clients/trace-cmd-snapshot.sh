#!/bin/sh
# SPDX-License-Identifier: MIT
# trace-cmd snapshot: -s, -r, -f, -c, and show -s.
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"

begin_trace_cmd

# How many events a listing has.
count()
{
	grep -c ': tick: '
}

tc start -e load:tick
emitter ticks 1 5 >/dev/null
expect 'before the first: says how' 1 "$(tc snapshot | grep -c 'Snapshot is freed')"
tc snapshot -s
expect 'snapshot -s' 0 $?
expect 'snapshot: what was' 5 "$(tc snapshot | count)"
expect 'show -s: the same' 5 "$(tc show -s | count)"
expect 'show: nothing yet' 0 "$(tc show | count)"
emitter ticks 1 3 >/dev/null
expect 'show: what came since' 3 "$(tc show | count)"
expect 'the snapshot stays' 5 "$(tc snapshot | count)"
tc snapshot -s
expect 'snapshot -s swaps' '3 5' "$(tc snapshot | count) $(tc show | count)"
one=$(tc snapshot -c 0 | count)
two=$(for cpu in $(cli ls per_cpu | sed -n 's/^cpu\([1-9][0-9]*\)$/\1/p'); do tc snapshot -c "$cpu"; done | count)
expect 'snapshot -c: all of it, by CPU' 3 $((one + two))
tc snapshot -r
expect 'snapshot -r clears' '1 5' "$(tc snapshot | grep -c 'Snapshot is allocated') $(tc show | count)"
tc snapshot -f
expect 'snapshot -f frees' '1 5' "$(tc snapshot | grep -c 'Snapshot is freed') $(tc show | count)"

# An instance's: trace-cmd 3.1 takes -B, and means the top's all the same; show has it right.
tc reset
tc start -B side -e load:tick
emitter ticks 1 4 >/dev/null
cli write instances/side/snapshot 1
expect 'show -B -s' '4 0' "$(tc show -B side -s | count) $(tc show -B side | count)"
expect 'the top has none' 1 "$(tc snapshot | grep -c 'Snapshot is freed')"
tc reset -a -d
finish
