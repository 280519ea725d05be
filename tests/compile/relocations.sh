#!/bin/sh
# SPDX-License-Identifier: MIT
# An event in a shared object takes two relocations, whatever it says: its own address and its description's. Each one more would be work at
# each start, and the pages of descriptions would no longer be shared between processes. By every compiler that is installed.
#   relocations.sh SOURCE-DIR
# shellcheck source=tests/compile/lib.sh
. "$(dirname "$0")/lib.sh"
n=0

cat >"$work/events.c" <<'EOF'
#include <utracefs/utracefs.h>
#define ONE(n) \
	UTFS_EVENT(relocations, e##n, UTFS_FIELDS(UTFS_FIELD(int, a), UTFS_STRING(b), UTFS_ARRAY(char, c, 4)), \
		   UTFS_PRINT("%d %s %d", REC->a, __get_str(b), FIRST), UTFS_SYMBOLS(FIRST, SECOND));
enum { FIRST, SECOND };
ONE(1)
#ifdef MORE
ONE(2) ONE(3) ONE(4)
#endif
EOF
cp "$work/events.c" "$work/events.cpp"

# relocations COMPILER FILE OPTION...: how many the shared object has
relocations()
{
	compiler=$1 file=$2
	shift 2
	"$compiler" "$@" -I "$source/include" -fPIC -O1 -shared -nostdlib -o "$work/events.so" "$work/$file"
	readelf -rW "$work/events.so" | grep -c ' R_'
}

# check COMPILER FILE
check()
{
	command -v "$1" >/dev/null || return 0
	n=$((n + 1))
	more=$(($(relocations "$1" "$2" -DMORE) - $(relocations "$1" "$2")))
	[ $more = 6 ] && return
	echo "failed: $1 $2: three more events take $more relocations, not 6"
	failed=$((failed + 1))
}

check gcc events.c
check clang events.c
check g++ events.cpp
check clang++ events.cpp
echo "$n compilers, $failed failed"
[ $n -gt 0 ] && [ $failed = 0 ]
