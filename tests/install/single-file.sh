#!/bin/sh
# SPDX-License-Identifier: MIT
# The single-file form: utracefs.c and utracefs.h are all that a program needs, in C and C++, by gcc and clang.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${UTFS_SOURCE:?}"

cd "$work" || exit 1
succeeds 'it is made' "$UTFS_SOURCE/scripts/single-file" vendored
expect 'two files' 'utracefs.c utracefs.h' "$(cd vendored && echo *)"
sed 's,<utracefs/utracefs.h>,"utracefs.h",' "$UTFS_SOURCE/tests/install/program.c" >vendored/program.c
expect 'that need nothing of ours' '' "$(grep -hE '^ *# *include *["<](arena|ring|app|utracefs)/' vendored/*)"
cli enable -p installed
for compiler in gcc clang; do
	command -v $compiler >/dev/null || continue
	rm -f program
	# Warnings are as in the build; what it does not use of itself is told of by none.
	(cd vendored && $compiler -std=gnu17 -O1 -fPIC -fno-strict-aliasing -Wall -Wextra -Werror \
		-ffunction-sections -fdata-sections -c utracefs.c &&
		$compiler -Wall -Wextra -Werror -o ../program program.c utracefs.o -pthread -Wl,--gc-sections) >log 2>&1
	expect "$compiler compiles it" '0 ' "$? $(cat log)"
	cli write trace ''
	succeeds "it runs" ./program one "by $compiler"
	expect 'its events are recorded' "1: one
2: by $compiler" "$(cli cat trace | sed -n 's/.*: step: //p')"
	expect 'only the interface is visible' "$(nm -D --defined-only "$UTFS_LIBRARY" | sed -n 's/.* T \(.*\)@@.*/\1/p' | sort)" \
		"$($compiler -shared -o library.so vendored/utracefs.o -pthread -Wl,-z,defs && nm -D --defined-only library.so | sed -n 's/.* T \(utfs_.*\)/\1/p' | sort)"
done
if command -v g++ >/dev/null; then
	succeeds 'in C++' g++ -x c++ -Ivendored -o program-c++ vendored/program.c -x none vendored/utracefs.o -pthread -Wl,--gc-sections
	succeeds 'it runs' ./program-c++ three || cat output
fi
finish
