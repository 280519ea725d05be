#!/bin/sh
# SPDX-License-Identifier: MIT
# Single calls through the mount: microseconds. mkdir and rmdir of an instance; open, read and close of a small file, beside a FUSE file system
# that can do nothing else.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	new_arena
	"$build/bench/bench-many" 2000 100
	mkdir -p "$work/hello"
	if ! mount_utracefs; then
		missing calls.mkdir "$no_fuse"
		missing calls.open "$no_fuse"
		missing hello.open "$no_fuse"
		hello=''
	else
		"$build/bench/bench-hello-fuse" "$work/hello" &
		hello=$!
		until_works test -e "$work/hello/hello"
	fi
	[ -n "$kernel" ] || missing kernel.mkdir "$no_kernel"
}

round()
{
	if [ -n "$hello" ]; then
		"$build/bench/bench-calls" open "$(scaled 3000 300)" calls.open "$mnt/tracing_on" hello.open "$work/hello/hello"
		"$build/bench/bench-calls" mkdir "$(scaled 500 50)" calls.mkdir "$mnt/instances/bench"
	fi
	if [ -n "$kernel" ]; then
		"$build/bench/bench-calls" mkdir "$(scaled 10 3)" kernel.mkdir "$kernel/instances/bench-$$"
		"$build/bench/bench-calls" open "$(scaled 3000 300)" kernel.open "$kernel/README"
	fi
}

finish()
{
	unmount_utracefs
	[ -z "$hello" ] || umount "$work/hello" 2>/dev/null || fusermount3 -u "$work/hello"
}
