#!/bin/sh
# SPDX-License-Identifier: MIT
# The viewer's page in a real browser.
# shellcheck source=tests/view/lib.sh
. "$(dirname "$0")/lib.sh"

# Debian's own Python has Debian's modules.
python=/usr/bin/python3
if ! { [ -x $python ] && command -v chromium && command -v chromedriver && $python -c 'import selenium'; } >/dev/null 2>&1; then
	skip 'chromium, chromedriver or python3-selenium is not installed'
fi
record_shop "$work/shop.dat" 300
record_lossy "$work/lossy.dat"
start_view "$work/lossy.dat"
lossy=$address
record_shop "$work/counts.dat" 20 counter
start_view "$work/counts.dat"
counts=$address
start_view "$work/shop.dat"
shop=$address
start_view --live -k 1000
TMPDIR=$work $python "$(dirname "$0")/page.py" "$shop" 1215 "$lossy" "$counts" "$address" "$viewer" "$UTFS_SHOP"
expect 'the page' 0 $?
finish
