#!/bin/sh
# SPDX-License-Identifier: MIT
# 2,000 events, 100 instances: the server's memory does not depend on what was looked at.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

needs_fuse
"$UTFS_EVENTS" 2000 </dev/null >"$work/events"
expect 'two thousand events are registered' ready "$(cat "$work/events")"
i=0
instances=
while [ $i -lt 100 ]; do
	instances="$instances instances/i$i"
	i=$((i + 1))
done
# shellcheck disable=SC2086
succeeds 'a hundred instances' cli mkdir $instances
mount_tree
server=$(server_pids)

# Every name once, in parts; the kernel's caches are not the server's.
walk()
{
	find "$mnt/events" >"$work/root"
	find "$mnt/instances" -maxdepth 2 >"$work/instances"
	for instance in 0 99; do
		ls -lR "$mnt/instances/i$instance" >"$work/instance$instance"
	done
	cat "$mnt"/events/many/event1*/id >"$work/ids"
}
ls -lR "$mnt/instances/i1" >/dev/null
cat "$mnt"/events/many/event1*/id >/dev/null
before=$(resident_pages "$server")
walk
expect 'every event in the root' 2000 "$(grep -c "/many/event[0-9]*\$" "$work/root")"
expect 'every instance' 100 "$(grep -c "/instances/i[0-9]*\$" "$work/instances")"
expect 'every event in an instance' 2000 "$(grep -c "/events/many/event[0-9]*:\$" "$work/instance99")"
expect 'ids are their own' 1111 "$(sort -u "$work/ids" | wc -l | tr -d ' ')"
stays_small 'as big as before' "$server" "$before"
finish
