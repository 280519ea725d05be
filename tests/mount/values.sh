#!/bin/sh
# SPDX-License-Identifier: MIT
# Values through the mount: reading, writing, O_TRUNC, sizes, who asks.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

mount_toy

echo hello >"$mnt/value"
expect 'what was written is read' hello "$(cat "$mnt/value")"
expect 'in small reads as well' 'hello\n' "$(probe pread "$mnt/value" 0 100)"
expect 'from the middle' 'llo\n' "$(probe pread "$mnt/value" 2 100)"
expect 'behind the end' '' "$(probe pread "$mnt/value" 100 1)"
expect 'read, read to the end' '3
3
0' "$(probe reads "$mnt/value" r 3 100 100)"

expect 'opening without O_TRUNC changes nothing' OK "$(probe open "$mnt/value" w)"
expect 'still there' hello "$(cat "$mnt/value")"
expect 'O_TRUNC for reading only is none of the file' OK "$(probe open "$mnt/value" r)"
: >"$mnt/value"
expect 'O_TRUNC reaches the file' '' "$(cat "$mnt/value")"
echo again >>"$mnt/value"
expect 'O_APPEND does not empty' again "$(cat "$mnt/value")"

expect '64 KiB arrive in one write' 65536 "$(probe fill "$mnt/value" 65536)"
expect 'and come back' 65536 "$(wc -c <"$mnt/value" | tr -d ' ')"
expect 'the size is that of a value file: 0' 0 "$(stat -c %s "$mnt/value")"
expect 'an error of the file comes through' EINVAL "$(probe write "$mnt/value" bad)"
expect 'and changes nothing' 65536 "$(wc -c <"$mnt/value" | tr -d ' ')"

sh -c 'echo $$; echo who >"$1"; cat "$1"' sh "$mnt/value" >"$work/who"
expect 'the file knows who writes' "$(sed -n 1p "$work/who") $(id -u) $(id -g)" "$(sed -n 2p "$work/who")"

expect 'a file without read side' EINVAL "$(probe read "$mnt/feed" 1 b)"
expect 'a file without write side' EINVAL "$(probe write "$mnt/many/d0/id" 1)"
expect 'a directory is not read' EISDIR "$(probe read "$mnt/many" 1)"
finish
