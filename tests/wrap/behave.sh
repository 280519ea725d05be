#!/bin/sh
# SPDX-License-Identifier: MIT
# Processes, threads, signals and cancellation under the wrapper, with nothing and with everything enabled.
# shellcheck source=tests/wrap/lib.sh
. "$(dirname "$0")/lib.sh"

modes='fork vfork clone threads signals cancel contention'
for mode in $modes; do
	"$UTFS_PROGRAMS/behave" "$mode" >/dev/null || fail "$mode without the wrapper"
	traced "$UTFS_PROGRAMS/behave" "$mode" >/dev/null || fail "$mode, nothing enabled"
done
enable_all 8192
for mode in $modes; do
	cli write trace ''
	traced "$UTFS_PROGRAMS/behave" "$mode" >"$work/out.$mode" || fail "$mode, everything enabled"
	trace_events >"$work/events.$mode"
done

# marks MODE: the marks that were recorded, in the order of their numbers, with how often
marks()
{
	sed -nE 's/.*: close: fd=(-[2345][0-9]{3}) .*/\1/p' "$work/events.$1" | sort -rn | uniq -c |
		sed -E 's/^ *([0-9]+) (-[0-9]+)/\2:\1/' | tr '\n' ' ' | sed 's/ $//'
}

# pid_of MARK MODE: the process whose event it is
pid_of()
{
	sed -nE "s/^ *[^ ].*-([0-9]+) +\\[.*: close: fd=$1 .*/\\1/p" "$work/events.$2"
}

expect 'fork: marks' "$(marks fork)" '-2000:1 -2001:1 -2002:1 -2003:1'
# shellcheck disable=SC2046 # words
set -- $(cat "$work/out.fork")
expect 'fork: the parent before' "$(pid_of -2000 fork)" "$2"
expect 'fork: the child' "$(pid_of -2001 fork)" "$4"
expect 'fork: the parent after' "$(pid_of -2003 fork)" "$2"
grandchild=$(pid_of -2002 fork)
case $grandchild in
"$2" | "$4" | '') fail "fork: the grandchild's process id: '$grandchild'" ;;
esac
expect 'what libutracefs opens in a child is not recorded' "$(count "open: .*$UTRACEFS_DIR" "$work/events.fork")" 0

expect 'vfork: marks' "$(marks vfork)" '-2010:1 -2014:1 -2015:1'
[ "$(count '^ *sh-[0-9]+ ' "$work/events.vfork")" != 0 ] || fail 'vfork: no events of what the child executed'
expect 'clone: marks' "$(marks clone)" '-2020:1 -2021:1 -2022:1 -2023:1'
expect 'threads: marks' "$(marks threads)" \
	'-3000:500 -3001:500 -3002:500 -3003:500 -3004:500 -3005:500 -3006:500 -3007:500'
for i in 0 1 2 3 4 5 6 7; do
	pid_of "-300$i" threads | sort -u
done | sort -u >"$work/threads"
expect 'threads: as many thread ids' "$(wc -l <"$work/threads")" 8
expect 'signals: marks' "$(marks signals)" "-4000:$(sed -n 's/^signals //p' "$work/out.signals")"

# The main thread's wait for the other's mutex is as long as the other's sleep (50 ms), in an event of its own thread.
# shellcheck disable=SC2046 # words
set -- $(cat "$work/out.contention")
waits=$(sed -nE "s/^ *behave-$4 .*: mutex_lock: mutex=$2 ret=0 wait_ns=([0-9]+)/\\1/p" "$work/events.contention")
expect 'contention: one lock by the main thread' "$(echo "$waits" | wc -w)" 1
[ "$waits" -gt 10000000 ] || fail "contention: waited for $waits ns"
expect 'contention: unlocked twice' "$(count "mutex_unlock: mutex=$2" "$work/events.contention")" 2

# Called before the wrapper's constructor; with another wrapper behind it.
early="$UTFS_WRAPPER $UTFS_PROGRAMS/libearly.so"
LD_PRELOAD="$early" "$UTFS_PROGRAMS/behave" chain || fail 'another wrapper behind this one'
LD_PRELOAD="$UTFS_PROGRAMS/libearly.so" "$UTFS_PROGRAMS/behave" chain || fail 'that wrapper alone'
cli write trace ''
LD_PRELOAD="$early" "$UTFS_PROGRAMS/behave" chain || fail 'another wrapper, enabled'
trace_events >"$work/events.chain"
expect 'chain: the result' "$(count 'close: fd=-5000 ret=77 ' "$work/events.chain")" 1
