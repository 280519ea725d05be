#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs exec where tracefs is mounted in one way or another. Needs root, in a mount namespace of its own.
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"

needs_exec
[ "$(id -u)" = 0 ] || skip 'only root can mount a tracefs'
unshare -m sh -c "mkdir '$work/probe' && mount -t tracefs nodev '$work/probe'" 2>/dev/null ||
	skip 'no tracefs can be mounted here'
mkdir "$work/one" "$work/two words" "$work/debug"
cli mkdir instances/ours

# inside SCRIPT: a namespace for each case
inside()
{
	unshare -m sh -c "exec=\"'$UTFS_CLI' exec --\"; work='$work'; tracing=$tracing; $1" 2>"$work/error"
}

expect 'no tracefs: one is mounted for the command' 'ours /sys/kernel/tracing' "$(inside '
	umount -l $tracing; umount -l $tracing
	eval "$exec ls $tracing/instances"
	eval "$exec awk '\''\$3 == \"tracefs\" { print \$2 }'\'' /proc/mounts"' | tr '\n' ' ' | sed 's/ $//')"
expect 'two tracefs: both are covered' 'ours ours ours' "$(inside '
	mount -t tracefs nodev "$work/one"; mount -t tracefs nodev "$work/two words"
	eval "$exec sh -c '\''ls \"$work/one/instances\" \"$work/two words/instances\" $tracing/instances'\''"' |
	grep -x ours | tr '\n' ' ' | sed 's/ $//')"
expect 'debugfs: its tracing/ is covered' ours "$(inside '
	mount -t debugfs nodev "$work/debug"
	eval "$exec ls $work/debug/tracing/instances"')"
expect 'a command whose directory is covered is in the tree' ours "$(inside '
	mount -t tracefs nodev "$work/one"; cd "$work/one/instances"
	eval "$exec ls"')"
expect 'what is mounted later arrives there' later "$(inside '
	mount --make-rshared / && mount -t tmpfs none "$work/one"
	eval "$exec sh -c '\''echo > $work/go; while ! [ -e $work/two/later ]; do sleep 0.05; done; ls $work/two'\''" &
	while ! [ -e $work/go ]; do sleep 0.05; done
	mkdir "$work/two"; mount -t tmpfs none "$work/two"; touch "$work/two/later"
	wait')"

# A kernel without tracefs: nothing can be mounted, so /proc/mounts is told.
expect 'no tracefs to be had: /proc/mounts names the tree' 'ours ours' "$(inside '
	umount -l $tracing; umount -l $tracing
	unshare --user --map-current-user --mount --keep-caps sh -c "
		'"$UTFS_CLI"' exec sh -c '\''cd \$(awk \"\\\$3 == \\\"tracefs\\\" { print \\\$2; exit }\" /proc/mounts) && ls instances
			sh -c \"ls $tracing/instances\"'\''"' | tr '\n' ' ' | sed 's/ $//')"
finish
