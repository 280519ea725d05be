# SPDX-License-Identifier: MIT
# Makes the benchmark's table from lines of "name value", one per round and name. Variables: machine, rounds, json
# (file for the medians, or nothing).

function median(name,    i, j, n, swap, v)
{
	n = count[name]
	for (i = 1; i <= n; i++)
		v[i] = value[name, i]
	for (i = 2; i <= n; i++) {
		for (j = i; j > 1 && v[j - 1] > v[j]; j--) {
			swap = v[j]
			v[j] = v[j - 1]
			v[j - 1] = swap
		}
	}
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

function verdict(reached)
{
	return reached ? "reached" : "MISSED"
}

# One line: text, figure, unit, what else there is to say.
function row(text, figure, unit, rest,    line)
{
	line = sprintf("  %-38s %9.2f %-2s  %s", text, figure, unit, rest)
	sub(/ +$/, "", line)
	print line
}

# A peer of utracefs, with the ratio between the two.
function peer(text, name, ours, unit)
{
	if (name in m)
		row(text, m[name], unit, sprintf("%.1f x utracefs", ours > 0 ? m[name] / ours : 0))
}

{ value[$1, ++count[$1]] = $2 }

END {
	for (name in count)
		m[name] = median(name)

	print "utracefs benchmark: " machine
	print "medians of " rounds " rounds, programs in turn, pinned to one CPU"
	print ""
	print "enabled event, two integer fields"
	row("bare timestamp read (the floor)", m["floor"], "ns", "")
	ratio = m["utracefs"] / m["floor"]
	row("utracefs", m["utracefs"], "ns", sprintf("%.2f x floor; goal: at most 1.30: %s", ratio, verdict(ratio <= 1.3)))
	peer("LTTng-UST, snapshot session", "lttng-snapshot", m["utracefs"], "ns")
	peer("LTTng-UST, live session", "lttng-live", m["utracefs"], "ns")

	print "disabled event, two integer fields (beyond the empty loop)"
	goal = 0.3
	if (m["lttng-disabled"] > goal)
		goal = m["lttng-disabled"]
	row("utracefs", m["utracefs-disabled"], "ns", \
	    sprintf("goal: at most %.2f: %s", goal, verdict(m["utracefs-disabled"] <= goal)))
	peer("LTTng-UST", "lttng-disabled", m["utracefs-disabled"], "ns")

	print "registration of 1,000 new events"
	row("utracefs", m["register"], "ms", "goal: below 5: " verdict(m["register"] < 5))

	print "start and end of a program, no event enabled"
	row("without a tracing library", m["without"], "ms", "")
	more = m["start-utracefs"] - m["without"]
	row("with utracefs", m["start-utracefs"], "ms", \
	    sprintf("%.2f ms more; goal: at most 1: %s", more, verdict(more <= 1)))
	if ("start-lttng" in m)
		row("with LTTng-UST", m["start-lttng"], "ms", sprintf("%.2f ms more", m["start-lttng"] - m["without"]))

	if (json == "")
		exit
	gsub(/["\\]/, "", machine)
	printf "{\n  \"machine\": \"%s\",\n  \"rounds\": %d", machine, rounds > json
	for (name in m)
		printf ",\n  \"%s%s\": %.4f", name, name ~ /start|without|register/ ? "_ms" : "_ns", m[name] > json
	print "\n}" > json
}
