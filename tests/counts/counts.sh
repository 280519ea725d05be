#!/bin/sh
# SPDX-License-Identifier: MIT
# Instructions that the paths which matter take, compared with what they took before: counts are repeatable where times are not. More than 5% more is a failure, and
# so is 5% less: then the figures are to be brought up to date, so that the next loss is seen.
#
#   counts.sh PROGRAM KEY [--update]      (meson test -C build instruction-counts; meson compile -C build update-instruction-counts)
#
# KEY names what the counts depend on: machine, compiler, kind of build. Where there are no figures for it there is nothing to compare with (exit status 77). --update
# writes them and prints old and new; the commit's text says why they changed.
set -eu
program=$1 key=$2 update=${3-}
figures=$(dirname "$0")/figures
tolerance=5

if ! command -v valgrind >/dev/null; then
	echo 'valgrind is not installed'
	exit 77
fi
if [ -z "$update" ] && ! grep -q "^$key " "$figures"; then
	echo "no figures for $key"
	exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -m 700 "$work/domain"
# The C library chooses its string functions by the CPU: here the same ones on all. What meson has it do with freed memory is not counted.
if ! MALLOC_PERTURB_=0 UTRACEFS_DIR=$work/domain UTRACEFS_ARENA_SIZE=256M GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-AVX2_Usable,-AVX,-ERMS,-SSE4_2 \
	valgrind --tool=callgrind --callgrind-out-file="$work/out" "$program" >"$work/log" 2>&1; then
	cat "$work/log"
	exit 1
fi
for dump in "$work"/out.*; do
	awk '/^desc: Trigger: Client Request: / { name = $NF } /^(totals|summary): / { n = $2 } END { if (name) print name, n / 1000 }' "$dump"
done | sort >"$work/now"

if [ -n "$update" ]; then
	awk -v key="$key" 'NR == FNR { if ($1 == key) old[$2] = $3; next } { print $1 ": " ($1 in old ? old[$1] : "none"), "->", $2 }' "$figures" "$work/now"
	grep -v "^$key " "$figures" >"$work/figures" || :
	sed "s/^/$key /" "$work/now" >>"$work/figures"
	cat "$work/figures" >"$figures"
	exit 0
fi
awk -v key="$key" -v tolerance=$tolerance '
NR == FNR { if ($1 == key) before[$2] = $3; next }
{ now[$1] = $2 }
END {
	for (name in before) {
		n++
		change = name in now ? (now[name] / before[name] - 1) * 100 : 100
		bad = change > tolerance || change < -tolerance
		failures += bad
		printf "%s - %s: %s instructions, %s before (%+.1f%%)\n", bad ? "not ok" : "ok", name, now[name], before[name], change
	}
	if (n != 11)
		failures++
	print n + 0 " counts, " failures + 0 " failures"
	exit failures > 0
}' "$figures" "$work/now"
