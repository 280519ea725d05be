#!/bin/sh
# SPDX-License-Identifier: MIT
# Several threads, several processes: CPU time per event.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	start_events
	"$cli" write events/bench/two_ints/enable 1
	if [ "$lttng" = 1 ]; then
		lttng_session workers --snapshot --output="$work/snapshot"
		lttng_event bench_utracefs:two_ints
		return
	fi
	for n in 1 2 4 8; do
		missing lttng.threads-$n "$lttng"
		missing lttng.processes-$n "$lttng"
	done
}

# workers LIBRARY PREFIX
workers()
{
	for n in 1 2 4 8; do
		for kind in threads processes; do
			"$build/bench/bench-workers-$1" $kind $n "$2.$kind-$n"
		done
	done
}

round()
{
	workers utracefs workers
	[ "$lttng" != 1 ] || during_session workers lttng lttng
}

finish()
{
	[ "$lttng" != 1 ] || lttng_end
}
