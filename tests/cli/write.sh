#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs write: text, standard input, > and >>.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

succeeds 'a value' cli write tracing_on 0
expect 'is written' 0 "$(cli cat tracing_on)"
succeeds 'with slashes' cli write //tracing_on 1
expect 'is written' 1 "$(cli cat /tracing_on)"
cli write trace_marker several words  'and  spaces'
expect 'words are joined as echo joins them' 'several words and  spaces' \
	"$(cli cat trace | sed -n 's/.*tracing_mark_write: //p')"
cli write trace_marker -- -n
expect 'text that looks like an option' 1 "$(cli cat trace | grep -c 'write: -n$\|write: -- -n$')"
printf 'from input\n' | cli write trace_marker
expect 'the standard input' 1 "$(cli cat trace | grep -c 'write: from input$')"
expect 'nothing of it is emptied' 1 "$(cli cat trace | grep -c 'several words')"
cli write -a trace x
expect '-a does not empty' 1 "$(cli cat trace | grep -c 'several words')"
cli write trace </dev/null
expect 'without -a it is opened as by >' 0 "$(cli cat trace | grep -c 'several words')"

for command in 'write tracing_on abc' 'write events/enable 2' 'write trace_clock bogus' 'write available_events x' \
	'write buffer_size_kb 0' 'write set_event nosuch:event'; do
	# shellcheck disable=SC2086
	set -- $command
	expect "$command" "utracefs: $2: Invalid argument 1" "$(outcome cli "$@")"
done
expect 'the value is still what it was' 1 "$(cli cat tracing_on)"
expect 'nothing there' 'utracefs: none: No such file or directory 1' "$(outcome cli write none x)"
expect 'a directory' 'utracefs: events: Is a directory 1' "$(outcome cli write events x)"
cli write 2>/dev/null
expect 'no path: usage' 2 $?
cli write -x tracing_on 0 2>/dev/null
expect 'unknown option: usage' 2 $?
expect 'nothing was written' 1 "$(cli cat tracing_on)"
expect 'an input that cannot be read' 'utracefs: standard input: Is a directory 1' \
	"$(outcome cli write trace_marker </)"
awk 'BEGIN { for (i = 0; i < 6000; i++) printf "x" }' >"$work/long"
cli write trace_marker <"$work/long"
expect 'what one event cannot hold goes on in another' 2 "$(cli cat trace | grep -c xxx)"
finish
