#!/bin/sh
# SPDX-License-Identifier: MIT
# trace_pipe_raw as clients read it: read, splice, poll; no page twice, none stale, none missing.
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"

needs_exec
emitter ticks 1 1 >/dev/null

# On CPU 0, where the calls look.
if command -v taskset >/dev/null && taskset -c 0 true 2>/dev/null; then
	expect 'single calls' 'nothing: read: EAGAIN
nothing: splice: EAGAIN
nothing: splice, blocking descriptor: EAGAIN
nothing: poll: 0
one event: poll: 0
one event: splice: EAGAIN
one event: blocking read: 4096
read again: EAGAIN
buffer_percent 0: poll: 1
buffer_percent 0: splice: 4096
pages: poll: 1
pages: splice: 4096
pages: splice of two: 8192
ioctl 0: 0
ioctl 0x5499: ENOTTY
lseek: ESPIPE
pread: ESPIPE
write: EBADF
mmap: ENODEV
piece of a page: read: 200
piece of a page: splice: EINVAL' "$(in_tree taskset -c 0 "$UTFS_RAW" calls $tracing)"
	cli write buffer_percent 50
	cli write trace ''
fi

# Readers that share a CPU, while pages are thrown out of the cache and ids are used up.
cli write buffer_size_kb 8000
in_tree "$UTFS_RAW" storm $tracing 3 "$UTFS_EMITTER" 4 100000 >"$work/storm"
expect 'every event once, or counted as lost' 0 $?
cat "$work/storm"
cli write buffer_size_kb 40
in_tree "$UTFS_RAW" storm $tracing 2 "$UTFS_EMITTER" 4 50000 >"$work/storm"
expect 'also where most are lost' 0 $?
succeeds 'as some were' grep -q 'lost [1-9]' "$work/storm"
cat "$work/storm"
finish
