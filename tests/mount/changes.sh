#!/bin/sh
# SPDX-License-Identifier: MIT
# Names that come and go behind the mount's back, as other front ends make them.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

mount_toy

expect 'a missing room' ENOENT "$(probe access "$mnt/rooms/a")"
echo 'add a' >"$mnt/behind"
expect 'is there at once when somebody makes it' OK "$(probe access "$mnt/rooms/a")"
expect 'with what is in it' OK "$(probe access "$mnt/rooms/a/door")"
expect 'and listed' a "$(ls "$mnt/rooms")"
old=$(cat "$mnt/rooms/a/door")

echo 'remove a' >"$mnt/behind"
expect 'its files cannot be opened any more' ENOENT "$(probe open "$mnt/rooms/a/door" r)"
expect 'it is not listed' '' "$(ls "$mnt/rooms")"
soon 'it is gone' says ENOENT probe access "$mnt/rooms/a"
echo 'add a' >"$mnt/behind"
expect 'another one of that name' OK "$(probe access "$mnt/rooms/a/door")"
soon 'is another one' not says "$old" cat "$mnt/rooms/a/door"

# Gone and back before the mount hears of it.
echo 'remove a' >"$mnt/behind"
echo 'add a' >"$mnt/behind"
soon 'the new one is found' probe read "$mnt/rooms/a/door" 10
soon 'and is alive' says OK probe open "$mnt/rooms/a/door" r

# Removed through the mount, added by others, and the other way round.
succeeds 'rmdir' rmdir "$mnt/rooms/a"
expect 'gone at once' ENOENT "$(probe access "$mnt/rooms/a")"
echo 'add a' >"$mnt/behind"
expect 'back at once' OK "$(probe access "$mnt/rooms/a")"
echo 'remove a' >"$mnt/behind"
soon 'gone' says ENOENT probe access "$mnt/rooms/a"
succeeds 'mkdir' mkdir "$mnt/rooms/a"

# An open file pins its room, whoever wants to remove it.
"$UTFS_PROBE" hold "$mnt/rooms/a/door" r >"$work/hold" &
holder=$!
children="$children $holder"
soon 'the door is open' grep -q open "$work/hold"
expect 'rmdir: EBUSY' EBUSY "$(probe rmdir "$mnt/rooms/a")"
expect 'for others as well' EBUSY "$(probe write "$mnt/behind" 'remove a')"
kill $holder
soon 'closed, it goes' sh -c 'rmdir "$1" || ! [ -e "$1" ]' sh "$mnt/rooms/a"

# Changes that the mount missed: it forgets everything.
mkdir "$mnt/rooms/b"
cat "$mnt/rooms/b/door" >/dev/null
echo 'overflow b' >"$mnt/behind"
soon 'a removal among too many changes is seen' says ENOENT probe access "$mnt/rooms/b"
expect 'all else is still there' OK "$(probe access "$mnt/many/d7/id")"

# Lookups while names come and go.
i=0
while [ $i -lt 30 ]; do
	echo "add c" >"$mnt/behind"
	ls -l "$mnt/rooms/c" >/dev/null 2>&1 &
	echo "remove c" >"$mnt/behind" 2>/dev/null || :
	wait $!
	i=$((i + 1))
done
probe write "$mnt/behind" 'remove c' >/dev/null
soon 'no lookup under way brings a name back' says ENOENT probe access "$mnt/rooms/c"
finish
