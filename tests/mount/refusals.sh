#!/bin/sh
# SPDX-License-Identifier: MIT
# What the mount answers to what it does not do: the errno of the kernel's tracefs.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

mount_toy
name255=$(printf '%0255d' 0)
name256=$(printf '%0256d' 0)

while read -r wanted call arguments; do
	case $wanted in '' | '#'*) continue ;; esac
	set --
	for argument in $arguments; do
		case $argument in
		@*) set -- "$@" "$mnt/${argument#@}" ;;
		*) set -- "$@" "$argument" ;;
		esac
	done
	expect "$call $arguments" "$wanted" "$(probe "$call" "$@" | cut -c 1-40)"
done <<TABLE
EPERM     mkdir     @foo
EPERM     mkdir     @many/foo
EPERM     mkdir     @many/d0/foo
ENOTDIR   mkdir     @value/foo
EEXIST    mkdir     @rooms
OK        mkdir     @rooms/a
EEXIST    mkdir     @rooms/a
EPERM     mkdir     @rooms/a/foo
ENOENT    mkdir     @rooms/nonexist/foo
OK        mkdir     @rooms/$name255
OK        rmdir     @rooms/$name255
ENAMETOOLONG mkdir  @rooms/$name256
ENAMETOOLONG mkdir  @rooms/${name256}00000000000000000000000000000000000000000000
EEXIST    mkdir     @rooms/..
EEXIST    mkdir     @rooms/.
OK        mkdir     @rooms/.b
OK        rmdir     @rooms/.b
EPERM     rmdir     @rooms
EPERM     rmdir     @many/d0
ENOTDIR   rmdir     @value
ENOENT    rmdir     @nonexist
ENOENT    rmdir     @rooms/nonexist
ENOTEMPTY rmdir     @rooms/..
EINVAL    rmdir     @rooms/.
EPERM     unlink    @value
EISDIR    unlink    @rooms/a
ENOENT    unlink    @nonexist
EPERM     unlink    @rooms/a/door
EPERM     rename    @value @value2
EPERM     rename    @rooms/a @rooms/b
EPERM     rename    @rooms/a/door @rooms/a/window
ENOENT    rename    @nonexist @x
EPERM     symlink   @foo
EPERM     symlink   @rooms/foo
EEXIST    symlink   @value
EPERM     link      @value @foo
EPERM     mknod     @foo
EACCES    open      @newfile wc
EACCES    open      @rooms/newfile wc
EACCES    open      @many/d0/newfile wc
OK        open      @value wc
EEXIST    open      @value wcx
EOPNOTSUPP open     @ wT
ENOENT    open      @missing r
ENOTDIR   open      @value/x r
ENOTDIR   open      @value rd
EISDIR    open      @rooms w
EINVAL    readlink  @value
OK        chmod     @value 0666
OK        chmod     @rooms/a 0755
OK        chown     @value 1 1
OK        utime     @value
OK        truncate  @value 0
OK        truncate  @value 100
EISDIR    truncate  @rooms 0
EOPNOTSUPP setxattr @value
EOPNOTSUPP getxattr @value user.foo
EOPNOTSUPP getxattr @value system.posix_acl_access
EINVAL    fsync     @value
OK        flock     @value
ENOTTY    ioctl     @value 0x1234
ENOTTY    ioctl     @rooms 0x1234
ENOTTY    ioctl     @rooms/a 0x757e
0         lseek     @value 0 set
5         lseek     @value 5 set
0         lseek     @value 0 end
ESPIPE    lseek     @pipe 0 set
ESPIPE    lseek     @pipe 0 end
ESPIPE    lseek     @raw 0 set
ESPIPE    pread     @pipe 0 1
ESPIPE    pread     @raw 0 4096
OK        rmdir     @rooms/a
ENOENT    access    @rooms/a
TABLE

expect 'a changed mode shows' 666 "$(stat -c %a "$mnt/value")"
expect 'so does a changed owner' 1:1 "$(stat -c %u:%g "$mnt/value")"
expect 'names may have spaces' OK "$(probe mkdir "$mnt/rooms/a b")"
expect 'and are listed' 'a b' "$(ls "$mnt/rooms")"
expect 'the longest name of all' 255 "$(stat -f -c %l "$mnt")"
expect 'listed in a directory without a file' '' "$(ls "$mnt/nonexist" 2>/dev/null)"
succeeds 'a directory opened before it went is left alone' sh -c '
	cd "$1/rooms/a b" && exec 3<. && rmdir "$1/rooms/a b" && ! cat door 2>/dev/null' sh "$mnt"
finish
