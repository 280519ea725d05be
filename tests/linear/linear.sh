#!/bin/sh
# SPDX-License-Identifier: MIT
# Front ends, a mount and an application at once, on the same names: is there an order that explains it?
# UTFS_LINEAR_SECONDS=600 for long.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cli mkdir instances/a
cli rmdir instances/a
if [ -r /dev/fuse ] && [ -w /dev/fuse ]; then
	mount_tree
	set -- "$mnt"
fi
"$UTFS_LINEAR" "${UTFS_LINEAR_SECONDS:-8}" "$@" >"$work/linear"
status=$?
cat "$work/linear"
expect 'every round has an order' 0 $status
expect 'and nothing is left' '' "$(cli ls instances)"
finish
