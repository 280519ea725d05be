#!/bin/sh
# SPDX-License-Identifier: MIT
# Real programs print the same and end the same without the wrapper, with it, and with all of its events enabled.
# shellcheck disable=SC2016 # the commands are expanded where they run
# shellcheck source=tests/wrap/lib.sh
. "$(dirname "$0")/lib.sh"

sources=$(cd "$(dirname "$0")/../../src" && pwd)
# What all runs must find the same.
mkdir "$work/here"
cd "$work/here"
export HOME="$work/here" LC_ALL=C GIT_CONFIG_NOSYSTEM=1 PYTHONDONTWRITEBYTECODE=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
export sources
ran=0

# run COMMAND NAME [VARIABLE=VALUE]: in a folder of its own, which has the same name each time
run()
{
	rm -rf "$work/here/run"
	mkdir "$work/here/run"
	(
		cd "$work/here/run"
		status=0
		env "${3:-A=B}" bash -c "$1" >"../../out.$2" 2>"../../err.$2" </dev/null || status=$?
		echo "status $status" >>"../../out.$2"
	)
	(cd "$work/here/run" && find . -type f -exec md5sum {} + | sort -k2 >"../../files.$2")
}

# same PROGRAM COMMAND: skipped where there is no such program
same()
{
	command -v "$1" >/dev/null || return 0
	ran=$((ran + 1))
	cli write events/libc/enable 0
	run "$2" plain
	run "$2" off LD_PRELOAD="$UTFS_WRAPPER"
	cli write events/libc/enable 1
	cli write trace ''
	run "$2" on LD_PRELOAD="$UTFS_WRAPPER"
	for kind in out err files; do
		for how in off on; do
			diff -u "$work/$kind.plain" "$work/$kind.$how" || fail "$kind differ with the events $how: $2"
		done
	done
	[ "$(cli cat trace | count ': [a-z_]*: ' -)" != 0 ] || fail "no events of: $2"
}

enable_all 1408
same bash 'for i in 1 2 3; do echo $i | { read -r x; echo "got $x"; }; done; trap "echo bye" EXIT; exit 7'
same bash 'kill -KILL $BASHPID'
same bash 'ls /nonexistent; cat /etc/passwd | sort -r | tail -n 3 | wc -l; echo x >file; cat file file'
same sqlite3 'sqlite3 db "create table a(b, c); create index i on a(c); with recursive n(x) as (select 1 union all select x + 1 from n where x < 500) insert into a select x, x * 7 % 100 from n; select c, count(*) from a group by c order by c limit 5; pragma integrity_check; vacuum;"'
same git 'git init -q . && cp "$sources"/wrap/*.c . && git add . && git commit -q -m first && echo x >>open.c && git diff --stat && git commit -q -a -m second && git log --format=%H --stat && git gc -q && git fsck && git rev-parse HEAD; rm -rf .git'
same xz 'cat "$sources"/wrap/*.c >all; xz -T2 -9 -k all; xz -dc all.xz | cmp - all && xz -t all.xz; xz -dc /etc/passwd'
same python3 'python3 -c "
import subprocess, threading, json, os
print(subprocess.run([\"echo\", \"child\"], capture_output=True, text=True).stdout)
try:
    subprocess.run([\"/nonexistent\"])
except FileNotFoundError as e:
    print(e)
total = []
threads = [threading.Thread(target=lambda: total.append(sum(range(1000)))) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print(total, json.dumps({\"a\": [1, 2]}))
if os.fork() == 0: os._exit(3)
print(os.wait()[1]); open(\"file\", \"w\").write(\"text\"); raise SystemExit(5)"'
same perl 'perl -e '\''open(my $f, ">", "file"); print $f "x" x 100000; close $f; print -s "file", `echo child`, sort { $a <=> $b } map { $_ * 7 % 11 } 1 .. 10; die "end\n"'\'
same gcc 'printf "#include <stdio.h>\nint main(void) { puts(\"made\"); return 9; }\n" >p.c; gcc -O2 -o p p.c; ./p; s=$?; rm p; exit $s'
same tar 'tar cf - -C "$sources" wrap | tar xf - && ls wrap | wc -l; tar xf /nonexistent'
[ $ran -ge 4 ] || fail "only $ran commands could be tried"
