#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs whose tracing cannot work run on, say why when asked, print nothing of their own accord, and leave nothing behind.
#   helper.sh HELPER
# HELPER is linked statically or not: the answers are the same. Runs in a domain of its own (in-domain.sh).
set -u
helper=$1
top=$UTRACEFS_DIR
failed=0

# expect WHAT PATTERN TEXT: the text matches the shell pattern
expect()
{
	# shellcheck disable=SC2254 # it is a pattern
	case $3 in
	$2) ;;
	*)
		echo "$1: expected '$2', got '$3'"
		failed=$((failed + 1))
		;;
	esac
}

# run WHAT COMMAND...: in a directory of its own; first line to $one, second to $two; standard error stays empty
run()
{
	what=$1
	shift
	out=$("$@" 2>"$top/stderr") || expect "$what: exit status" 0 $?
	expect "$what: standard error" '' "$(cat "$top/stderr")"
	one=$(echo "$out" | sed -n 1p)
	two=$(echo "$out" | sed -n 2p)
}

NO_EVENT='event -19 runtime -19 written -19 message -19 errno 77'

export UTRACEFS_DIR="$top/works"
run works "$helper" status
expect works "1 0 active: $top/works/arena" "$one"
expect works 'event 0 runtime 0 written 0 message 9 errno 77' "$two"

export UTRACEFS_DIR="$top/off"
run off env UTRACEFS=off "$helper" status
expect off '2 0 off: *UTRACEFS=off*' "$one"
expect off "$NO_EVENT" "$two"
[ ! -e "$top/off" ] || expect 'off: files made' none "$(ls -R "$top/off")"

# Only the word switches it off.
run 'not off' env UTRACEFS=on "$helper" status
expect 'not off' '1 0 active: *' "$one"

export UTRACEFS_DIR="$top/missing/deep"
run missing "$helper" status
expect missing "3 -2 inactive: $top/missing/deep: *" "$one"
expect missing "$NO_EVENT" "$two"

export UTRACEFS_DIR="$top/open"
mkdir -m 777 "$top/open"
run 'open to all' "$helper" status
expect 'open to all' "3 -1 inactive: $top/open: *mode*0777*" "$one"

export UTRACEFS_DIR="$top/damaged"
mkdir -m 700 "$top/damaged"
dd if=/dev/urandom of="$top/damaged/arena" bs=4096 count=16 2>/dev/null
chmod 600 "$top/damaged/arena"
run damaged "$helper" status
expect damaged "3 -74 inactive: $top/damaged/arena: *" "$one"
expect damaged "$NO_EVENT" "$two"

export UTRACEFS_DIR="$top/link"
mkdir -m 700 "$top/link"
ln -s "$top/works/arena" "$top/link/arena"
run link "$helper" status
expect link "3 -1 inactive: $top/link/arena: *symbolic link*" "$one"

# Too small a file system would be as good; a limit on the size of files needs no root. 16 blocks of 512 bytes.
export UTRACEFS_DIR="$top/full"
out=$(ulimit -f 16 && trap '' XFSZ && "$helper" status 2>&1)
expect full "3 -* inactive: $top/full*" "$(echo "$out" | sed -n 1p)"

export UTRACEFS_DIR="$top/rseq"
out=$(UTRACEFS=off "$helper" no-rseq 2>&1)
case $? in
0)
	# Nobody has an arena there: one in locked mode is made.
	expect 'no rseq, first' "1 0 active: *" "$(echo "$out" | sed -n 1p)"
	export UTRACEFS_DIR="$top/works"
	out=$(UTRACEFS=off "$helper" no-rseq 2>&1)
	if [ -z "${UTRACEFS_LOCKED-}" ]; then
		expect 'no rseq, second' "4 -95 inactive: $top/works/arena: *rseq*" "$(echo "$out" | sed -n 1p)"
		expect 'no rseq, second' "$NO_EVENT" "$(echo "$out" | sed -n 2p)"
	fi
	;;
77) echo "no seccomp here: $out" ;;
*) expect 'no rseq' 'exit status 0' "$out" ;;
esac

export UTRACEFS_DIR="$top/works"
expect 'open descriptors' "$(UTRACEFS=off "$helper" fds)" "$("$helper" fds)"
[ $failed -eq 0 ]
