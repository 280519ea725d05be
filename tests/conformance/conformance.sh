#!/bin/sh
# SPDX-License-Identifier: MIT
# The facts of our tree (probe) against those of a kernel (kernel.txt, with kernel-6.12.txt laid over it). Every difference stands in expected-differences with
# what our tree answers, and why (docs/differences.md explains the words); the list may hold nothing else.
#
#	conformance.sh			the test
#	conformance.sh kernel		prints a new kernel.txt, of the kernel that runs here
#	conformance.sh differences	prints the differences there are, in the form of expected-differences; a new one's reason is '?'
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

here=$(dirname "$0")
# Another user may come as far as the mount.
chmod 711 "$work"
mkdir "$work/kernel-mnt"

# The kernel's own tracefs, in a mount namespace of its own; its instances are everybody's, so one probe at a time.
kernel_facts()
{
	unshare -m sh -c '
		mount -t tracefs nodev "$1" 2>/dev/null || exit 77
		flock -w 30 "$1/instances" timeout 60 "$2" "$1"
		status=$?
		rmdir "$1"/instances/conformance* 2>/dev/null
		exit $status' sh "$work/kernel-mnt" "$UTFS_PROBE"
}

# compare KERNEL OURS LIST: what the list lacks or has too much, and the count of facts
compare()
{
	awk -f "$here/compare.awk" "$@"
}

if [ "${1:-}" = kernel ]; then
	echo '# SPDX-License-Identifier: MIT'
	echo "# What the probe found on Linux $(uname -r). Made by: conformance.sh kernel"
	kernel_facts
	exit
fi

[ "$(id -u)" = 0 ] || {
	skip 'the probe wants to be root: the kernel lets root open a file whatever its mode is'
}
taskset -c 0 true 2>/dev/null || {
	skip 'the probe needs CPU 0'
}
"$UTFS_REGISTER" || exit 1
cat "$here/kernel.txt" "$here/kernel-6.12.txt" >"$work/reference"
mount_tree
if [ "${1:-}" != differences ]; then
	kernel_facts >"$work/kernel" 2>/dev/null &
	kernel=$!
fi
timeout 60 "$UTFS_PROBE" "$mnt" >"$work/ours"
status=$?
cli umount "$mnt"
if [ "${1:-}" = differences ]; then
	compare -v show=1 "$work/reference" "$work/ours" "$here/expected-differences"
	exit
fi
expect 'the probe ends well' 0 $status
compare "$work/reference" "$work/ours" "$here/expected-differences" >"$work/verdict"
expect 'differences are those of the list' 0 $?
cat "$work/verdict"
sed -n 's/^\([a-z-]*\): .*/\1/p' "$here/expected-differences" | sort -u >"$work/reasons"
while read -r reason; do
	expect "docs/differences.md explains '$reason'" yes \
		"$(grep -q "^|[a-z, -]*\b$reason\b[a-z, -]*|" "$here/../../docs/differences.md" && echo yes)"
done <"$work/reasons"

# For information: kernels differ from each other, too.
if wait "$kernel"; then
	echo "# The kernel here ($(uname -r)) beside the stored one:"
	compare -v show=1 "$here/kernel.txt" "$work/kernel" /dev/null | sed 's/^/# /'
else
	echo '# No tracefs of a kernel here: the stored facts only.'
fi
finish
