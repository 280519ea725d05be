#!/bin/sh
# SPDX-License-Identifier: MIT
# A program that uses libtracefs (libtracefs-client.c), unmodified.
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"

needs_exec
in_tree "$UTFS_LIBTRACEFS_CLIENT"
status=$?
soon 'no server is left' no_servers
[ $status = 0 ] && [ $failures = 0 ]
