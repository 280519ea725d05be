#!/bin/sh
# SPDX-License-Identifier: MIT
# What the demo's summary makes of a trace: counts, bytes per file, memory at one time, waits, the slowest calls.
# shellcheck source=tests/wrap/lib.sh
. "$(dirname "$0")/lib.sh"

summary=$(dirname "$0")/../../scripts/demo-summary
cat >"$work/trace" <<'END'
# tracer: nop
#
          my prog-10      [000] .....  1.000001: open: fd=3 path=/w/data access=O_RDWR flags= mode=000 dirfd=-100 ret=3 duration_ns=1500
          my prog-10      [000] .....  1.000002: read: fd=3 count=4096 offset=-1 ret=2048 duration_ns=2500000
          my prog-11      [001] .....  1.000003: write: fd=3 count=100 offset=5 ret=100 duration_ns=10
          my prog-10      [000] .....  1.000004: write: fd=1 count=7 offset=-1 ret=-32 duration_ns=20
CPU:1 [LOST 5 EVENTS]
          my prog-10      [000] .....  1.000005: malloc: size=1000 ptr=0xa0
          my prog-10      [000] .....  1.000006: realloc: old=0xa0 size=3072 ptr=0xb0
          my prog-10      [000] .....  1.000007: free: ptr=0xb0
          my prog-10      [000] .....  1.000008: calloc: count=2 size=512 ptr=0xa0
           other-12       [000] d..1.  1.000009: mutex_lock: mutex=0xc0 ret=0 wait_ns=70000
           other-12       [000] .....  1.000010: mutex_lock: mutex=0xc0 ret=0 wait_ns=20
           other-12       [000] .....  1.000011: fsync: fd=3 datasync=0 ret=0 duration_ns=9000000
END
"$summary" -v folder=/w/ <"$work/trace" >"$work/out"

cat >"$work/expected" <<'END'
  11 events
          2  libc:mutex_lock
          2  libc:write
          1  libc:calloc
          1  libc:free
          1  libc:fsync
          1  libc:malloc
          1  libc:open
          1  libc:read
          1  libc:realloc
  data                                             2.0 KB      100 B       1       1
  all                                              2.0 KB      100 B
  memory   5.0 KB asked for in all, 3.0 KB at most at one time
  mutexes  1 waits of more than 5 us (70.0 us in all); the longest 70.0 us, by other-12
      9.00 ms  fsync  data
      2.50 ms  read   data (2.0 KB)
      70.0 us  mutex_lock 0xc0 by other-12
       1.5 us  open   data
       0.0 us  write  (standard output) (errno 32)
       0.0 us  mutex_lock 0xc0 by other-12
       0.0 us  write  data (100 B)
END
# Events of the same number may come in any order; headings and empty lines do not matter.
grep -E '[0-9]' "$work/out" | awk '/libc:/ { print | "sort -k1,1nr -k2"; next } { close("sort -k1,1nr -k2"); print; fflush() }' >"$work/got"
diff -u "$work/expected" "$work/got" || fail 'the summary (+) is not as expected (-)'

if "$summary" </dev/null >"$work/out"; then
	fail 'an empty trace is no failure'
fi
expect 'an empty trace' "$(cat "$work/out")" 'no events'
