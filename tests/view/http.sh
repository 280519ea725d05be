#!/bin/sh
# SPDX-License-Identifier: MIT
# Who may ask the viewer, and what it answers.
# shellcheck source=tests/view/lib.sh
. "$(dirname "$0")/lib.sh"

needs curl
record_shop "$work/shop.dat" 300
expect 'a file that is not there' "utracefs: $work/none.dat: No such file or directory 1" "$(outcome cli view "$work/none.dat")"
expect 'a port that is none' 2 "$(cli view -p 70000 2>/dev/null; echo $?)"
start_view "$work/shop.dat"
base=${address%/*/}
port=${base##*:}
token=${address#"$base"/}
token=${token%/}

expect 'the page' 200 "$(status "$address")"
expect 'is HTML' 1 "$(grep -c '^<!doctype html>' "$work/body")"
expect 'may load from here only' 1 "$(grep -ci "^Content-Security-Policy: default-src 'self';" "$work/head")"
expect 'does not tell its address' 1 "$(grep -ci '^Referrer-Policy: no-referrer' "$work/head")"
for file in app.js style.css icon.svg; do
	expect "$file" 200 "$(status "$address$file")"
done
expect 'names nothing elsewhere' 0 "$(for file in '' app.js style.css; do curl -s --noproxy '*' "$address$file"; done |
	grep -o 'https\?://[a-z0-9.]*' | grep -vc '^http://www.w3.org$\|^https://d3js.org$')"
expect 'what is not there' 404 "$(status "${address}nothing")"
expect 'a way out' 404 "$(status "${address}../../etc/passwd")"

expect 'no token' 403 "$(status "$base/")"
expect 'no token, but a name' 403 "$(status "$base/api/info")"
expect 'half a token' 403 "$(status "$base/${token%????????}/")"
wrong=$(echo "$token" | tr 0-9a-f 1-9a-f0)
expect 'another token' 403 "$(status "$base/$wrong/api/info")"
expect 'does not tell the token' 0 "$(grep -c "$token" "$work/body" "$work/head" | awk -F: '{ n += $2 } END { print n }')"
expect 'by another name' 403 "$(status -H "Host: evil.example:$port" "${address}api/info")"
expect 'by another port' 403 "$(status -H 'Host: 127.0.0.1:1' "${address}api/info")"
expect 'without a name' 403 "$(status -H 'Host:' "${address}api/info")"
expect 'by localhost' 200 "$(status -H "Host: localhost:$port" "${address}api/info")"
for method in POST PUT DELETE OPTIONS PATCH; do
	expect "$method" 405 "$(status -X $method "${address}api/info")"
done
expect 'which are allowed' 1 "$(grep -ci '^Allow: GET, HEAD' "$work/head")"
expect 'a body' 405 "$(status -d 'filter=1' "${address}api/info")"
expect 'HEAD' '200 0' "$(curl -s --noproxy '*' -I -o /dev/null -w '%{http_code} %{size_download}' "${address}api/info")"
expect 'on the loopback interface only' 0100007F "$(awk -v port=":$(printf %04X "$port")" 'index($2, port) && $4 == "0A" { sub(/:.*/, "", $2); print $2 }' /proc/net/tcp)"

expect 'what there is' 200 "$(ask info)"
expect 'all events' 1215 "$(value events)"
cp "$work/body" "$work/info"
expect 'of which none was lost' 1 "$(grep -c '"lost":0,"lost_exactly":true,' "$work/body")"
end=$(value end)
expect 'so there are no gaps' '200 []' "$(ask lost "from=0&to=$((end + 1))&bins=100") $(cat "$work/body")"
lanes='rows=0,1,2,3,4'
expect 'a window' 200 "$(ask window "from=0&to=$((end + 1))&bins=100&$lanes")"
expect 'has all events' 1215 "$(sum)"
expect 'a filtered one' 200 "$(ask window "from=0&to=$((end + 1))&bins=37&$lanes&filter=status%20%3D%3D%20500")"
expect 'has those that are accepted' 6 "$(sum)"
expect 'a filter' 200 "$(ask filter 'filter=COMM%20~%20%22ware*%22')"
expect 'says how many' 75 "$(value accepted)"
type_of()
{
	grep -o '"id":[0-9]*,"system":"shop","name":"[a-z_]*"' "$work/info" | sed -n "s/\"id\":\\([0-9]*\\),.*\"$1\"/\\1/p"
}
pair="begin=$(type_of request_begin)&end=$(type_of request_end)"
expect 'latencies' 200 "$(ask latency "$pair&field=id")"
expect 'of every request' '300 0' "$(value count) $(value doubtful)"
expect 'latencies of one' 200 "$(ask latency "$pair&filter=id%20%3D%3D%207")"
expect 'are one' 1 "$(value count)"
expect 'an event' 200 "$(ask event 'id=0')"
expect 'none' 404 "$(ask event 'id=1215')"
expect 'no such question' 404 "$(ask nothing)"

for wrong in 'window?from=0&to=9&bins=0&rows=0' 'window?from=0&to=9&bins=8193&rows=0' 'window?from=9&to=0&bins=9&rows=0' 'window?to=9&bins=9' \
	'window?from=-1&to=9&bins=9&rows=0' 'window?from=0&to=9&bins=9&rows=5' 'window?from=0&to=9&bins=9&rows=0,' 'window?from=0&to=9&bins=9&rows=x' \
	'window?from=0&to=99999999999999999999&bins=9&rows=0' 'window?from=0&to=9&bins=9&rows=0&hide=99999' "spans?from=0&to=9&bins=9&rows=0&begin=1&end=1" \
	"latency?$pair&field=nothing" 'latency?begin=1' 'event?id=' 'event?id=1e9' 'near?row=0' 'near?row=77&time=1' 'lost?from=0&to=9&bins=0' 'lost?from=9&to=0&bins=9' 'rates?from=0&to=9&bins=9&filter=%28' \
	"filter?filter=$(head -c 5000 /dev/zero | tr '\0' x)"; do
	expect "refused: $(echo "$wrong" | cut -c 1-70)" 400 "$(status "${address}api/$wrong")"
	expect 'with a reason' 1 "$(grep -c '^{"error":"..*"' "$work/body")"
done
expect 'a filter with a mistake' 400 "$(ask filter 'filter=id%20%3D%3D%20x')"
expect 'is told where' '{"error":"Invalid value (did you forget quotes)?","position":7}' "$(cat "$work/body")"
expect 'nothing has changed' 200 "$(ask info)"
succeeds 'of what there is' cmp "$work/body" "$work/info"

expect 'a port that is taken' "utracefs: port $port: Address already in use 1" "$(outcome cli view -p "$port" "$work/shop.dat")"
kill -TERM "$viewer"
wait "$viewer"
expect 'ends well' 0 $?
start_view -p "$port" "$work/shop.dat"
expect 'the port that is asked for' "$port" "$(echo "$address" | sed 's,.*:\([0-9]*\)/.*,\1,')"
expect 'another token each time' 0 "$(grep -c "$token" "$work/address")"

# Where events were lost it is said, and no pair is made across.
record_lossy "$work/lossy.dat"
start_view "$work/lossy.dat"
ask info >"$work/status"
cp "$work/body" "$work/info"
lost=$(value lost) events=$(value events) end=$(value end)
# A page that is full has no room for their number.
succeeds 'events that were lost' grep -q '"lost":[1-9]\|"lost_exactly":false' "$work/body"
succeeds 'are not there' [ $((lost + events)) -le 9720 ]
expect 'gaps' 200 "$(ask lost "from=0&to=$((end + 1))&bins=1000")"
expect 'have all of them' "$lost" "$(total lost)"
succeeds 'between two events of a CPU' grep -q '"begin":[1-9][0-9]*,"end":[0-9]*,"cpu":[0-9]*,' "$work/body"
gap=$(grep -o '"begin":[1-9][0-9]*,"end":[0-9]*,' "$work/body" | head -n 1)
middle=$(echo "$gap" | awk -F '[:,]' '{ printf "%d", ($2 + $4) / 2 }')
ask lost "from=$middle&to=$middle&bins=10" >"$work/status"
succeeds 'also in its middle' grep -q "$gap" "$work/body"
pair="begin=$(type_of request_end)&end=$(type_of request_begin)"
expect 'pairs of numbers that come again' 200 "$(ask latency "$pair&field=id")"
succeeds 'are in doubt across a gap' [ "$(value doubtful)" -gt 0 ]
expect 'and not counted' 0 "$(ask latency "$pair&field=id&to=$(echo "$gap" | awk -F '[:,]' '{ print $2 }')" >"$work/status"; value count)"
expect 'pairs of threads' 200 "$(ask latency "begin=$(type_of request_begin)&end=$(type_of request_end)")"
succeeds 'are there on both sides' [ "$(value count)" -gt 0 ]
finish
