#!/bin/sh
# SPDX-License-Identifier: MIT
# What cannot be a field is an error when it is compiled, not a surprise when it is read.
#   refused.sh SOURCE-DIR
# shellcheck source=tests/compile/lib.sh
. "$(dirname "$0")/lib.sh"

# refused NAME FIELDS: declared in C and in C++
refused()
{
	for language in c c++; do
		compiler=gcc
		[ "$language" = c ] || compiler=g++
		{
			echo '#include <utracefs/utracefs.h>'
			echo 'struct pair { int a, b; };'
			echo "UTFS_EVENT(refused, $1, $2);"
		} >"$work/$1.$language"
		if "$compiler" -I "$source/include" -x "$language" -c "$work/$1.$language" -o "$work/out.o" 2>/dev/null; then
			echo "compiled as $language, but should not: $2"
			failed=$((failed + 1))
		fi
	done
}

refused struct_field 'UTFS_FIELDS(UTFS_FIELD(struct pair, p))'
refused struct_array 'UTFS_FIELDS(UTFS_ARRAY(struct pair, p, 2))'
refused struct_dynamic 'UTFS_FIELDS(UTFS_DYNAMIC_ARRAY(struct pair, p))'
refused long_double 'UTFS_FIELDS(UTFS_FIELD(long double, d))'
refused int128 'UTFS_FIELDS(UTFS_FIELD(__int128, i))'
refused same_name 'UTFS_FIELDS(UTFS_FIELD(int, a), UTFS_FIELD(int, a))'
refused too_long 'UTFS_FIELDS(UTFS_ARRAY(char, text, 5000))'
refused empty_text 'UTFS_FIELDS(UTFS_CHARS(text, 0))'
fields='UTFS_FIELD(int, f0)'
for i in $(seq 32); do
	fields="$fields, UTFS_FIELD(int, f$i)"
done
refused too_many "UTFS_FIELDS($fields)"

# argument NAME FIELDS ARGUMENTS taken|refused: of a class
argument()
{
	{
		echo '#include <array>'
		echo '#include <string_view>'
		echo '#include <utracefs/utracefs.hpp>'
		echo "UTFS_CXX_EVENT(refused, $1, $2);"
		echo "void call() { event_refused_$1::write($3); }"
	} >"$work/$1.cpp"
	if g++ -std=c++17 -I "$source/include" -c "$work/$1.cpp" -o "$work/out.o" 2>"$work/log"; then
		[ "$4" = taken ] && return
		echo "compiled, but should not: $2, $3"
	elif [ "$4" = refused ]; then
		return
	else
		cat "$work/log"
	fi
	failed=$((failed + 1))
}

argument view_without_end 'UTFS_FIELDS(UTFS_STRING(s))' 'std::string_view("x")' refused
argument view_with_length 'UTFS_FIELDS(UTFS_STRING_LEN(s))' 'std::string_view("x")' taken
argument short_array 'UTFS_FIELDS(UTFS_ARRAY(int, a, 4))' 'std::array<int, 3>{}' refused
argument just_array 'UTFS_FIELDS(UTFS_ARRAY(int, a, 4))' 'std::array<int, 4>{}' taken
argument other_elements 'UTFS_FIELDS(UTFS_DYNAMIC_ARRAY(int, a))' 'std::array<long, 4>{}' refused
[ "$failed" -eq 0 ]
