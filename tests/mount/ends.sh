#!/bin/sh
# SPDX-License-Identifier: MIT
# How a mount ends: signals, umount, kill -9, and what is mounted over that.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# $1: what ends the mount; a reader waits meanwhile
with_reader()
{
	what=$1
	shift
	mount_toy
	cat "$mnt/pipe" >"$work/reader" 2>&1 &
	reader=$!
	children="$children $reader"
	"$UTFS_PROBE" hold "$mnt/rooms" r >/dev/null &
	children="$children $!"
	sleep 0.2
	"$@"
	wait $toy
	expect "$what: the server ends well, with every file closed" 0 $?
	soon "$what: the reader ends" is_dead $reader
	expect "$what: nothing is mounted" '' "$(grep " $mnt " /proc/self/mountinfo)"
}

terminate()
{
	kill "-$1" "$toy"
}

with_reader SIGTERM terminate TERM
with_reader SIGHUP terminate HUP
with_reader 'utracefs umount' cli umount "$mnt"

mount_toy
succeeds 'umount(8) of an idle mount' umount "$mnt"
wait $toy
expect 'umount(8): the server ends well' 0 $?

mount_toy
succeeds 'fusermount3' fusermount3 -u "$mnt"
wait $toy
expect 'fusermount3: the server ends well' 0 $?

# Again and again at the same place: an old server must not take the new mount away.
i=0
while [ $i -lt 5 ]; do
	mount_toy >/dev/null
	cli umount "$mnt" || break
	i=$((i + 1))
done
expect 'five mounts and umounts in a row' 5 $i
mount_toy
sleep 0.2
succeeds 'the next one stays' ls "$mnt"
expect 'a second one at the same place is refused' "$mnt: already mounted" "$("$UTFS_TOY" "$mnt" 2>&1)"
succeeds 'which leaves the first alone' ls "$mnt"

# Killed while somebody waits.
cat "$mnt/pipe" >/dev/null 2>&1 &
reader=$!
sleep 0.2
ls -l "$mnt" >/dev/null
kill -9 $toy
wait $toy 2>/dev/null
soon 'kill -9: the reader ends' is_dead $reader
expect 'kill -9 leaves a dead mount' ENOTCONN "$(probe open "$mnt/value" r)"
mount_toy
expect 'the next mount heals it' OK "$(probe open "$mnt/value" r)"
expect 'there is one mount' 1 "$(grep -c " $mnt " /proc/self/mountinfo)"
kill -9 $toy
wait $toy 2>/dev/null
succeeds 'umount of a dead mount' cli umount "$mnt"
expect 'nothing is left' '' "$(grep " $mnt " /proc/self/mountinfo)"

cli umount "$mnt" 2>"$work/error"
expect 'umount of nothing fails' 1 $?
expect 'and says so' "utracefs: $mnt: no utracefs is mounted there" "$(cat "$work/error")"
finish
