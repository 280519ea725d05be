#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that use libtracefs (libtracefs-client.c, libtracefs-hist.c), unmodified.
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"

needs_exec
# What libtracefs leaks is not ours.
for program in "$UTFS_LIBTRACEFS_CLIENT" "$UTFS_LIBTRACEFS_HIST"; do
	in_tree env ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" "$program"
	expect "$(basename "$program")" 0 $?
done
soon 'no server is left' no_servers
finish
