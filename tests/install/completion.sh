#!/bin/sh
# SPDX-License-Identifier: MIT
# Completion: what bash and zsh offer, asked for as the shells ask.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${UTFS_EMITTER:?}" "${UTFS_COMPLETIONS:?}"

PATH=$(dirname "$UTFS_CLI"):$PATH
export PATH
cd "$work" || exit 1

# bash_offers LINE: what it completes the end of the line to
bash_offers()
{
	# shellcheck disable=SC2016 # for the inner shell
	bash --norc -c '. "$1"; COMP_LINE=$2 COMP_POINT=${#2}; _utracefs; printf "%s\n" "${COMPREPLY[@]}"' bash \
		"$UTFS_COMPLETIONS/utracefs.bash" "$1" | sort | tr '\n' ' ' | sed 's/^ *//; s/ $//'
}

# zsh_offers LINE
zsh_offers()
{
	# shellcheck disable=SC2016 # for the inner shell
	zsh -f -c 'compadd() { print -rl -- "${(P@)@[-1]}" }
_describe() { print -rl -- "${(P@)2%%:*}" }
_files() { print files }; _normal() { print commands }
words=(${=2}); [[ $2 != *" " ]] || words+=("")
CURRENT=$#words; . "$1"' zsh "$UTFS_COMPLETIONS/_utracefs" "$1" | sort
}

expect 'without an arena nothing is offered' '' "$(bash_offers 'utracefs enable ')"
expect 'and none is made' no "$([ -e "$UTRACEFS_DIR/arena" ] && echo yes || echo no)"
"$UTFS_EMITTER" ticks 1 1 >/dev/null
cli mkdir instances/one
cli mkdir instances/two
: >here.dat
expect 'commands' 'mkdir mount' "$(bash_offers 'utracefs m')"
expect 'all of them' "$(cli help | grep -c '^  [a-z]')" "$(bash_offers 'utracefs ' | wc -w)"
expect 'of help, too' enable "$(bash_offers 'utracefs help en')"
expect 'options' '--enabled --instance --json -B -e' "$(bash_offers 'utracefs list -')"
expect 'long ones' '--json' "$(bash_offers 'utracefs top --j')"
expect 'systems' 'load:* load:numbers load:texts load:tick' "$(bash_offers 'utracefs enable lo')"
expect 'events, behind the colon' 'texts tick' "$(bash_offers 'utracefs enable load:t')"
expect 'events to record' tick "$(bash_offers 'utracefs record -e load:ti')"
expect 'instances' 'one two' "$(bash_offers 'utracefs enable -B ')"
expect 'paths' 'instances/one/ instances/two/' "$(bash_offers 'utracefs rmdir instances/')"
expect 'at the root' 'trace_marker trace_marker_raw' "$(bash_offers 'utracefs write trace_m')"
expect 'clocks' 'mono mono_raw' "$(bash_offers 'utracefs record -C mono')"
expect 'files' here.dat "$(bash_offers 'utracefs report he')"
expect 'formats' 'csv ctf json ndjson perfetto' "$(bash_offers 'utracefs export -f ')"
expect 'commands to run' 1 "$(bash_offers 'utracefs exec tru' | tr ' ' '\n' | sort -u | grep -cx true)"
if command -v zsh >/dev/null; then
	expect 'zsh: commands' 1 "$(zsh_offers 'utracefs ' | grep -cx enable)"
	expect 'zsh: options' 1 "$(zsh_offers 'utracefs list -' | grep -cxe --json)"
	expect 'zsh: events' 'load:*
load:numbers
load:texts
load:tick' "$(zsh_offers 'utracefs enable ')"
	expect 'zsh: paths' 'instances/one/
instances/two/' "$(zsh_offers 'utracefs ls instances/')"
	expect 'zsh: clocks' 1 "$(zsh_offers 'utracefs record -C ' | grep -cx mono)"
	expect 'zsh: files' files "$(zsh_offers 'utracefs report ')"
fi
finish
