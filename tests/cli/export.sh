#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs export: each format read back by a reader that is not ours; what is left out; what goes wrong.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

cd "$work" || exit 1
cli record -q -o kinds.dat -- sh -c 'exec "$1" kinds 2 50 >kinds.said' sh "$UTFS_EMITTER"
if cli export -f csv kinds.dat 2>&1 | grep -q 'built without'; then
	skip 'built without libtracecmd'
fi
# The emitter says "CPU EVENT: TEXT".
sort kinds.said >wanted

check()
{
	python3 "$here/export-check.py" "$@"
}

cli export -o kinds.ndjson kinds.dat
expect 'ndjson' 0 $?
check ndjson kinds.ndjson | sort >got
succeeds 'has every event, with its text' cmp wanted got
cli export -o kinds.csv kinds.dat
check csv kinds.csv | sort >got
succeeds 'csv has, too' cmp wanted got
succeeds 'and the same values of fields as ndjson' check same kinds.csv kinds.ndjson
cli export -f json kinds.dat >kinds.json
succeeds 'json is one that Chrome reads' check chrome kinds.json
expect 'with every event' 200 "$(check chrome-count kinds.json)"
expect 'suffixes' 0 "$(cli export -o kinds.jsonl kinds.dat; cmp kinds.jsonl kinds.ndjson; echo $?)"
expect 'the same to the standard output' 0 "$(cli export -f ndjson -o - kinds.dat | cmp - kinds.ndjson; echo $?)"

# Formats that need a library: what was built without it says so, once.
has_format()
{
	! cli export -f "$1" -o "probe.$1" kinds.dat 2>&1 | grep -q 'built without'
}

# fields of a Perfetto trace in text form, by Perfetto's numbers
decode()
{
	protoc --decode=utfs_perfetto.Trace "--proto_path=$UTFS_PROTO" "$UTFS_PROTO/perfetto.proto" <"$1"
}

if command -v protoc >/dev/null && has_format perfetto; then
	cli export -o kinds.pftrace kinds.dat
	succeeds 'perfetto: a trace by its schema' decode kinds.pftrace
	decode kinds.pftrace >text
	expect 'with every event' 200 "$(grep -c 'type: TYPE_INSTANT' text)"
	expect 'nothing is unknown to the schema' 0 "$(grep -c '^ *[0-9]*[:{]' text)"
	expect 'its processes and threads have names' '2 2' "$(grep -c 'process_name: "emitter"' text) $(grep -c 'thread_name: "emitter"' text)"
	expect 'names are written once' 1 "$(grep -c 'name: "numbers"' text)"
	expect 'strings' 100 "$(grep -c 'string_value: "/0*[0-9]*"' text)"
	expect 'only the first packet begins anew' 1 "$(grep -c 'sequence_flags: 3' text)"
	expect 'it is not for a terminal' 'utracefs: export: perfetto is not for a terminal: say -o FILE' \
		"$(script -qec "$UTFS_CLI export -f perfetto kinds.dat" /dev/null | tr -d '\r')"
fi
if command -v babeltrace2 >/dev/null && has_format ctf; then
	cli export -o kinds.ctf/ kinds.dat
	babeltrace2 --names none kinds.ctf >text
	expect 'ctf: every event' 200 "$(wc -l <text | tr -d ' ')"
	babeltrace2 kinds.ctf | sed -n 's/.*load:numbers: { cpu_id = \([0-9]*\).*procname = "emitter" }, { \(.*\) }/\1 numbers: \2/p' | tr -d ',' | sed 's/ = /=/g' | sort >got
	grep numbers wanted >some
	succeeds 'with its fields' cmp some got
	expect 'and its texts' 100 "$(grep -c '"/0*[0-9]*", "n[0-9]*"' text)"
	cli record -q -b 8 -e load:tick -o lost.dat -- "$UTFS_EMITTER" ticks 2 100000 >/dev/null
	cli export -o lost.ctf lost.dat
	babeltrace2 lost.ctf >text 2>warnings
	cli export -f ndjson lost.dat >lost.ndjson
	expect 'what was lost is told' "$(wc -l <lost.ndjson) $(sed -n 's/.*"lost":\([0-9]*\).*/\1/p' lost.ndjson | awk '{ n += $1 } END { print n }')" \
		"$(wc -l <text) $(grep -o 'discarded [0-9]* event' warnings | awk '{ n += $2 } END { print n }')"
	succeeds 'it was not little' [ "$(wc -l <lost.ndjson)" -lt 200000 ]
	expect 'a directory that is there stays' 'utracefs: kinds.ctf: File exists 1' "$(outcome cli export -o kinds.ctf kinds.dat)"
	expect 'it is no stream' 'utracefs: export: ctf is a directory of files: say -o DIRECTORY 2' "$(outcome cli export -f ctf kinds.dat)"
	rm -r lost.ctf lost.dat kinds.ctf
fi

# Slices, instants and counters of <utracefs/track.h>.
cli record -q -o tracks.dat -- "$UTFS_TRACKS" 6
cli export -f json -o tracks.json tracks.dat
succeeds 'tracks: slices nest' check chrome tracks.json
check chrome-phases tracks.json | sort | uniq -c | sed 's/^ *//' >got
expect 'each is what it is' '3 B compress
6 B job
3 B store
1 C queue 0
1 C queue 1
1 C queue 2
1 C queue 3
1 C queue 4
1 C queue 5
1 C queue 6
12 E
1 i queue is empty' "$(sed 's/ *$//' got)"
if [ -e kinds.pftrace ]; then
	cli export -o tracks.pftrace tracks.dat
	decode tracks.pftrace >text
	expect 'in Perfetto, too' '12 12 1 7' "$(for type in SLICE_BEGIN SLICE_END INSTANT COUNTER; do grep -c "type: TYPE_$type" text; done | tr '\n' ' ' | sed 's/ $//')"
	expect 'the counter is the process' 1 "$(grep -c 'counter {' text)"
	expect 'threads are of one process' 1 "$(grep -c 'process_name' text)"
fi

# Some of the events.
cli export -e load:texts -o texts.ndjson kinds.dat
expect 'only some events' 100 "$(wc -l <texts.ndjson | tr -d ' ')"
expect 'and no others' 0 "$(grep -c numbers texts.ndjson)"
cli export -e load:texts -e ':numbers' -o both.ndjson kinds.dat
succeeds 'two patterns' cmp both.ndjson kinds.ndjson
cli export -e load:texts -o texts.csv kinds.dat
expect 'the others have no columns' 0 "$(head -n 1 texts.csv | grep -c fields.u64)"
expect 'a pattern for nothing' "utracefs: no event matches 'load:text'; did you mean 'load:texts'? 1" \
	"$(outcome cli export -f csv -e load:text kinds.dat)"

# Clocks: what can be told in ns is; where it cannot, that is said, also in the output where there is a place for it.
for clock in counter uptime x86-tsc arm64-cntvct; do
	cli record -q -C $clock -o $clock.dat -- "$UTFS_EMITTER" ticks 1 3 >/dev/null 2>&1 || continue
	note="times are counts of the clock '$clock', not ns"
	[ $clock = counter ] || note=
	cli export -o $clock.json $clock.dat 2>said
	expect "$clock" "${note:+utracefs: export: $note}" "$(cat said)"
	expect 'is named in json' "\"clock\":\"$clock\"${note:+,\"note\":\"$note\"}" "$(sed -n 's/.*"otherData":{\([^}]*\)}.*/\1/p' $clock.json)"
	if [ -e kinds.pftrace ]; then
		cli export -o $clock.pftrace $clock.dat 2>said
		expect 'said of perfetto' "${note:+utracefs: export: $note}" "$(cat said)"
		expect 'and in it' "$note" "$(decode $clock.pftrace | sed -n 's/^ *string_value: "\(times.*\)"/\1/p' | sed 's/\\//g')"
	fi
	if command -v babeltrace2 >/dev/null && has_format ctf; then
		cli export -o $clock.ctf $clock.dat 2>said
		expect 'said of ctf' "${note:+utracefs: export: $note}" "$(cat said)"
		expect 'and in it' "$note" "$(sed -n 's/^\tdescription = "\(.*\)";/\1/p' $clock.ctf/metadata)"
	fi
	cli export -o $clock.ndjson $clock.dat 2>said
	expect 'numbers are numbers' '' "$(cat said)"
	cli report $clock.dat >text 2>/dev/null
	expect 'tells the times that trace-cmd does' "$(check seconds $clock $clock.ndjson)" "$(sed -n 's/.*\] *\([0-9.]*\): tick.*/\1/p' text | tr '\n' ' ')"
done

# Other layouts of the file, by trace-cmd, with the compressions it has: the same comes out of them.
compressions=$(trace-cmd list -c 2>/dev/null | sed -n 's/^[[:space:]]*\([a-z0-9]*\),.*/\1/p')
for compression in none $compressions; do
	trace-cmd convert --file-version 7 --compression "$compression" -i kinds.dat -o other.dat >/dev/null 2>&1 || continue
	for format in ndjson csv json; do
		cli export -f $format -o other.$format other.dat
		succeeds "version 7, $compression: $format" cmp kinds.$format other.$format
	done
	head -c 4000 other.dat >half.dat
	expect 'half of it' 'utracefs: half.dat: it ends in its middle, or is damaged 1' "$(outcome cli export -f csv half.dat)"
done
if [ -n "$compressions" ] && [ -e other.dat ]; then
	if [ -e x86-tsc.dat ]; then
		trace-cmd convert --file-version 7 --compression any -i x86-tsc.dat -o other.dat >/dev/null 2>&1
		cli export -o other.ndjson other.dat
		succeeds 'and its clock' cmp x86-tsc.ndjson other.ndjson
	fi
	LC_ALL=C sed "s/${compression}\x00/$(echo "$compression" | sed 's/./q/g')\x00/" other.dat >unknown.dat
	expect 'a compression that nobody knows' 1 "$(cli export -f csv unknown.dat 2>&1 |
		grep -c "^utracefs: unknown.dat: libtracecmd cannot read it; it is compressed with q*: does 'trace-cmd list -c' have that?")"
fi

# What is wrong.
formats='utracefs: export: the formats are perfetto, ctf, json, csv, ndjson 2'
expect 'no format' "utracefs: export: which format? Say -f FORMAT, or -o FILE with its suffix
$formats" "$(outcome cli export kinds.dat)"
expect 'a wrong one' "utracefs: export: no format is called 'jsom'; did you mean 'json'?
$formats" "$(outcome cli export -f jsom kinds.dat)"
expect 'a suffix that is none' "utracefs: export: 'kinds.xml' does not end as a format's files do; say -f
$formats" "$(outcome cli export -o kinds.xml kinds.dat)"
expect 'a file that is not there' 'utracefs: none.dat: No such file or directory 1' "$(outcome cli export -f csv none.dat)"
expect 'that is none' 'utracefs: kinds.csv: not a trace.dat 1' "$(outcome cli export -f csv kinds.csv)"
dd if=kinds.dat of=half.dat bs=1000 count=5 2>/dev/null
expect 'half of one' 'utracefs: half.dat: it ends in its middle, or is damaged 1' "$(outcome cli export -f csv half.dat)"
expect 'a place that is not there' 'utracefs: none/x.csv: No such file or directory 1' "$(outcome cli export -o none/x.csv kinds.dat)"

# An output is whole or is not there.
echo before >kept.csv
expect 'a full disk' 'utracefs: -: No space left on device 1' "$(outcome sh -c '"$1" export -f csv kinds.dat >/dev/full' sh "$UTFS_CLI")"
(
	# What grows beyond a block is not written, and who writes is told so.
	trap '' XFSZ
	ulimit -f 1
	outcome cli export -o kept.csv kinds.dat >limited
)
expect 'no room for it' 'utracefs: kept.csv: File too large 1' "$(cat limited)"
expect 'what was there is there still' before "$(cat kept.csv)"
expect 'and nothing else' kept.csv "$(echo kept.*)"
cli export -o kept.csv kinds.dat
succeeds 'it is replaced by a whole one' cmp kept.csv kinds.csv
expect 'with the rights of a new file' "$(stat -c %a kinds.said)" "$(stat -c %a kept.csv)"

# Two files are one by time where they have one clock.
cli record -q -C mono -o one.dat -- "$UTFS_EMITTER" ticks 1 20 >/dev/null
cli record -q -C mono -o two.dat -- "$UTFS_EMITTER" ticks 1 10 >/dev/null
cli export -f ndjson two.dat one.dat >both.ndjson
expect 'two files' 30 "$(wc -l <both.ndjson | tr -d ' ')"
succeeds 'in the order of their time' check sorted both.ndjson
cli record -q -C boot -o boot.dat -- "$UTFS_EMITTER" ticks 1 1 >/dev/null
expect 'of two clocks' "utracefs: 'mono' of one.dat and 'boot' of boot.dat are not one clock; record both with -C mono 1" \
	"$(outcome cli export -f csv one.dat boot.dat)"
cp one.dat trace.dat
expect 'trace.dat unless another is named' 20 "$(cli export -f ndjson | wc -l | tr -d ' ')"
# Where the program that does the work is missing.
mkdir alone
cp "$UTFS_CLI" alone/utracefs
alone/utracefs export -f csv kinds.dat >said 2>&1
expect 'without utracefs-recordings the command fails' 1 $?
succeeds 'and says why' grep -q 'export: there is no utracefs-recordings' said
expect 'that program does nothing else' "utracefs: list: this is a part of the program, run by 'utracefs' 2" \
	"$(outcome "${UTFS_CLI%/*}/utracefs-recordings" list)"
finish
