#!/bin/sh
# SPDX-License-Identifier: MIT
# The command and a mount on one arena: each sees what the other does.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

needs_fuse

expect 'mount prints nothing, and the tree is there when it returns' '' "$(mount_tree 2>&1; ls "$mnt/trace" 2>&1 | grep -v "^$mnt/trace$")"
expect 'the same names' "$(cli ls)" "$(ls -A "$mnt")"
expect 'with the same attributes' "$(cli ls -l | awk '{ print $1, $3, $4, $5, $6 }')" \
	"$(ls -lA "$mnt" | awk 'NR > 1 { print $1, $3, $4, $5, $9 }')"

expect 'no such instance yet' ENOENT "$(probe access "$mnt/instances/a")"
succeeds 'the command makes it' cli mkdir instances/a
expect 'the mount has it at once' OK "$(probe access "$mnt/instances/a")"
expect 'with its files' 1 "$(cat "$mnt/instances/a/tracing_on")"
ls -lR "$mnt/instances/a" >/dev/null
succeeds 'the command removes it' cli rmdir instances/a
expect 'its files cannot be opened any more' ENOENT "$(probe open "$mnt/instances/a/tracing_on" r)"
expect 'it is not listed' '' "$(ls "$mnt/instances")"
expect 'it is gone from the mount' ENOENT "$(probe access "$mnt/instances/a")"
succeeds 'made through the mount' mkdir "$mnt/instances/a"
expect 'the command lists it' a "$(cli ls instances)"
expect 'made again by the command' 'utracefs: instances/a: File exists' "$(cli mkdir instances/a 2>&1)"
succeeds 'removed through the mount' rmdir "$mnt/instances/a"
expect 'gone for the command' 'utracefs: instances/a: No such file or directory' "$(cli ls instances/a 2>&1)"

echo 0 >"$mnt/tracing_on"
expect 'a value written in the mount' 0 "$(cli cat tracing_on)"
cli write tracing_on 1
expect 'a value written by the command' 1 "$(cat "$mnt/tracing_on")"
echo 'from the mount' >"$mnt/trace_marker"
cli write trace_marker from the command
expect 'both messages, for the command' 2 "$(cli cat trace | grep -c 'tracing_mark_write: from the')"
expect 'the same text in the mount' "$(cli cat trace)" "$(cat "$mnt/trace")"
echo more >>"$mnt/trace"
expect 'O_APPEND of trace keeps it' 2 "$(grep -c from "$mnt/trace")"
: >"$mnt/trace"
expect 'O_TRUNC empties it, for both' 0 "$(cli cat trace | grep -c from)"

# What is open pins its instance, for everybody.
cli mkdir instances/pinned
"$UTFS_PROBE" hold "$mnt/instances/pinned/trace" r >"$work/hold" &
holder=$!
children="$children $holder"
soon 'open in the mount' grep -q open "$work/hold"
expect 'the command may not remove it' 'utracefs: instances/pinned: Device or resource busy 1' \
	"$(outcome cli rmdir instances/pinned)"
expect 'nor may the mount' EBUSY "$(probe rmdir "$mnt/instances/pinned")"
kill $holder
wait $holder 2>/dev/null
succeeds 'closed: removed' cli rmdir instances/pinned
cli mkdir instances/pinned
cli write instances/pinned/trace_marker here
"$UTFS_CLI" cat instances/pinned/trace_pipe >"$work/pipe" &
holder=$!
children="$children $holder"
soon 'a command reads' grep -q here "$work/pipe"
expect 'the mount may not remove what a command has open' EBUSY "$(probe rmdir "$mnt/instances/pinned")"
kill -9 $holder
soon 'killed: what it held is free' says OK probe rmdir "$mnt/instances/pinned"

i=0
got=0
while [ $i -lt 30 ]; do
	probe read "$mnt/trace_pipe" 1 rn >"$work/once"
	grep -q EAGAIN "$work/once" && got=$((got + 1))
	i=$((i + 1))
done
expect 'trace_pipe can be opened again and again' 30 $got

# A second mount of the same arena.
mkdir "$work/mnt2"
succeeds 'a second mount' cli mount "$work/mnt2"
ls -l "$mnt/instances" "$work/mnt2/instances" >/dev/null
mkdir "$mnt/instances/shared"
expect 'sees what the first makes' OK "$(probe access "$work/mnt2/instances/shared")"
rmdir "$work/mnt2/instances/shared"
expect 'and the first what the second removes' ENOENT "$(probe open "$mnt/instances/shared/trace" r)"
expect 'by name, too' ENOENT "$(probe access "$mnt/instances/shared")"
# Again and again under one name.
i=0
found=0
while [ $i -lt 30 ]; do
	cli mkdir instances/again
	probe open "$mnt/instances/again/trace" r >"$work/again"
	cli rmdir instances/again
	grep -q OK "$work/again" && ! [ -e "$mnt/instances/again" ] && found=$((found + 1))
	i=$((i + 1))
done
expect 'the one that is there is found, the one that has gone is not' 30 $found
succeeds 'the second one goes' cli umount "$work/mnt2"
expect 'the first one stays' 1 "$(cat "$mnt/tracing_on")"
finish
