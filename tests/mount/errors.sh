#!/bin/sh
# SPDX-License-Identifier: MIT
# The tracing tree through a mount: the errno of the kernel's.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

mount_tree
mkdir "$mnt/instances/i"
name255=$(printf '%0255d' 0)
name300=$(printf '%0300d' 0)
while read -r wanted call arguments; do
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
EPERM     mkdir     @events/foo
EPERM     mkdir     @events/ftrace/foo
EPERM     mkdir     @per_cpu/foo
EPERM     mkdir     @instances/i/foo
EPERM     mkdir     @instances/i/instances
EPERM     mkdir     @instances/i/events/foo
ENOTDIR   mkdir     @tracing_on/foo
EEXIST    mkdir     @instances
EEXIST    mkdir     @instances/i
EEXIST    mkdir     @instances/..
ENOENT    mkdir     @instances/none/foo
OK        mkdir     @instances/$name255
OK        rmdir     @instances/$name255
ENAMETOOLONG mkdir  @instances/$name300
EPERM     rmdir     @instances
EPERM     rmdir     @events
EPERM     rmdir     @events/ftrace
EPERM     rmdir     @per_cpu/cpu0
ENOTDIR   rmdir     @tracing_on
ENOENT    rmdir     @none
ENOENT    rmdir     @instances/none
EPERM     rmdir     @instances/i/events
EPERM     rmdir     @instances/i/per_cpu/cpu0
EPERM     unlink    @trace
EPERM     unlink    @instances/i/trace
EISDIR    unlink    @instances/i
ENOENT    unlink    @none
EPERM     rename    @instances/i @instances/j
EPERM     rename    @trace @trace2
EPERM     symlink   @foo
EPERM     symlink   @instances/foo
EEXIST    symlink   @trace
EPERM     link      @trace @foo
EPERM     mknod     @foo
EACCES    open      @newfile wc
EACCES    open      @instances/newfile wc
EACCES    open      @instances/i/newfile wc
OK        open      @tracing_on wc
EEXIST    open      @tracing_on wcx
ENOENT    open      @events/none/enable r
ENOTDIR   open      @trace/x r
EISDIR    open      @events w
EINVAL    write     @available_events 1
EINVAL    write     @per_cpu/cpu0/stats 1
EINVAL    write     @trace_pipe 1
EINVAL    read      @trace_marker 1 b
EINVAL    write     @tracing_on abc
EINVAL    write     @events/enable 2
EINVAL    write     @trace_clock bogus
ENOENT    write     @instances/i/none x
EINVAL    fsync     @tracing_on
EINVAL    readlink  @trace
ESPIPE    lseek     @trace_pipe 0 set
ESPIPE    lseek     @per_cpu/cpu0/trace_pipe_raw 0 set
0         lseek     @trace 0 set
ESPIPE    pwrite    @trace_marker x 10
EAGAIN    read      @trace_pipe 1 rn
EAGAIN    reads     @per_cpu/cpu0/trace_pipe_raw rn 4096
TABLE
expect 'nothing of it changed the instances' i "$(ls "$mnt/instances")"
expect 'a value is still what it was' 1 "$(cat "$mnt/tracing_on")"
finish
