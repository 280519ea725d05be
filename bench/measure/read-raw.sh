#!/bin/sh
# SPDX-License-Identifier: MIT
# Raw pages through the mount: nanoseconds per kilobyte. The kernel gives one page to a read, however large.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	events=$(scaled 600000 150000)
	start_events
	# What a round writes fits, and the rounds come to the same pages again: a reader that has just begun is slower (docs/performance.md).
	"$cli" write buffer_size_kb "$(scaled 16384 4096)"
	"$cli" write events/bench/two_ints/enable 1
	mount_utracefs || missing raw.mount "$no_fuse"
	if [ -n "$kernel" ]; then
		make_kernel_instance raw
		echo 32768 >"$instance/buffer_size_kb"
	else
		missing kernel.raw "$no_kernel"
	fi
}

# raw_round NAME BYTES
raw_round()
{
	"$build/bench/bench-producer-utracefs" ignored "$events" 1e9 >/dev/null
	"$build/bench/bench-raw-read" "$1" "$2" "$mnt"/per_cpu/cpu*/trace_pipe_raw
}

round()
{
	if [ -e "$mnt/trace" ]; then
		raw_round raw.mount 1048576
		raw_round raw.mount-4k 4096
	fi
	if [ -n "$kernel" ]; then
		marker $((events / 2))
		"$build/bench/bench-raw-read" kernel.raw 65536 "$instance"/per_cpu/cpu*/trace_pipe_raw
	fi
}

finish()
{
	unmount_utracefs
	[ -z "$kernel" ] || remove_kernel_instance
}
