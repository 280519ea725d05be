#!/bin/sh
# SPDX-License-Identifier: MIT
# Everybody is killed with -9, at random moments, all the time: programs of several processes and threads, commands, readers, a mount,
# exec. Meanwhile and afterwards fsck finds nothing, nothing stays pinned, and of what was written nothing is missing.
#
#   UTFS_SOAK_SECONDS=600 meson test -C build soak-kill     the long form; UTFS_SOAK_SEED=N for other moments
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${UTFS_EMITTER:?}"
seconds=${UTFS_SOAK_SECONDS:-8}
seed=${UTFS_SOAK_SEED:-1}
: >"$work/go"

# moments N: for ever, a time to live in seconds, of any order of magnitude up to half of one, and a number below N
moments()
{
	seed=$((seed + 1))
	awk -v seed="$seed" -v n="$1" \
		'BEGIN { srand(seed); while (1) printf "%.4f %d\n", exp(rand() * 6.2) / 1000, rand() * n }'
}

# doomed SECONDS COMMAND...: runs it until it ends, or is killed
doomed()
{
	timeout -s KILL "$@" >/dev/null 2>&1
}

# Programs: events of every kind, several processes, messages, and one instance that keeps all it gets.
programs()
{
	moments 4 | while read -r life which && [ -e "$work/go" ]; do
		case $which in
		0) doomed "$life" "$UTFS_EMITTER" ticks 3 2000 ;;
		1) doomed "$life" "$UTFS_EMITTER" kinds 2 300 ;;
		2) doomed "$life" "$UTFS_EMITTER" messages 300 ;;
		3) doomed "$life" "$UTFS_EMITTER" drip 1000 1 ;;
		esac
	done
}

# Commands: whatever changes something.
commands()
{
	moments 22 | while read -r life which && [ -e "$work/go" ]; do
		at=instances/i$((which % 3))
		case $which in
		0 | 1 | 2) doomed "$life" "$UTFS_CLI" mkdir $at ;;
		3 | 4 | 5) doomed "$life" "$UTFS_CLI" rmdir $at ;;
		6) doomed "$life" "$UTFS_CLI" write $at/events/enable 1 ;;
		7) doomed "$life" "$UTFS_CLI" write events/load/enable 1 ;;
		8) doomed "$life" "$UTFS_CLI" write events/load/tick/filter 'seq % 2 == 0 || seq > 100' ;;
		9) doomed "$life" "$UTFS_CLI" write events/load/tick/filter 'seq > 5 && writer != 1' ;;
		10) doomed "$life" "$UTFS_CLI" write events/load/filter 0 ;;
		11) doomed "$life" "$UTFS_CLI" write $at/set_event_pid "$which $$" ;;
		12) doomed "$life" "$UTFS_CLI" write buffer_size_kb 100 ;;
		13) doomed "$life" "$UTFS_CLI" write buffer_size_kb 300 ;;
		14) doomed "$life" "$UTFS_CLI" write -a dynamic_events 'u:made int a; char[8] b' ;;
		15) doomed "$life" "$UTFS_CLI" write -a dynamic_events '-:made' ;;
		16) doomed "$life" "$UTFS_CLI" write $at/pending_events 'load:* enable' ;;
		17) doomed "$life" "$UTFS_CLI" write $at/tracing_cpumask 1 ;;
		18) doomed "$life" "$UTFS_CLI" write events/load/tick/trigger 'traceoff:5 if seq == 77' ;;
		19) doomed "$life" "$UTFS_CLI" write events/load/tick/trigger '!traceoff' ;;
		20) doomed "$life" "$UTFS_CLI" write tracing_on 1 ;;
		21) doomed "$life" "$UTFS_CLI" write trace '' ;;
		esac
	done
}

# Those who look, and hold what they look at.
readers()
{
	moments 6 | while read -r life which && [ -e "$work/go" ]; do
		case $which in
		0) doomed "$life" "$UTFS_CLI" cat trace_pipe ;;
		1) doomed "$life" "$UTFS_CLI" cat instances/i1/trace ;;
		2) doomed "$life" "$UTFS_CLI" cat per_cpu/cpu0/trace_pipe_raw ;;
		3) doomed "$life" "$UTFS_CLI" ls instances events/load ;;
		4) doomed "$life" "$UTFS_CLI" cat instances/i2/trace_pipe ;;
		5) doomed "$life" "$UTFS_CLI" fsck ;;
		esac
	done
}

mounts()
{
	moments 3 | while read -r life which && [ -e "$work/go" ]; do
		"$UTFS_CLI" mount -f "$mnt" >/dev/null 2>&1 &
		server=$!
		case $which in
		0) doomed 0.2 find "$mnt/events" "$mnt/instances" ;;
		1) doomed 0.2 mkdir "$mnt/instances/m" ;;
		2) doomed 0.2 cat "$mnt/trace_pipe" ;;
		esac
		sleep "$life"
		kill -9 $server
		wait $server
		umount -l "$mnt"
	done 2>/dev/null
}

# checked WHAT COMMAND...: fsck says that all is well
checked()
{
	_what=$1
	shift
	"$@" >"$work/said" 2>&1
	_status=$?
	[ $_status = 0 ] || cat "$work/said"
	expect "$_what" 0 $_status
}

succeeds 'an instance that keeps everything' cli mkdir instances/keep
cli write instances/keep/buffer_size_kb 16384
"$UTFS_EMITTER" ticks 1 1 >/dev/null
succeeds 'it records' cli write instances/keep/events/load/tick/enable 1

for _ in 1 2; do
	programs &
	commands &
	readers &
done
if [ -r /dev/fuse ] && [ -w /dev/fuse ]; then
	mounts &
fi
round=0
end=$(($(date +%s) + seconds))
while [ "$(date +%s)" -lt $end ]; do
	round=$((round + 1))
	checked "round $round: fsck beside all that" cli fsck
	sleep 0.3
done
rm "$work/go"
wait

checked 'fsck when all are dead' cli fsck
cli cat 'instances/keep/trace' >"$work/trace"
lost=$(cli ls instances/keep/per_cpu | while read -r cpu; do cli cat "instances/keep/per_cpu/$cpu/stats"; done |
	awk '/^(overrun|dropped events):/ { n += $NF } END { print n + 0 }')
expect 'the instance has lost nothing' 0 "$lost"
# Each process writes its events in order, and is killed somewhere.
awk '/ tick: / {
	match($0, /-[0-9]+ +\[/); pid = substr($0, RSTART + 1, RLENGTH - 3)
	match($0, /writer=[0-9]+/); writer = substr($0, RSTART, RLENGTH)
	match($0, /seq=[0-9]+/); seq = substr($0, RSTART + 4, RLENGTH - 4) + 0
	key = pid " " writer
	if ((key in next_seq) && seq != 0 && seq != next_seq[key])
		printf "%s: seq %d follows %d\n", key, seq, next_seq[key] - 1
	if (!(key in next_seq) && seq != 0)
		printf "%s: begins with %d\n", key, seq
	next_seq[key] = seq + 1
	n++
}
END { if (n < 100) print "only " n + 0 " events" }' "$work/trace" >"$work/gaps"
expect 'no event is missing' '' "$(head -n 5 "$work/gaps")"

checked 'a repair has nothing to do' cli fsck --repair
succeeds 'what the dead held is free' grep -q ' 0 processes (0 dead), 0 pins ' "$work/said"
for instance in $(cli ls instances); do
	succeeds "$instance is not held by anybody" cli rmdir "instances/$instance"
done
checked 'clean in the end' cli fsck
finish
