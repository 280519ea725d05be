#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a program in a tracing domain of its own: in-domain.sh PROGRAM [ARGUMENT...]
UTRACEFS_DIR=$(mktemp -d) || exit 1
export UTRACEFS_DIR
unset UTRACEFS
trap 'rm -rf "$UTRACEFS_DIR"' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck disable=SC2086 # words: how to run a program of another architecture
${MESON_EXE_WRAPPER-} "$@"
