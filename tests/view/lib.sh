#!/bin/sh
# SPDX-License-Identifier: MIT
# What the tests of the viewer share; sourced. UTFS_SHOP: the program that is looked at (shop.c).
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# record_shop FILE REQUESTS: with a warehouse there are 4 events of each request, one less for a cache hit, and a parcel for each fourth
record_shop()
{
	if ! cli record -q -b 20000 -o "$1" -- "$UTFS_SHOP" "$2" 4 50; then
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
