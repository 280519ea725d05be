#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs exec without root: a user namespace of its own. Run by root it becomes another user, with a /dev/fuse that all may open.
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"

needs_fuse
chmod 755 "$work"
if [ "$(id -u)" = 0 ]; then
	needs setpriv
	user=65534
	chown -R "$user:$user" "$work/domain"
	if ! mkdir "$work/dev" || ! mount -t tmpfs -o mode=755 none "$work/dev" ||
		! mknod -m 666 "$work/dev/fuse" c 10 229; then
		umount "$work/dev" 2>/dev/null
		skip 'no device can be made here'
	fi
	as_user()
	{
		unshare -m sh -c 'mount --bind "$1" /dev/fuse && shift && exec "$@"' sh "$work/dev/fuse" \
			setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
	}
	trap 'umount "$work/dev"; cleanup' EXIT
	as_user test -x "$UTFS_CLI" || skip 'another user cannot reach this build'
	as_user test -r "$UTFS_EMITTER" || skip 'another user cannot reach this build'
else
	user=$(id -u)
	as_user()
	{
		"$@"
	}
fi
as_user "$UTFS_CLI" exec true 2>"$work/output" || skip "users get no namespaces here: $(head -n 1 "$work/output")"

as_user "$UTFS_EMITTER" ticks 1 1 >/dev/null
expect 'the user is who he was' "$user" "$(as_user "$UTFS_CLI" exec id -u)"
expect 'without privileges' 0000000000000000 "$(as_user "$UTFS_CLI" exec sed -n 's/^CapEff:.//p' /proc/self/status)"
expect 'the tree is his' "$user" "$(as_user "$UTFS_CLI" exec stat -c %u $tracing/tracing_on)"
succeeds 'to write' as_user "$UTFS_CLI" exec mkdir $tracing/instances/a
expect 'it is that of the domain' a "$(as_user "$UTFS_CLI" ls instances)"
# shellcheck disable=SC2016 # for the inner shell
expect 'the first tracefs in /proc/mounts leads to it' a "$(as_user "$UTFS_CLI" exec sh -c '
	cd "$(awk '\''$3 == "tracefs" { print $2; exit }'\'' /proc/mounts)" && ls instances')"
# shellcheck disable=SC2016 # for the inner shell
expect 'for children, too' a "$(as_user "$UTFS_CLI" exec sh -c 'sh -c '\''
	cd "$(awk "\$3 == \"tracefs\" { print \$2; exit }" /proc/mounts)" && ls instances'\')"
if [ -e /proc/sys/kernel/ftrace_enabled ]; then
	expect 'ftrace_enabled can be written' 0 "$(as_user "$UTFS_CLI" exec sh -c '
		echo 0 >/proc/sys/kernel/ftrace_enabled && cat /proc/sys/kernel/ftrace_enabled')"
fi
as_user "$UTFS_CLI" exec sh -c 'exit 9'
expect 'the exit status' 9 $?
if command -v trace-cmd >/dev/null; then
	as_user "$UTFS_CLI" exec trace-cmd record -q -e load:tick -o "$work/domain/trace.dat" \
		sh -c "sleep 0.3; '$UTFS_EMITTER' ticks 2 100" >"$work/output" 2>&1
	expect 'trace-cmd record' 0 $?
	expect 'records every event' 200 "$(trace-cmd report -i "$work/domain/trace.dat" 2>/dev/null | grep -c 'tick:')"
fi
soon 'no server is left' no_servers

if [ "$(id -u)" = 0 ]; then
	# No /dev/fuse for him: what to do is said, and nothing is run.
	chmod 600 "$work/dev/fuse"
	as_user "$UTFS_CLI" exec touch "$work/domain/touched" 2>"$work/error"
	expect 'no /dev/fuse: it fails' 1 $?
	expect 'says why' 'utracefs: /dev/fuse: Permission denied' "$(head -n 1 "$work/error")"
	expect 'and runs nothing' '' "$(ls "$work/domain/touched" 2>/dev/null)"
	chmod 666 "$work/dev/fuse"
	# Nor may he make a user namespace.
	as_user unshare -Urm sh -c 'echo 0 >/proc/sys/user/max_user_namespaces &&
		exec setpriv --inh-caps=-all --bounding-set=-all "$@"' sh "$UTFS_CLI" exec true 2>"$work/error"
	expect 'no user namespaces: it fails' 1 $?
	expect 'says why' 1 "$(grep -c 'cannot make a user namespace' "$work/error")"
	expect 'and what to do' 1 "$(grep -c max_user_namespaces "$work/error")"
fi
finish
