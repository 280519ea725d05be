#!/bin/sh
# SPDX-License-Identifier: MIT
# What is kept of a walk over all of it, in kilobytes: by the server, and by the kernel, when it has thrown away what it can.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	new_arena
	"$cli" mkdir instances/first
	"$build/bench/bench-many" 2000 100
	[ -n "$kernel" ] || missing kernel.walk "$no_kernel"
}

# Slab in kilobytes, after the caches were emptied.
slab_kb()
{
	echo 2 >/proc/sys/vm/drop_caches
	kb Slab
}

server_kb()
{
	for process in /proc/[0-9]*; do
		if tr '\0' ' ' <"$process/cmdline" | grep -q "mount $mnt"; then
			sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "$process/status"
		fi
	done 2>/dev/null | head -n 1
}

walk()
{
	find "$1" -size +1 >/dev/null 2>&1 || :
	ls -lR "$1" >/dev/null 2>&1 || :
}

kernel_round()
{
	make_kernel_instance walk
	before=$(slab_kb)
	walk "$instance"
	echo "kernel.walk $(($(slab_kb) - before))"
	remove_kernel_instance
}

round()
{
	if ! mount_utracefs; then
		missing mem.walk "$no_fuse"
		return
	fi
	# The buffers that each worker sets up with its first requests are not of the walk: another instance, until all have them.
	for _ in 1 2 3 4 5 6 7 8; do
		walk "$mnt/instances/first"
	done
	before=$(server_kb)
	walk "$mnt"
	echo "mem.walk $(($(server_kb) - before))"
	unmount_utracefs
	[ -z "$kernel" ] || kernel_round
}

finish()
{
	:
}
