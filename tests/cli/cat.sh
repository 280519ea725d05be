#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs cat: values, streams that wait, how it ends.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

expect 'a value' 1 "$(cli cat tracing_on)"
expect 'several' '1
nop' "$(cli cat tracing_on /current_tracer)"
expect 'nothing there' 'utracefs: none: No such file or directory 1' "$(outcome cli cat none)"
expect 'a directory' 'utracefs: events: Is a directory 1' "$(outcome cli cat events)"
expect 'a file that cannot be read' 'utracefs: trace_marker: Invalid argument 1' "$(outcome cli cat trace_marker)"
expect 'the others come all the same' 1 "$(cli cat none tracing_on 2>/dev/null)"
cli cat 2>/dev/null
expect 'no path: usage' 2 $?

"$UTFS_CLI" cat trace_pipe >"$work/pipe" &
reader=$!
children="$children $reader"
sleep 0.3
cli write trace_marker hello
soon 'a waiting cat gets the first event' grep -q 'tracing_mark_write: hello' "$work/pipe"
expect 'it is the only reader' 'utracefs: trace_pipe: Device or resource busy' "$(cli cat trace_pipe 2>&1)"
kill $reader
wait $reader
expect 'SIGTERM ends it as it ends others' 143 $?
timeout --preserve-status -k 5 -s INT 0.3 "$UTFS_CLI" cat trace_pipe >"$work/pipe"
expect 'so does Ctrl-C' 130 $?
mkdir_and_remove()
{
	cli mkdir instances/i && timeout -k 5 -s INT 0.3 "$UTFS_CLI" cat instances/i/trace_pipe
	cli rmdir instances/i
}
succeeds 'and nothing stays pinned' mkdir_and_remove
cli write trace_marker one
cli write trace_marker two
expect 'a reader that goes away ends it quietly' 'one' \
	"$(timeout 10 "$UTFS_CLI" cat trace 2>"$work/error" | sed -n '/mark_write/{s/.*: //;p;q;}')"
expect 'without a word' '' "$(cat "$work/error")"
sh -c '"$1" cat trace; echo $? >"$2"' sh "$UTFS_CLI" "$work/status" | :
expect 'ended by SIGPIPE' 141 "$(cat "$work/status")"
cli cat trace >/dev/full 2>"$work/error"
expect 'a full standard output is an error' 1 $?
expect 'that is named' 'utracefs: standard output: No space left on device' "$(cat "$work/error")"
finish
