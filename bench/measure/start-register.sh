#!/bin/sh
# SPDX-License-Identifier: MIT
# Registration of 10,000 events: ten shared objects are loaded; start of a program that has 1,000. Milliseconds.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	new_arena
	[ "$lttng" = 1 ] || {
		for figure in register register-on start start-on; do
			missing "lttng.$figure" "$lttng"
		done
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

# programs SUFFIX: what a thousand events add to the start of a program; SUFFIX goes behind the figures' names
programs()
{
	suffix=$1
	set -- start.without "$build/bench/startup-without" start.thousand "$build/bench/startup-utracefs"
	[ "$lttng" != 1 ] || set -- "$@" lttng.thousand "$build/bench/startup-lttng"
	"$build/bench/bench-spawn" "$@" | awk -v suffix="$suffix" '{ ms[$1] = $2 }
	END {
		print "start.added" suffix, ms["start.thousand"] - ms["start.without"]
		if ("lttng.thousand" in ms)
			print "lttng.start" suffix, ms["lttng.thousand"] - ms["start.without"]
	}'
}

# Nobody records.
idle_round()
{
	new_arena
	register utracefs start.register "$build/src/app/libutracefs.so.0"
	register utracefs start.register-again "$build/src/app/libutracefs.so.0"
	# The library finds no place for an arena and stays inactive: what is left is the dynamic linker's work on the same objects.
	UTRACEFS_DIR=$shm/nothing/here
	register utracefs start.loaded "$build/src/app/libutracefs.so.0"
	UTRACEFS_DIR=$shm/arena
	[ "$lttng" != 1 ] || register lttng lttng.register liblttng-ust.so.1
	programs ''
}

# All events are recorded: an event has to be known to the tracer, and turned on, before the program goes on.
recording_round()
{
	new_arena
	"$cli" enable -p 'bench_*:*'
	register utracefs start.register-on "$build/src/app/libutracefs.so.0"
	register utracefs start.register-again-on "$build/src/app/libutracefs.so.0"
	if [ "$lttng" = 1 ]; then
		lttng_session start --snapshot --output="$work/start-snapshot"
		lttng_event -a
		lttng start "$session" >>"$work/log" 2>&1
		register lttng lttng.register-on liblttng-ust.so.1
	fi
	programs -on
	if [ "$lttng" = 1 ]; then
		lttng stop "$session" >>"$work/log" 2>&1
		lttng_end
	fi
}

round()
{
	idle_round
	recording_round
}

finish()
{
	:
}
