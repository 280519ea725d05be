#!/bin/sh
# SPDX-License-Identifier: MIT
# One event, enabled, disabled or filtered out, in one thread; and the floor.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	start_events
	"$cli" write events/bench/two_ints/enable 1
	"$cli" write events/bench/text/enable 1
	"$cli" write events/bench/filtered/filter 'second == 7 && first > 1000000000'
	"$cli" write events/bench/filtered/enable 1
	if [ "$lttng" != 1 ]; then
		for event in two-ints text filtered never; do
			missing "lttng.$event" "$lttng"
		done
		return
	fi
	lttng_session one --snapshot --output="$work/snapshot"
	lttng_event bench_utracefs:two_ints
	lttng_event bench_utracefs:text
	lttng_event bench_utracefs:filtered --filter 'second == 7 && first > 1000000000'
}

lttng_round()
{
	for event in two-ints text filtered never; do
		"$build/bench/bench-write-lttng" $event lttng.$event
	done
}

round()
{
	"$build/bench/bench-floor"
	for event in two-ints text filtered never; do
		"$build/bench/bench-write-utracefs" $event write.$event
	done
	[ "$lttng" != 1 ] || during_session lttng_round
}

finish()
{
	[ "$lttng" != 1 ] || lttng_end
}
