#!/bin/sh
# SPDX-License-Identifier: MIT
# The wrapper has no names of its own that a program could meet, and needs nothing but libutracefs and libc.
# shellcheck source=tests/wrap/lib.sh
. "$(dirname "$0")/lib.sh"

needs nm readelf
libc=$(ldd "$UTFS_WRAPPER" | sed -n 's/^[[:space:]]*libc\.so\.6 => \([^ ]*\) .*/\1/p')

# names FILE: of the functions that it exports
names()
{
	nm -D --defined-only "$1" | awk '$2 ~ /[TWi]/ { sub(/@.*/, "", $3); print $3 }' | sort -u
}

names "$UTFS_WRAPPER" >"$work/ours"
names "$libc" >"$work/libc"
[ "$(wc -l <"$work/ours")" -gt 50 ] || fail 'hardly anything is wrapped'
expect 'names that libc does not have' "$(comm -23 "$work/ours" "$work/libc")" ''
expect 'libraries' "$(readelf -d "$UTFS_WRAPPER" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')" \
	'libc.so.6 libutracefs.so.0 '
