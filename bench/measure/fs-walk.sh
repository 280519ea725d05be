#!/bin/sh
# SPDX-License-Identifier: MIT
# find and ls -lR over 1,700 events, when nothing was looked at before, and again: nanoseconds per name.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	new_arena
	"$build/bench/bench-many" "$(scaled 1700 200)" 100
	if mount_utracefs; then
		names=$(find "$mnt" | wc -l)
		unmount_utracefs
	else
		names=''
		for figure in find find-again ls ls-again; do
			missing "walk.$figure" "$no_fuse"
		done
	fi
	if [ -n "$kernel" ]; then
		make_kernel_instance walk
		kernel_names=$(find "$instance" | wc -l)
		remove_kernel_instance
	else
		for figure in find find-again ls ls-again; do
			missing "kernel.$figure" "$no_kernel"
		done
	fi
}

# walk PREFIX NAMES DIRECTORY FIGURE COMMAND...
walk()
{
	prefix=$1 entries=$2 directory=$3 figure=$4
	shift 4
	"$build/bench/bench-timed" "$prefix.$figure" "$entries" "$@" "$directory"
	"$build/bench/bench-timed" "$prefix.$figure-again" "$entries" "$@" "$directory"
}

ours()
{
	mount_utracefs
	walk walk "$names" "$mnt" "$@"
	unmount_utracefs
}

kernels()
{
	make_kernel_instance walk
	walk kernel "$kernel_names" "$instance" "$@"
	remove_kernel_instance
}

round()
{
	if [ -n "$names" ]; then
		ours find find
		ours ls ls -lR
	fi
	if [ -n "$kernel" ]; then
		kernels find find
		kernels ls ls -lR
	fi
}

finish()
{
	:
}
