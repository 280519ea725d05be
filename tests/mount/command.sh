#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs mount and umount: when they return, what they say, servers that are killed.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

needs_fuse

succeeds 'mount' cli mount "$mnt"
expect 'it is a fuse.utracefs' fuse.utracefs "$(awk -v at="$mnt" '$5 == at { print $(NF - 2) }' /proc/self/mountinfo)"
expect 'mount again' "utracefs: $mnt: already mounted 1" "$(outcome cli mount "$mnt")"
server=$(server_pids)
expect 'one server' 1 "$(echo "$server" | wc -w | tr -d ' ')"
expect 'which keeps nothing of ours open' 3 "$(find "/proc/$server/fd" -lname /dev/null | wc -l | tr -d ' ')"
expect 'nor our directory' / "$(readlink "/proc/$server/cwd")"
succeeds 'umount' cli umount "$mnt"
expect 'nothing is mounted' '' "$(grep " $mnt " /proc/self/mountinfo)"
soon 'the server has ended' is_dead "$server"
cli umount "$mnt" 2>/dev/null
expect 'umount again fails' 1 $?
expect 'relative paths' 0 "$(cd "$work" && cli mount mnt && cd / && cli umount "$mnt"; echo $?)"

"$UTFS_CLI" mount -f "$mnt" 2>"$work/error" &
server=$!
children="$children $server"
soon '-f: mounted' is_mounted
soon '-f: serves' test -e "$mnt/trace"
succeeds '-f: stays' kill -0 $server
kill -TERM $server
wait $server
expect '-f: SIGTERM ends it well' 0 $?
expect '-f: it unmounts' '' "$(grep " $mnt " /proc/self/mountinfo)"
timeout --preserve-status -k 5 -s INT 1 "$UTFS_CLI" mount -f "$mnt"
expect '-f: Ctrl-C as well' 0 $?
expect 'nothing is mounted' '' "$(grep " $mnt " /proc/self/mountinfo)"

succeeds 'mount once more' cli mount -o mode=0711 "$mnt"
expect 'mode= holds' 711 "$(stat -c %a "$mnt")"
mkdir "$mnt/instances/i"
"$UTFS_PROBE" hold "$mnt/instances/i/trace" r >"$work/hold" &
children="$children $!"
soon 'a file is open' grep -q open "$work/hold"
expect 'the instance is pinned' 'utracefs: instances/i: Device or resource busy' "$(cli rmdir instances/i 2>&1)"
kill -9 "$(server_pids)"
soon 'the server is killed: what it pinned is free' says '' cli rmdir instances/i
cli write tracing_on 0
succeeds 'mounted over the dead mount' cli mount "$mnt"
expect 'with the state of the arena' 0 "$(cat "$mnt/tracing_on")"
expect 'one mount' 1 "$(grep -c " $mnt " /proc/self/mountinfo)"
succeeds 'umount' cli umount "$mnt"

expect 'a place that is not there' "utracefs: $work/none: No such file or directory 1" \
	"$(outcome cli mount "$work/none")"
: >"$work/file"
expect 'a file' "utracefs: $work/file: Not a directory 1" "$(outcome cli mount "$work/file")"
expect 'bad options' "utracefs: bad mount option 'mode=x' 2" "$(outcome cli mount -o mode=x "$mnt")"
cli mount >/dev/null 2>&1
expect 'no place: usage' 2 $?
chmod 777 "$work/domain"
cli mount "$mnt" 2>"$work/error"
expect 'an arena that is refused' 1 $?
expect 'is named' 1 "$(grep -c "^utracefs: $work/domain" "$work/error")"
expect 'and nothing is mounted' '' "$(grep " $mnt " /proc/self/mountinfo)"
finish
