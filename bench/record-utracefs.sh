#!/bin/sh
# SPDX-License-Identifier: MIT
# Records what a program writes, raw, one file for each CPU, until it has ended and all is on disk. Arguments: the command, a directory,
# and the program with its arguments' values. Leaves "stream.lost N" in the directory's file lost.
set -eu
cli=$1 directory=$2 program=$3 events=$4 rate=$5
readers=''

"$cli" write trace 0 2>/dev/null || :
for cpu in $("$cli" ls per_cpu); do
	cpu=${cpu%/}
	"$cli" cat "per_cpu/$cpu/trace_pipe_raw" >"$directory/$cpu" &
	readers="$readers $!"
done
"$program" ignored "$events" "$rate" >/dev/null
# Ended readers have written what they took; what is left was not taken.
sleep 0.2
for reader in $readers; do
	kill -TERM "$reader"
	wait "$reader" || :
done
for cpu in $("$cli" ls per_cpu); do
	"$cli" cat "per_cpu/${cpu%/}/stats"
done | awk '/^(overrun|commit overrun|dropped events):/ { sum += $NF } END { print "stream.lost", sum + 0 }' >"$directory/lost"
