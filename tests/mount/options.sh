#!/bin/sh
# SPDX-License-Identifier: MIT
# Mount options, and places where nothing can be mounted.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

mount_toy uid=1,gid=2,mode=0711
expect 'uid= and gid= own everything' '1:2 1:2 1:2' \
	"$(stat -c %u:%g "$mnt" "$mnt/value" "$mnt/many/d7/id" | tr '\n' ' ' | sed 's/ $//')"
expect 'mode= is the root directory' 711 "$(stat -c %a "$mnt")"
expect 'and nothing else' 750 "$(stat -c %a "$mnt/many")"
kill $toy
wait $toy

mount_toy ro
expect 'ro is for FUSE' EROFS "$(probe write "$mnt/value" x)"
kill $toy
wait $toy

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	mount_toy gid=12,mode=0750
	chmod 755 "$work"
	expect 'a member of the group reads' '' "$(setpriv --reuid 65534 --regid 12 --clear-groups cat "$mnt/value")"
	succeeds 'and lists' setpriv --reuid 65534 --regid 12 --clear-groups ls "$mnt"
	expect 'but does not write what only the owner may' EACCES \
		"$(setpriv --reuid 65534 --regid 12 --clear-groups "$UTFS_PROBE" write "$mnt/value" x)"
	expect 'nobody else gets in' EACCES \
		"$(setpriv --reuid 65534 --regid 65534 --clear-groups "$UTFS_PROBE" access "$mnt/value")"
	expect 'nor can another user end it' EPERM "$(
		chmod 755 "$mnt"
		setpriv --reuid 65534 --regid 65534 --clear-groups "$UTFS_PROBE" ioctl "$mnt" 0x757e
	)"
	kill $toy
	wait $toy
fi

# refused OPTIONS: what it says
refused()
{
	"$UTFS_TOY" "$mnt" "$1" 2>&1
}
expect 'no such user' "bad mount option 'uid=nobodywithsuchaname'" "$(refused uid=nobodywithsuchaname)"
expect 'no such mode' "bad mount option 'mode=9'" "$(refused ro,mode=9)"
expect 'mode out of range' "bad mount option 'mode=77777'" "$(refused mode=77777)"
expect 'number out of range' "bad mount option 'gid=4294967295'" "$(refused gid=4294967295)"
refused nonsense >"$work/output"
expect 'what FUSE does not know is refused' 1 $?
expect 'with a reason' 1 "$(grep -c nonsense "$work/output")"
expect 'nothing is mounted' '' "$(grep " $mnt " /proc/self/mountinfo)"

expect 'no such place' "$work/none: No such file or directory" "$("$UTFS_TOY" "$work/none" 2>&1)"
: >"$work/file"
expect 'a file' "$work/file: Not a directory" "$("$UTFS_TOY" "$work/file" 2>&1)"

mkdir "$work/with space"
: >"$work/toy"
"$UTFS_TOY" "$work/with space" >"$work/toy" 2>&1 &
toy=$!
children="$children $toy"
soon 'a name with a space' grep -q ready "$work/toy"
succeeds 'works' ls "$work/with space/many/d7"
succeeds 'and is unmounted' cli umount "$work/with space"
wait $toy
expect 'the server ended well' 0 $?
finish
