#!/bin/sh
# SPDX-License-Identifier: MIT
# What programs rely on that were built with an earlier libutracefs.so: symbols with their versions, sizes, offsets, values, the soname.
# All of it stands in src/app/utracefs.abi. What is new is added there (abi.sh SOURCE LIBRARY --print); what has gone, or is another
# number, breaks those programs.
#   abi.sh SOURCE-DIR LIBRARY [--print]
set -eu
source=$1 library=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

${CC:-cc} -I "$source/include" -o "$work/abi" "$source/tests/install/abi.c" \
	"$library" "-Wl,-rpath,$(dirname "$library")"
{
	readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/soname \1/p'
	nm -D --defined-only "$library" | awk '$2 != "A" { print "symbol " $3 }'
	UTRACEFS=off "$work/abi"
} | LC_ALL=C sort >"$work/now"
if [ "${3-}" = --print ]; then
	cat "$work/now"
	exit
fi
grep -v "^#" "$source/src/app/utracefs.abi" | LC_ALL=C sort >"$work/before"
status=0
comm -23 "$work/before" "$work/now" | sed 's/^/gone or changed: /' >"$work/gone"
comm -13 "$work/before" "$work/now" | sed 's/^/new: /' >"$work/new"
cat "$work/gone" "$work/new"
[ ! -s "$work/gone" ] || status=1
[ ! -s "$work/new" ] || status=1
# The check itself sees what goes.
sed '/utfs_marker/d' "$work/now" >"$work/less"
[ "$(comm -23 "$work/before" "$work/less" | grep -c utfs_marker)" = 1 ] || status=1
exit $status
