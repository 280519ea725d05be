#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs ls.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

expect 'the root' "$(cli ls /)" "$(cli ls)"
expect 'names in order' "$(cli ls | sort)" "$(cli ls)"
expect 'without the dots' 0 "$(cli ls events | grep -c '^\.')"
expect 'a path with and without slashes' "$(cli ls events/ftrace)" "$(cli ls //events//ftrace/)"
expect 'a file is itself' tracing_on "$(cli ls tracing_on)"
expect '-l: mode, links, owner, group, size, name' "-rw-r----- 1 $(id -un) $(id -gn) 0 tracing_on" "$(cli ls -l tracing_on)"
expect '-l of a directory' 1 "$(cli ls -l | grep -c '^drwxr-x--- 2 .* 0 instances$')"
expect 'several get headings' "events/ftrace:
$(cli ls events/ftrace)
per_cpu:
$(cli ls per_cpu)" "$(cli ls events/ftrace per_cpu)"
expect 'nothing there' 'utracefs: none: No such file or directory 1' "$(outcome cli ls none)"
expect 'the others are listed all the same' tracing_on "$(cli ls none tracing_on 2>/dev/null)"
expect 'a file is no directory' 'utracefs: trace/x: Not a directory 1' "$(outcome cli ls trace/x)"
cli ls -x >/dev/null 2>&1
expect 'unknown option: usage' 2 $?
cli ls >/dev/full 2>"$work/error"
expect 'a full standard output is an error' 1 $?
expect 'that is named' 'utracefs: standard output: No space left on device' "$(cat "$work/error")"
finish
