#!/bin/sh
# SPDX-License-Identifier: MIT
# splice from a file of endless size, as trace-cmd does from trace_pipe_raw.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

mount_toy

expect 'the size is endless' 1099511627776 "$(stat -c %s "$mnt/raw")"
expect 'nothing there: EAGAIN at once' EAGAIN "$(timeout 5 "$UTFS_PROBE" splice "$mnt/raw" 4096)"
echo one >"$mnt/feed"
expect 'one page, then EAGAIN, on one descriptor' '4096
EAGAIN' "$(timeout 5 "$UTFS_PROBE" splice "$mnt/raw" 65536 65536)"
expect 'another opener sees no page of the first' EAGAIN "$(timeout 5 "$UTFS_PROBE" splice "$mnt/raw" 4096)"
probe fill "$mnt/feed" 12288 >/dev/null
expect 'three pages' '12288
EAGAIN' "$(timeout 5 "$UTFS_PROBE" splice "$mnt/raw" 65536 65536)"
echo two >"$mnt/feed"
expect 'read(2) takes pages, too' '4096
EAGAIN' "$(timeout 5 "$UTFS_PROBE" reads "$mnt/raw" rn 4096 4096)"
(
	sleep 0.3
	echo three >"$mnt/feed"
) &
expect 'and waits when it may' 4096 "$(timeout 10 "$UTFS_PROBE" reads "$mnt/raw" r 4096)"
expect 'all have one inode number' "$(stat -c %i "$mnt/raw")" "$(stat -c %i "$mnt/raw")"

# More lookups than there are ids of their own: they are used again.
find "$mnt" -maxdepth 1 -name raw -size +0 >"$work/find"
expect 'find sees it' "$mnt/raw" "$(cat "$work/find")"
finish
