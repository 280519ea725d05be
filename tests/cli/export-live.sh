#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs export --live: what an instance holds, which stays there.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

cd "$work" || exit 1
"$UTFS_EMITTER" kinds 2 1 >/dev/null
if cli export --live -f csv 2>&1 | grep -q 'built without'; then
	skip 'built without libtracecmd'
fi
cli mkdir instances/flight
cli enable -B flight 'load:*' >/dev/null
expect 'nothing yet' '0' "$(outcome cli export --live -f ndjson -B flight | tr -d ' ')"
"$UTFS_EMITTER" kinds 2 50 >said
"$UTFS_TRACKS" 6
cli cat instances/flight/trace >before
formats='csv json ndjson'
for format in perfetto ctf; do
	cli export --live -B flight -f $format -o "live.$format" 2>&1 | grep -q 'built without' || formats="$formats $format"
done
for format in $formats; do
	rm -rf "live.$format"
	cli export --live -B flight -f "$format" -o "live.$format"
	expect "$format" 0 $?
done
expect 'every event' 200 "$(wc -l <live.ndjson | tr -d ' ')"
sort said >wanted
python3 "$here/export-check.py" ndjson live.ndjson | sort >got
succeeds 'with its text' cmp wanted got
cli cat instances/flight/trace >after
succeeds 'nothing is consumed' cmp before after
expect 'and it goes on' 1 "$(cli cat instances/flight/tracing_on)"

# What a recording of the same has.
cli record -q -B flight -o flight.dat -- true
for format in $formats; do
	cli export -f "$format" -o "file.$format" flight.dat
	case $format in
	ctf)
		command -v babeltrace2 >/dev/null || continue
		babeltrace2 live.ctf >live.text
		babeltrace2 file.ctf >file.text
		succeeds "$format is that of a recording" cmp live.text file.text
		;;
	csv) succeeds "$format is that of a recording" python3 "$here/export-check.py" same-table live.csv file.csv ;;
	*) succeeds "$format is that of a recording" cmp "live.$format" "file.$format" ;;
	esac
done

# Events that there are, also those of which none is held, and those of the whole tree.
expect 'of which there are none' '0' "$(outcome cli export --live -f ndjson -B flight -e load:tick | tr -d ' ')"
expect 'a pattern for nothing' "utracefs: no event matches 'load:ticks'; did you mean 'load:tick'? 1" "$(outcome cli export --live -f ndjson -B flight -e load:ticks)"
cli enable load:texts >/dev/null
"$UTFS_EMITTER" kinds 1 3 >/dev/null
cli disable load:texts >/dev/null
expect 'the root' 3 "$(cli export --live -f ndjson | wc -l | tr -d ' ')"

# What made way is counted.
cli write instances/flight/trace ''
cli write instances/flight/buffer_size_kb 8
"$UTFS_EMITTER" ticks 2 20000 >/dev/null
cli export --live -f ndjson -B flight >lost.ndjson
succeeds 'not all are there' [ "$(wc -l <lost.ndjson)" -lt 40000 ]
expect 'those that are not are counted' 40000 "$(($(wc -l <lost.ndjson) + $(sed -n 's/.*"lost":\([0-9]*\).*/\1/p' lost.ndjson | awk '{ n += $1 } END { print n + 0 }')))"

# The snapshot.
cli write instances/flight/trace ''
cli write instances/flight/buffer_size_kb 100
"$UTFS_EMITTER" ticks 1 7 >/dev/null
cli write instances/flight/snapshot 1
"$UTFS_EMITTER" ticks 1 2 >/dev/null
expect 'the snapshot, and what came since' '7 2' "$(cli export --live -s -f ndjson -B flight | wc -l | tr -d ' ') $(cli export --live -f ndjson -B flight | wc -l | tr -d ' ')"

# What is wrong.
expect 'an instance that is not there' 'utracefs: none: No such file or directory 1' "$(outcome cli export --live -f csv -B none)"
for wrong in '--live file.dat' '-B flight file.dat' '-s'; do
	# shellcheck disable=SC2086 # words
	expect "$wrong" 2 "$(cli export -f csv $wrong 2>/dev/null; echo $?)"
done
dat="utracefs: export: a trace.dat is what 'utracefs record' makes, and of what buffers hold 'utracefs exec -- trace-cmd extract'"
expect 'who wants a trace.dat' 1 "$(cli export --live -f dat 2>&1 | grep -cxF "$dat")"
expect 'is told, by its suffix as well' 1 "$(cli export --live -o now.dat 2>&1 | grep -cxF "$dat")"
expect 'an instance in use is nobody else'"'"'s' 0 "$(cli rmdir instances/flight; echo $?)"
finish
