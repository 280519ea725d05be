#!/bin/sh
# SPDX-License-Identifier: MIT
# Walks over a big tree: they see everything, and leave the server as it was.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

mount_toy

# 2000 directories of 8 files, and the directory itself
expect 'find sees every entry' 18001 "$(find "$mnt/many" | wc -l | tr -d ' ')"
expect 'ls -lR does, too' 16000 "$(ls -lR "$mnt/many" | grep -c '^-r--r-----')"
expect 'each once' 2000 "$(ls "$mnt/many" | sort -u | wc -l | tr -d ' ')"
cat "$mnt"/many/d1*/id >"$work/ids"
expect 'files are their own' 1111 "$(sort -n "$work/ids" | uniq | wc -l | tr -d ' ')"

before=$(resident_pages "$toy")
for i in 1 2; do
	find "$mnt" -size +1 >/dev/null
	ls -lR "$mnt" >/dev/null
	cat "$mnt"/many/d*/enable >/dev/null
done
# What 40,000 nodes would cost is many times that.
stays_small 'as big as before' "$toy" "$before"

# What is seen does not change, so the kernel keeps it: a server that stands still is not missed. (`ls -l` asks once whether there are access control lists.)
look()
{
	timeout 20 ls "$mnt/many/d7"
	timeout 20 stat -c '%n %f %u %i' "$mnt/many/d7"/*
}
look >"$work/before"
kill -STOP "$toy"
expect 'a second listing needs no server' "$(cat "$work/before")" "$(look)"
kill -CONT "$toy"

# Removing while listing: no sibling is skipped.
for i in 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29; do
	mkdir "$mnt/rooms/r$i"
done
expect 'find removes all it finds' '' "$(find "$mnt/rooms" -mindepth 1 -maxdepth 1 -exec rmdir {} \; ; ls "$mnt/rooms")"
finish
