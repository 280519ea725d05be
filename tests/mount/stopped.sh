#!/bin/sh
# SPDX-License-Identifier: MIT
# Processes that are stopped with a lock in their hands: others' events go on, others are told who it is, and its death frees everybody.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

mount_tree
mkfifo "$work/orders"
"$UTFS_EVENTS" 1 <"$work/orders" >"$work/application" &
children="$children $!"
exec 9>"$work/orders"
soon 'an application' grep -q ready "$work/application"
echo 1 >"$mnt/events/many/enable"

# stop_holder LOCK: the pid is $holder
stop_holder()
{
	: >"$work/holding"
	"$UTFS_HOLDER" "$1" >"$work/holding" &
	holder=$!
	children="$children $holder"
	soon "somebody has the $1 lock" grep -q holding "$work/holding"
	kill -STOP $holder
}

written()
{
	[ "$(grep -c written "$work/application")" = "$1" ]
}

stop_holder event
echo 100 >&9
soon "and the application's events go on" written 1
# All at once: each waits for ten seconds.
cli cat tracing_on >"$work/cli" 2>&1 &
waiting=$!
probe mkdir "$mnt/instances/a" >"$work/mkdir" &
waiting="$waiting $!"
expect 'the mount answers with an error' 1 "$(probe read "$mnt/tracing_on" 10 | grep -c ETIMEDOUT)"
# shellcheck disable=SC2086 # several
wait $waiting
expect 'mkdir, too' ETIMEDOUT "$(cat "$work/mkdir")"
expect 'the command says who has it' 1 "$(grep -c "holder (process $holder)" "$work/cli")"
echo 100 >&9
soon 'events still go on' written 2
kill -9 $holder
soon 'its death frees the lock, at once' says 1 cat "$mnt/tracing_on"
expect 'what it had begun is not there' ENOENT "$(probe access "$mnt/instances/half")"
expect 'nor for the command' '' "$(cli ls instances)"
succeeds 'its name is free' mkdir "$mnt/instances/half"
succeeds 'and can be removed' rmdir "$mnt/instances/half"

stop_holder reader
echo 100 >&9
soon "a stopped reader does not hold up events" written 3
expect 'nor changes' 0 "$(echo 0 >"$mnt/events/many/enable" && cat "$mnt/events/many/enable")"
cli cat trace >"$work/cli" 2>&1 &
waiting=$!
probe read "$mnt/trace" 100 >"$work/read"
wait $waiting
expect 'readers of the same buffer are told' 1 "$(grep -c "holder (process $holder)" "$work/cli")"
expect 'in the mount by an error' 1 "$(grep -c ETIMEDOUT "$work/read")"
kill -CONT $holder
kill -9 $holder
soon 'its death frees the buffer' grep -q event0 "$mnt/trace"
expect 'all is there' 300 "$(grep -c event0 "$mnt/trace")"
finish
