#!/bin/sh
# SPDX-License-Identifier: MIT
# What is not ours, and what is taken away: each front end and each application refuses it or survives it. (The library's own words:
# arena-open.)
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
needs_fuse

# refused WHAT WORDS: by a command, by a mount, by an application, which then does without; and what is there stays as it is
refused()
{
	_what=$1
	find "$work/domain" "$work/domain/" "$work/moved" -printf '%p %m %u %l %s %T@ %C@\n' 2>/dev/null | sort -u >"$work/before"
	cli ls >"$work/said" 2>&1
	expect "$_what: a command fails" 1 $?
	expect "$_what: it says why" 1 "$(grep -c "^utracefs: $UTRACEFS_DIR.*$2" "$work/said")"
	cli mount "$mnt" >"$work/said" 2>&1
	expect "$_what: a mount fails" 1 $?
	expect "$_what: it says why, too" 1 "$(grep -c "$2" "$work/said")"
	"$UTFS_EVENTS" 1 </dev/null >/dev/null 2>&1
	expect "$_what: an application does without" 1 $?
	find "$work/domain" "$work/domain/" "$work/moved" -printf '%p %m %u %l %s %T@ %C@\n' 2>/dev/null | sort -u >"$work/after"
	succeeds "$_what: nothing is changed" cmp "$work/before" "$work/after"
}

# ours: an arena as it should be
ours()
{
	chmod 700 "$work/domain" 2>/dev/null
	rm -rf "$work/domain" "$work/moved"
	mkdir -m 700 "$work/domain"
	cli mkdir instances/one
}

ours
mv "$work/domain" "$work/moved"
ln -s "$work/moved" "$work/domain"
refused 'a link in place of the directory' 'symbolic link'
ours
mv "$work/domain/arena" "$work/moved"
ln -s "$work/moved" "$work/domain/arena"
refused 'a link in place of the file' 'symbolic link'
ours
chmod 755 "$work/domain"
refused 'a directory for everybody' 'mode 0755'
ours
chmod 644 "$work/domain/arena"
refused 'a file for everybody' 'mode 0644'
if [ "$(id -u)" = 0 ]; then
	ours
	chown 65534 "$work/domain"
	refused "another user's directory" 'belongs to user 65534'
	ours
	chown 65534 "$work/domain/arena"
	refused "another user's file" 'belongs to user 65534'
	# Not root, in the place where its own would be.
	ours
	as_nobody()
	{
		setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
	}
	chmod 755 "$work"
	if as_nobody "$UTFS_CLI" version >/dev/null 2>&1; then
		as_nobody "$UTFS_CLI" ls >"$work/said" 2>&1
		expect 'a user in the place of another one fails' 1 $?
		expect 'and says why' 1 "$(grep -c "^utracefs: $UTRACEFS_DIR.*\(belongs to user 0\|Permission denied\)" "$work/said")"
	fi
	chmod 700 "$work"
fi

# program: an application that goes on; orders at descriptor 9
program()
{
	rm -f "$work/orders"
	mkfifo "$work/orders"
	: >"$work/application"
	"$UTFS_EVENTS" 1 <"$work/orders" >"$work/application" 2>&1 &
	application=$!
	children="$children $application"
	exec 9>"$work/orders"
	soon 'an application' grep -q ready "$work/application"
}

written()
{
	[ "$(grep -c written "$work/application")" = "$1" ]
}

# Removed and made anew: who has the old one goes on with it.
ours
mount_tree
program
echo 1 >"$mnt/events/many/enable"
rm "$work/domain/arena"
succeeds 'who comes then makes a new one' cli mkdir instances/two
expect 'in which nothing of the old is' two "$(cli ls instances | tr '\n' ' ' | sed 's/ $//')"
echo 100 >&9
soon 'the application goes on with the old one' written 1
expect 'so does the mount' 100 "$(grep -c event0: "$mnt/trace")"
expect 'which has its instance' one "$(ls "$mnt/instances")"
mkdir "$mnt/instances/three" 2>/dev/null
expect 'the new one hears of nothing' two "$(cli ls instances)"
expect 'a front end has more memory for it' 4 "$(probe write "$mnt/buffer_size_kb" 4000 2>&1)"
echo 100 >&9
soon 'and the application goes on' written 2
succeeds 'the mount ends as ever' cli umount "$mnt"
exec 9>&-
wait $application
expect 'so does the application' 0 $?
succeeds 'the new one is whole' cli fsck

# Cut while it is used: the signal ends those who touch what is gone; nobody else, and nobody hangs.
ours
mount_tree
program
echo 1 >"$mnt/events/many/enable"
server=$(server_pids)
bytes=$(stat -c %s "$work/domain/arena")
truncate -s 8192 "$work/domain/arena"
ls "$mnt/instances" >/dev/null 2>&1
ls "$mnt/instances" >/dev/null 2>&1
soon 'the server ends' is_dead "$server"
expect 'its clients are told' 1 "$(ls "$mnt" 2>&1 | grep -c 'not connected')"
succeeds 'the mount is taken away' cli umount "$mnt"
expect 'nothing is mounted' '' "$(grep " $mnt " /proc/self/mountinfo)"
echo 100 >&9
soon 'an application ends' is_dead $application
exec 9>&-
expect 'who comes then is refused' "utracefs: $work/domain/arena: is damaged: 8192 bytes long, its header says $bytes" "$(cli ls 2>&1 | sed 's/ *$//')"
cli fsck --repair >"$work/said" 2>&1
expect 'until it is repaired' 1 $?
succeeds 'and made use of' cli mkdir instances/after

# A command in the middle of its work.
ours
"$UTFS_CLI" cat trace_pipe >"$work/said" 2>&1 &
reader=$!
children="$children $reader"
soon 'somebody reads' grep -q /arena "/proc/$reader/maps"
sleep 0.3
truncate -s 8192 "$work/domain/arena"
soon 'it ends' is_dead $reader
wait $reader
expect 'with an error' 1 $?
expect 'in words' 1 "$(grep -c 'was cut while it was in use' "$work/said")"
finish
