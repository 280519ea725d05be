#!/bin/sh
# SPDX-License-Identifier: MIT
# What libutracefs.so promises to those who link it, read off the file: what it exports and needs, how it is linked.
#   exports.sh LIBRARY
set -u
library=$1
failed=0

complain()
{
	echo "$@"
	failed=$((failed + 1))
}

# Only public names, each with its version.
nm -D --defined-only "$library" | awk '{ print $3 }' | grep -vE '^(UTRACEFS_0|utfs_[a-z_]+@@UTRACEFS_0)$' &&
	complain 'exports more than its interface'

# Never prints, ends or allocates; starts no thread.
nm -D --undefined-only "$library" | awk '{ sub(/@.*/, "", $2); print $2 }' |
	grep -xE '(_*(v?f?printf|puts|fputs|putchar|fwrite|perror|v?syslog|v?dprintf)(_chk)?|write|writev|abort|exit|_exit|_Exit|quick_exit|__assert_fail|__stack_chk_fail|raise|kill|(m|c|re|aligned_)alloc|free|strdup|posix_memalign|pthread_create|clone|system|dlopen|__tls_get_addr)' &&
	complain 'imports what a guest must not use'

needed=$(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc\.so|ld-linux)')
[ -z "$needed" ] || complain "needs $needed"
readelf -d "$library" | grep -q 'SONAME.*\[libutracefs\.so\.0\]' || complain 'soname'
readelf -d "$library" | grep -q 'NODELETE' || complain 'can be unloaded'
readelf -d "$library" | grep -q 'STATIC_TLS' || complain 'TLS is not initial-exec'
readelf -d "$library" | grep -q 'TEXTREL' && complain 'text relocations'
readelf -lW "$library" | grep -q 'GNU_STACK.*RWE' && complain 'executable stack'
[ $failed -eq 0 ]
