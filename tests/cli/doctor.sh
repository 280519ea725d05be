#!/bin/sh
# SPDX-License-Identifier: MIT
# utracefs doctor: what it says of what is well and of what is not, and its exit status.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${UTFS_EMITTER:?}"

# says_of NAME [COMMAND...]: "HEALTH TEXT", and the remedy's first words
says_of()
{
	_name=$1
	shift
	[ $# -gt 0 ] || set -- "$UTFS_CLI"
	"$@" doctor | sed -n "/^[a-z]*  *$_name: /{ s/  *$_name: / /; p; n; s/^        //p; }"
}

UTRACEFS_DIR=/dev/shm/utracefs-test-$$
rm -rf "$UTRACEFS_DIR"
cli doctor >"$work/said"
expect 'it says what it looks at' 'arena clock fuse memory namespaces recordings rseq system trace-cmd' \
	"$(sed -n 's/^[a-z][a-z]*  *\([a-z-]*\): .*/\1/p' "$work/said" | sort | tr '\n' ' ' | sed 's/ $//')"
expect 'a file that is not there' "ok $UTRACEFS_DIR: not there yet; the first program makes it" "$(says_of arena)"
expect 'is not made' no "$([ -e "$UTRACEFS_DIR" ] && echo yes || echo no)"
expect 'the memory' ok "$(says_of memory | head -n 1 | cut -d ' ' -f 1)"
UTRACEFS_DIR=$work/domain
"$UTFS_EMITTER" ticks 1 1 >/dev/null
expect 'a file that is well' "ok $UTRACEFS_DIR/arena is well: 3 events, 1 instances, 0 programs" "$(says_of arena)"

# What is broken makes the status, what is slow does not.
broken=$(cli doctor | grep -c '^broken')
cli doctor >/dev/null
expect 'the status' "$((broken > 0))" $?
expect 'off' 'broken UTRACEFS=off: programs that are started from here are not traced
unset UTRACEFS' "$(UTRACEFS=off says_of environment)"
expect 'off is something' 1 "$(UTRACEFS=off cli doctor >/dev/null; echo $?)"
dd if=/dev/zero of="$UTRACEFS_DIR/arena" bs=1 count=1 seek=0 conv=notrunc 2>/dev/null
expect 'a damaged file' "broken $UTRACEFS_DIR/arena: 1 findings, the first: the file is not a utracefs arena
utracefs fsck says what is wrong, utracefs fsck --repair mends it" "$(says_of arena)"
expect 'is something' 1 "$(cli doctor >/dev/null; echo $?)"
rm "$UTRACEFS_DIR/arena"
"$UTFS_EMITTER" ticks 1 1 >/dev/null
chmod 777 "$UTRACEFS_DIR"
expect 'a directory that all may write' broken "$(says_of attach | head -n 1 | cut -d ' ' -f 1)"
chmod 700 "$UTRACEFS_DIR"
rm "$UTRACEFS_DIR/arena"
cli init --locked
expect 'made for programs without restartable sequences' \
	"$(cli doctor | grep -q 'ok *rseq' && echo slow || echo ok)" "$(says_of mode | head -n 1 | cut -d ' ' -f 1)"
expect 'without trace-cmd' 'slow trace-cmd is not installed: report does not work, record does
install trace-cmd' "$(says_of trace-cmd env PATH="$work" "$UTFS_CLI")"
mkdir "$work/alone"
cp "$UTFS_CLI" "$work/alone/utracefs"
expect 'without the program for recordings' 'slow utracefs-recordings is not here: export and view do not work, record does
install utracefs-recordings, or build where libtracecmd is' "$(says_of recordings "$work/alone/utracefs")"

# Where root can take something away. It is the test's own namespace.
# hidden FILE_SYSTEM_OPTIONS DIRECTORY: the command, with a new tmpfs there
hidden()
{
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c 'mount -t tmpfs -o "$1" none "$2" && shift 2 && exec "$@"' sh "$@" "$UTFS_CLI" doctor
}
mkdir "$work/small"
if hidden size=64k "$work/small" >/dev/null 2>&1 || [ $? = 1 ] && [ "$(id -u)" = 0 ]; then
	expect 'without /dev/fuse' 'broken  fuse: /dev/fuse: No such file or directory: mount and exec do not work' \
		"$(hidden size=64k /dev | grep ' fuse: ')"
	UTRACEFS_DIR=$work/small/domain
	expect 'little memory' "broken  memory: $work/small has 0 MB left" "$(hidden size=64k "$work/small" | grep ' memory: ')"
fi
expect 'JSON' '[{"name":"system","health":"ok"' "$(cli doctor --json | cut -c 1-31)"
expect 'an option that it has not' 'usage: utracefs doctor [--json] 2' "$(outcome cli doctor --what | tail -n 1)"
finish
