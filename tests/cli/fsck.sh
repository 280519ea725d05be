#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs fsck: what it says and returns. (What it finds: tests/unit/trace/check.c.)
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${UTFS_EMITTER:?}"

# status WHAT WANTED COMMAND...
status()
{
	_what=$1
	_wanted=$2
	shift 2
	"$@" >"$work/said" 2>&1
	expect "$_what" "$_wanted" $?
}

last_line()
{
	tail -n 1 "$work/said"
}

# poke FILE OFFSET: makes a byte of it another one
poke()
{
	_byte=$(od -A n -t u1 -j "$2" -N 1 "$1" | tr -d ' ')
	# shellcheck disable=SC2059 # the format is the byte
	printf "\\$(printf %o $((255 - _byte)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

arena=$UTRACEFS_DIR/arena
status 'nothing to check' 8 cli fsck
expect 'is not made' no "$([ -e "$arena" ] && echo yes || echo no)"
expect 'and says so' "utracefs: $arena: No such file or directory" "$(cat "$work/said")"
status 'an option it does not have' 2 cli fsck --all
status 'two directories' 2 cli fsck a b

succeeds 'an instance' cli mkdir instances/one
"$UTFS_EMITTER" ticks 2 100 >/dev/null
succeeds 'events' cli write events/enable 1
"$UTFS_EMITTER" ticks 2 1000 >/dev/null
status 'all is well' 0 cli fsck
expect 'it says' "$arena: clean" "$(last_line)"
succeeds 'it has counted' grep -q '2 instances, [1-9][0-9]* events of 1 systems, .*, 1 recorders, [1-9][0-9]* pages' "$work/said"
status 'all is well, repaired' 0 cli fsck --repair
status 'a file' 0 cli fsck "$arena"
mkdir -m 700 "$work/copy"
cp --sparse=always "$arena" "$work/copy/arena"
chmod 400 "$work/copy/arena"
status 'a copy' 0 cli fsck "$work/copy"
status 'JSON' 0 cli fsck --json "$work/copy"
succeeds 'JSON says the way' grep -q '"way":"read only"' "$work/said"
chmod 600 "$work/copy/arena"

# A damaged copy.
size=$(stat -c %s "$work/copy/arena")
truncate -s -4096 "$work/copy/arena"
status 'cut off' 4 cli fsck "$work/copy"
succeeds 'is named' grep -q "^0: truncated: the file has $((size - 4096)) bytes, and should have $size" "$work/said"
succeeds 'can be repaired' grep -q '^  repairable: ' "$work/said"
status 'repaired' 1 cli fsck --repair "$work/copy"
succeeds 'it says so' grep -q '^  repaired: the file gets its size back' "$work/said"
status 'clean afterwards' 0 cli fsck "$work/copy"
expect 'of its size' "$size" "$(stat -c %s "$work/copy/arena")"
UTRACEFS_DIR=$work/copy
expect 'a tree as before' one "$(cli ls instances)"
succeeds 'with its events' grep -q 'tick: writer=1 seq=999' <<TRACE
$(cli cat trace)
TRACE

poke "$work/copy/arena" 0
status 'not an arena' 4 cli fsck "$work/copy"
succeeds 'cannot be repaired' grep -q '^  cannot be repaired: remove the directory' "$work/said"
status 'nor with --repair' 4 cli fsck --repair "$work/copy"
status 'JSON of it' 4 cli fsck --json "$work/copy"
succeeds 'JSON names it' grep -q '"findings":\[{"kind":"identity","offset":0,"text":"the file is not a utracefs arena","state":"cannot be repaired"' "$work/said"
: >"$work/copy/arena"
status 'an empty file' 4 cli fsck "$work/copy"
rm "$work/copy/arena"
mkfifo "$work/copy/arena"
status 'a fifo' 8 cli fsck "$work/copy"
rm "$work/copy/arena"
ln -s "$arena" "$work/copy/arena"
status 'a symbolic link' 8 cli fsck "$work/copy"

# In use: a program that writes events all the time.
UTRACEFS_DIR=$work/domain
"$UTFS_EMITTER" drip 100000 1 >"$work/started" &
children="$children $!"
soon 'a program runs' grep -q started "$work/started"
status 'beside a program' 0 cli fsck --json
succeeds 'it is in use' grep -q '"way":"in use"' "$work/said"
status 'repair beside a program' 0 cli fsck --repair
chmod 400 "$arena"
if [ "$(id -u)" != 0 ]; then
	status 'in use, and only to be read' 8 cli fsck
fi
chmod 600 "$arena"
poke "$arena" 40
status 'a table that others cannot go on with' 4 cli fsck
finish
