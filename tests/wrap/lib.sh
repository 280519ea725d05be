#!/bin/sh
# SPDX-License-Identifier: MIT
# What the wrapper's tests share. From the build: UTFS_CLI (the command), UTFS_WRAPPER (the library), UTFS_PROGRAMS (folder of
# the test programs). Each test has a domain of its own.
set -eu
# shellcheck source=tests/needs.sh
. "$(dirname "$0")/../needs.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -m 700 "$work/domain"
export UTRACEFS_DIR="$work/domain"
unset UTRACEFS UTRACEFS_WRAP LD_PRELOAD

cli()
{
	"$UTFS_CLI" "$@"
}

# traced COMMAND...: under the wrapper
traced()
{
	env LD_PRELOAD="$UTFS_WRAPPER" "$@"
}

# Makes the wrapper's events known and turns them on, with so many KiB of buffer per CPU.
enable_all()
{
	traced true
	cli write buffer_size_kb "$1"
	cli write events/libc/enable 1
}

# The recorded events, one per line, without the header; nothing may have been lost.
trace_events()
{
	cli cat trace >"$work/trace"
	if grep -q 'LOST' "$work/trace"; then
		fail 'events were lost: the test needs bigger buffers'
	fi
	sed '/^#/d' "$work/trace"
}

# count PATTERN FILE
count()
{
	grep -cE -- "$1" "$2" || :
}

fail()
{
	echo "FAIL: $*" >&2
	exit 1
}

# expect WHAT GOT WANTED
expect()
{
	[ "$2" = "$3" ] || fail "$1: '$2' instead of '$3'"
}
