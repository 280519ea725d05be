#!/bin/sh
# SPDX-License-Identifier: MIT
# A program that uses libtracefs (libtracefs-client.c), unmodified.
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"

needs_exec
# What the library itself does not free is not what a sanitized build is asked about.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS
# What libtracefs leaks is not ours.
in_tree env ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" "$UTFS_LIBTRACEFS_CLIENT"
status=$?
soon 'no server is left' no_servers
[ $status = 0 ] && [ $failures = 0 ]
