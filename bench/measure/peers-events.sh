#!/bin/sh
# SPDX-License-Identifier: MIT
# One event of two integers, by everything that can be had here: docs/comparison.md.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	start_events
	"$cli" write events/bench/two_ints/enable 1
	if [ "$lttng" = 1 ]; then
		lttng_session peers --snapshot --output="$work/peers-snapshot"
		lttng_event bench_utracefs:two_ints
	else
		missing peers.lttng "$lttng"
		missing peers.lttng-off "$lttng"
	fi
	uftrace=''
	if command -v uftrace >/dev/null; then uftrace=1; else missing peers.uftrace 'uftrace is not installed'; fi
	# Where the probe's instruction lies in the file.
	probe=$(readelf -n "$build/bench/bench-peers" | grep -A 1 'Name: probe$' | sed -n 's/.*Location: \(0x[0-9a-f]*\),.*/\1/p')
	uprobe=''
	if [ -z "$probe" ]; then
		missing peers.usdt 'systemtap-sdt-dev is not installed'
		missing peers.usdt-off 'systemtap-sdt-dev is not installed'
	elif [ -z "$kernel" ]; then
		missing peers.usdt "$no_kernel"
	elif echo "p:utracefs_bench_$$/usdt $build/bench/bench-peers:$probe first=%di:s32" 2>>"$work/log" >>"$kernel/uprobe_events"; then
		uprobe=1
	else
		missing peers.usdt 'this kernel has no uprobe events'
	fi
	if [ -n "$kernel" ]; then make_kernel_instance peers; else missing peers.marker "$no_kernel"; fi
}

round()
{
	"$build/bench/bench-write-utracefs" two-ints peers.utracefs
	"$build/bench/bench-write-utracefs" never peers.utracefs-off
	[ "$lttng" != 1 ] || during_session "$build/bench/bench-write-lttng" two-ints peers.lttng
	[ "$lttng" != 1 ] || "$build/bench/bench-write-lttng" never peers.lttng-off
	# It announces itself on the program's output.
	[ -z "$uftrace" ] || uftrace record -P bench_function -d "$work/uftrace" "$build/bench/bench-peers" function peers.uftrace |
		grep '^peers'
	[ -z "$probe" ] || "$build/bench/bench-peers" probe-off peers.usdt-off
	if [ -n "$uprobe" ]; then
		echo 1 >"$instance/events/utracefs_bench_$$/enable"
		"$build/bench/bench-peers" probe peers.usdt
		echo 0 >"$instance/events/utracefs_bench_$$/enable"
	fi
	[ -z "$kernel" ] || BENCH_MARKER="$instance/trace_marker" "$build/bench/bench-timed" peers.marker 200000 \
		"$build/bench/bench-producer-marker" ignored 200000 1e9
}

finish()
{
	[ "$lttng" != 1 ] || lttng_end
	[ -z "$kernel" ] || remove_kernel_instance
	[ -z "$uprobe" ] || until_works sh -c "echo '-:utracefs_bench_$$/usdt' >>'$kernel/uprobe_events'"
}
