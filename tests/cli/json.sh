#!/bin/sh
# SPDX-License-Identifier: MIT
# --json: what a program reads, as a program reads it.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${UTFS_EMITTER:?}"

needs python3

"$UTFS_EMITTER" ticks 1 1 >/dev/null
cli enable load
cli write events/load/tick/trigger 'hist:keys=seq'
"$UTFS_EMITTER" ticks 2 100 >/dev/null
cli list --json >"$work/list"
cli hist --json load:tick >"$work/hist"
cli hist --json -l load:tick >"$work/log2"
cli top --json --once -i 0.01 >"$work/rest"
"$UTFS_CLI" hist --json -i 0.01 load:tick >"$work/again" &
again=$!
"$UTFS_EMITTER" drip 100000 1 >"$work/drip" &
children="$children $! $again"
soon 'events come' grep -q started "$work/drip"
cli top --json --once -i 0.3 >"$work/top"
cli fsck --json >"$work/fsck"
# Quotes, blanks, UTF-8 and what is none.
name=$(printf 'a"b\\c\344\303\244\tz')
cli mkdir "instances/$name"
cli list --json -B "$name" >"$work/name"
soon 'one picture after the other' sed -n '3q; $q1' "$work/again"
kill -TERM $again
wait $again 2>/dev/null

cat >"$work/look.py" <<'EOF_PY'
import json, sys

def read(name):
    with open(sys.argv[1] + "/" + name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]

def expect(what, wanted, got):
    print(("ok - " if wanted == got else "not ok - ") + what + ("" if wanted == got else f": wanted {wanted}, got {got}"))

list, hist, log2, rest, top, fsck, name = (read(n)[-1] for n in ("list", "hist", "log2", "rest", "top", "fsck", "name"))
expect("list", ["numbers", "texts", "tick"], sorted(e["event"] for e in list["events"] if e["enabled"]))
expect("hist: a histogram, with all its rows", (1, 100, 200), (len(hist), len(hist[0]["rows"]), hist[0]["hits"]))
expect("hist: what the rows are", {"key": "0", "low": 0, "high": 0, "value": 2}, hist[0]["rows"][0])
expect("hist: percentiles", (49, 99), (hist[0]["percentiles"]["50"], hist[0]["percentiles"]["100"]))
expect("hist: groups, if wanted", True, len(log2[0]["rows"]) < 10)
expect("hist: each picture is a line", True, len(read("again")) > 2)
expect("top: at rest", (0, True, True), (rest["events"], rest["exact"], rest["recording"]))
expect("top: a rate", ("load:tick", True), (top["rates"][0]["event"], top["rates"][0]["per_second"] > 1))
expect("fsck", ("in use", 0), (fsck["way"], fsck["found"]))
expect("strings", 'a"b\\c\ufffd\u00e4\tz', name["instance"])
EOF_PY
succeeds 'all of it is JSON' python3 "$work/look.py" "$work"
cat "$work/output"
expect 'of what it says' '10 0' "$(grep -c '^ok' "$work/output") $(grep -c '^not ok' "$work/output")"
finish
