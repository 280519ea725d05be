# SPDX-License-Identifier: MIT
# The picture of growth: one panel for each thing that there is much of. Variables: data (blocks that begin with their name), out, title.
set terminal svg size 1100, 800 font "sans-serif,12" background "white"
set output out
set multiplot layout 2, 2 title title
set logscale xy 10
set format xy "10^{%L}"
set grid
set key outside right
set ylabel "ns"
names = system("sed -n 's/^\"grow[.]\\(.*\\)\"$/\\1/p' '" . data . "'")
of(i, what) = word(names, i)[1:strlen(what)] eq what
cost(i, what) = word(names, i)[strlen(what) + 2:*]
colour(c) = c eq "make" ? 1 : c eq "lookup" ? 2 : c eq "list" ? 3 : c eq "enable" ? 4 : 6
do for [what in "events instances processes cpus"] {
	set title what
	set xlabel "number of " . what
	plot for [i = 1:words(names)] data index (i - 1) using (of(i, what) ? $1 : NaN):2 with linespoints \
		linetype colour(cost(i, what)) title (of(i, what) ? cost(i, what) : "")
}
unset multiplot
