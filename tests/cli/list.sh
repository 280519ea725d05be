#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs list, enable, disable: events by pattern, at the root and in instances, those that are there and those that come.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${UTFS_EMITTER:?}"

expect 'nothing is registered yet' ' 0' "$(outcome cli list)"
expect 'and so nothing matches' "utracefs: no event matches 'load:tick'; no program has registered any yet 1" \
	"$(outcome cli list load:tick)"
"$UTFS_EMITTER" ticks 1 1 >/dev/null
expect 'all events, which are off' 'off load:numbers off load:texts off load:tick' "$(cli list | sort | tr '\n' ' ' | sed 's/ $//')"
succeeds 'enable by name' cli enable tick
expect 'it is on' 'on  load:tick' "$(cli list -e)"
expect 'in the tree as well' load:tick "$(cli cat set_event)"
succeeds 'enable more' cli enable 'load:t*' load:numbers
expect 'they are added' 3 "$(cli list --enabled | wc -l)"
succeeds 'disable by a pattern' cli disable load:t\*
expect 'the others stay' 'on  load:numbers' "$(cli list -e)"
succeeds 'disable all' cli disable '*:*'
expect 'nothing is on' '' "$(cli list -e)"
expect 'by pattern' 'off load:texts
off load:tick' "$(cli list 'load:t?*' | sort)"
expect 'by system' 3 "$(cli list load: | wc -l)"
expect 'by a name' 'off load:tick' "$(cli list tick)"

# What is not there.
expect 'a name that is nearly right' "utracefs: no event matches 'lod:tick'; did you mean 'load:tick'? 1" "$(outcome cli enable lod:tick)"
expect 'neighbours exchanged' "utracefs: no event matches 'tikc'; did you mean 'tick'? 1" "$(outcome cli disable tikc)"
expect 'nothing like it' "utracefs: no event matches 'zzzzz' 1" "$(outcome cli list zzzzz)"
expect 'what matches is listed all the same' 'off load:tick' "$(cli list tick zzzzz 2>/dev/null)"
expect 'an event of hist' "utracefs: no event matches 'load:tikk'; did you mean 'load:tick'? 1" "$(outcome cli hist load:tikk)"
expect 'no such instance' 'utracefs: nosuch: No such file or directory 1' "$(outcome cli list -B nosuch)"
expect 'to enable in' 'utracefs: nosuch: No such file or directory 1' "$(outcome cli enable -B nosuch tick)"
expect 'no pattern' 'usage: utracefs enable [-p] [-B INSTANCE] PATTERN... 2' "$(outcome cli enable)"

# Filters and triggers.
cli write events/load/tick/filter 'seq > 3'
cli write events/load/tick/trigger 'traceoff:1 if seq == 7'
expect 'what hangs on it' 'off load:tick
      if seq > 3
      trigger traceoff:count=1 if seq == 7' "$(cli list tick)"
expect 'the same for programs' \
	'{"instance":null,"events":[{"system":"load","event":"tick","enabled":false,"filter":"seq > 3","triggers":["traceoff:count=1 if seq == 7"]}]}' \
	"$(cli list --json tick)"

# Instances.
cli mkdir instances/one
succeeds 'in an instance' cli enable --instance=one tick
expect 'there it is on' 'on  load:tick' "$(cli list -B one -e)"
expect 'at the root it is not' '' "$(cli list -e)"
expect 'the instance has no filter of its own' '{"instance":"one","events":[{"system":"load","event":"tick","enabled":true,"filter":null,"triggers":[]}]}' \
	"$(cli list --json -B one -e)"
succeeds 'disable there' cli disable -B one load
expect 'nothing is on there' '' "$(cli list -B one -e)"
succeeds 'it is not in use' cli rmdir instances/one

# What is to come.
UTRACEFS_DIR=$work/later
expect 'before it is there' 1 "$(outcome cli enable load | tail -c 1)"
succeeds 'a pattern for later' cli enable -p 'load:t*' nope
expect 'is a rule' 'load:t* enable
nope:* enable
*:nope enable' "$(cli cat pending_events)"
"$UTFS_EMITTER" ticks 1 1 >/dev/null
expect 'what came is on' 2 "$(cli list -e | wc -l)"
expect 'and was recorded from the first' 1 "$(cli cat trace | grep -c 'tick: writer=0 seq=0')"
succeeds 'no longer' cli disable --pending 'load:t*'
expect 'neither now' '' "$(cli list -e)"
expect 'nor later' 'nope:* enable
*:nope enable' "$(cli cat pending_events)"
succeeds 'what never came, either' cli disable -p nope
expect 'no rule is left' '' "$(cli cat pending_events)"

# Colours are for terminals, and for those who want them.
succeeds 'something is on' cli enable tick
esc=$(printf '\033')
expect 'no colours in a pipe' 0 "$(cli list | grep -c "$esc")"
if command -v script >/dev/null; then
	on_terminal()
	{
		TERM=xterm script -qec "$UTFS_CLI list -e" /dev/null </dev/null | grep -c "$esc"
	}
	expect 'colours on a terminal' 1 "$(on_terminal)"
	expect 'not with NO_COLOR' 0 "$(NO_COLOR=1 on_terminal)"
	expect 'an empty NO_COLOR means nothing' 1 "$(NO_COLOR='' on_terminal)"
fi
cli list >/dev/full 2>"$work/error"
expect 'a full standard output is an error' 1 $?
finish
