#!/bin/sh
# SPDX-License-Identifier: MIT
# A full file system, seen through a mount: ENOSPC for the one who asks, and nothing is changed. (Every operation, page by page:
# the unit test `full`.)
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
needs_fuse
if ! mount -t tmpfs -o size=8m,mode=700 none "$work/domain" 2>/dev/null; then
	skip 'a tmpfs cannot be mounted here'
fi
UTRACEFS_ARENA_SIZE=64M
export UTRACEFS_ARENA_SIZE
mount_tree
mkfifo "$work/orders"
"$UTFS_EVENTS" 1 <"$work/orders" >"$work/application" &
children="$children $!"
exec 9>"$work/orders"
soon 'an application' grep -q ready "$work/application"
echo 20 >"$mnt/buffer_size_kb"
echo 1 >"$mnt/events/many/enable"
mkdir "$mnt/instances/one"
fill()
{
	dd if=/dev/zero of="$work/domain/ballast" bs=4096 2>/dev/null
	expect 'there is no room' 0 "$(stat -f -c %f "$work/domain")"
}

# nospace FILE TEXT
nospace()
{
	_before=$(cat "$mnt/$1" 2>/dev/null)
	expect "$1 < '$2'" ENOSPC "$(probe write "$mnt/$1" "$2")"
	expect "$1 is as it was" "$_before" "$(cat "$mnt/$1" 2>/dev/null)"
}

fill
nospace buffer_size_kb 400
nospace buffer_subbuf_size_kb 64
nospace snapshot 1
nospace saved_cmdlines_size 30000
nospace events/many/event0/trigger hist:keys=n
nospace instances/one/events/many/event0/enable 1
nospace instances/one/trace_marker hello
made=0
while [ "$(probe mkdir "$mnt/instances/i$made")" != ENOSPC ] && [ $made -lt 20 ]; do
	made=$((made + 1))
done
expect 'as many instances as the table has room for' "$((made + 1))" "$(find "$mnt/instances" -mindepth 1 -maxdepth 1 | wc -l)"
succeeds 'which is less than 20' [ $made -lt 20 ]
echo 100000 >&9
soon 'events are written all the time' grep -q written "$work/application"
succeeds 'and read' grep -q event0 "$mnt/trace"
"$UTFS_EVENTS" 400 </dev/null >/dev/null 2>&1
expect 'an application whose events have no room does without' 1 $?
succeeds 'a check finds nothing' cli fsck
rm "$work/domain/ballast"
for try in 'buffer_size_kb 400' 'snapshot 1' 'events/many/event0/trigger hist:keys=n' 'instances/one/events/many/event0/enable 1'; do
	expect "with room: $try" "${#try}" "$(probe write "$mnt/${try% *}" "${try#* }" | awk -v path="${try% *} " '{ print $1 + length(path) }')"
done
succeeds 'a check finds nothing then, too' cli fsck
finish
