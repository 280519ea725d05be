#!/bin/sh
# SPDX-License-Identifier: MIT
# The package as pip builds it, without a network: one wheel for all Pythons from 3.11 on, which works when it is unpacked.
#   package.sh PYTHON SOURCE-DIR BUILD-DIR
set -eu
python=$1 source=$2 build=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -c 'import setuptools, wheel, pip' 2>/dev/null || {
	echo 'pip, setuptools or wheel is not installed'
	exit 77
}
cp -r "$source/bindings/python" "$work/source"
# As if the library were installed.
cat >"$work/utracefs.pc" <<END
Name: utracefs
Description: not installed
Version: 0
Libs: -L$build/src/app -lutracefs
Cflags: -I$source/include
END
PKG_CONFIG_PATH=$work "$python" -m pip --quiet wheel --no-index --no-deps --no-build-isolation --wheel-dir "$work" "$work/source"
wheel=$(echo "$work"/utracefs-*-cp311-abi3-linux_*.whl)
"$python" -m zipfile -e "$wheel" "$work/unpacked"
PYTHONPATH=$work/unpacked "$python" -c '
import utracefs, utracefs.log
event = utracefs.Event("wheel", "turns", "int times")
print(utracefs.status().text)
assert event.status == 0
'
