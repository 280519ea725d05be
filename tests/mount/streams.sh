#!/bin/sh
# SPDX-License-Identifier: MIT
# trace_pipe and trace_pipe_raw through a mount.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

mount_tree

cat "$mnt/trace_pipe" >"$work/pipe" &
reader=$!
children="$children $reader"
sleep 0.3
cli write trace_marker first
soon 'a waiting cat gets the first event, from another process' grep -q 'tracing_mark_write: first' "$work/pipe"
echo second >"$mnt/trace_marker"
soon 'and the next, through the mount' grep -q 'tracing_mark_write: second' "$work/pipe"
expect 'a second reader: EBUSY' EBUSY "$(probe open "$mnt/trace_pipe" r)"
expect 'also for the command' 'utracefs: trace_pipe: Device or resource busy' "$(cli cat trace_pipe 2>&1)"
kill $reader
soon 'closed with its reader' says OK probe open "$mnt/trace_pipe" r
timeout --preserve-status -k 5 -s INT 0.3 cat "$mnt/trace_pipe"
expect 'Ctrl-C ends a waiting cat' 130 $?
timeout -k 5 1 cat "$mnt/trace_pipe"
expect 'timeout ends it' 124 $?

expect 'poll: nothing' none "$(probe poll "$mnt/trace_pipe" 200)"
timeout 10 "$UTFS_PROBE" poll "$mnt/trace_pipe" 10000 >"$work/poll" &
poller=$!
sleep 0.3
cli write trace_marker polled
wait $poller
expect 'poll wakes' in "$(cat "$work/poll")"
timeout -s INT 0.5 cat "$mnt/trace_pipe" >"$work/pipe"
expect 'the event is still there, once' 1 "$(grep -c polled "$work/pipe")"

# Readers and removal; the reader waits in an instance.
mkdir "$mnt/instances/i"
cat "$mnt/instances/i/trace_pipe" >"$work/pipe" &
reader=$!
children="$children $reader"
echo in i >"$mnt/instances/i/trace_marker"
soon 'a reader of an instance gets its events' grep -q 'in i' "$work/pipe"
expect 'and pins it while it waits' EBUSY "$(probe rmdir "$mnt/instances/i")"

# Events of an application, through pages.
mkfifo "$work/fifo"
"$UTFS_EVENTS" 1 <"$work/fifo" >"$work/events" &
children="$children $!"
exec 3>"$work/fifo"
soon 'the application is there' grep -q ready "$work/events"
echo 1 >"$mnt/events/many/event0/enable"
echo 1000 >&3
soon 'it wrote its events' grep -q written "$work/events"
pages=0
for cpu in "$mnt"/per_cpu/cpu*; do
	for n in $(timeout 10 "$UTFS_PROBE" splice "$cpu/trace_pipe_raw" 65536 65536); do
		[ "$n" = EAGAIN ] || pages=$((pages + n / 4096))
	done
done
# 1000 events of 16 to 20 bytes, 4080 bytes to a page
expect 'splice gives whole pages' 1 $((pages >= 3 && pages <= 5))
# A page that is not full stays, as in the kernel.
left=$(grep -c event0 "$mnt/trace")
expect 'and took them out of the trace' 1 $((left < 1000 && left + pages * 255 >= 1000))

# The end, with the reader still waiting.
succeeds 'umount while a read waits' cli umount "$mnt"
soon 'ends the reader' is_dead $reader
expect 'nothing is mounted' '' "$(grep " $mnt " /proc/self/mountinfo)"
soon 'nobody holds the instance' says '' cli rmdir instances/i
finish
