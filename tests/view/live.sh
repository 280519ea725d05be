#!/bin/sh
# SPDX-License-Identifier: MIT
# What programs record while the viewer looks.
# shellcheck source=tests/view/lib.sh
. "$(dirname "$0")/lib.sh"

needs curl

# instances: how many there are
instances()
{
	cli ls instances | grep -c . || true
}

# seen: events that have come so far, whether they are kept or not
seen()
{
	ask info >"$work/status"
	echo $(($(value events) + $(value dropped)))
}

# has_seen NUMBER
has_seen()
{
	[ "$(seen)" = "$1" ]
}

expect 'live, or a file' 2 "$(cli view --live "$work/shop.dat" 2>/dev/null; echo $?)"
# has_all NUMBER: those that were lost included
has_all()
{
	ask info >"$work/status"
	[ $(($(value events) + $(value lost))) = "$1" ]
}

for option in '-e shop:*' '-b 1000' '-k 1000'; do
	# shellcheck disable=SC2086 # two words
	expect "${option%% *} is for --live" 2 "$(cli view $option "$work/shop.dat" 2>/dev/null; echo $?)"
done
expect 'too few to keep' 2 "$(cli view --live -k 999 2>/dev/null; echo $?)"
expect 'buffers that are none' 1 "$(cli view --live -b none 2>/dev/null; echo $?)"
expect 'leave no instance' 0 "$(instances)"

start_view --live -b 4096 -k 1000 -e 'shop:*'
expect 'an instance' 1 "$(instances)"
expect 'of its own' "record-$viewer" "$(cli ls instances)"
expect 'that nobody takes away' 1 "$(cli rmdir "instances/record-$viewer" 2>/dev/null; echo $?)"
expect 'what there is' 200 "$(ask info)"
expect 'is live' 1 "$(grep -c '"live":true' "$work/body")"
expect 'and nothing yet' '0 0' "$(value events) $(value dropped)"

# 4 events of each request, one less for a cache hit, a parcel for each fourth.
"$UTFS_SHOP" 100 4 50
soon 'events come' has_seen 405
expect 'all are there' '405 0 0' "$(value events) $(value dropped) $(value lost)"
expect 'of types that came with them' 6 "$(grep -o '"system":"shop"' "$work/body" | wc -l)"
expect 'of threads by name' 4 "$(grep -o '"name":"worker-[0-3]"' "$work/body" | wc -l)"
expect 'in processes' 2 "$(grep -o '"pid":[1-9][0-9]*' "$work/body" | sort -u | wc -l)"
end=$(value end)
expect 'a window' 200 "$(ask window "from=0&to=$((end + 1))&bins=100&rows=0,1,2,3,4")"
expect 'has all of them' 405 "$(sum)"
expect 'a filter' 200 "$(ask filter 'filter=status%20%3D%3D%20500')"
expect 'says how many' 2 "$(value accepted)"
expect 'the last event' 200 "$(ask event 'id=404')"
expect 'has its text' 1 "$(grep -c '"text":"id=[0-9]* ' "$work/body")"

# While the page asks: nothing is seen twice, nothing goes back.
"$UTFS_SHOP" 400 4 5000 &
shop=$!
children="$children $shop"
last=405
while kill -0 $shop 2>/dev/null; do
	now=$(seen)
	if [ "$now" -lt "$last" ]; then
		expect 'events that go back' "$last" "$now"
	fi
	last=$now
	sleep 0.05
done
wait $shop
expect 'they come while it runs' 1 $((last > 405))
soon 'all of them' has_seen 2025
expect 'the oldest quarter has made way, again and again' '775 1250' "$(value events) $(value dropped)"
expect 'none was lost' 0 "$(value lost)"
expect 'the first that is there' 200 "$(ask event 'id=1250')"
expect 'one that went' 404 "$(ask event 'id=0')"
ask filter 'filter=id%20%3E%3D%200' >"$work/status"
expect 'a filter has those that are there' 775 "$(value accepted)"

kill -INT "$viewer"
wait "$viewer"
expect 'Ctrl-C ends it well' 0 $?
expect 'and its instance' 0 "$(instances)"

# More than the buffers hold while nobody looks: what is missing is said, to the event.
start_view --live -b 16
kill -STOP "$viewer"
"$UTFS_SHOP" 2000 4 0
kill -CONT "$viewer"
soon 'what is left comes' has_all 8100
succeeds 'the most was lost' [ "$(value lost)" -gt 4050 ]
lost=$(value lost) end=$(value end)
expect 'gaps' 200 "$(ask lost "from=0&to=$((end + 1))&bins=10")"
expect 'have all of them' "$lost" "$(total lost)"
kill -TERM "$viewer"
wait "$viewer"

start_view --live
expect 'a new one is empty' 0 "$(seen)"
kill -9 "$viewer"
wait "$viewer"
expect 'what one leaves that was killed' "record-$viewer" "$(cli ls instances)"
start_view --live
expect 'goes with the next' "record-$viewer" "$(cli ls instances)"
"$UTFS_SHOP" 4 1 50
soon 'which has all events' has_seen 16
cli write events/shop/enable 0
kill -TERM "$viewer"
wait "$viewer"
expect 'ends well' 0 $?
expect 'and leaves nothing' 0 "$(instances)"
finish
