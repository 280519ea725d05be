# SPDX-License-Identifier: MIT
# Makes the benchmark's table. Input: bench/rows, then lines of "name value", one per round and name, and "missing name reason".
# Variables: groups (those that ran, separated by spaces), machine, rounds, load (average before it began), cpus; json (a file for all of
# it, or nothing); bars and curves (files for the pictures, or nothing).

function trim(s)
{
	gsub(/^[ \t]+|[ \t]+$/, "", s)
	return s
}

# The median of v[1] to v[n], which it sorts.
function median_of(v, n,    i, j, swap)
{
	for (i = 2; i <= n; i++) {
		for (j = i; j > 1 && v[j - 1] > v[j]; j--) {
			swap = v[j]
			v[j] = v[j - 1]
			v[j - 1] = swap
		}
	}
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

function median(name,    i, v)
{
	for (i = 1; i <= count[name]; i++)
		v[i] = value[name, i]
	return median_of(v, count[name])
}

# Ours as a multiple of theirs: the median over the rounds, each compared with itself, so that what disturbed a round disturbs both sides.
function ratio(ours, theirs,    i, v)
{
	if (count[ours] != count[theirs])
		return m[theirs] ? m[ours] / m[theirs] : 0
	for (i = 1; i <= count[ours]; i++)
		v[i] = value[theirs, i] ? value[ours, i] / value[theirs, i] : 0
	return median_of(v, count[ours])
}

function rate_of(unit)
{
	return unit == "MB/s" || unit == "M/s"
}

# A figure in a row's unit: ns per kB as MB/s, ns per line as millions per second.
function shown(name, unit)
{
	if (!(name in m))
		return "-"
	if (unit == "MB/s")
		return sprintf("%.0f", m[name] ? 1e9 / 1024 / m[name] : 0)
	if (unit == "M/s")
		return sprintf("%.2f", m[name] ? 1e3 / m[name] : 0)
	return sprintf(m[name] >= 1000 ? "%.0f" : m[name] >= 10 ? "%.1f" : "%.2f", m[name])
}

# How far from the goal: 1 it is reached exactly, below 1 it is better. Sets text_of_goal.
function distance(r, x)
{
	text_of_goal = ""
	if (goal[r] == "faster") {
		text_of_goal = "at least " number[r] " times as good"
		return x * number[r]
	}
	if (goal[r] == "within") {
		text_of_goal = "at most " number[r] " times"
		return number[r] ? x / number[r] : 0
	}
	if (goal[r] == "beside") {
		text_of_goal = number[r] ? "at most " number[r] " " unit[r] " more" : "no more"
		return m[ours[r]] <= m[theirs[r]] + number[r] ? 1 : 2
	}
	if (goal[r] == "below") {
		if (unit[r] == "MB/s") {
			text_of_goal = "at least " number[r] " MB/s"
			return m[ours[r]] * number[r] / (1e9 / 1024)
		}
		text_of_goal = number[r] ? "at most " number[r] : "none"
		return m[ours[r]] <= number[r] ? 1 : 2
	}
	return 0
}

function note(name,    text)
{
	text = name in reason ? reason[name] : "not measured"
	if (!(text in noted)) {
		noted[text] = ++notes
		text_of_note[notes] = text
	}
	return "[" noted[text] "]"
}

function quoted(s)
{
	gsub(/["\\]/, "", s)
	return "\"" s "\""
}

function print_row(r,    x, verdict, how, line)
{
	verdict = ""
	how = "-"
	if (!(ours[r] in m))
		verdict = "not measured " note(ours[r])
	else if (theirs[r] != "" && !(theirs[r] in m))
		verdict = "not compared " note(theirs[r])
	else {
		x = theirs[r] == "" ? 0 : ratio(ours[r], theirs[r])
		if (theirs[r] != "")
			how = x > 0 && (x < 1 || rate_of(unit[r])) ? sprintf("%.2f x better", 1 / x) : sprintf("%.2f x", x)
		far[r] = distance(r, x)
		if (text_of_goal != "")
			verdict = text_of_goal ": " (far[r] <= 1 ? "reached" : "MISSED")
	}
	line = sprintf("  %-40s %9s %9s %-6s  %-14s %-29s %s", what[r] == last ? "" : what[r], shown(ours[r], unit[r]), \
		       theirs[r] == "" ? "" : shown(theirs[r], unit[r]), unit[r], how, peer[r], verdict)
	sub(/ +$/, "", line)
	print line
	last = what[r]
	json_rows = json_rows (json_rows == "" ? "" : ",\n") sprintf("    {\"group\": %s, \"what\": %s, \"unit\": %s, \"ours\": %s, " \
		"\"peer\": %s, \"theirs\": %s, \"ours_per_theirs\": %s, \"goal\": %s, \"reached\": %s}", \
		quoted(group[r]), quoted(what[r]), quoted(unit[r]), ours[r] in m ? shown(ours[r], unit[r]) : "null", quoted(peer[r]), \
		theirs[r] in m ? shown(theirs[r], unit[r]) : "null", x ? sprintf("%.4g", x) : "null", \
		quoted(text_of_goal), r in far && text_of_goal != "" ? (far[r] <= 1 ? "true" : "false") : "null")
	if (bars != "" && r in far && text_of_goal != "" && theirs[r] != "" && goal[r] != "beside" && goal[r] != "below")
		printf("%s against %s\t%.4g\n", what[r], peer[r], far[r]) > bars
	text_of_goal = ""
}

# grow.WHAT.COST@COUNT: one block of "count ns" for each WHAT and COST, in the order of counts
function write_curves(    name, parts, at, key, keys, n, i, j, swap, list, points)
{
	for (name in m) {
		if (split(name, parts, "@") != 2 || name !~ /^grow\./)
			continue
		key = parts[1]
		if (!(key in points))
			keys[++n] = key
		points[key] = points[key] " " parts[2]
	}
	for (i = 1; i <= n; i++) {
		j = split(points[keys[i]], list, " ")
		for (at = 1; at <= j; at++)
			list[at] += 0
		median_of(list, j)
		print "\"" keys[i] "\"" > curves
		for (at = 1; at <= j; at++)
			printf "%d %.6g\n", list[at], m[keys[i] "@" list[at]] > curves
		printf "\n\n" > curves
	}
}

FNR == 1 { file++ }
file == 1 && /^[^#]/ && NF {
	split($0, field, "|")
	n_rows++
	group[n_rows] = trim(field[1])
	what[n_rows] = trim(field[2])
	unit[n_rows] = trim(field[3])
	ours[n_rows] = trim(field[4])
	peer[n_rows] = trim(field[5])
	theirs[n_rows] = trim(field[6])
	goal[n_rows] = trim(field[7])
	number[n_rows] = trim(field[8])
	next
}
file == 1 { next }
$1 == "missing" {
	name = $2
	sub(/^missing +[^ ]+ +/, "")
	reason[name] = $0
	next
}
{ value[$1, ++count[$1]] = $2 }

END {
	for (name in count)
		m[name] = median(name)
	print "utracefs benchmark: " machine
	print rounds " rounds, each thing and its peers in turn; figures are medians, ratios medians of each round's ratio"
	if (load > 0.3 * cpus)
		print "NOTE: other work ran beside the benchmark (load " load "): figures are too high; ratios hold better"
	split(groups, wanted, " ")
	for (g in wanted)
		is_wanted[wanted[g]] = 1
	for (r = 1; r <= n_rows; r++) {
		if (!(group[r] in is_wanted))
			continue
		if (group[r] != shown_group) {
			printf "\n%-42s %9s %9s %-6s  %-14s %-29s %s\n", group[r], "ours", "theirs", "unit", "ours is", "peer", "goal"
			shown_group = group[r]
			last = ""
		}
		print_row(r)
	}
	for (i = 1; i <= notes; i++)
		print (i == 1 ? "\n" : "") "[" i "] " text_of_note[i]
	if (curves != "")
		write_curves()
	if (json == "")
		exit
	printf "{\n  \"machine\": %s,\n  \"rounds\": %d,\n  \"load\": %s,\n  \"rows\": [\n%s\n  ],\n  \"figures\": {", quoted(machine), rounds, \
		load, json_rows > json
	separator = ""
	for (name in m) {
		printf "%s\n    \"%s\": %.6g", separator, name, m[name] > json
		separator = ","
	}
	print "\n  }\n}" > json
}
