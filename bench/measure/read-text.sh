#!/bin/sh
# SPDX-License-Identifier: MIT
# The file trace as text: nanoseconds per line.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	events=$(scaled 300000 100000)
	start_events
	"$cli" write buffer_size_kb 16384
	"$cli" write events/bench/two_ints/enable 1
	"$build/bench/bench-producer-utracefs" ignored "$events" 1e9 >/dev/null
	mount_utracefs || missing read.text-mount "$no_fuse"
	if [ -n "$kernel" ]; then
		make_kernel_instance text
		echo 16384 >"$instance/buffer_size_kb"
		marker "$events"
	else
		missing kernel.text "$no_kernel"
	fi
	if [ "$lttng" != 1 ]; then
		missing babeltrace.text "$lttng"
	elif ! command -v babeltrace2 >/dev/null; then
		missing babeltrace.text 'babeltrace2 is not installed'
	else
		lttng_session text --output="$work/ctf"
		lttng_event bench_utracefs:two_ints
		during_session "$build/bench/bench-producer-lttng" ignored "$events" 1e9 >/dev/null
		lttng_end
	fi
}

round()
{
	"$build/bench/bench-timed" read.text "$events" "$cli" cat trace
	[ ! -e "$mnt/trace" ] || "$build/bench/bench-timed" read.text-mount "$events" cat "$mnt/trace"
	[ -z "$kernel" ] || "$build/bench/bench-timed" kernel.text "$events" cat "$instance/trace"
	[ ! -d "$work/ctf" ] || "$build/bench/bench-timed" babeltrace.text "$events" babeltrace2 "$work/ctf"
}

finish()
{
	unmount_utracefs
	[ -z "$kernel" ] || remove_kernel_instance
	rm -rf "$work/ctf"
}
