#!/bin/sh
# SPDX-License-Identifier: MIT
# The classic: five shells make and remove the same three instances, while others enable events in them, read their traces, list and
# walk them, and programs come, register events, write them and go. UTFS_STRESS_SECONDS=600 for long.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

seconds=${UTFS_STRESS_SECONDS:-12}
names='a b c'
mount_tree

# until_stopped COMMAND...: again and again, in the background
until_stopped()
{
	while ! [ -e "$work/stop" ]; do
		"$@"
	done >/dev/null 2>&1 &
	running="$running $!"
}

make_and_remove()
{
	for name in $names; do
		mkdir "$mnt/instances/$name"
		rmdir "$mnt/instances/$name"
	done
}

make_and_remove_by_command()
{
	for name in $names; do
		cli mkdir "instances/$name"
		cli rmdir "instances/$name"
	done
}

enable_events()
{
	for name in $names; do
		# As small as can be: each that is enabled takes its buffers.
		echo 8 >"$mnt/instances/$name/buffer_size_kb"
		echo 1 >"$mnt/instances/$name/events/enable"
		echo 0 >"$mnt/instances/$name/events/many/enable"
	done
}

read_traces()
{
	for name in $names; do
		cat "$mnt/instances/$name/trace"
		cat "$mnt/instances/$name/per_cpu/cpu0/stats"
		cli cat "instances/$name/trace"
	done
}

list_all()
{
	ls -lR "$mnt/instances"
}

walk_all()
{
	find "$mnt" -name enable
}

program()
{
	# Registers, writes, goes.
	printf '50\n50\n' | "$UTFS_EVENTS" 20
}

remove_events()
{
	cli write dynamic_events ''
}

# What the arena holds of the file system, in KiB.
held_kb()
{
	# What was freed while somebody might still have been writing there goes back with the next removal.
	cli mkdir instances/last
	cli rmdir instances/last
	echo $(($(stat -c %b "$UTRACEFS_DIR/arena") / 2))
}

# Ids of events are not used again as long as there are new ones: the tables of events grow, by 128 bytes for each at most.
next_id()
{
	program >"$work/program"
	cli cat events/many/event0/id
	remove_events
}

run_for()
{
	running=
	rm -f "$work/stop"
	for _ in 1 2 3 4; do
		until_stopped make_and_remove
	done
	until_stopped make_and_remove_by_command
	until_stopped enable_events
	until_stopped read_traces
	until_stopped list_all
	until_stopped walk_all
	until_stopped program
	until_stopped remove_events
	sleep "$1"
	: >"$work/stop"
	for pid in $running; do
		wait "$pid"
	done
	for name in $names; do
		rmdir "$mnt/instances/$name" 2>/dev/null
	done
	cli write dynamic_events ''
}

# The tables grow with the first use.
run_for 2
first=$(next_id)
before=$(held_kb)
run_for "$seconds"
expect 'all instances are gone' '' "$(ls "$mnt/instances")"
expect 'for the command, too' '' "$(cli ls instances)"
expect 'all events are gone' '' "$(cat "$mnt/available_events")"
soon 'the mount has forgotten them' says '' find "$mnt/events" -name 'many*'
last=$(next_id)
after=$(held_kb)
echo "      the arena held $before KiB, now $after KiB; $((last - first)) events came and went"
succeeds 'no memory is held' [ "$after" -le $((before + 64 + (last - first) / 8)) ]
expect 'the tree works' 1 "$(cat "$mnt/tracing_on")"
succeeds 'an instance can be made' mkdir "$mnt/instances/a"
succeeds 'and removed' rmdir "$mnt/instances/a"
cli fsck >"$work/found"
expect 'fsck finds nothing' 0 $?
cat "$work/found"
finish
