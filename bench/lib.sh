#!/bin/sh
# SPDX-License-Identifier: MIT
# What the measurements in bench/measure share; sourced by scripts/bench, each measurement in a subshell of its own. From there: build (directory
# with the programs), work (a directory to write to), shm (one in memory), rounds, quick (1 or nothing), is_root, lttng (1 or why not), kernel
# (the kernel's tracefs, mounted for us alone, or nothing), no_kernel (why not).
#
# A measurement defines prepare, round and finish; each round runs ours and its peers once, in turn. Figures go to the standard output,
# "name value"; "missing name reason" says why there is none. bench/rows says what is compared with what.
# shellcheck disable=SC2154 # variables of scripts/bench

cli=$build/src/cli/utracefs

missing()
{
	echo "missing $*"
}

# scaled FULL QUICK: a number of things, fewer where it is to be quick
scaled()
{
	if [ -n "$quick" ]; then echo "$2"; else echo "$1"; fi
}

# until_works COMMAND...: tries for ten seconds
until_works()
{
	tries=0
	until "$@" >>"$work/log" 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || return 1
		sleep 0.1
	done
}

# new_arena: an empty one, and its directory
new_arena()
{
	rm -rf "${shm:?}/arena"
	mkdir -m 700 "$shm/arena"
	export UTRACEFS_DIR="$shm/arena"
}

# The events outlive the program that registers them: it runs, they are enabled, it runs again.
start_events()
{
	new_arena
	"$build/bench/bench-write-utracefs"
}

# mount_utracefs: the tree at $mnt; false with the reason in $no_fuse
mount_utracefs()
{
	mnt=$work/mnt
	mkdir -p "$mnt"
	no_fuse='FUSE cannot be used here'
	[ -r /dev/fuse ] && [ -w /dev/fuse ] && "$cli" mount "$mnt" >>"$work/log" 2>&1
}

unmount_utracefs()
{
	"$cli" umount "$mnt" >>"$work/log" 2>&1 || :
}

# make_kernel_instance NAME: $instance, in the kernel's tracefs
make_kernel_instance()
{
	instance=$kernel/instances/bench-$$-$1
	mkdir "$instance"
}

# The kernel says busy for a moment after a file was closed.
remove_kernel_instance()
{
	until_works rmdir "$instance"
}

# marker EVENTS: writes them to $instance
marker()
{
	BENCH_MARKER="$instance/trace_marker" "$build/bench/bench-producer-marker" ignored "$1" 1e9 >/dev/null
}

# lttng_session NAME ARGUMENT...: a session of the name bench-PID-NAME, with a channel that has room for all of a run, or for $subbuffer eight times
lttng_session()
{
	session=bench-$$-$1
	shift
	lttng create "$session" "$@" >>"$work/log" 2>&1 &&
		lttng enable-channel -s "$session" -u big --subbuf-size="${subbuffer:-4M}" --num-subbuf=8 >>"$work/log" 2>&1
}

lttng_event()
{
	lttng enable-event -s "$session" -u -c big "$@" >>"$work/log" 2>&1
}

lttng_end()
{
	lttng destroy "$session" >>"$work/log" 2>&1 || :
}

# during_session COMMAND...: only while it runs does the session record
during_session()
{
	lttng start "$session" >>"$work/log" 2>&1
	"$@"
	lttng stop "$session" >>"$work/log" 2>&1
}

# daemons_cpu: nanoseconds that LTTng's processes have run
daemons_cpu()
{
	for process in /proc/[0-9]*; do
		case $(cat "$process/comm" 2>/dev/null) in
		lttng-*) cat "$process"/task/*/schedstat 2>/dev/null || : ;;
		esac
	done | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

# kb NAME...: the sum of these lines of /proc/meminfo
kb()
{
	for name; do
		sed -n "s/^$name: *//p" /proc/meminfo
	done | awk '{ sum += $1 } END { print sum }'
}
