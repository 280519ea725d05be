#!/bin/sh
# SPDX-License-Identifier: MIT
# What the shell tests of the front ends share; sourced. From the build: UTFS_CLI (the command), UTFS_PROBE (system calls, one
# by one), UTFS_TOY (a mount of a tree that has nothing to do with tracing). Each test has a domain and a mount point of its own.
# Each check prints "ok - ..." or "not ok - ..."; the last line of a test is `finish`.
set -u
: "${UTFS_CLI:?}"
# shellcheck source=tests/needs.sh
. "$(dirname "$0")/../needs.sh"

# shellcheck disable=SC2034 # for those who source this
LC_ALL=C
export LC_ALL
work=$(mktemp -d)
mkdir -m 700 "$work/domain"
mkdir "$work/mnt"
UTRACEFS_DIR=$work/domain
export UTRACEFS_DIR
mnt=$work/mnt
failures=0
checks=0
children=

cleanup()
{
	for child in $children; do
		# Of one that was waited for the number may be another process's by now.
		if grep -q "^PPid:	$$\$" "/proc/$child/status" 2>/dev/null; then
			kill -9 "$child" 2>/dev/null
		fi
	done
	# Whatever is mounted anywhere in it, several times perhaps.
	while mounted=$(awk -v at="$work/" 'index($5, at) == 1 { print $5; exit }' /proc/self/mountinfo) && [ -n "$mounted" ]; do
		mounted=$(printf '%b' "$(echo "$mounted" | sed 's/\\\([0-7]\)/\\0\1/g')")
		umount -l "$mounted" 2>/dev/null || fusermount3 -u -z "$mounted" || break
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

cli()
{
	"$UTFS_CLI" "$@"
}

probe()
{
	"$UTFS_PROBE" "$@"
}

# expect WHAT WANTED GOT
expect()
{
	checks=$((checks + 1))
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		failures=$((failures + 1))
		echo "not ok - $1: wanted '$2', got '$3'"
	fi
}

# succeeds WHAT COMMAND...
succeeds()
{
	_what=$1
	shift
	"$@" >"$work/output" 2>&1
	expect "$_what" 0 $?
}

# soon WHAT COMMAND...: it comes true within ten seconds
soon()
{
	_what=$1
	shift
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		if [ $tries = 200 ]; then
			expect "$_what" 'in time' never
			return
		fi
		sleep 0.05
	done
	expect "$_what" 0 0
}

# outcome COMMAND...: what it prints, and its exit status, in one line
outcome()
{
	_output=$("$@" 2>&1)
	_status=$?
	printf '%s %s' "$_output" $_status
}

not()
{
	! "$@"
}

# says TEXT COMMAND...: does it print just that?
says()
{
	wanted=$1
	shift
	[ "$("$@" 2>&1)" = "$wanted" ]
}

finish()
{
	echo "$checks checks, $failures failures"
	[ $failures = 0 ]
	exit
}

needs_fuse()
{
	if ! [ -r /dev/fuse ] || ! [ -w /dev/fuse ]; then
		skip '/dev/fuse cannot be used here'
	fi
}

# Mounts the tree of this test's domain.
mount_tree()
{
	needs_fuse
	if ! cli mount "$@" "$mnt"; then
		echo 'not ok - mount'
		exit 1
	fi
}

# mount_toy [OPTIONS]: the server's pid is $toy
mount_toy()
{
	needs_fuse
	: >"$work/toy"
	"$UTFS_TOY" "$mnt" "$@" >"$work/toy" 2>&1 &
	toy=$!
	children="$children $toy"
	soon 'the toy is mounted' grep -q ready "$work/toy"
	if ! grep -q ready "$work/toy"; then
		cat "$work/toy"
		exit 1
	fi
}

# The processes that serve $mnt; the command line names it.
server_pids()
{
	for directory in /proc/[0-9]*; do
		# It may have ended meanwhile.
		if { tr '\0' ' ' <"$directory/cmdline"; } 2>/dev/null | grep -q "mount .*$mnt\$\|mount .*$mnt \$"; then
			echo "${directory#/proc/}"
		fi
	done
}

# stays_small WHAT PID PAGES: PID has not become bigger than it was with PAGES resident pages; 256 are for its allocator. A sanitizer
# keeps what is freed: then there is nothing to see.
stays_small()
{
	now=$(resident_pages "$2")
	if grep -q 'lib[at]san' "/proc/$2/maps"; then
		return
	fi
	succeeds "$1: $3 pages, then $now" [ $((now - $3)) -lt 256 ]
}

resident_pages()
{
	cut -d ' ' -f 2 "/proc/$1/statm"
}

is_mounted()
{
	grep -q " $mnt " /proc/self/mountinfo
}

is_dead()
{
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}
