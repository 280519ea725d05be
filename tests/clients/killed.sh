#!/bin/sh
# SPDX-License-Identifier: MIT
# Clients that are killed with -9 in the middle of what they do: nothing is pinned, no server stays, every value is whole, and the next client
# finds everything in order.
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"

needs_exec
cd "$work" || exit 1
emitter ticks 1 1 >/dev/null

# starts COMMAND...: in the tree, in the background
starts()
{
	"$UTFS_CLI" exec -- "$@" >client.out 2>&1 &
	client=$!
	children="$children $client"
}

# kill_all WHAT: with its children. Then its instance can be removed, no server is left, and the state is sound.
kill_all()
{
	# shellcheck disable=SC2046 # words
	kill -9 $client $(processes | sed -n '/ \(utracefs\|grep\|sed\)$/!s/ .*//p') 2>/dev/null
	wait $client 2>/dev/null
	soon "$1: no server is left" no_servers
	cli ls instances >instances.left
	while read -r name; do
		succeeds "$1: $name is not pinned" cli rmdir "instances/$name"
	done <instances.left
	expect "$1: the state is sound" 0 "$(cli fsck >fsck.out 2>&1; echo $?)"
}

instance()
{
	cli mkdir instances/mine
	cli write instances/mine/events/load/tick/enable 1
}

reads_something()
{
	emitter ticks 1 100 >/dev/null
	[ -s client.out ]
}

for pipe in trace_pipe per_cpu/cpu0/trace_pipe; do
	instance
	starts cat $tracing/instances/mine/$pipe
	soon "cat $pipe reads" reads_something
	expect "cat $pipe: pins its instance" 1 "$(cli rmdir instances/mine 2>/dev/null; echo $?)"
	kill_all "cat $pipe"
done

instance
starts sh -c "exec 3<$tracing/instances/mine/trace_pipe 4>$tracing/instances/mine/trace_marker 5<$tracing/instances/mine/events/load/tick/hist
	head -n 1 <&3; sleep 60"
soon 'a shell that holds files open reads' reads_something
kill_all 'a shell that holds files open'

# What is being changed all the time is the one or the other afterwards.
for round in 1 2 3; do
	starts sh -c "cd $tracing; echo begun; while :; do
		for value in 1 0; do
			echo \$value >options/overwrite; echo \$value >tracing_on; echo \$value >events/load/tick/enable
			echo \$((value * 60 + 40)) >buffer_size_kb
			echo 'hist:keys=writer' >>events/load/tick/trigger; echo '!hist:keys=writer' >>events/load/tick/trigger
			echo 'seq > 3' >events/load/tick/filter; echo 0 >events/load/tick/filter
			mkdir instances/mine; echo 1 >instances/mine/events/enable; rmdir instances/mine
		done; done"
	soon "a script of changes runs ($round)" grep -q begun client.out
	sleep 0.$((round * 2))
	kill_all "a script of changes ($round)"
	expect 'values are whole' '' "$(cli cat options/overwrite tracing_on events/load/tick/enable | grep -vx '[01]\**')"
	expect 'sizes' '' "$(cli cat buffer_size_kb | grep -vx '43\|103\|1410\|7')"
	expect 'filters' '' "$(cli cat events/load/tick/filter | grep -vx 'none\|seq > 3')"
	expect 'triggers' '' "$(cli cat events/load/tick/trigger | grep -v '^#\|^hist:keys=writer:vals=hitcount:sort=hitcount:size=2048 \[active\]$')"
	cli write -a events/load/tick/trigger '!hist:keys=writer'
	cli write events/load/tick/filter 0
done
cli write tracing_on 1

if command -v trace-cmd >/dev/null; then
	starts trace-cmd record -B mine -e load:tick -O nooverwrite -o record.dat
	soon 'trace-cmd record records' says load:tick cli cat instances/mine/set_event
	emitter ticks 2 1000 >/dev/null
	kill_all 'trace-cmd record'

	# Its recorders alone: trace-cmd ends, and puts back what it changed.
	starts trace-cmd record -B mine -e load:tick -o recorders.dat
	soon 'trace-cmd records again' says load:tick cli cat instances/mine/set_event
	soon 'with recorders' grep -q . "/proc/$client/task/$client/children"
	# shellcheck disable=SC2046 # words
	kill -9 $(cat "/proc/$client/task/$client/children")
	kill -INT $client
	wait $client 2>/dev/null
	kill_all 'the recorders of trace-cmd'

	instance
	starts trace-cmd show -p -B mine
	soon 'trace-cmd show -p reads' reads_something
	kill_all 'trace-cmd show -p'

	starts trace-cmd stream -e load:tick
	soon 'trace-cmd stream begins' says load:tick cli cat set_event
	emitter ticks 1 100 >/dev/null
	kill_all 'trace-cmd stream'

	in_tree trace-cmd reset -a -d
	expect 'reset cleans up' 'nop 0 1' "$(cli cat current_tracer events/enable tracing_on | tr '\n' ' ' | sed 's/ $//')"
	in_tree trace-cmd record -q -e load:tick -o next.dat sh -c 'sleep 0.4; exec "$0" ticks 2 50 >/dev/null' "$UTFS_EMITTER" >record.log 2>&1
	expect 'and the next one records every event' 100 "$(trace-cmd report -i next.dat 2>/dev/null | grep -c ' tick: ')"
fi

# libtracefs, wherever it is.
if [ -n "${UTFS_LIBTRACEFS_CLIENT-}" ]; then
	for after in 0.2 1.1; do
		starts "$UTFS_LIBTRACEFS_CLIENT"
		soon "libtracefs runs ($after)" grep -q RUN client.out
		sleep $after
		kill_all "libtracefs after $after s"
		starts "$UTFS_LIBTRACEFS_HIST"
		soon "histograms by libtracefs run ($after)" grep -q RUN client.out
		sleep $after
		kill_all "histograms by libtracefs after $after s"
	done
fi
finish
