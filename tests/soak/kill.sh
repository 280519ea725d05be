#!/bin/sh
# SPDX-License-Identifier: MIT
# Everybody is killed with -9, at random moments, all the time: programs of several processes and threads, commands, readers, mounts,
# what runs under exec. They change instances, events, buffers, snapshots, filters, triggers, histograms, synthetic events. Meanwhile and
# afterwards fsck finds nothing, nothing stays pinned, and of what was written nothing is missing.
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

counting='hist:keys=writer,seq.log2:vals=seq:size=512'
# shellcheck disable=SC2016 # the kernel's variables
keeping='hist:keys=writer:seen=common_timestamp.usecs:onmax($seen).save(seq):size=256'
# shellcheck disable=SC2016 # the kernel's variables
matching='hist:keys=writer:lat=common_timestamp.usecs-$seen:onmatch(load.tick).trace(made,$lat,writer):size=256'

# Commands: whatever changes something.
commands()
{
	moments 42 | while read -r life which && [ -e "$work/go" ]; do
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
		# Histograms, those that read each other's variables, and what they write.
		22) doomed "$life" "$UTFS_CLI" write events/load/tick/trigger "$counting" ;;
		23) doomed "$life" "$UTFS_CLI" write events/load/tick/trigger "!$counting" ;;
		24) doomed "$life" "$UTFS_CLI" write events/load/tick/trigger "$counting:clear" ;;
		25) doomed "$life" "$UTFS_CLI" write events/load/tick/trigger "$keeping" ;;
		26) doomed "$life" "$UTFS_CLI" write events/load/tick/trigger "!$keeping" ;;
		27) doomed "$life" "$UTFS_CLI" write events/load/numbers/trigger "$matching" ;;
		28) doomed "$life" "$UTFS_CLI" write events/load/numbers/trigger "!$matching" ;;
		29) doomed "$life" "$UTFS_CLI" write -a synthetic_events 'made u64 lat; u32 w' ;;
		30) doomed "$life" "$UTFS_CLI" write -a synthetic_events '!made' ;;
		31) doomed "$life" "$UTFS_CLI" write events/synthetic/enable 1 ;;
		# Snapshots, and what takes them.
		32) doomed "$life" "$UTFS_CLI" write snapshot 1 ;;
		33) doomed "$life" "$UTFS_CLI" write snapshot 0 ;;
		34) doomed "$life" "$UTFS_CLI" write events/load/tick/trigger 'snapshot:3 if seq == 50' ;;
		35) doomed "$life" "$UTFS_CLI" write events/load/tick/trigger '!snapshot' ;;
		36) doomed "$life" "$UTFS_CLI" write $at/snapshot 1 ;;
		# Other triggers.
		37) doomed "$life" "$UTFS_CLI" write events/load/tick/trigger 'enable_event:load:numbers:5' ;;
		38) doomed "$life" "$UTFS_CLI" write events/load/tick/trigger '!enable_event:load:numbers' ;;
		39) doomed "$life" "$UTFS_CLI" write events/load/tick/trigger 'stacktrace:9 if seq == 3' ;;
		40) doomed "$life" "$UTFS_CLI" write buffer_subbuf_size_kb 8 ;;
		41) doomed "$life" "$UTFS_CLI" write buffer_subbuf_size_kb 4 ;;
		esac
	done
}

# Those who look, and hold what they look at.
readers()
{
	moments 10 | while read -r life which && [ -e "$work/go" ]; do
		case $which in
		0) doomed "$life" "$UTFS_CLI" cat trace_pipe ;;
		1) doomed "$life" "$UTFS_CLI" cat instances/i1/trace ;;
		2) doomed "$life" "$UTFS_CLI" cat per_cpu/cpu0/trace_pipe_raw ;;
		3) doomed "$life" "$UTFS_CLI" ls instances events/load ;;
		4) doomed "$life" "$UTFS_CLI" cat instances/i2/trace_pipe ;;
		5) doomed "$life" "$UTFS_CLI" fsck ;;
		6) doomed "$life" "$UTFS_CLI" cat events/load/tick/hist ;;
		7) doomed "$life" "$UTFS_CLI" cat events/load/numbers/hist ;;
		8) doomed "$life" "$UTFS_CLI" cat snapshot ;;
		9) doomed "$life" "$UTFS_CLI" cat events/load/tick/trigger synthetic_events ;;
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

# Commands of other people, in a place where the tree is the kernel's.
execs()
{
	moments 3 | while read -r life which && [ -e "$work/go" ]; do
		case $which in
		0) doomed "$life" "$UTFS_CLI" exec find /sys/kernel/tracing/events ;;
		1) doomed "$life" "$UTFS_CLI" exec cat /sys/kernel/tracing/trace_pipe ;;
		2) doomed "$life" "$UTFS_CLI" exec mkdir /sys/kernel/tracing/instances/i1 ;;
		esac
	done
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
# As large as what comes in the time, or it would lose its oldest events as any other.
cli write instances/keep/buffer_size_kb $((16384 + 256 * seconds))
"$UTFS_EMITTER" ticks 1 1 >/dev/null
succeeds 'it records' cli write instances/keep/events/load/tick/enable 1
# Those who are killed may all be dead before their first event, where starting a program takes long.
"$UTFS_EMITTER" ticks 1 1 >/dev/null

for _ in 1 2; do
	programs &
	commands &
	readers &
done
if [ -r /dev/fuse ] && [ -w /dev/fuse ]; then
	mounts &
	if cli exec true 2>/dev/null; then
		execs &
	fi
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
END { if (!n) print "no event at all" }' "$work/trace" >"$work/gaps"
expect 'no event is missing' '' "$(head -n 5 "$work/gaps")"

# A server of exec ends when the kernel has taken its last process's namespace away.
released()
{
	cli fsck --repair >"$work/said" 2>&1 && grep -q ' 0 processes (0 dead), 0 pins ' "$work/said"
}
soon 'a repair has nothing to do, and what the dead held is free' released
for instance in $(cli ls instances); do
	succeeds "$instance is not held by anybody" cli rmdir "instances/$instance"
done
checked 'clean in the end' cli fsck
finish
