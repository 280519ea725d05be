#!/bin/sh
# SPDX-License-Identifier: MIT
# Many events from four processes: none lost when the buffer is large enough, exactly counted when it is not.
#   UTFS_EVENTS: how many of each process; 125000. The long form: 1250000.
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"

begin_trace_cmd
each=${UTFS_EVENTS:-125000}
all=$((each * 4))

# "events gaps backwards": events are counted by writer; their sequence numbers only grow, a gap is what is missing in between
count()
{
	report -i "$1.dat" | awk '
	$(NF - 1) ~ /^writer=/ && $NF ~ /^seq=/ {
		writer = substr($(NF - 1), 8)
		seq = substr($NF, 5) + 0
		events++
		if (seq < next_seq[writer] + 0)
			backwards++
		gaps += seq - next_seq[writer]
		next_seq[writer] = seq + 1
	}
	END { print events + 0, gaps + 0, backwards + 0 }'
}

# The sum of what trace-cmd says was lost, CPU by CPU
lost()
{
	sed -n 's/^ *CPU [0-9]*: \([0-9]*\) events lost.*/\1/p' "$1.log" | awk '{ n += $1 } END { print n + 0 }'
}

# all_there WHAT NAME
all_there()
{
	expect "$1: every event once, in order" "$all 0 0" "$(count "$2")"
	expect "$1: none lost" 0 "$(lost "$2")"
}

# accounted WHAT NAME LOST: what is missing is as much as was said to be lost
accounted()
{
	count "$2" >"$2.count"
	read -r got _ backwards <"$2.count"
	expect "$1: no event twice, none out of order" 0 "$backwards"
	succeeds "$1: some are lost" [ "$3" -gt 0 ]
	expect "$1: exactly as many as are missing" $((all - got)) "$3"
}

dropped()
{
	report --stat -i "$1.dat" | sed -n 's/^dropped events: //p' | awk '{ n += $1 } END { print n + 0 }'
}

# A record takes 28 bytes here: enough for all of them on one CPU.
record large -b $((all * 28 / 1024 + 100)) -e load:tick -- ticks 4 "$each"
expect 'a large buffer' 0 $?
all_there 'a large buffer' large
record small -b 200 -e load:tick -- ticks 4 "$each"
expect 'a small buffer' 0 $?
accounted 'a small buffer' small "$(lost small)"
record full -b 200 -O nooverwrite -e load:tick -- ticks 4 "$each"
expect 'no-overwrite' 0 $?
accounted 'no-overwrite' full "$(dropped full)"

# Subbuffers of several pages: trace-cmd splices and reads them whole.
each=$((each / 5))
all=$((each * 4))
for kb in 8 64; do
	cli write buffer_subbuf_size_kb $kb
	record large-$kb -b $((all * 28 / 1024 + 4 * kb)) -e load:tick -- ticks 4 "$each"
	expect "subbuffers of $kb KiB" 0 $?
	all_there "subbuffers of $kb KiB" large-$kb
	record small-$kb -b $((4 * kb)) -e load:tick -- ticks 4 "$each"
	accounted "small subbuffers of $kb KiB" small-$kb "$(lost small-$kb)"
	expect "they stay that large" $kb "$(cli cat buffer_subbuf_size_kb)"
done
finish
