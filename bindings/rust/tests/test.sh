#!/bin/sh
# SPDX-License-Identifier: MIT
# The crate's tests, with Debian's crates and no network; its examples; the library compiled in.
#   test.sh CARGO SOURCE-DIR BUILD-DIR
# Runs in a domain of its own. What cargo makes stays in BUILD-DIR/bindings/rust.
set -eu
cargo=$1 source=$2 build=$3
registry=/usr/share/cargo/registry
if ! ls -d $registry/tracing-subscriber-* >/dev/null 2>&1; then
	echo "no tracing-subscriber in $registry"
	exit 77
fi
work=$build/bindings/rust
mkdir -p "$work/home" "$work/pkgconfig"
# cargo writes beside its sources.
rm -rf "$work/crate"
cp -rp "$source/bindings/rust" "$work/crate"
cat >"$work/home/config.toml" <<END
[source.crates-io]
replace-with = "system"
[source.system]
directory = "$registry"
END
cat >"$work/pkgconfig/utracefs.pc" <<END
Name: utracefs
Description: not installed
Version: 0
Libs: -L$build/src/app -lutracefs
END
export CARGO_HOME="$work/home" CARGO_TARGET_DIR="$work/target" CARGO_INCREMENTAL=0 RUSTFLAGS="-D warnings -C debuginfo=0"
export PKG_CONFIG_PATH="$work/pkgconfig" LD_LIBRARY_PATH="$build/src/app"
PATH=$(dirname "$cargo"):$PATH
cd "$work/crate"

# The examples in comments take as long again: UTFS_RUST_DOC=1.
"$cargo" test --quiet --offline --features tracing --tests
[ -z "${UTFS_RUST_DOC-}" ] || "$cargo" test --quiet --offline --features tracing --doc

# Programs, also where tracing cannot work.
"$cargo" build --quiet --offline --features tracing --examples
examples=$work/target/debug/examples
"$UTFS_CLI" write trace ''
"$UTFS_CLI" enable -p 'hello:*' 'shop:*'
"$examples/hello"
"$examples/layer"
UTRACEFS=off "$examples/hello"
UTRACEFS=off "$examples/layer"
UTRACEFS_DIR=/nonexistent/deep "$examples/hello"
"$UTFS_CLI" cat trace >"$work/trace"
[ "$(grep -c 'hello Rust, this is number' "$work/trace")" = 3 ]
[ "$(grep -c ': serve_end: duration_ns=' "$work/trace")" = 3 ]
grep -q ': layer_[0-9]*: message=the soup is cold table=2 spilt=0.250000$' "$work/trace"

# Compiled in, it needs no library.
"$source/scripts/single-file" "$work/single"
unset LD_LIBRARY_PATH
"$UTFS_CLI" write trace ''
UTRACEFS_SINGLE_FILE=$work/single CARGO_TARGET_DIR=$work/vendored "$cargo" run --quiet --offline --features vendored --example hello
[ "$("$UTFS_CLI" cat trace | grep -c 'hello Rust, this is number')" = 3 ]
