#!/bin/sh
# SPDX-License-Identifier: MIT
# Latencies between two events, of one program and of two: measured by histograms, without a trace.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

start='hist:keys=id:ts0=common_timestamp.usecs,c=client'
stop='hist:keys=id:us=common_timestamp.usecs-$ts0:onmatch(request.enter).trace(latency,id,$us,status,$c):onmax($us).save(id,status)'

# sum FIELD: over all latencies that were recorded
sum()
{
	cli cat trace | sed -n "s/.* latency: .* $1=\\([0-9]*\\).*/\\1/p" | awk '{ n += $1 } END { print n + 0 }'
}

count()
{
	cli cat trace | grep -c ' latency: '
}

"$UTFS_LATENCY" both 0 0
cli write synthetic_events 'latency u64 id; u64 us; int status; char client[16]'
cli write -a events/request/enter/trigger "$start"
succeeds 'a match of two events' cli write -a events/request/leave/trigger "$stop"
cli write events/synthetic/latency/trigger 'hist:keys=us.buckets=1000000:vals=status'
cli write events/synthetic/latency/enable 1
"$UTFS_LATENCY" both 1 5 20
expect 'each request is measured' 5 "$(count)"
expect 'with what the first event knew' 5 "$(cli cat trace | grep -c 'client=tester')"
expect 'none was faster than it can be' 1 "$(($(sum us) >= 100000))"
expect 'a histogram of the latencies' 5 "$(cli cat events/synthetic/latency/hist | awk '/Hits/ { print $2 }')"
expect 'with the sum of a field' 1000 "$(cli cat events/synthetic/latency/hist | awk '/status/ { n += $NF } END { print n }')"
expect 'the slowest one of each key is known' 5 "$(cli cat events/request/leave/hist | grep -c '^	max: .* status:        200$')"

: | cli write trace
"$UTFS_LATENCY" enter 1000 3
sleep 0.2
"$UTFS_LATENCY" leave 1000 3
expect 'from one process to another' 3 "$(count)"
expect 'with the time between them' 1 "$(($(sum us) >= 600000))"
"$UTFS_LATENCY" leave 1000 3
expect 'a variable is taken once' 3 "$(count)"
"$UTFS_LATENCY" leave 2000 3
expect 'what never entered does not leave' 3 "$(count)"

: | cli write trace
cli write events/synthetic/latency/filter 'id == 3001'
"$UTFS_LATENCY" both 3000 3
expect 'synthetic events are filtered' 1 "$(count)"
cli write events/synthetic/latency/filter 0

# Many processes at once; what is entered leaves exactly once.
: | cli write trace
processes=
for i in 1 2 3 4; do
	"$UTFS_LATENCY" both "${i}0000" 200 &
	processes="$processes $!"
done
for i in $processes; do
	wait "$i"
done
expect 'of many processes at once' 800 "$(count)"
expect 'each request once' 800 "$(cli cat trace | sed -n 's/.* latency: id=\([0-9]*\) .*/\1/p' | sort -u | wc -l)"
expect 'utracefs hist draws them' 1 "$(cli hist synthetic:latency | grep -c '^p50 ')"
expect 'nothing was dropped' 0 "$(cli cat events/request/leave/hist | awk '/Dropped/ { print $2 }')"

# A field of the other event, without a variable that says so.
cli write -a synthetic_events 'plain u64 id; char client[16]'
succeeds 'a plain field of the other event' cli write -a events/request/leave/trigger \
	'hist:keys=id:onmatch(request.enter).trace(plain,id,client)'
expect 'a histogram there keeps it' 1 "$(cli cat events/request/enter/trigger | grep -c ':synthetic_client=client:')"
cli write events/synthetic/plain/enable 1
: | cli write trace
"$UTFS_LATENCY" enter 5000 2
"$UTFS_LATENCY" leave 5000 2
expect 'it is the other event'"'"'s' 'id=5000 client=tester id=5001 client=tester' \
	"$(cli cat trace | sed -n 's/.* plain: //p' | sort | tr '\n' ' ' | sed 's/ $//')"

# A synthetic event that writes itself ends.
: | cli write trace
cli write -a synthetic_events 'again u64 n'
cli write -a events/synthetic/again/trigger 'hist:keys=common_pid:m=n+1:onmatch(synthetic.again).again($m)'
cli write events/synthetic/again/enable 1
cli write -a events/request/enter/trigger 'hist:keys=id:o=id:onmatch(request.leave).again($o)'
"$UTFS_LATENCY" enter 7 1
expect 'at a depth of 3' 'n=7 n=8 n=9' "$(cli cat trace | sed -n 's/.* again: //p' | tr '\n' ' ' | sed 's/ $//')"
finish
