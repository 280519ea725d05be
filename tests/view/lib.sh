#!/bin/sh
# SPDX-License-Identifier: MIT
# What the tests of the viewer share; sourced. UTFS_SHOP: the program that is looked at (shop.c).
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# record_shop FILE REQUESTS [CLOCK]: with a warehouse there are 4 events of each request, one less for a cache hit, and a parcel for each fourth
record_shop()
{
	if ! cli record -q -b 20000 -C "${3:-local}" -o "$1" -- "$UTFS_SHOP" "$2" 4 50; then
		echo 'not ok - nothing was recorded'
		exit 1
	fi
}

# record_lossy FILE: 200 requests, 2000 of which the most are lost as the recorder does not run, 200 requests; 9720 events, of one CPU
record_lossy()
{
	cat >"$work/lossy" <<-'END'
		cpu=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
		taskset -cp "$cpu" $$ >/dev/null
		"$UTFS_SHOP" 200 4 50
		# Something has to be there before the gap.
		tries=0
		until "$UTFS_CLI" cat "instances/record-$PPID/per_cpu/cpu$cpu/stats" | grep -q '^read events: [1-9]' || [ $((tries += 1)) = 200 ]; do
			sleep 0.05
		done
		kill -STOP "$PPID"
		"$UTFS_SHOP" 2000 4 0
		kill -CONT "$PPID"
		"$UTFS_SHOP" 200 4 50
	END
	if ! cli record -q -b 16 -o "$1" -- sh "$work/lossy"; then
		echo 'not ok - nothing was recorded'
		exit 1
	fi
}

# start_view ARGUMENT...: $address and $viewer, its process
start_view()
{
	: >"$work/address"
	"$UTFS_CLI" view "$@" >"$work/address" 2>"$work/said" &
	viewer=$!
	children="$children $viewer"
	soon 'an address is printed' grep -q '^http://127\.0\.0\.1:[0-9]*/[0-9a-f]\{32\}/$' "$work/address"
	address=$(cat "$work/address")
}

# status CURL-ARGUMENT...: the answer's number; its body is in $work/body, its head in $work/head
status()
{
	curl -s --noproxy '*' --path-as-is -o "$work/body" -D "$work/head" -w '%{http_code}' "$@"
}

# ask NAME [PARAMETERS]: what the page would get
ask()
{
	status "${address}api/$1?${2-}"
}

# value NAME: the first number of this name in the last answer
value()
{
	grep -o "\"$1\":[0-9]*" "$work/body" | head -n 1 | sed 's/.*://'
}

# total NAME: of the numbers of this name in the last answer
total()
{
	grep -o "\"$1\":[0-9]*" "$work/body" | awk -F: '{ n += $2 } END { print n + 0 }'
}

# sum: of the counts in a binary answer, every second word
sum()
{
	od -An -v -w8 -tu4 "$work/body" | awk '{ n += $1 } END { print n + 0 }'
}
