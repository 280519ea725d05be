#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs init: an arena ahead of use, for one user or for a group. The group's part needs root, to be several users.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${UTFS_EMITTER:?}"

modes()
{
	stat -c %a "$1" "$1/arena" | tr '\n' ' '
}

# refused WHAT MESSAGE OPTIONS...: status 1, just this message, and nothing is made or changed
refused()
{
	_what=$1
	_message=$2
	shift 2
	find "$work" -path "$mnt" -prune -o -printf '%p %m %g %s %T@ %C@\n' | sort >"$work.before"
	expect "$_what" "utracefs: $_message 1" "$(outcome cli init "$@")"
	find "$work" -path "$mnt" -prune -o -printf '%p %m %g %s %T@ %C@\n' | sort >"$work.after"
	succeeds "$_what: nothing is changed" cmp "$work.before" "$work.after"
	rm "$work.before" "$work.after"
}

# As another user: USER GROUP COMMAND...
as()
{
	_user=$1
	_group=$2
	shift 2
	setpriv --reuid "$_user" --regid "$_group" --clear-groups "$@"
}

UTRACEFS_DIR=$work/own
expect 'says nothing' ' 0' "$(outcome cli init)"
expect 'for its user alone' '700 600 ' "$(modes "$work/own")"
expect 'is used' 1 "$(cli cat tracing_on)"
refused 'a second time' "$work/own: an arena is there already"
refused 'also with other wishes' "$work/own: an arena is there already" --size=1G --locked

UTRACEFS_DIR=$work/domain
succeeds 'in an empty directory' cli init --size=123M
expect 'of a size' $((123 * 1024 * 1024)) "$(stat -c %s "$work/domain/arena")"
expect 'is used' 1 "$(cli cat tracing_on)"
for size in 536870912 524288K 512M; do
	UTRACEFS_DIR=$work/size-$size
	succeeds "size $size" cli init --size=$size
	expect "size $size is that" 536870912 "$(stat -c %s "$UTRACEFS_DIR/arena")"
done
UTRACEFS_DIR=$work/environment
UTRACEFS_ARENA_SIZE=256M cli init --size=300M
expect 'the option comes before the environment' $((300 * 1024 * 1024)) "$(stat -c %s "$UTRACEFS_DIR/arena")"

UTRACEFS_DIR=$work/locked
succeeds 'locked' cli init --locked
expect 'is the mode of the header: UTFS_MODE_LOCKED' 2 "$(od -A n -t u4 -j 36 -N 4 "$work/locked/arena" | tr -d ' ')"

UTRACEFS_DIR=$work/none
for size in '' 0 x 12x -1 1T 1MB ' 1M' 99999999999999999999 18014398509481984K 17179869184G; do
	refused "size '$size'" "bad size '$size'" "--size=$size"
done
refused 'a size of no pages' "$work/none: an arena has whole pages of 4096 bytes" --size=536870913
cli init --size=1M 2>"$work/error"
expect 'too small' 1 $?
expect 'is said' 1 "$(grep -c "^utracefs: $work/none: an arena has from [0-9]* to [0-9]* MiB here\$" "$work/error")"
least=$(sed 's/.*from \([0-9]*\) to.*/\1/' "$work/error")
refused 'too large' "$(sed 's/^utracefs: //' "$work/error")" --size=9999999G
for group in no-such-group '' -1 4294967295 12x; do
	refused "group '$group'" "no group '$group'" "--gid=$group"
done
expect 'none of them made one' '' "$(find "$work" -name 'none*')"
succeeds 'the smallest' cli init "--size=${least}M"
expect 'is used' 1 "$(cli cat tracing_on)"
UTRACEFS_DIR=$work/none/no/parent
refused 'no parent' "$work/none/no/parent: No such file or directory"
for usage in --nonsense argument --gid --size --locked=1; do
	cli init "$usage" 2>/dev/null
	expect "$usage: usage" 2 $?
done
UTRACEFS_DIR=$work/open
mkdir -m 777 "$work/open"
refused 'a directory that all may write' "$work/open: mode 0777 lets others in (it must be 0700, or 2770 for a group)"
UTRACEFS_DIR=$work/link
ln -s "$work/nowhere" "$work/link"
refused 'a link' "$work/link: not a directory (symbolic links are not followed)"
UTRACEFS_DIR=$work/private
mkdir -m 700 "$work/private"
refused 'a private directory is not opened to a group' \
	"$work/private: is there already, of group $(id -g), mode 0700 (wanted: group 4242, 2770)" --gid=4242

UTRACEFS_DIR=$work/shared
if [ "$(id -u)" != 0 ]; then
	expect 'only root may choose any group' 1 "$(cli init --gid=0 2>/dev/null; echo $?)"
	expect 'and nothing is left' '' "$(find "$work" -name 'shared*')"
	finish
fi
chmod 711 "$work"
if ! as 65534 4242 "$UTFS_CLI" version >/dev/null 2>&1 || ! as 65534 4242 test -x "$UTFS_EMITTER"; then
	echo 'ok - # SKIP other users cannot run what was built here'
	finish
fi
umask 077
succeeds 'for a group' cli init --gid=4242
umask 022
expect 'with its modes' '2770 660 ' "$(modes "$work/shared")"
expect 'its owner and group' '0 4242 0 4242' \
	"$(stat -c '%u %g' "$work/shared" "$work/shared/arena" | tr '\n' ' ' | sed 's/ $//')"
refused 'a second time' "$work/shared: an arena is there already" --gid=4242
as 65534 4242 "$UTFS_EMITTER" ticks 1 1 >/dev/null
expect 'a member registers events' load "$(cli ls events | grep load)"
succeeds 'another one enables them' as 1 4242 "$UTFS_CLI" write events/load/tick/enable 1
as 65534 4242 "$UTFS_EMITTER" ticks 1 100 >/dev/null
as 1 4242 "$UTFS_EMITTER" ticks 1 200 >/dev/null
expect 'events of all members are in one trace' 300 "$(as 1 4242 "$UTFS_CLI" cat trace | grep -c ': tick: ')"
expect 'for each of them' 300 "$(as 65534 4242 "$UTFS_CLI" cat trace | grep -c ': tick: ')"
expect 'and for root' 300 "$(cli cat trace | grep -c ': tick: ')"
succeeds 'a member makes an instance' as 65534 4242 "$UTFS_CLI" mkdir instances/ours
succeeds 'another one records in it' as 1 4242 "$UTFS_CLI" write instances/ours/events/enable 1
as 65534 4242 "$UTFS_EMITTER" ticks 1 50 >/dev/null
expect 'which the first one reads' 50 "$(as 65534 4242 "$UTFS_CLI" cat instances/ours/trace | grep -c ': tick: ')"
setpriv --reuid 1 --regid 4242 --clear-groups "$UTFS_CLI" cat instances/ours/trace_pipe >"$work/pipe" &
# Not through a function: the shell would be killed in its place.
reader=$!
children="$children $reader"
soon 'a member waits for events' grep -q ': tick: ' "$work/pipe"
as 65534 4242 "$UTFS_EMITTER" ticks 1 7 >/dev/null
soon 'and is woken by the other' eval '[ "$(grep -c ": tick: " "$work/pipe")" = 57 ]'
expect 'an instance in use stays' 'utracefs: instances/ours: Device or resource busy 1' \
	"$(outcome as 65534 4242 "$UTFS_CLI" rmdir instances/ours)"
kill -9 $reader
soon 'one that a dead member used does not' as 65534 4242 "$UTFS_CLI" rmdir instances/ours
refusal="utracefs: $work/shared: is shared by group 4242, user 65534 is not in it 1"
expect 'who is not a member is told so' "$refusal" "$(outcome as 65534 4343 "$UTFS_CLI" ls)"
expect 'also by init' "$refusal" "$(outcome as 65534 4343 "$UTFS_CLI" init)"
expect 'a member makes no second one' "utracefs: $work/shared: an arena is there already 1" \
	"$(outcome as 65534 4242 "$UTFS_CLI" init)"

rm "$work/shared/arena"
succeeds 'a member makes one in an empty directory of the group' as 1 4242 "$UTFS_CLI" init --gid=4242
expect 'for the group' '660 1 4242' "$(stat -c '%a %u %g' "$work/shared/arena")"
succeeds 'which another one uses' as 65534 4242 "$UTFS_CLI" write tracing_on 0
rm "$work/shared/arena"
refused 'not for another group' "$work/shared: is there already, of group 4242, mode 2770 (wanted: group 4343, 2770)" --gid=4343

UTRACEFS_DIR=$work/users/shared
mkdir "$work/users"
chmod 777 "$work/users"
expect 'what a user makes for a group is announced as the user'\''s' \
	"utracefs: $UTRACEFS_DIR: belongs to user 1, so other members of the group will refuse it; only what root makes is shared 0" \
	"$(outcome as 1 4242 "$UTFS_CLI" init --gid=4242)"
succeeds 'the user uses it' as 1 4242 "$UTFS_CLI" write tracing_on 0
expect 'another member refuses it and says why' \
	"utracefs: $UTRACEFS_DIR: belongs to user 1, not to user 65534 (what a group shares must be root's: utracefs init --gid) 1" \
	"$(outcome as 65534 4242 "$UTFS_CLI" ls)"
UTRACEFS_DIR=$work/users/other
expect 'a group that one is not in' "utracefs: $UTRACEFS_DIR: cannot be given to group 4343: Operation not permitted 1" \
	"$(outcome as 1 4242 "$UTFS_CLI" init --gid=4343)"
expect 'leaves nothing' '' "$(find "$work/users" -name 'other*')"

UTRACEFS_DIR=$work/mounted
succeeds 'a group that has a name' cli init --gid="$(getent group 1 | cut -d : -f 1)"
expect 'is that group' '1 1' "$(stat -c %g "$UTRACEFS_DIR" "$UTRACEFS_DIR/arena" | tr '\n' ' ' | sed 's/ $//')"
if ! [ -r /dev/fuse ]; then
	echo 'ok - # SKIP no /dev/fuse'
	finish
fi
succeeds 'root mounts it' cli mount "$mnt"
as 2 1 "$UTFS_EMITTER" ticks 1 1 >/dev/null
soon 'and sees events of a member' test -e "$mnt/events/load/tick/enable"
echo 1 >"$mnt/events/load/tick/enable"
as 2 1 "$UTFS_EMITTER" ticks 1 10 >/dev/null
expect 'and reads them' 10 "$(grep -c ': tick: ' "$mnt/trace")"
succeeds 'and unmounts' cli umount "$mnt"
chown 65534 "$mnt"
if ! as 65534 1 test -r /dev/fuse -a -w /dev/fuse; then
	echo 'ok - # SKIP /dev/fuse is not for other users here'
	finish
fi
succeeds 'a member mounts' as 65534 1 "$UTFS_CLI" mount "$mnt"
as 2 1 "$UTFS_EMITTER" ticks 1 1 >/dev/null
soon 'sees events of the other' as 65534 1 test -e "$mnt/events/load/tick/enable"
as 65534 1 sh -c "echo 1 >'$mnt/events/load/tick/enable'"
as 2 1 "$UTFS_EMITTER" ticks 1 10 >/dev/null
expect 'and reads them' 10 "$(as 65534 1 cat "$mnt/trace" | grep -c ': tick: ')"
succeeds 'and unmounts' as 65534 1 "$UTFS_CLI" umount "$mnt"
finish
