#!/bin/sh
# SPDX-License-Identifier: MIT
# Many events from four processes: none lost when the buffer is large enough, exactly counted when it is not.
#   UTFS_EVENTS: how many of each process; 125000. The long form: 1250000.
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"

needs_command trace-cmd
needs_exec
cd "$work" || exit 1
each=${UTFS_EVENTS:-125000}
all=$((each * 4))
emitter ticks 1 1 >/dev/null

# record NAME OPTION...
record()
{
	name=$1
	shift
	# shellcheck disable=SC2016 # for the inner shell
	in_tree trace-cmd record "$@" -e load:tick -o "$name.dat" \
		sh -c 'sleep 0.4; exec "$@" >/dev/null' sh "$UTFS_EMITTER" ticks 4 "$each" >"$name.log" 2>&1
}

# "events gaps backwards": events are counted by writer; their sequence numbers only grow, a gap is what is missing in between
count()
{
	trace-cmd report -i "$1.dat" 2>/dev/null | awk '
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

# A record takes 28 bytes here: enough for all of them on one CPU.
record large -b $((all * 28 / 1024 + 100))
expect 'a large buffer' 0 $?
expect 'every event once, in order' "$all 0 0" "$(count large)"
expect 'none lost' 0 "$(lost large)"

record small -b 200
expect 'a small buffer' 0 $?
count small >small.count
read -r got _ backwards <small.count
expect 'no event twice, none out of order' 0 "$backwards"
succeeds 'some are lost' [ "$(lost small)" -gt 0 ]
expect 'exactly as many as are missing' $((all - got)) "$(lost small)"

record full -b 200 -O nooverwrite
expect 'no-overwrite' 0 $?
count full >full.count
read -r got _ backwards <full.count
expect 'no event twice, none out of order there' 0 "$backwards"
dropped=$(trace-cmd report --stat -i full.dat 2>/dev/null | sed -n 's/^dropped events: //p' | awk '{ n += $1 } END { print n + 0 }')
succeeds 'some are dropped' [ "$dropped" -gt 0 ]
expect 'exactly as many as are missing there' $((all - got)) "$dropped"
finish
