#!/bin/sh
# SPDX-License-Identifier: MIT
# What a shell test cannot do without; sourced.

# skip REASON: ends the test, which is then counted as skipped
skip()
{
	echo "$1"
	exit 77
}

# needs COMMAND...: what the test uses and cannot do without
needs()
{
	for command; do
		command -v "$command" >/dev/null || skip "$command is not installed"
	done
}
