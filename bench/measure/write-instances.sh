#!/bin/sh
# SPDX-License-Identifier: MIT
# One event that is recorded in several instances at once.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	start_events
	"$cli" write events/bench/two_ints/enable 1
	for i in 2 3 4 5 6 7 8; do
		"$cli" mkdir "instances/i$i"
	done
}

# record_in N FIRST LAST: from now on in N instances
record_in()
{
	i=$2
	while [ "$i" -le "$3" ]; do
		"$cli" write "instances/i$i/events/bench/two_ints/enable" "$4"
		i=$((i + 1))
	done
	[ "$4" = 0 ] || "$build/bench/bench-write-utracefs" two-ints "write.instances-$1"
}

round()
{
	record_in 1 2 1 1
	record_in 2 2 2 1
	record_in 4 3 4 1
	record_in 8 5 8 1
	record_in 1 2 8 0
}

finish()
{
	:
}
