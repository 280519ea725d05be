#!/bin/sh
# SPDX-License-Identifier: MIT
# The public headers compile without a warning: each alone and twice, and the examples with them, by every compiler that is installed, as
# every version of C from C99 and of C++ from C++11 on; with UTFS_DISABLE, too.
#   headers.sh SOURCE-DIR c|c++
# shellcheck source=tests/compile/lib.sh
. "$(dirname "$0")/lib.sh"
n=0

warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Werror'
c_warnings='-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wwrite-strings'
cxx_warnings='-Wold-style-cast -Wzero-as-null-pointer-constant -Wnon-virtual-dtor'

# compile COMPILER OPTION...
compile()
{
	n=$((n + 1))
	"$@" -I "$source/include" -c -o "$work/out.o" >"$work/log" 2>&1 && return
	echo "failed: $*"
	head -n 20 "$work/log"
	failed=$((failed + 1))
}

# What was compiled last is the one function in it: events of the stub leave nothing.
only_function()
{
	[ "$(nm "$work/out.o" | wc -l)" = 1 ] && return
	echo 'failed: the stub is not nothing:'
	nm "$work/out.o"
	failed=$((failed + 1))
}

# Does the compiler know the standard?
knows()
{
	echo 'int x;' >"$work/empty.$3"
	"$1" "-std=$2" -c "$work/empty.$3" -o "$work/empty.o" 2>/dev/null
}

# compilers NAME...: the installed ones, each once
compilers()
{
	for name; do
		command -v "$name" >/dev/null && readlink -f "$(command -v "$name")"
	done | sort -u
}

for header in "$source"/include/utracefs/*.h "$source"/include/utracefs/*.hpp; do
	name=$(basename "$header")
	printf '#include <utracefs/%s>\n#include <utracefs/%s>\nextern int nothing;\n' "$name" "$name" >"$work/alone-$name.c"
	mv "$work/alone-$name.c" "$work/alone-$name.cpp"
	case $name in
	*.h) cp "$work/alone-$name.cpp" "$work/alone-$name.c" ;;
	esac
done
here=$source/tests/compile
cp "$here/stub.c" "$work/stub.c"
cp "$here/stub.c" "$work/stub.cpp"
if [ "$2" = c ]; then
	suffix=c list='gcc clang clang-14' standards='gnu17 c99 c11 c17 c2x c23'
	warnings="$warnings $c_warnings"
else
	suffix=cpp list='g++ clang++ clang++-14' standards='gnu++17 c++11 c++14 c++17 c++20 c++2b c++23'
	warnings="$warnings $cxx_warnings"
fi
# shellcheck disable=SC2086 # lists of options
for compiler in $(compilers $list); do
	optimize=-O2
	for std in $standards; do
		knows "$compiler" "$std" "$suffix" || continue
		# With all optimization once: it brings warnings of its own, which do not depend on the standard.
		compile "$compiler" "-std=$std" $warnings $optimize "$here/everything.$suffix"
		compile "$compiler" "-std=$std" $warnings $optimize -DUTFS_DISABLE "$here/everything.$suffix"
		compile "$compiler" "-std=$std" $warnings $optimize -DWITH_UTRACEFS "$work/stub.$suffix"
		compile "$compiler" "-std=$std" $warnings -O2 "$work/stub.$suffix"
		only_function
		# Each alone: the compiler's own standard, the oldest, the newest. What the others differ in, everything shows.
		case $std in
		gnu* | c99 | c++11 | c2x | c23 | c++2b | c++23)
			for file in "$work"/alone-*."$suffix"; do
				compile "$compiler" "-std=$std" $warnings -fsyntax-only "$file"
			done
			;;
		esac
		optimize=-fsyntax-only
	done
	for file in "$source"/examples/*."$suffix"; do
		compile "$compiler" $warnings -O2 -I "$source/include/utracefs" "$file"
	done
done
echo "$n compilations, $failed failed"
[ "$n" -gt 0 ] && [ "$failed" -eq 0 ]
