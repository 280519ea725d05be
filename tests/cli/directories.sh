#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs mkdir and rmdir.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

name255=$(printf '%0255d' 0)
name300=$(printf '%0300d' 0)
# says_of COMMAND PATH MESSAGE
says_of()
{
	expect "$1 $(echo "$2" | cut -c 1-40)" "utracefs: $2: $3 1" "$(outcome cli "$1" "$2")"
}
succeeds 'mkdir' cli mkdir instances/a
expect 'it is there' a "$(cli ls instances)"
expect 'with its files' 1 "$(cli cat instances/a/tracing_on)"
succeeds 'several, with slashes' cli mkdir /instances/b instances//c/
expect 'all there' 'a
b
c' "$(cli ls instances)"
succeeds 'the longest name' cli mkdir "instances/$name255"
succeeds 'is removed' cli rmdir "instances/$name255"
says_of mkdir instances/a 'File exists'
says_of mkdir instances 'File exists'
says_of mkdir "instances/$name300" 'File name too long'
says_of mkdir instances/.. 'File exists'
says_of mkdir instances/. 'File exists'
says_of mkdir / 'File exists'
says_of mkdir '' 'No such file or directory'
says_of mkdir foo 'Operation not permitted'
says_of mkdir events/foo 'Operation not permitted'
says_of mkdir instances/a/foo 'Operation not permitted'
says_of mkdir instances/a/instances 'Operation not permitted'
says_of mkdir instances/none/foo 'No such file or directory'
says_of mkdir tracing_on/foo 'Not a directory'
says_of rmdir instances 'Operation not permitted'
says_of rmdir events 'Operation not permitted'
says_of rmdir instances/a/events 'Operation not permitted'
says_of rmdir instances/none 'No such file or directory'
says_of rmdir none 'No such file or directory'
says_of rmdir trace 'Not a directory'
says_of rmdir instances/. 'Invalid argument'
says_of rmdir instances/.. 'Directory not empty'
expect 'one of several fails: the others are made' 'utracefs: instances/a: File exists' \
	"$(cli mkdir instances/d instances/a instances/e 2>&1)"
expect 'all there' 5 "$(cli ls instances | wc -l | tr -d ' ')"
succeeds 'all removed' cli rmdir instances/a instances/b instances/c instances/d instances/e
expect 'none left' '' "$(cli ls instances)"
cli mkdir 2>/dev/null
expect 'no path: usage' 2 $?
cli rmdir -p instances/a 2>/dev/null
expect 'unknown option: usage' 2 $?

cli mkdir instances/busy
cli write instances/busy/trace_marker here
"$UTFS_CLI" cat instances/busy/trace_pipe >"$work/pipe" &
holder=$!
children="$children $holder"
soon 'a reader reads' grep -q here "$work/pipe"
expect 'and pins it' 'utracefs: instances/busy: Device or resource busy 1' "$(outcome cli rmdir instances/busy)"
kill -9 $holder
soon 'a killed one no more' says '' cli rmdir instances/busy
finish
