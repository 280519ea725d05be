#!/bin/sh
# SPDX-License-Identifier: MIT
# Something mounted on an instance: rmdir through the mount is EBUSY; a removal behind its back takes the mount away with the instance.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

mount_tree
mkdir "$work/elsewhere" "$mnt/instances/a"
if ! mount -t tmpfs none "$mnt/instances/a" 2>/dev/null; then
	skip 'nothing can be mounted here'
fi

mounts()
{
	grep -c " $mnt/instances/a " /proc/self/mountinfo
}

expect 'rmdir: EBUSY' EBUSY "$(probe rmdir "$mnt/instances/a")"
expect 'nothing was removed' a "$(cli ls instances)"
umount "$mnt/instances/a"
succeeds 'unmounted, it goes' rmdir "$mnt/instances/a"

mkdir "$mnt/instances/a"
mount -t tmpfs none "$mnt/instances/a"
: >"$mnt/instances/a/file"
"$UTFS_PROBE" hold "$mnt/instances/a/file" r >"$work/hold" &
holder=$!
children="$children $holder"
soon 'a file there is open' grep -q open "$work/hold"
expect 'busy' EBUSY "$(probe rmdir "$mnt/instances/a")"
umount -l "$mnt/instances/a"
succeeds 'lazily unmounted, it goes, whoever has something open there' rmdir "$mnt/instances/a"

mkdir "$mnt/instances/a"
mount -t tmpfs none "$mnt/instances/a"
# Mounts below a shared one cannot be moved: ours is made private.
mount --make-private "$mnt" 2>/dev/null
mount --make-private "$mnt/instances/a" 2>/dev/null
if mount --move "$mnt/instances/a" "$work/elsewhere" 2>/dev/null; then
	succeeds 'moved away: it goes' rmdir "$mnt/instances/a"
	umount "$work/elsewhere"
	mkdir "$mnt/instances/a"
else
	umount "$mnt/instances/a"
fi

# Behind the mount's back. The kernel takes away what is mounted on a name that has gone.
mount -t tmpfs none "$mnt/instances/a"
: >"$mnt/instances/a/file"
succeeds 'a command removes the instance' cli rmdir instances/a
soon 'what was mounted on it goes with it' says 0 mounts
expect 'no such directory' ENOENT "$(probe access "$mnt/instances/a")"
succeeds 'the name is free' mkdir "$mnt/instances/a"
expect 'and leads to an instance' 1 "$(cat "$mnt/instances/a/tracing_on")"
cli mkdir instances/b
mount -t tmpfs none "$mnt/instances/b"
cli rmdir instances/b
cli mkdir instances/b
soon 'gone and back: the new one is not covered' says 1 cat "$mnt/instances/b/tracing_on"

# In a mount namespace of somebody else's it counts for him only, as everywhere in Linux.
unshare -m sh -c "mount -t tmpfs none '$mnt/instances/a' && echo mounted && exec sleep 60" >"$work/other" 2>/dev/null &
other=$!
children="$children $other"
soon 'mounted in another namespace' grep -q mounted "$work/other"
expect 'there, not here' 1 "$(cat "$mnt/instances/a/tracing_on")"
succeeds 'it does not keep rmdir away' rmdir "$mnt/instances/a"
expect 'nor does it outlive it' 0 "$(grep -c " $mnt/instances/a " "/proc/$other/mountinfo")"
kill $other
finish
