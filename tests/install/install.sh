#!/bin/sh
# SPDX-License-Identifier: MIT
# What `meson install` gives: in a root that has the system and what was installed, but neither sources nor build, a program is built with
# pkg-config, run, and its trace read.
#   install.sh SOURCE-DIR BUILD-DIR
set -eu
source=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# expect WHAT WANTED GOT
expect()
{
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		echo "not ok - $1: wanted '$2', got '$3'"
		failed=1
	fi
}

DESTDIR=$work/installed meson install -C "$build" --no-rebuild --quiet
prefix=$(find "$work/installed" -path '*/bin/utracefs' | sed 's,/bin/utracefs$,,')
inside=${prefix#"$work/installed"}
# The multiarch folder of libraries is the distribution's.
(cd "$prefix" && find . -name '*.map' -prune -o ! -type d -print) | sed 's,^\./,,; s,lib/[a-z0-9_]*-linux-[a-z0-9]*/,lib/,' | sort >"$work/files"
for file in bin/utracefs include/utracefs/event.h include/utracefs/for_each.h include/utracefs/runtime.h \
	include/utracefs/stub.h include/utracefs/track.h include/utracefs/utracefs.h include/utracefs/utracefs.hpp \
	lib/libutracefs.so lib/libutracefs.so.0 lib/libutracefs.so.0.1.0 lib/libutracefs.a lib/pkgconfig/utracefs.pc \
	lib/systemd/user/utracefs-mount.service share/bash-completion/completions/utracefs \
	share/zsh/site-functions/_utracefs share/man/man1/utracefs.1 share/man/man1/utracefs-record.1 \
	share/man/man3/utracefs.3 share/man/man3/utfs_printf.3 share/man/man5/utracefs.5; do
	expect "$file is installed" 1 "$(grep -cx "$file" "$work/files")"
done
# What commands that are run often need not load.
expect 'the command loads no library for recordings' '' \
	"$(readelf -d "$prefix/bin/utracefs" | grep -E 'NEEDED.*(tracecmd|traceevent|babeltrace|microhttpd|protobuf)' || :)"
has_recordings=0
[ ! -x "$build/src/cli/utracefs-recordings" ] || has_recordings=1
expect 'the program for recordings is installed' $has_recordings "$(grep -cx libexec/utracefs/utracefs-recordings "$work/files")"
expect 'nothing of the tests is' '' "$(grep -E 'cmocka|test|\.o$' "$work/files" || :)"
expect 'the unit names the command where it is' "$inside/bin/utracefs" \
	"$(sed -n 's/^ExecStart=\([^ ]*\) .*/\1/p' "$prefix/lib/systemd/user/utracefs-mount.service")"
if command -v systemd-analyze >/dev/null; then
	# It looks for the program and for the pages where they will be.
	sed "s,=$inside/,=$prefix/,; /^Documentation=/d" "$prefix/lib/systemd/user/utracefs-mount.service" >"$work/utracefs-mount.service"
	expect 'the unit is well' '' "$(XDG_RUNTIME_DIR=$work systemd-analyze verify --user "$work/utracefs-mount.service" 2>&1 | grep utracefs || :)"
fi

# The clean root. Who is not root needs a user namespace.
isolate='unshare -m'
[ "$(id -u)" = 0 ] || isolate='unshare -rm'
if ! $isolate true 2>/dev/null; then
	echo 'no mount namespaces here: the installed files were looked at, not used'
	exit 77
fi
mkdir -p "$work/root/usr" "$work/root/work" "$work/root/etc" "$work/root/proc" "$work/root/dev" "$work/root/tmp"
for link in bin sbin lib lib64; do
	[ ! -L /$link ] || ln -s "usr/$link" "$work/root/$link"
done
cp "$source/tests/install/program.c" "$work/root/work/program.c"
cp -r /etc/ld.so.conf /etc/ld.so.conf.d /etc/passwd "$work/root/etc/" 2>/dev/null || :
cat >"$work/inside" <<'INSIDE'
set -eu
root=$1 installed=$2
cd "$root"
mount --rbind /usr usr
[ ! -d /etc/alternatives ] || { mkdir -p etc/alternatives; mount --bind /etc/alternatives etc/alternatives; }
for link in bin sbin lib lib64; do
	[ -e $link ] || [ ! -d /$link ] || { mkdir $link; mount --bind /$link $link; }
done
mount --bind "$installed/usr/local" usr/local
mount --rbind /proc proc
mount --rbind /dev dev
exec chroot . /bin/sh -eu -c '
cd /work
PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/ UTRACEFS_DIR=/tmp/arena
export PATH HOME UTRACEFS_DIR
unset LD_LIBRARY_PATH
ldconfig
cc -Wall -Werror $(pkg-config --cflags utracefs) -o in-c program.c $(pkg-config --libs utracefs)
c++ -x c++ -Wall -Werror $(pkg-config --cflags utracefs) -o in-c++ program.c -x none $(pkg-config --libs utracefs)
cc -o static program.c -l:libutracefs.a -pthread
utracefs enable -p installed
./in-c first "in C" >/dev/null
./in-c++ first "in C++" >/dev/null
./static first statically >/dev/null
utracefs cat trace | sed -n "s/.*: step: //p"
utracefs record -q -o recorded.dat -- ./in-c first "in a file" >/dev/null
[ ! -x /usr/local/libexec/utracefs/utracefs-recordings ] || utracefs export -f ndjson recorded.dat | grep -c "in a file" >exported
utracefs doctor >/dev/null || :
'
INSIDE
if [ "$inside" = /usr/local ]; then
	expect 'a program of the installed files alone' '1: first
2: in C
1: first
2: in C++
1: first
2: statically' "$($isolate sh "$work/inside" "$work/root" "$work/installed")"
	[ $has_recordings = 0 ] || expect 'and its recording, exported' 1 "$(cat "$work/root/work/exported")"
fi
exit $failed
