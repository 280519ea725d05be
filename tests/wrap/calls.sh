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

# group_calls PROGRAM GROUPS: the same for programs whose events come from several threads and processes, in any order
group_calls()
{
	program=$1
	export UTRACEFS_WRAP="$2"
	cli write events/libc/enable 0
	"$UTFS_PROGRAMS/$program" "$work/expected.plain" "$work/plain" || {
		grep 'not as' "$work/expected.plain"
		fail "$program without the wrapper"
	}
	traced "$UTFS_PROGRAMS/$program" "$work/expected.off" "$work/off" || {
		grep 'not as' "$work/expected.off"
		fail "$program, nothing enabled"
	}
	cli write events/libc/enable 1
	cli write trace ''
	traced "$UTFS_PROGRAMS/$program" "$work/expected" "$work/on" || {
		grep 'not as' "$work/expected"
		fail "$program, everything enabled"
	}
	trace_events | sed -n 's/^.*\] [^:]*: \([a-z_]*: .*\)/\1/p' |
		sed -E 's/(duration_ns|wait_ns)=[0-9]+$/\1=N/; s/(arguments=.* dirfd)=[0-9]+$/\1=FD/' | sort >"$work/got"
	sort "$work/expected" >"$work/sorted"
	diff -u "$work/sorted" "$work/got" || fail "$program: the events (+) are not those that were expected (-)"
}

group_calls sockets socket
group_calls waits sync,thread
group_calls children process,loader
