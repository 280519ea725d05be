#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs top: rates by name, as text where there is no terminal, and how it ends.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

usage='usage: utracefs top [-i SECONDS] [--json] [--once] [INSTANCE] 2'
expect 'no number' "$usage" "$(outcome cli top -i x)"
expect 'no time at all' "$usage" "$(outcome cli top --interval=0)"
expect 'two instances' "$usage" "$(outcome cli top a b)"
expect 'no such instance' 'utracefs: nosuch: No such file or directory 1' "$(outcome cli top --once nosuch)"
cli mkdir instances/i
expect 'an instance that never recorded' 'i: not recording, 0 events/s, 0 dropped/s, every 0.01 s' \
	"$(cli top --once -i 0.01 i | head -n 1)"
succeeds 'and it is not in use any more' cli rmdir instances/i

"$UTFS_EMITTER" ticks 1 1 >/dev/null
cli write events/load/enable 1
"$UTFS_EMITTER" drip 100000 1 >"$work/drip" &
drip=$!
children="$children $drip"
soon 'events come' grep -q started "$work/drip"
cli top --once -i 0.3 >"$work/once"
expect 'the event has its line' 'load:tick' "$(sed -n '3s/.* //p' "$work/once")"
expect 'all of them are counted' '100.0%' "$(awk 'NR == 3 { print $2 }' "$work/once")"
expect 'and not estimated' '' "$(grep '^~' "$work/once")"
expect 'at more than one a second' 1 "$(awk 'NR == 3 { print ($1 > 1) }' "$work/once")"
expect 'without colours' 0 "$(tr -d '\n\t -~' <"$work/once" | wc -c)"
timeout --preserve-status -s INT 1 "$UTFS_CLI" top -i 0.1 >"$work/many"
expect 'Ctrl-C ends it as it ends others' 130 $?
expect 'several pictures' 1 "$(($(grep -c EVENTS/S "$work/many") > 2))"
timeout -s KILL 0.3 "$UTFS_CLI" top -i 0.05 >/dev/null 2>&1
expect 'killed, it leaves no instance' '' "$(cli ls instances)"
expect 'and consumed nothing' 0 "$(cli cat per_cpu/cpu*/stats 2>/dev/null | awk '/read events/ { n += $3 } END { print n + 0 }')"
kill $drip
cli top --once -i 0.01 >/dev/full 2>"$work/error"
expect 'a full standard output is an error' 1 $?
expect 'that is named' 'utracefs: standard output: No space left on device' "$(cat "$work/error")"
finish
