#!/bin/sh
# SPDX-License-Identifier: MIT
# Every wrapped function makes its event, with the right values in every field, and works as without the wrapper.
# shellcheck source=tests/wrap/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir "$work/plain" "$work/off" "$work/on"
"$UTFS_PROGRAMS/calls" "$work/expected.plain" "$work/plain" || fail 'without the wrapper'
traced "$UTFS_PROGRAMS/calls" "$work/expected.off" "$work/off" || {
	grep 'not as' "$work/expected.off"
	fail 'nothing enabled'
}
enable_all 4096
traced "$UTFS_PROGRAMS/calls" "$work/expected" "$work/on" || {
	grep 'not as' "$work/expected"
	fail 'everything enabled'
}

# What lies in the window between close(-1000) and close(-1001), the first one whole, the second (streams) without the memory's events.
trace_events | sed -n 's/^.*: \([a-z_]*: .*\)/\1/p' | awk '
/^close: fd=-1000 / { inside++; on = 1; next }
/^close: fd=-1001 / { on = 0 }
on && !(inside == 2 && /^(malloc|free|realloc|calloc|memalign|mutex_[a-z]*): /)
' | sed -E 's/(duration_ns|wait_ns)=[0-9]+$/\1=N/' >"$work/got"

diff -u "$work/expected" "$work/got" || fail 'the events (+) are not those that were expected (-)'
