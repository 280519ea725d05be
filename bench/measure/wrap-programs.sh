#!/bin/sh
# SPDX-License-Identifier: MIT
# Real programs under the preloaded wrapper: without it, with it and nothing recorded, with some groups recorded, and with all.
# shellcheck disable=SC2154 # variables of scripts/bench and bench/lib.sh
prepare()
{
	wrapper=$build/src/wrap/libutracefs-libc.so
	new_arena
	programs=''
	if ! ninja -C "$build" src/wrap/libutracefs-libc.so >>"$work/log" 2>&1; then
		missing wrap.sqlite3.off.cpu 'the wrapper needs glibc'
		return
	fi
	for name in sqlite3 xz http; do
		needs=$name
		[ $name != http ] || needs=python3
		if command -v $needs >/dev/null; then
			programs="$programs $name"
		else
			for how in off some all; do missing wrap.$name.$how.cpu "$needs is not installed"; done
		fi
	done
	# Itself, and not a script that looks for it.
	python=$(python3 -c 'import sys; print(sys.executable)' 2>>"$work/log" || :)
	LD_PRELOAD=$wrapper /bin/true
	"$cli" write buffer_size_kb 4096
	# What xz packs is the same everywhere: numbers.
	seq "$(scaled 1000000 200000)" >"$work/numbers"
}

# program NAME HOW [VARIABLE=VALUE]
program()
{
	set -- "wrap.$1.$2" "${3:-A=B}" "$1"
	case $3 in
	sqlite3)
		rm -f "$work/db"
		"$build/bench/bench-timed" "$1" 1e6 env "$2" sqlite3 "$work/db" "
			create table book(id integer primary key, title text, pages integer);
			with recursive n(i) as (select 1 union all select i + 1 from n where i < $(scaled 200000 40000))
			insert into book select i, 'title ' || (i * 7919 % 10007), 50 + i * 31 % 900 from n;
			create index book_title on book(title);
			select count(*) from book where title like 'title 1%';"
		;;
	xz) "$build/bench/bench-timed" "$1" 1e6 env "$2" xz -1 -c -T 2 "$work/numbers" ;;
	http) "$build/bench/bench-timed" "$1" 1e6 env "$2" "$python" bench/web.py "$(scaled 500 100)" ;;
	esac
}

# recorded 0|1 EVENT...
recorded()
{
	value=$1
	shift
	for event; do
		"$cli" write "events/libc/$event/enable" "$value"
	done
}

round()
{
	for name in $programs; do
		some='open close read write fsync mutex_lock mutex_unlock'
		if [ "$name" = http ]; then
			some='socket bind listen connect accept send recv shutdown thread_create thread_join'
		fi
		program "$name" plain
		program "$name" off "LD_PRELOAD=$wrapper"
		# shellcheck disable=SC2086 # words
		recorded 1 $some
		program "$name" some "LD_PRELOAD=$wrapper"
		"$cli" write events/libc/enable 1
		program "$name" all "LD_PRELOAD=$wrapper"
		"$cli" write events/libc/enable 0
	done
}

finish()
{
	:
}
