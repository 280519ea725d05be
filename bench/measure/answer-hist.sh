#!/bin/sh
# SPDX-License-Identifier: MIT
# Histograms: an event that is counted by one of 2,048 keys and not recorded, a pair of events of which one takes a variable that the other
# has set, and reading the whole. Beside them the same events, recorded.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	start_events
}

# counted EVENT FIGURE TRIGGER...: with these triggers, each "EVENT=TRIGGER"
counted()
{
	event=$1 figure=$2
	shift 2
	for trigger; do
		"$cli" write -a "events/bench/${trigger%%=*}/trigger" "${trigger#*=}"
	done
	"$build/bench/bench-write-utracefs" "$event" "$figure"
}

# What reads a variable goes before what sets it.
removed()
{
	for trigger; do
		"$cli" write -a "events/bench/${trigger%%=*}/trigger" "!${trigger#*=}"
	done
}

round()
{
	"$cli" write events/bench/two_ints/enable 1
	"$cli" write events/bench/filtered/enable 1
	for event in two-ints pair; do
		"$build/bench/bench-write-utracefs" $event hist.plain-$event
	done
	"$cli" write events/bench/two_ints/enable 0
	"$cli" write events/bench/filtered/enable 0

	counted two-ints hist.update 'two_ints=hist:keys=first:size=4096'
	"$build/bench/bench-timed" hist.read 2000 "$cli" cat events/bench/two_ints/hist
	removed 'two_ints=hist:keys=first:size=4096'

	counted pair hist.pair 'two_ints=hist:keys=first:begun=second' 'filtered=hist:keys=first:took=second-$begun'
	removed 'filtered=hist:keys=first:took=second-$begun' 'two_ints=hist:keys=first:begun=second'
}

finish()
{
	:
}
