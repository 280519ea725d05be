#!/bin/sh
# SPDX-License-Identifier: MIT
# A tree that a group shares: services of two users trace into it, a third user is kept out, of the arena and of root's mount, whose owner,
# group and modes are what its options, chmod and chown say. Needs root, to be several users.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${UTFS_EMITTER:?}"

needs_fuse
if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null; then
	skip 'only root can be several users'
fi

# As another user: USER GROUP COMMAND...
as()
{
	_user=$1
	_group=$2
	shift 2
	setpriv --reuid "$_user" --regid "$_group" --clear-groups "$@"
}

chmod 711 "$work"
if ! as 2001 4242 "$UTFS_CLI" version >/dev/null 2>&1 || ! as 2001 4242 test -x "$UTFS_EMITTER"; then
	skip 'other users cannot run what was built here'
fi
UTRACEFS_DIR=$work/shared
cli init --gid=4242
as 2001 4242 "$UTFS_EMITTER" ticks 1 1 >/dev/null

# Members of the group read; the operator, who owns the mount, steers.
mount_tree -o uid=2003,gid=4242,mode=0750
expect 'everything is theirs' '2003:4242 2003:4242 2003:4242 2003:4242' \
	"$(stat -c %u:%g "$mnt" "$mnt/trace" "$mnt/events/load/tick/enable" "$mnt/per_cpu/cpu0" | tr '\n' ' ' | sed 's/ $//')"
expect 'modes are those of the kernel, that of the mount as asked for' '750 640 440 755' \
	"$(stat -c %a "$mnt" "$mnt/trace" "$mnt/trace_pipe" "$mnt/events" | tr '\n' ' ' | sed 's/ $//')"
expect 'the operator enables' 1 "$(as 2003 4242 "$UTFS_PROBE" write "$mnt/events/load/tick/enable" 1)"
expect 'a member may not' EACCES "$(as 2001 4242 "$UTFS_PROBE" write "$mnt/events/load/tick/enable" 0)"
as 2001 4242 "$UTFS_EMITTER" ticks 2 500 >"$work/said1" &
one=$!
as 2002 4242 "$UTFS_EMITTER" ticks 2 700 >"$work/said2" &
two=$!
wait $one $two
pids()
{
	sed -n 's/^writer [0-9]* pid \([0-9]*\) .*/\1/p' "$@" | sort
}
expect 'what services of both users write is in one trace' 2400 "$(as 2003 4242 grep -c ': tick: ' "$mnt/trace")"
expect 'each under its own thread' "$(pids "$work/said1" "$work/said2")" \
	"$(sed -n 's/^ *emitter-\([0-9]*\) .*: tick: .*/\1/p' "$mnt/trace" | sort -u)"
expect 'a member reads it' 2400 "$(as 2002 4242 grep -c ': tick: ' "$mnt/trace")"
as 2002 4242 sh -c 'echo from a member >"$1"' sh "$mnt/trace_marker"
expect 'and writes markers' 1 "$(as 2001 4242 grep -c 'tracing_mark_write: from a member' "$mnt/trace")"
expect 'but makes no instance' EACCES "$(as 2001 4242 "$UTFS_PROBE" mkdir "$mnt/instances/member")"
succeeds 'the operator does' as 2003 4242 mkdir "$mnt/instances/operator"
succeeds 'and removes it' as 2003 4242 rmdir "$mnt/instances/operator"

# Who is neither.
for path in trace tracing_on events/load/tick/enable instances; do
	expect "a third user: $path" EACCES "$(as 2004 4343 "$UTFS_PROBE" access "$mnt/$path")"
done
expect 'also to write' EACCES "$(as 2004 4343 "$UTFS_PROBE" write "$mnt/trace_marker" x)"
expect 'the arena itself is closed to him' EACCES "$(as 2004 4343 "$UTFS_PROBE" open "$work/shared/arena" r)"
expect 'his programs run without it' 'emitter: not traced: No such device 1' "$(outcome as 2004 4343 "$UTFS_EMITTER" ticks 1 1)"
expect 'what he tried has changed nothing' '2400 1' "$(grep -c ': tick: ' "$mnt/trace") $(cat "$mnt/tracing_on")"

# chmod and chown, by root and by the owner, stay as long as the mount.
succeeds 'the operator opens a file to the group' as 2003 4242 chmod 660 "$mnt/events/load/tick/enable"
expect 'a member may now' 1 "$(as 2001 4242 "$UTFS_PROBE" write "$mnt/events/load/tick/enable" 0)"
expect 'and does' 0 "$(cat "$mnt/events/load/tick/enable")"
expect 'no other' EACCES "$(as 2001 4242 "$UTFS_PROBE" write "$mnt/events/load/texts/enable" 1)"
expect 'a member is not the owner' EPERM "$(as 2001 4242 "$UTFS_PROBE" chmod "$mnt/tracing_on" 0666)"
chown 2001 "$mnt/tracing_on"
expect 'given to a member' 1 "$(as 2001 4242 "$UTFS_PROBE" write "$mnt/tracing_on" 0)"
expect 'it is no longer the operator'\''s' EACCES "$(as 2003 4343 "$UTFS_PROBE" write "$mnt/tracing_on" 1)"
echo 3 >/proc/sys/vm/drop_caches 2>/dev/null
expect 'it stays so' '660 2003, 640 2001' \
	"$(stat -c '%a %u' "$mnt/events/load/tick/enable" "$mnt/tracing_on" | tr '\n' ',' | sed 's/,$//; s/,/, /')"
succeeds 'umount' cli umount "$mnt"
mount_tree -o gid=4242,mode=0750
expect 'the next mount begins anew' '640 0:4242' "$(stat -c '%a %u:%g' "$mnt/tracing_on")"
expect 'the tree does not' 0 "$(as 2002 4242 cat "$mnt/tracing_on")"

# A mount whose server was killed: the next one heals it.
kill -9 "$(server_pids)"
soon 'the server is dead' says ENOTCONN probe open "$mnt/trace" r
mount_tree -o uid=2002,gid=4242,mode=0700
expect 'healed, with its own options' '700 2002:4242' "$(stat -c '%a %u:%g' "$mnt")"
expect 'whose owner alone gets in now' '0 EACCES' \
	"$(as 2002 4242 cat "$mnt/tracing_on") $(as 2001 4242 "$UTFS_PROBE" access "$mnt/tracing_on")"
finish
