#!/bin/sh
# SPDX-License-Identifier: MIT
# How costs grow with what there is much of.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	possible=/sys/devices/system/cpu/possible
}

grow()
{
	new_arena
	"$build/bench/bench-grow" "$@"
}

# The machine seems to have so many CPUs: a file of ours lies over the kernel's, in this mount namespace.
grow_cpus()
{
	echo "0-$(($1 - 1))" >"$work/possible"
	mount --bind "$work/possible" "$possible"
	grow cpus "$1" || :
	umount "$possible"
}

round()
{
	for n in 100 1000 10000 $(scaled 50000 ''); do
		grow events "$n"
	done
	for n in 1 10 100 1000 $(scaled 4000 ''); do
		grow instances "$n"
	done
	for n in 1 10 100 $(scaled 500 ''); do
		grow processes "$n"
	done
	if [ "$is_root" = 1 ]; then
		for n in 2 8 32 128 $(scaled '512 2048' ''); do
			grow_cpus "$n"
		done
	fi
}

finish()
{
	:
}
