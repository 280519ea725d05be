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
expect 'it is gone at once' ENOENT "$(probe access "$mnt/rooms/a")"
echo 'add a' >"$mnt/behind"
expect 'another one of that name' OK "$(probe access "$mnt/rooms/a/door")"
succeeds 'is another one' not says "$old" cat "$mnt/rooms/a/door"

# Listings that the kernel keeps, but not for longer than they are right.
i=0
wrong=0
while [ $i -lt 100 ]; do
	printf 'add b' >"$mnt/behind"
	[ "$(ls "$mnt/rooms" | tr '\n' ' ')" = 'a b ' ] || wrong=$((wrong + 1))
	printf 'remove b' >"$mnt/behind"
	[ "$(ls "$mnt/rooms")" = a ] || wrong=$((wrong + 1))
	i=$((i + 1))
done
expect 'a listing is never an old one' 0 $wrong

# Gone and back before the mount can hear of it, many times.
i=0
found=0
while [ $i -lt 100 ]; do
	printf 'remove a' >"$mnt/behind"
	printf 'add a' >"$mnt/behind"
	read -r _ <"$mnt/rooms/a/door" && found=$((found + 1))
	i=$((i + 1))
done
expect 'the new one is found each time' 100 $found

# Names that the kernel keeps, until it is told.
echo 'add kept' >"$mnt/behind"
expect 'a kept name' OK "$(probe access "$mnt/rooms/kept/door")"
echo 'remove kept' >"$mnt/behind"
expect 'does not open when it has gone' ENOENT "$(probe open "$mnt/rooms/kept/door" r)"
soon 'and is forgotten' says ENOENT probe access "$mnt/rooms/kept/door"
echo 'add kept' >"$mnt/behind"
soon 'another one' says OK probe open "$mnt/rooms/kept/door" r

# Removed through the mount, added by others, and the other way round.
succeeds 'rmdir' rmdir "$mnt/rooms/a"
expect 'gone at once' ENOENT "$(probe access "$mnt/rooms/a")"
echo 'add a' >"$mnt/behind"
expect 'back at once' OK "$(probe access "$mnt/rooms/a")"
echo 'remove a' >"$mnt/behind"
expect 'gone at once' ENOENT "$(probe access "$mnt/rooms/a")"
succeeds 'mkdir' mkdir "$mnt/rooms/a"

# An open file pins its room, whoever wants to remove it.
"$UTFS_PROBE" hold "$mnt/rooms/a/door" r >"$work/hold" &
holder=$!
children="$children $holder"
soon 'the door is open' grep -q open "$work/hold"
expect 'rmdir: EBUSY' EBUSY "$(probe rmdir "$mnt/rooms/a")"
expect 'for others as well' EBUSY "$(probe write "$mnt/behind" 'remove a')"
kill $holder
wait $holder 2>/dev/null
succeeds 'closed, it goes' rmdir "$mnt/rooms/a"
# close(2) returns before the mount hears of it.
i=0
removed=0
while [ $i -lt 100 ]; do
	mkdir "$mnt/rooms/a"
	read -r _ <"$mnt/rooms/a/door"
	rmdir "$mnt/rooms/a" && removed=$((removed + 1))
	i=$((i + 1))
done
expect 'what has been closed is never busy' 100 $removed

# Changes that the mount missed: it forgets everything.
expect 'the kernel knows the name' OK "$(probe access "$mnt/rooms/kept")"
echo 'overflow kept' >"$mnt/behind"
soon 'a removal among too many changes is seen' says ENOENT probe access "$mnt/rooms/kept"
expect 'all else is still there' OK "$(probe access "$mnt/many/d7/id")"

# Lookups while names come and go.
i=0
while [ $i -lt 30 ]; do
	echo "add kept-too" >"$mnt/behind"
	ls -l "$mnt/rooms/kept-too" >/dev/null 2>&1 &
	echo "remove kept-too" >"$mnt/behind" 2>/dev/null || :
	wait $!
	i=$((i + 1))
done
probe write "$mnt/behind" 'remove kept-too' >/dev/null
soon 'no lookup under way brings a name back' says ENOENT probe access "$mnt/rooms/kept-too"
finish
