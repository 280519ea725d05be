# SPDX-License-Identifier: MIT
# Makes the benchmark's table from lines of "name value", one per round and name. Variables: machine, rounds,
# load (average before it began), cpus, json (file for the medians, or nothing).

# Sets best[name] as well.
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
	best[name] = v[1]
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

function verdict(reached)
{
	return reached ? "reached" : "MISSED"
}

# One line: text, median and best of a name, unit, what else there is to say.
function row(text, name, unit, rest,    line)
{
	line = sprintf("  %-34s %8.2f %8.2f %-2s  %s", text, m[name], best[name], unit, rest)
	sub(/ +$/, "", line)
	print line
}

# A peer of utracefs, with the ratio between the two.
function peer(text, name, ours, unit)
{
	if (name in m)
		row(text, name, unit, sprintf("%.1f x utracefs", m[ours] > 0 ? m[name] / m[ours] : 0))
}

{ value[$1, ++count[$1]] = $2 }

END {
	for (name in count)
		m[name] = median(name)

	busy = load > 0.3 * cpus
	print "utracefs benchmark: " machine
	print rounds " rounds, programs in turn, pinned to one CPU; ratios and goals are of the medians"
	if (busy)
		print "NOTE: other work ran beside the benchmark (load " load "): the figures are too high"
	printf "\n  %-34s %8s %8s\n", "", "median", "best"
	print "enabled event, two integer fields"
	row("bare timestamp read (the floor)", "floor", "ns", "")
	ratio = m["utracefs"] / m["floor"]
	row("utracefs", "utracefs", "ns", \
	    sprintf("%.2f x floor (best rounds: %.2f); goal: at most 1.30: %s", ratio, \
		    best["utracefs"] / best["floor"], verdict(ratio <= 1.3)))
	peer("LTTng-UST, snapshot session", "lttng-snapshot", "utracefs", "ns")
	peer("LTTng-UST, live session", "lttng-live", "utracefs", "ns")

	print "disabled event, two integer fields (beyond the empty loop)"
	goal = 0.3
	if (m["lttng-disabled"] > goal)
		goal = m["lttng-disabled"]
	row("utracefs", "utracefs-disabled", "ns", \
	    sprintf("goal: at most %.2f: %s", goal, verdict(m["utracefs-disabled"] <= goal)))
	peer("LTTng-UST", "lttng-disabled", "utracefs-disabled", "ns")

	print "registration of 1,000 new events"
	row("utracefs", "register", "ms", "goal: below 5: " verdict(m["register"] < 5))

	print "start and end of a program, no event enabled"
	row("without a tracing library", "without", "ms", "")
	more = m["start-utracefs"] - m["without"]
	row("with utracefs", "start-utracefs", "ms", \
	    sprintf("%.2f ms more; goal: at most 1: %s", more, verdict(more <= 1)))
	if ("start-lttng" in m)
		row("with LTTng-UST", "start-lttng", "ms", sprintf("%.2f ms more", m["start-lttng"] - m["without"]))

	if (json == "")
		exit
	gsub(/["\\]/, "", machine)
	printf "{\n  \"machine\": \"%s\",\n  \"rounds\": %d", machine, rounds > json
	for (name in m)
		printf ",\n  \"%s%s\": %.4f", name, name ~ /start|without|register/ ? "_ms" : "_ns", m[name] > json
	print "\n}" > json
}
