# SPDX-License-Identifier: MIT
# bash completion of utracefs(1). Commands and options are those of `utracefs help`; events, instances and paths those of the tree.

# Nothing is made by looking: without an arena there is nothing to complete.
_utracefs_tree()
{
	[[ -e ${UTRACEFS_DIR:-/dev/shm/utracefs-$UID}/arena ]] && utracefs "$@" 2>/dev/null
}

_utracefs_options()
{
	utracefs help "$1" | sed -n 's/^  \(-[A-Za-z]\), \(--[a-z-]*\)  .*/\1\n\2/p; s/^  \(--*[A-Za-z-]*\)  .*/\1/p'
}

_utracefs_events()
{
	_utracefs_tree cat available_events
	_utracefs_tree cat available_events | sed 's/:.*/:*/' | sort -u
}

_utracefs_formats()
{
	utracefs help export | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'
}

# The entries of the directory that $1 begins with; directories end with a slash.
_utracefs_paths()
{
	local directory=''
	[[ $1 != */* ]] || directory=${1%/*}/
	_utracefs_tree ls -l "/$directory" | awk -v directory="$directory" '{ print directory $NF (/^d/ ? "/" : "") }'
}

_utracefs()
{
	local line=${COMP_LINE:0:COMP_POINT} current='' previous command list='' kind=''
	local -a words
	read -ra words <<<"$line"
	# Not COMP_WORDS: readline takes a ':' for the end of a word.
	if [[ $line != *[[:space:]] ]]; then
		current=${words[-1]}
		unset 'words[-1]'
	fi
	command=${words[1]-} previous=${words[-1]}
	COMPREPLY=()
	if [[ ${#words[@]} -le 1 || ( $command == help && ${#words[@]} -eq 2 ) ]]; then
		list=$(utracefs help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p')
	elif [[ $current == -* ]]; then
		list=$(_utracefs_options "$command")
	else
		case $command:$previous in
		*:-B | *:--instance | top:*) list=$(_utracefs_tree ls instances) ;;
		*:-C | *:--clock) list=$(_utracefs_tree cat trace_clock | tr -d '[]') ;;
		*:-i | *:--interval | *:-b | *:--buffer-size | *:-v | *:--value | view:-k | view:--keep | view:-p | view:--port) ;;
		export:-f | export:--format) list=$(_utracefs_formats) ;;
		record:-e | record:--event | view:-e | view:--event | export:-e | export:--event | list:* | enable:* | disable:* | hist:*) list=$(_utracefs_events) ;;
		ls:* | cat:* | write:* | mkdir:* | rmdir:*) list=$(_utracefs_paths "$current") ;;
		exec:-m | mount:* | umount:*) kind=-d ;;
		*:-o | *:--output | report:* | export:* | view:* | fsck:*) kind=-f ;;
		exec:* | record:*) kind=-c ;;
		esac
	fi
	if [[ -n $kind ]]; then
		mapfile -t COMPREPLY < <(compgen "$kind" -- "$current")
	else
		mapfile -t COMPREPLY < <(compgen -W "$list" -- "$current")
	fi
	[[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != */ ]] || compopt -o nospace 2>/dev/null
	# What stands before the last ':' is another word to readline.
	[[ $current != *:* ]] || COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*:}"}"}")
}
complete -F _utracefs utracefs
