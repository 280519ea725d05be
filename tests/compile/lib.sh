#!/bin/sh
# SPDX-License-Identifier: MIT
# What the tests that compile share; sourced. $1 is the source directory, $work is theirs until they end.
set -eu
# shellcheck disable=SC2034 # for those who source this
source=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2034
failed=0
