#!/bin/sh
# SPDX-License-Identifier: MIT
# Reads that wait: they wake, they end with a signal, they hold nobody up.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

mount_toy
# $1: seconds after which something is fed
feed_later()
{
	(
		sleep "$1"
		echo "$2" >"$mnt/feed"
	) &
}

expect 'O_NONBLOCK: EAGAIN' EAGAIN "$(probe read "$mnt/pipe" 1 rn)"
feed_later 0.3 one
expect 'a waiting read gets what comes' 'one\n' "$(timeout 10 "$UTFS_PROBE" read "$mnt/pipe" 100)"
echo two >"$mnt/feed"
expect 'what is there is read at once' 'two\n' "$(timeout 10 "$UTFS_PROBE" read "$mnt/pipe" 100)"

timeout --preserve-status -k 5 -s INT 0.3 cat "$mnt/pipe"
expect 'Ctrl-C ends a waiting cat' 130 $?
timeout --preserve-status -k 5 0.3 cat "$mnt/pipe"
expect 'timeout ends a waiting cat' 143 $?
timeout -s KILL 0.3 cat "$mnt/pipe" 2>/dev/null
expect 'so does SIGKILL' 137 $?

# Many more than there are workers: the mount still answers.
readers=
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	timeout -k 5 10 cat "$mnt/pipe" >"$work/reader$i" &
	readers="$readers $!"
done
sleep 0.3
echo ok >"$mnt/value"
expect 'twenty waiting reads hold up nobody' ok "$(timeout 10 cat "$mnt/value")"
echo all >"$mnt/feed"
soon 'one of them gets the data' grep -q all "$work"/reader*
cat "$work"/reader* >"$work/readers"
expect 'only one' 1 "$(grep -c all "$work/readers")"
for reader in $readers; do
	kill "$reader"
done
for reader in $readers; do
	wait "$reader"
done 2>/dev/null
expect 'all of them ended' 0 "$(jobs -l | grep -c 'Running.*reader')"

# Two threads on one descriptor wait side by side.
timeout 10 "$UTFS_PROBE" share "$mnt/pipe" >"$work/share" &
share=$!
soon 'two threads wait' grep -q waiting "$work/share"
printf ab >"$mnt/feed"
wait $share
expect 'both threads get a byte' OK "$(tail -n 1 "$work/share")"

# Interrupts and data at once: a read gives what came, or says that it was interrupted, and then nothing is lost.
timeout -k 5 30 "$UTFS_PROBE" storm "$mnt/pipe" 200 >"$work/storm" &
storm=$!
i=0
while [ $i -lt 200 ]; do
	printf . >"$mnt/feed"
	i=$((i + 1))
done
wait $storm
expect 'every byte arrived, between interrupts' '200 some' "$(cat "$work/storm")"

# Readers that are killed while they wait.
i=0
while [ $i -lt 20 ]; do
	timeout -k 5 -s INT "0.0$((i % 5 + 1))" cat "$mnt/pipe" >/dev/null &
	last=$!
	sleep 0.02
	printf . >"$mnt/feed"
	wait $last
	i=$((i + 1))
done
timeout -s INT 0.2 cat "$mnt/pipe" >/dev/null
expect 'none of them holds anything back' EAGAIN "$(probe read "$mnt/pipe" 1 rn)"
succeeds 'the server lives' kill -0 "$toy"
finish
