#!/bin/bash
# The whole tutorial, with its own file: check, start, alternating answers, headers, black hole, statistics, log, socket, a
# dead server, reload under load, end. Needs root; nothing outside of its name spaces changes.
. "$(dirname "$0")/../../examples/tutorial/lab.sh"
program=$(readlink -f "${HAPROXY_PROGRAM:-${CFGPROXY:?set CFGPROXY to the program}}") || exit 1
export HAPROXY_PROGRAM=$program
(( EUID == 0 )) || { echo 'skipped: needs root'; exit 77; }
for tool in unshare nsenter ip curl python3 ss; do
    command -v $tool >/dev/null || { echo "skipped: needs $tool"; exit 77; }
done
lab_enter "$0" "$@"

errors=0
failed() { echo "FAILED: $*"; errors=$((errors + 1)); }
check() { local what=$1; shift; if "$@"; then echo "ok: $what"; else failed "$what"; fi; }
equal() { if [[ $2 == "$3" ]]; then echo "ok: $1"; else failed "$1: expected '$2', found '$3'"; fi; }
matches() { if [[ $3 =~ $2 ]]; then echo "ok: $1"; else failed "$1: no '$2' in '$3'"; fi; }
gone() { ! kill -0 "$1" 2>/dev/null; }
log_has() { grep -Eq -- "$1" "$lab/log"; }
site=http://$lab_balancer
lab_up || { echo 'the network could not be built'; exit 1; }

echo '-- check and start'
tag=haproxy
run() { lab_in balancer "$program" "$@"; }
output=$(run -c -f /etc/haproxy/haproxy.cfg 2>&1); equal 'check: status' 0 $?
matches 'check: it says so' 'Configuration file is valid' "$output"
run -f /etc/haproxy/haproxy.cfg; equal 'start: status' 0 $?
pid=$(</var/run/haproxy.pid)
check 'the pid file names the process' kill -0 "$pid"
equal 'user' haproxy "$(ps -o user= -p "$pid")"
equal 'group' haproxy "$(ps -o group= -p "$pid")"
equal 'chroot' /var/lib/haproxy "$(readlink "/proc/$pid/root")"
check 'the log tells of the start' lab_wait 5 log_has '<149>.* '"$tag"'\[[0-9]+\]: Proxy main started\.'

echo '-- ten requests'
# The black hole has no server, app has two: who is first depends on what came before, but they alternate.
answers=$(for _ in {1..10}; do lab_get "$site/" | lab_server_of; done)
equal 'both answer' "$lab_web1 $lab_web2" "$(sort -u <<<"$answers" | xargs)"
equal 'they alternate strictly' '' "$(uniq -d <<<"$answers")"
equal 'all ten' 10 "$(wc -l <<<"$answers")"
equal 'X-Forwarded-For of the client' "$lab_client" "$(lab_get "$site/" | lab_row HTTP_X_FORWARDED_FOR)"
equal 'none for 127.0.0.0/8' '' "$(lab_get_local http://127.0.0.1/ | lab_row HTTP_X_FORWARDED_FOR)"
equal 'the web server sees the load balancer' "$lab_balancer" "$(lab_get "$site/" | lab_row REMOTE_ADDR)"

echo '-- the black hole'
for path in /favicon.ico /FAVICON.ICO /a/b/Favicon.Ico '/x/favicon.ico?y=1'; do
    equal "$path" 503 "$(lab_get -o /dev/null -w '%{http_code}' "$site$path")"
done
equal 'not every icon' 200 "$(lab_get -o /dev/null -w '%{http_code}' "$site/favicon.ico.html")"
check 'its log line' lab_wait 5 log_has ' main blackhole/<NOSRV> [-0-9]+/-1/-1/-1/[0-9]+ 503 [0-9]+ - - SC-- .* "GET /favicon\.ico HTTP/1\.1"$'

echo '-- the log'
lab_get "$site/exact" >/dev/null
lab_wait 5 log_has '"GET /exact HTTP'
pattern="^<150>[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} $tag\[$pid\]: $lab_client:[0-9]+"
pattern+=' \[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8}\.[0-9]{3}\] main app/app[12] [0-9]+/0/[0-9]+/[0-9]+/[0-9]+ 200 [0-9]+ - - ----'
pattern+=' [0-9]+/[0-9]+/[0-9]+/[0-9]+/0 0/0 "GET /exact HTTP/1\.1"$'
matches 'the exact line' "$pattern" "$(grep '"GET /exact ' "$lab/log")"

echo '-- statistics'
stats="http://$lab_balancer:10080/?hastats"
equal 'without password' 401 "$(lab_get -o /dev/null -w '%{http_code}' "$stats")"
matches 'it asks for one' 'WWW-Authenticate: Basic realm="HAProxy Statistics"' \
    "$(lab_get -o /dev/null -D - "$stats" | tr -d '\r' | sed -n 's/^www-authenticate/WWW-Authenticate/Ip')"
equal 'with a wrong one' 401 "$(lab_get -u admin:wrong -o /dev/null -w '%{http_code}' "$stats")"
equal 'with the right one' 200 "$(lab_get -u $lab_password -o "$lab/page" -w '%{http_code}' "$stats")"
for name in app1 app2 blackhole hastats; do check "the page shows $name" grep -q "$name" "$lab/page"; done
equal 'another address' 503 "$(lab_get -u $lab_password -o /dev/null -w '%{http_code}' "http://$lab_balancer:10080/")"
csv=$(lab_get -u $lab_password "$stats;csv")
equal 'rows of the CSV' 'main,FRONTEND app,app1 app,app2 app,BACKEND blackhole,BACKEND hastats,FRONTEND hastats,BACKEND' \
    "$(grep -v '^#' <<<"$csv" | cut -d, -f1,2 | xargs)"
matches 'its header' '^# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,' "$csv"
matches 'app1 is up' '^UP' "$(grep '^app,app1,' <<<"$csv" | cut -d, -f18)"

echo '-- the socket'
matches 'show info' 'Maxconn: 4000' "$(lab_command 'show info')"
matches 'show info: the process' "Pid: $pid" "$(lab_command 'show info')"
matches 'show stat' 'app,app2,' "$(lab_command 'show stat')"

echo '-- a web server dies'
lab_stop_web 1
statuses=$(for _ in {1..12}; do lab_get -o /dev/null -w '%{http_code}\n' "$site/dead"; done | sort | uniq -c | xargs)
equal 'no client sees it' '12 200' "$statuses"
# inter 2s, fall 3: three checks that fail, at most 2 s before the first one.
check 'DOWN within the time of the checks' lab_wait 9 log_has "<145>.* $tag\[[0-9]+\]: Server app/app1 is DOWN, reason: Layer4 connection problem"
matches 'its log line' 'Server app/app1 is DOWN, reason: Layer4 connection problem, info: "Connection refused[^"]*", check duration: [0-9]+ms\. 1 active and 0 backup servers left\. [0-9]+ sessions active, 0 requeued, [0-9]+ remaining in queue\.' \
    "$(grep 'Server app/app1 is DOWN' "$lab/log")"
equal 'the statistics know' DOWN "$(lab_command 'show stat' | grep '^app,app1,' | cut -d, -f18)"
lab_start_web 1
check 'UP again' lab_wait 20 log_has "<149>.* $tag\[[0-9]+\]: Server app/app1 is UP"

echo '-- reload under load'
lab_in client python3 "$(dirname "$0")/load.py" "$lab_balancer" 80 "$lab/stop" >"$lab/load" &
load=$!
sleep 0.5
for round in 1 2 3; do
    old=$(</var/run/haproxy.pid)
    run -f /etc/haproxy/haproxy.cfg -D -p /var/run/haproxy.pid -sf "$old"; equal "reload $round: status" 0 $?
    check "reload $round: another process" test "$old" != "$(</var/run/haproxy.pid)"
    sleep 0.7
done
: >"$lab/stop"
wait "$load"
read -r requests failures reasons <"$lab/load"
check "requests were made ($requests)" test "$requests" -gt 100
equal "no request failed $reasons" 0 "$failures"
# The old ones wait for kept connections of browsers, at most the keep-alive time; load.py has closed its own.
check 'the old process leaves' lab_wait 12 gone "$old"

echo '-- the end'
pid=$(</var/run/haproxy.pid)
kill -TERM "$pid"
check 'TERM ends it' lab_wait 5 gone "$pid"
check 'nobody answers' lab_in client bash -c "! curl -s -m 2 -o /dev/null $site/"
(( errors == 0 )) && echo 'all good' || { echo "$errors failed"; tail -n 5 "$lab/log"; }
exit $(( errors > 0 ))
