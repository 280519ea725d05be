#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks a model with Spin, all of its states: the right one must hold, and each broken one must fail, for its reason.
#   check.sh MODEL.pml [PAN-OPTION...]
# What is expected stands in the model, in lines of this form; the first that fails ends the test:
#   check: SPIN-OPTIONS: holds
#   check: SPIN-OPTIONS: fails with PATTERN (extended regular expression, in what the verifier prints)
# With LIVENESS among the options it is also checked that all ends, with weak fairness.
set -eu

model=$1
shift
if ! command -v spin >/dev/null || ! command -v "${CC:-cc}" >/dev/null; then
	echo 'spin is not installed'
	exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$model" "$work/model.pml"
cd "$work"

# verify SPIN-OPTIONS PAN-OPTION...: what the verifier says, in the file `said`
verify()
{
	options=$1
	shift
	rm -f pan model.pml.trail
	# shellcheck disable=SC2086 # words
	spin -a $options model.pml >said 2>&1 || return 1
	case $options in
	*LIVENESS*) set -- -a -f "$@" && compile='-DNFAIR=3' ;;
	*) compile='-DSAFETY' ;;
	esac
	"${CC:-cc}" -O0 -w "$compile" -o pan pan.c >said 2>&1 || return 1
	./pan -m1000000 "$@" >said 2>&1
}

# A search that was not whole proves nothing.
is_whole()
{
	grep -q 'errors: 0' said && ! grep -qE 'max search depth too small|Search not completed|out of memory' said
}

failures=0
n=0
sed -n 's/^ \* check: \(.*\)$/\1/p' model.pml >checks
while IFS= read -r line; do
	options=${line%%:*} wanted=${line#*: }
	n=$((n + 1))
	verify "$options" "$@" || :
	result="not ok"
	case $wanted in
	holds) is_whole && result=ok ;;
	'fails with '*) grep -qE "^pan.*${wanted#fails with }" said && result=ok ;;
	esac
	echo "$result - ${options:-the model}: $wanted ($(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' said) states)"
	if [ "$result" != ok ]; then
		failures=$((failures + 1))
		cat said
		[ ! -f model.pml.trail ] || spin -t -p -g model.pml | tail -n 80
	fi
done <checks
echo "$n checks, $failures failures"
[ $failures = 0 ] && [ $n -gt 0 ]
