#!/bin/sh
# SPDX-License-Identifier: MIT
# A user without privileges mounts, through fusermount3. Needs root to become one, and a /dev/fuse that users may open.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

needs_fuse
if [ "$(id -u)" != 0 ]; then
	skip 'the other tests run as a user already'
fi
needs setpriv unshare fusermount3
if [ "${UTFS_TEST_USER-}" = '' ]; then
	UTFS_TEST_USER=65534 exec unshare -m --propagation private "$0"
fi
if ! { mknod "$work/fuse" c 10 229 && chmod 666 "$work/fuse" && mount --bind "$work/fuse" /dev/fuse; } 2>/dev/null; then
	skip 'no /dev/fuse for users can be made here'
fi

# Copies, because the build may lie where a user cannot go.
chmod 755 "$work"
mkdir "$work/bin"
cp "$UTFS_CLI" "$work/bin/utracefs"
cp "$UTFS_PROBE" "$work/bin/probe"
chown 65534:65534 "$work/domain" "$mnt"

as_user()
{
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

succeeds 'a user mounts' as_user "$work/bin/utracefs" mount "$mnt"
expect 'the tree is his' 65534:65534 "$(as_user stat -c %u:%g "$mnt/trace")"
expect 'it works' 1 "$(as_user cat "$mnt/tracing_on")"
succeeds 'mkdir' as_user mkdir "$mnt/instances/i"
succeeds 'rmdir by the command' as_user "$work/bin/utracefs" rmdir instances/i
expect 'gone from the mount' ENOENT "$(as_user "$work/bin/probe" access "$mnt/instances/i")"
as_user cat "$mnt/trace_pipe" >/dev/null 2>&1 &
reader=$!
children="$children $reader"
sleep 0.3
succeeds 'he unmounts, while a read waits' as_user "$work/bin/utracefs" umount "$mnt"
soon 'the reader ends' is_dead $reader
expect 'nothing is mounted' '' "$(grep " $mnt " /proc/self/mountinfo)"
succeeds 'he mounts again' as_user "$work/bin/utracefs" mount "$mnt"
kill -9 "$(server_pids)"
soon 'the server is killed' says ENOTCONN as_user "$work/bin/probe" open "$mnt/trace" r
succeeds 'he heals the mount' as_user "$work/bin/utracefs" mount "$mnt"
expect 'it works' 1 "$(as_user cat "$mnt/tracing_on")"
kill -TERM "$(server_pids)"
soon 'SIGTERM unmounts' not is_mounted
succeeds 'and once more' as_user "$work/bin/utracefs" mount "$mnt"
expect 'allow_other is not his to give' 1 "$(as_user "$work/bin/utracefs" umount "$mnt"
	as_user "$work/bin/utracefs" mount -o allow_other "$mnt" >/dev/null 2>&1; echo $?)"
finish
