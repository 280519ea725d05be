#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs exec: a command finds the tree where it expects the kernel's; status and signals pass; nothing is left behind.
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"

needs_exec
emitter ticks 1 1 >/dev/null

# The command and the tree ---------------------------------------------------------------------------

expect 'the tree is at /sys/kernel/tracing' load "$(in_tree ls $tracing/events | grep -x load)"
in_tree mkdir $tracing/instances/a
expect 'it is the tree of the domain' a "$(cli ls instances)"
# What libtracefs does, in awk.
# shellcheck disable=SC2016 # for the inner shell
cat >"$work/first" <<'INNER'
cd "$(awk '$3 == "tracefs" { print $2; exit }' /proc/mounts)" && ls instances
INNER
expect 'the first tracefs in /proc/mounts leads to it' a "$(in_tree sh "$work/first")"
expect 'for the children of the command, too' a "$(in_tree sh -c "sh -c 'sh $work/first'")"
expect 'and within another exec' a "$(in_tree "$UTFS_CLI" exec sh "$work/first")"
expect 'standard input and output are the command'\''s' hello "$(echo hello | in_tree cat)"
expect 'so is the working directory' "$work" "$(cd "$work" && in_tree pwd)"
expect 'and who runs it' "$(id -u):$(id -g)" "$(in_tree sh -c 'echo $(id -u):$(id -g)')"
expect 'writes arrive' 0 "$(in_tree sh -c "echo 0 >$tracing/tracing_on" && cli cat tracing_on)"
expect 'and are read back' 1 "$(in_tree sh -c "echo 1 >$tracing/tracing_on && cat $tracing/tracing_on")"

# The files that stand in for the kernel's -----------------------------------------------------------

if [ -e /proc/sys/kernel/ftrace_enabled ]; then
	before=$(cat /proc/sys/kernel/ftrace_enabled 2>/dev/null)
	expect 'ftrace_enabled can be written' 0 "$(in_tree sh -c '
		echo 0 >/proc/sys/kernel/ftrace_enabled && cat /proc/sys/kernel/ftrace_enabled')"
	expect 'the kernel'\''s is left alone' "$before" "$(cat /proc/sys/kernel/ftrace_enabled 2>/dev/null)"
	expect 'and another command has its own' 1 "$(in_tree cat /proc/sys/kernel/ftrace_enabled)"
fi

# Status and signals ---------------------------------------------------------------------------------

in_tree sh -c 'exit 7'
expect 'the exit status' 7 $?
in_tree sh -c 'kill -TERM $$' 2>/dev/null
expect 'death by a signal' 143 $?
in_tree "$work/none" 2>"$work/error"
expect 'a command that is not there' 127 $?
expect 'is named' "utracefs: $work/none: No such file or directory" "$(cat "$work/error")"
: >"$work/file"
in_tree "$work/file" 2>/dev/null
expect 'a command that cannot be run' 126 $?
cli exec 2>/dev/null
expect 'no command' 2 $?
cli exec -x true 2>/dev/null
expect 'no such option' 2 $?
expect 'options of the command are its own' '-x' "$(cli exec echo -x)"

# shellcheck disable=SC2016 # for the inner shell
"$UTFS_CLI" exec -- sh -c 'trap "echo caught; exit 3" USR1; echo ready; while :; do sleep 0.05; done' >"$work/trap" &
child=$!
children="$children $child"
soon 'a command runs' grep -q ready "$work/trap"
kill -USR1 $child
wait $child
expect 'a signal reaches the command itself' 3 $?
expect 'which catches it' caught "$(tail -n 1 "$work/trap")"
soon 'no server is left' no_servers

# Nothing is left behind -----------------------------------------------------------------------------

"$UTFS_CLI" exec -- cat $tracing/instances/a/trace_pipe >"$work/pipe" &
child=$!
children="$children $child"
# Not before it has it open: an rmdir that comes earlier succeeds.
soon 'a reader has it open' sh -c "ls -l /proc/$child/fd | grep -q 'instances/a/trace_pipe'"
succeeds 'and pins the instance' not cli rmdir instances/a
expect 'which stays' a "$(cli ls instances)"
expect 'no mount is seen outside' '' "$(grep -E "utracefs-exec| $tracing .*fuse.utracefs" /proc/self/mountinfo)"
expect 'there is one server' 1 "$(servers | wc -l | tr -d ' ')"
expect 'it has nothing of ours open' '' "$(find "/proc/$(servers)/fd" -lname "$work/pipe")"
kill -9 $child
wait $child 2>/dev/null
soon 'killed with -9, it pins nothing' sh -c '"$1" rmdir instances/a || ! "$1" ls instances/a' sh "$UTFS_CLI"
soon 'and leaves no server' no_servers

"$UTFS_CLI" exec -- sleep 100 &
child=$!
children="$children $child"
soon 'a command sleeps' sh -c "[ \$(cat /proc/$child/comm) = sleep ]"
kill -9 "$(servers)"
soon 'a server killed with -9 is gone' no_servers
succeeds 'the command lives' kill -0 $child
kill $child
wait $child 2>/dev/null

in_tree sh -c "(sleep 0.5; cat $tracing/tracing_on >$work/late) >/dev/null 2>&1 &"
soon 'what a command leaves running still has the tree' grep -q 1 "$work/late"
soon 'and its end is the server'\''s' no_servers

# What is refused ------------------------------------------------------------------------------------

mkdir -m 777 "$work/open"
chmod 777 "$work/open"
UTRACEFS_DIR=$work/open cli exec -- touch "$work/touched" 2>"$work/error"
expect 'a domain that is not ours alone' 1 $?
expect 'is named' 1 "$(grep -c "$work/open" "$work/error")"
expect 'and nothing was run' '' "$(ls "$work/touched" 2>/dev/null)"

# A mount that is there already ----------------------------------------------------------------------

cli exec -m "$mnt" true 2>"$work/error"
expect '-m: nothing mounted' 1 $?
expect 'says so' "utracefs: $mnt: no utracefs is mounted there" "$(cat "$work/error")"
mount_tree
mkdir "$mnt/instances/b"
expect '-m: the mount is used' b "$(UTRACEFS_DIR=$work/open cli exec -m "$mnt" ls $tracing/instances)"
expect 'also where it was' b "$(UTRACEFS_DIR=$work/open cli exec -m "$mnt" ls "$mnt/instances")"
cli umount "$mnt"
finish
