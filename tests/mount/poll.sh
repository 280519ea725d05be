#!/bin/sh
# SPDX-License-Identifier: MIT
# poll and epoll through the mount.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

mount_toy

expect 'nothing there: poll waits out its time' none "$(probe poll "$mnt/pipe" 200)"
expect 'a value is always ready' in "$(probe poll "$mnt/value" 0)"
echo x >"$mnt/feed"
expect 'data is there: at once' in "$(probe poll "$mnt/pipe" 10000)"
expect 'and still there' in "$(probe poll "$mnt/pipe" 0)"
cat "$mnt/pipe" >/dev/null &
children="$children $!"
soon 'it is read' says none probe poll "$mnt/pipe" 0
kill $!

timeout 10 "$UTFS_PROBE" poll "$mnt/pipe" 10000 >"$work/poll" &
waiter=$!
sleep 0.3
expect 'poll waits' '' "$(cat "$work/poll")"
echo y >"$mnt/feed"
wait $waiter
expect 'and wakes when data comes' in "$(cat "$work/poll")"
expect 'which is then read' 'y\n' "$(probe read "$mnt/pipe" 100)"

# Edge-triggered: each must be told, though nobody asks in between.
timeout 20 "$UTFS_PROBE" edges "$mnt/pipe" 3 >"$work/edges" &
waiter=$!
soon 'epoll waits' grep -q waiting "$work/edges"
for n in 1 2 3; do
	printf "%0${n}d" 0 >"$mnt/feed"
	soon "edge $n is told" grep -qx "$n" "$work/edges"
done
wait $waiter
expect 'epoll ended' 0 $?

# Many polls that end without data leave nothing behind that stops the mount.
for i in 1 2 3 4 5 6 7 8 9 10; do
	probe poll "$mnt/pipe" 10 >/dev/null
done
echo z >"$mnt/feed"
expect 'after ten that timed out' in "$(probe poll "$mnt/pipe" 10000)"
finish
