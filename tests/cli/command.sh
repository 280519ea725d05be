#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs itself: help, version, usage, arenas that are refused.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

expect 'version' 'utracefs 0.1.0' "$(cli version)"
expect '--version' 'utracefs 0.1.0' "$(cli --version)"
expect 'help is printed' 0 "$(cli help >"$work/help"; echo $?)"
sed -n 's/^  \([a-z]*\)  .*/\1/p' "$work/help" >"$work/commands"
succeeds 'help names the commands' test "$(wc -l <"$work/commands")" -ge 17
while read -r command; do
	expect "help $command" "usage: utracefs $command" "$(cli help "$command" | sed -n 1p | cut -d ' ' -f 1-3)"
	expect "help $command: example" 1 "$(cli help "$command" | grep -c '^Examples*:$')"
	expect "$command --help" "$(cli help "$command")" "$(cli "$command" --help)"
done <"$work/commands"
cli >/dev/null 2>"$work/error"
expect 'no command: usage' 2 $?
expect 'on the standard error' "$(cat "$work/help")" "$(cat "$work/error")"
cli nonsense 2>"$work/error"
expect 'no such command' 2 $?
expect 'is named' "utracefs: no command 'nonsense'; see 'utracefs help'" "$(cat "$work/error")"
cli help nonsense 2>/dev/null
expect 'help of no command' 2 $?
expect 'a command that is nearly right' "utracefs: no command 'lst'; did you mean 'list'? 2" "$(outcome cli lst)"
expect 'neighbours exchanged' "utracefs: no command 'tpo'; did you mean 'top'? 2" "$(outcome cli tpo)"
expect 'also for help' "utracefs: no command 'disble'; did you mean 'disable'? 2" "$(outcome cli help disble)"
expect 'an option that is not there' "utracefs: invalid option -- 'x'
usage: utracefs ls [-l] [PATH...] 2" "$(outcome cli ls -x)"

# refused WHAT: the directory or file is named, status 1, nothing on the standard output
refused()
{
	cli ls >"$work/output" 2>"$work/error"
	expect "$1: status" 1 $?
	expect "$1: named" 1 "$(grep -c "^utracefs: $UTRACEFS_DIR" "$work/error")"
	expect "$1: nothing printed" '' "$(cat "$work/output")"
}
chmod 777 "$work/domain"
refused 'a directory that all may write'
chmod 700 "$work/domain"
echo 'something else' >"$work/domain/arena"
refused 'a foreign file'
expect 'which is left as it was' 'something else' "$(cat "$work/domain/arena")"
rm "$work/domain/arena"
cli write tracing_on 0
dd if=/dev/zero of="$work/domain/arena" bs=64 count=1 conv=notrunc 2>/dev/null
refused 'a damaged file'
rm "$work/domain/arena"
ln -s /etc/passwd "$work/domain/arena"
refused 'a link'
rm "$work/domain/arena"
UTRACEFS_DIR=$work/link
ln -s "$work/domain" "$work/link"
refused 'a link to a directory'
UTRACEFS_DIR=$work/new
expect 'a new directory is made' 1 "$(cli cat tracing_on)"
expect 'for its owner only' 700 "$(stat -c %a "$work/new")"
finish
