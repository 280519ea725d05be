# SPDX-License-Identifier: MIT
# compare.awk KERNEL TREE LIST: facts are lines "WHAT : RESULT"; LIST has "REASON: WHAT : RESULT", with the tree's result.
# Prints every disagreement with LIST and the counts; ends with 1 if there is one. With -v show=1 prints the differences alone.

function split_fact(line)
{
	at = index(line, " : ")
	what = substr(line, 1, at - 1)
	result = substr(line, at + 3)
}

FNR == 1 { file++ }
/^#/ || !index($0, " : ") { next }

file == 1 {
	split_fact($0)
	if (!(what in kernel))
		order[++facts] = what
	kernel[what] = result
	next
}

file == 2 {
	split_fact($0)
	tree[what] = result
	if (!(what in kernel))
		order[++facts] = what
	next
}

{
	colon = index($0, ": ")
	split_fact(substr($0, colon + 2))
	reason[what] = substr($0, 1, colon - 1)
	listed[what] = result
}

END {
	for (i = 1; i <= facts; i++) {
		what = order[i]
		wanted = what in kernel ? kernel[what] : "(none)"
		got = what in tree ? tree[what] : "(none)"
		if (wanted == got) {
			if (got == "(none)")
				absent++
			else
				equal++
			continue
		}
		why = what in reason ? reason[what] : "?"
		if (show)
			print why ": " what " : " got
		by[why]++
		is_different[what] = 1
		if (!(what in listed)) {
			wrong++
			if (!show)
				print "not listed: " what " : kernel '" wanted "', here '" got "'"
		} else if (listed[what] != got) {
			wrong++
			if (!show)
				print "listed with another result: " what " : kernel '" wanted "', listed '" listed[what] "', here '" got "'"
		}
	}
	for (what in listed) {
		if (!(what in is_different)) {
			wrong++
			if (!show)
				print "listed, but there is no difference: " what
		}
	}
	if (show)
		exit 0
	print "# " facts - absent " facts, " equal + 0 " equal"
	for (why in by)
		print "# " by[why] " differ: " why
	exit wrong != 0
}
