#!/bin/sh
# SPDX-License-Identifier: MIT
# What is shown again and again, on a terminal: each picture fits it, whatever its size, and nothing is left of the one before.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${UTFS_EMITTER:?}"

needs python3

"$UTFS_EMITTER" ticks 1 1 >/dev/null
cli enable load
for keys in seq seq.buckets=3 seq.log2 common_pid,seq; do
	cli write -a events/load/tick/trigger "hist:keys=$keys"
done
"$UTFS_EMITTER" ticks 1 300 >/dev/null
cli write -a dynamic_events 'u:load/an_event_with_a_name_of_many_letters_and_with_some_more_of_them int first'

# pictures ROWS COLUMNS COMMAND...: three of them, each behind a line of its own; a row ends where the terminal's is wiped out.
cat >"$work/pictures.py" <<'EOF_PY'
import fcntl, os, pty, signal, struct, sys, termios

rows, columns = map(int, sys.argv[1:3])
ours, theirs = pty.openpty()
fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
pid = os.fork()
if not pid:
    os.dup2(theirs, 1)
    os.execvp(sys.argv[3], sys.argv[3:])
os.close(theirs)
data = b""
while data.count(b"\033[J") < 3:
    try:
        data += os.read(ours, 65536)
    except OSError:
        sys.exit(f"ended: {data}")
os.kill(pid, signal.SIGTERM)
os.waitpid(pid, 0)
for picture in data.split(b"\033[J")[:3]:
    text = picture.decode().replace("\033[H", "").replace("\033[2J", "").replace("\r", "")
    print("picture")
    print(text.replace("\033[K", "$"), end="")
EOF_PY
pictures()
{
	TERM=xterm timeout 30 python3 "$work/pictures.py" "$@" >"$work/pictures" 2>"$work/error" || {
		cat "$work/error"
		return 1
	}
	tr -d '\033' <"$work/pictures" | sed 's/\[[0-9]*m//g' >"$work/plain"
}
# fits ROWS COLUMNS: the last row and the last column stay empty.
fits()
{
	awk -v rows="$1" -v columns="$2" '
		/^picture$/ { n = 0; pictures++; next }
		++n >= rows || length($0) > columns || !/\$$/ { bad++; print }
		END { print pictures + 0, bad + 0 }' "$work/plain"
}

succeeds 'top on a small terminal' pictures 5 20 "$UTFS_CLI" top -i 0.05
expect 'fits it' '3 0' "$(fits 5 20)"
expect 'and has colours' 3 "$(grep -c '\[1m/:' "$work/pictures")"
succeeds 'hist on a small terminal' pictures 7 30 "$UTFS_CLI" hist -i 0.05 load:tick
expect 'fits it' '3 0' "$(fits 7 30)"
NO_COLOR=1 pictures 24 80 "$UTFS_CLI" hist -i 0.05 load:tick
expect 'hist fits another one' '3 0' "$(fits 24 80)"
expect 'no colours with NO_COLOR' 0 "$(tr -cd '\033' <"$work/pictures" | wc -c)"
expect 'all histograms have their place' 12 "$(grep -c '^hist:' "$work/plain")"
expect 'ranges are put together' 3 "$(grep -c '^ *192\.\.299 ' "$work/plain")"
expect 'of names it is said how many are not shown' 3 "$(grep -c '^[0-9]* more' "$work/plain")"
cli hist load:tick >"$work/piped"
expect 'in a pipe nothing is cut or put together' 100 "$(grep -c '^ *~ [0-9]*-[0-9]* ' "$work/piped")"
expect 'several keys without what pads them' 40 "$(grep -c '^ *common_pid: [0-9]*, seq: [0-9]* ' "$work/piped")"
expect 'and there are no escapes' 0 "$(tr -cd '\033' <"$work/piped" | wc -c)"
: | cli write events/load/tick/trigger
expect 'where there is none, nothing is wiped out to say so' 1 \
	"$(pictures 24 80 "$UTFS_CLI" hist -i 0.05 load:tick | grep -c "^ended: b''$")"
finish
