#!/bin/sh
# SPDX-License-Identifier: MIT
# UTRACEFS_WRAP chooses groups of events; UTRACEFS=off turns all of them off.
# shellcheck source=tests/wrap/lib.sh
. "$(dirname "$0")/lib.sh"

enable_all 4096
mkdir "$work/scratch"

# groups_seen [VARIABLE=VALUE]: which groups have events of a run
groups_seen()
{
	cli write trace ''
	env "$@" LD_PRELOAD="$UTFS_WRAPPER" "$UTFS_PROGRAMS/calls" "$work/expected" "$work/scratch" || fail "$* calls"
	trace_events | grep -E '^ *calls-' >"$work/events" || :
	seen=''
	[ "$(count ': (open|close|read|write|fsync): ' "$work/events")" = 0 ] || seen="$seen io"
	[ "$(count ': (malloc|calloc|realloc|memalign|free): ' "$work/events")" = 0 ] || seen="$seen memory"
	[ "$(count ': mutex_(lock|trylock|unlock): ' "$work/events")" = 0 ] || seen="$seen mutex"
	[ "$(count ': exit: ' "$work/events")" = 0 ] || seen="$seen process"
	echo "${seen# }"
}

expect 'all by default' "$(groups_seen A=B)" 'io memory mutex process'
expect 'io' "$(groups_seen UTRACEFS_WRAP=io)" 'io'
expect 'memory' "$(groups_seen UTRACEFS_WRAP=memory)" 'memory'
expect 'mutex' "$(groups_seen UTRACEFS_WRAP=mutex)" 'mutex'
expect 'process' "$(groups_seen UTRACEFS_WRAP=process)" 'process'
expect 'others' "$(groups_seen UTRACEFS_WRAP=loader,socket,sync,thread)" ''
expect 'two of them' "$(groups_seen UTRACEFS_WRAP=mutex,io)" 'io mutex'
expect 'unknown words' "$(groups_seen UTRACEFS_WRAP=,iox,i,memory,,)" 'memory'
expect 'none' "$(groups_seen UTRACEFS_WRAP=none)" ''
expect 'empty' "$(groups_seen UTRACEFS_WRAP=)" ''
expect 'UTRACEFS=off' "$(groups_seen UTRACEFS=off)" ''
