#!/bin/sh
# SPDX-License-Identifier: MIT
# A kernel's trace and one of programs, recorded at the same time with one clock, are one: what was written in turns stands in turns. The kernel's
# tree is mounted in a mount namespace of its own, and used in an instance of its own.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
tracing=$work/tracing
instance=$tracing/instances/utfs-$$

# In the namespace: records what is written in turns.
record()
{
	mount -t tracefs nodev "$tracing" && mkdir "$instance" || exit 1
	echo "$1" >"$instance/trace_clock"
	echo 1 >"$instance/events/sched/sched_process_exec/enable"
	i=1
	while [ $i -le 9 ]; do
		echo "kernel $i" >"$instance/trace_marker"
		cli write instances/one/trace_marker "ours $i"
		i=$((i + 1))
	done
	echo 0 >"$instance/tracing_on"
	python3 "$here/kernel-dat.py" "$tracing" "$instance" sched >kernel.dat
	echo 0 >"$instance/events/enable"
	rmdir "$instance"
}
if [ "${1:-}" = record ]; then
	trap - EXIT
	rm -r "$work"
	work=$3 tracing=$3/tracing instance=$3/tracing/instances/$4 UTRACEFS_DIR=$3/domain
	cd "$work" || exit 1
	record "$2"
	exit
fi

mkdir "$tracing"
if [ "$(id -u)" != 0 ] || ! unshare -m sh -c "mount -t tracefs nodev '$tracing' && mkdir '$instance' && rmdir '$instance'" 2>/dev/null; then
	skip "the kernel's tracefs cannot be used here"
fi
cd "$work" || exit 1
if cli export -f csv none.dat 2>&1 | grep -q 'built without'; then
	skip 'built without libtracecmd'
fi

# both CLOCK: records what is written in turns, into ours.dat and kernel.dat
both()
{
	cli mkdir instances/one
	cli record -q -B one -C "$1" -o ours.dat -- unshare -m sh "$here/export-kernel.sh" record "$1" "$work" "utfs-$$"
	cli rmdir instances/one
}

both mono
cli export -f ndjson -e ftrace:print kernel.dat ours.dat >both.ndjson
sed -n 's/.*"text":"\(.*\)"}/\1/p' both.ndjson >texts
for i in 1 2 3 4 5 6 7 8 9; do
	printf 'kernel %d\nours %d\n' $i $i
done >wanted
succeeds 'what was written in turns stands in turns' cmp wanted texts
succeeds "the kernel's other events are there, too" \
	[ "$(cli export -f ndjson -e sched_process_exec kernel.dat ours.dat | grep -c '"filename":"/')" -ge 9 ]
succeeds 'in one table' cli export -o both.csv kernel.dat ours.dat
expect 'of all' "$(($(cli export -f ndjson kernel.dat | wc -l) + $(cli export -f ndjson ours.dat | wc -l)))" \
	"$(python3 "$here/export-check.py" rows both.csv)"

both local
expect 'their own clocks are two' "utracefs: 'local' of kernel.dat and 'local' of ours.dat are not one clock; record both with -C mono 1" \
	"$(outcome cli export -f csv kernel.dat ours.dat)"
finish
