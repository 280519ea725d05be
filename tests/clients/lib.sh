#!/bin/sh
# SPDX-License-Identifier: MIT
# What the tests of clients share beyond tests/lib.sh; sourced. From the build: UTFS_CLI, UTFS_EMITTER.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

tracing=/sys/kernel/tracing

skip()
{
	echo "$1"
	exit 77
}

emitter()
{
	"$UTFS_EMITTER" "$@"
}

# Runs a tool with the tree of this test's domain.
in_tree()
{
	"$UTFS_CLI" exec -- "$@"
}

needs_exec()
{
	needs_fuse
	in_tree true 2>"$work/output" || skip "utracefs exec does not work here: $(head -n 1 "$work/output")"
}

needs_command()
{
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# The processes that serve trees of this test's domain.
servers()
{
	for directory in /proc/[0-9]*; do
		# Processes come and go meanwhile.
		if [ "$(cat "$directory/comm" 2>/dev/null)" = utracefs ] &&
			tr '\0' '\n' 2>/dev/null <"$directory/environ" | grep -qx "UTRACEFS_DIR=$UTRACEFS_DIR"; then
			echo "${directory#/proc/}"
		fi
	done 2>/dev/null
}

no_servers()
{
	[ -z "$(servers)" ]
}
