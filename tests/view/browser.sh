#!/bin/sh
# SPDX-License-Identifier: MIT
# The viewer's page in a real browser.
# shellcheck source=tests/view/lib.sh
. "$(dirname "$0")/lib.sh"

# Debian's own Python has Debian's modules.
python=/usr/bin/python3
[ -x $python ] && command -v chromium >/dev/null && command -v chromedriver >/dev/null && $python -c 'import selenium' 2>/dev/null || {
	echo 'chromium, chromedriver or python3-selenium is not installed'
	exit 77
}
record_shop "$work/shop.dat" 300
start_view "$work/shop.dat"
TMPDIR=$work $python "$(dirname "$0")/page.py" "$address" 1215
expect 'the page' 0 $?
finish
