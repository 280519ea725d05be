#!/bin/sh
# SPDX-License-Identifier: MIT
# An instance that records nothing yet, of a tree with 2,000 events: kilobytes. The kernel's: what all of its memory grows by.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	instances=$(scaled 50 10)
	new_arena
	"$build/bench/bench-many" 2000 100
	[ -n "$kernel" ] || missing kernel.instance "$no_kernel"
}

arena_kb()
{
	echo $(($(stat -c %b "$UTRACEFS_DIR/arena") / 2))
}

# used_kb: memory that cannot be had back by throwing caches away
used_kb()
{
	sync
	echo $(($(kb MemTotal) - $(kb MemFree Buffers Cached SReclaimable)))
}

make_ours()
{
	i=0
	while [ $i -lt "$instances" ]; do
		"$cli" mkdir "instances/i$i"
		i=$((i + 1))
	done
}

remove_ours()
{
	i=0
	while [ $i -lt "$instances" ]; do
		"$cli" rmdir "instances/i$i"
		i=$((i + 1))
	done
}

kernel_round()
{
	before=$(used_kb)
	made=''
	i=0
	while [ $i -lt "$instances" ]; do
		make_kernel_instance "$i"
		made="$made $instance"
		i=$((i + 1))
	done
	after=$(used_kb)
	# shellcheck disable=SC2086 # words
	rmdir $made
	echo "kernel.instance $(((after - before) / instances))"
}

round()
{
	before=$(arena_kb)
	make_ours
	echo "mem.instance $(awk -v kb=$(($(arena_kb) - before)) -v n="$instances" 'BEGIN { print kb / n }')"
	remove_ours
	[ -z "$kernel" ] || kernel_round
}

finish()
{
	:
}
