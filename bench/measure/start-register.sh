#!/bin/sh
# SPDX-License-Identifier: MIT
# Registration of 10,000 events: ten shared objects are loaded; start of a program that has 1,000. Milliseconds.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	new_arena
	[ "$lttng" = 1 ] || {
		missing lttng.register "$lttng"
		missing lttng.start "$lttng"
	}
	LTTNG_UST_REGISTER_TIMEOUT=-1
	export LTTNG_UST_REGISTER_TIMEOUT
}

# register LIBRARY NAME PRELOAD
register()
{
	set -- "$1" "$2" "$3" 0 1 2 3 4 5 6 7 8 9
	library=$1 name=$2 first=$3
	shift 3
	for i; do
		set -- "$@" "$build/bench/libthousand-$library-bench_$i.so"
		shift
	done
	"$build/bench/bench-register" "$name" "$first" "$@"
}

round()
{
	new_arena
	register utracefs start.register "$build/src/app/libutracefs.so.0"
	register utracefs start.register-again "$build/src/app/libutracefs.so.0"
	# The library finds no place for an arena and stays inactive: what is left is the dynamic linker's work on the same objects.
	UTRACEFS_DIR=$shm/nothing/here
	register utracefs start.loaded "$build/src/app/libutracefs.so.0"
	UTRACEFS_DIR=$shm/arena
	set -- start.without "$build/bench/startup-without" start.thousand "$build/bench/startup-utracefs"
	if [ "$lttng" = 1 ]; then
		register lttng lttng.register liblttng-ust.so.1
		set -- "$@" lttng.thousand "$build/bench/startup-lttng"
	fi
	"$build/bench/bench-spawn" "$@" >"$work/spawned"
	cat "$work/spawned"
	# What the library adds to the program.
	awk '{ ms[$1] = $2 }
	END {
		print "start.added", ms["start.thousand"] - ms["start.without"]
		if ("lttng.thousand" in ms)
			print "lttng.start", ms["lttng.thousand"] - ms["start.without"]
	}' "$work/spawned"
}

finish()
{
	:
}
