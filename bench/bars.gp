# SPDX-License-Identifier: MIT
# The picture of the table: for each row how far it is from its goal. Variables: data, out, title.
rows = int(system("wc -l <'" . data . "'"))
set terminal svg noenhanced size 1100, 90 + 24 * rows font "sans-serif,12" background "white"
set output out
set title title
set logscale x 10
set xlabel "cost as a part of what the goal allows: left of the line the goal is reached"
set xrange [0.01:100]
set format x "%g"
set yrange [rows:-1] noextend
set grid x
unset key
set lmargin 58
set boxwidth 0.7
set style fill solid
set arrow from 1, graph 0 to 1, graph 1 nohead linewidth 2 linecolor rgb "#404040" front
set datafile separator "\t"
plot data using (0.01):0:(0.01):($2 < 0.011 ? 0.011 : $2 > 100 ? 100 : $2):($0 - 0.35):($0 + 0.35):($2 <= 1 ? 0x2e8b57 : 0xcd5c5c):ytic(1) with boxxyerror linecolor rgb variable
