#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs what the pages say: the ```sh blocks behind a line `<!-- run -->`, all of a page in one shell, in their order.
#   run-commands.sh PAGE BUILD_DIRECTORY
# A block behind `<!-- run mount -->` is left out where FUSE cannot be used, one behind `<!-- run bwrap -->` where bubblewrap cannot, one behind
# `<!-- run python -->` where the package was not built. Builds are not made again: lines that call meson or ninja
# are passed over, and build/ means the directory given; include/ and examples/ are the source's.
set -eu
page=$1 build=$2
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
group=''
# What a page has started in the background ends with it.
trap '[ -z "$group" ] || kill -- "-$group" 2>/dev/null || :; rm -rf "$work"' EXIT

mount=1
[ -r /dev/fuse ] && [ -w /dev/fuse ] && command -v fusermount3 >/dev/null || mount=''
python=1
[ -e "$build/bindings/python/utracefs/_event.abi3.so" ] || python=''
bwrap=1
bwrap --ro-bind / / --dev /dev --proc /proc --unshare-pid --unshare-ipc --unshare-uts true 2>/dev/null || bwrap=''
awk -v mount="$mount" -v python="$python" -v bwrap="$bwrap" '
/^<!-- run -->$/ { wanted = 1; next }
/^<!-- run mount -->$/ { wanted = mount; next }
/^<!-- run bwrap -->$/ { wanted = bwrap; next }
/^<!-- run python -->$/ { wanted = python; next }
/^```sh$/ && wanted { inside = 1; next }
/^```$/ { inside = wanted = 0 }
inside && !/meson|ninja/ { print }
' "$page" | sed "s,\\\$PWD/build,$build,g; s,^build/,$build/,; s, build/, $build/,g; s,/tmp/tracing,$work/tracing,g;
	s, include/, $top/include/,g; s, examples/, $top/examples/,g" >"$work/commands"
[ -s "$work/commands" ] || {
	grep -q '^<!-- run' "$page" || { echo "$page: nothing to run" && exit 1; }
	echo "what $page runs needs cannot be used here"
	exit 77
}
# A page may make its own arena; one that does not gets one here. The command is found as the page says, or in the build.
UTRACEFS_DIR=$work/arena PATH=$build/src/cli:$PATH setsid sh -eux "$work/commands" >"$work/output" 2>&1 &
group=$!
wait "$group" || {
	cat "$work/output"
	exit 1
}
# A page that shows a trace shows one with something in it.
if grep -q 'cat.*trace' "$work/commands" && ! grep -q '\] \.\.\.\.\. ' "$work/output"; then
	cat "$work/output"
	echo "$page: its commands left an empty trace"
	exit 1
fi
