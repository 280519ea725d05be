#!/bin/sh
# SPDX-License-Identifier: MIT
# The pages: one for each command, with every option that `utracefs help` names; mandoc finds nothing wrong with any.
#   man.sh SOURCE-DIR COMMAND
set -eu
pages=$1/docs/man cli=$2
status=0

for command in $("$cli" help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'); do
	page=$pages/utracefs-$command.1
	if [ ! -f "$page" ]; then
		echo "$command has no page"
		status=1
		continue
	fi
	grep -q "^\.Xr utracefs-$command 1" "$pages/utracefs.1" || {
		echo "utracefs.1 does not refer to $command"
		status=1
	}
	for option in $("$cli" help "$command" | sed -n 's/^  -\([A-Za-z]\), -\(-[a-z-]*\)  .*/\1 \2/p; s/^  -\(-*[A-Za-z-]*\)  .*/\1/p'); do
		sed -n '/^\.Sh DESCRIPTION/,$p' "$page" | grep -Eq "^\.It (Fl|.*,) (.*, )?$option( |=|\$)|^\.It Fl [A-Za-z] , $option" || {
			echo "$page does not tell of -$option"
			status=1
		}
	done
done
if command -v mandoc >/dev/null; then
	mandoc -T lint -W warning "$pages"/utracefs*.[135] || status=1
	[ "$(mandoc "$pages/utracefs-list.1" | col -b | grep -c 'EXIT STATUS')" = 1 ] || status=1
fi
exit $status
