#!/bin/bash
# Signals of a process in the foreground (management manual, section 4).
# reference: also
. "$(dirname "$0")/common.sh"

port=$(free_port)
write_config front.cfg "$port"
sed -i 's/timeout client 5s/timeout client 3s/' "$work/front.cfg"

start() {
    "$program" -db -f "$work/front.cfg" >"$work/out" 2>"$work/err" &
    pid=$!
    eventually 5 answers "$port" || failed 'it does not start'
}
# ends WHAT STATUS: the status with which the process in $pid ends, within 5 seconds
ends() {
    eventually 5 gone "$pid" || { failed "$1: still there"; kill -KILL "$pid"; }
    wait "$pid" 2>/dev/null
    equal "$1: status" "$2" $?
}
# A request whose end is still to come: the connection stays open until `finish_request`.
begin_request() {
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET /up HTTP/1.1\r\nHost: a\r\n' >&9
    sleep 0.3
}
finish_request() {
    printf 'Connection: close\r\n\r\n' >&9
    answer=$(timeout 5 head -n 1 <&9)
    exec 9<&- 9>&-
}

start; kill -TERM "$pid"; ends SIGTERM 143

# A shell starts background jobs with SIGINT ignored, and so it stays; env gives it its default back.
start; kill -INT "$pid"; sleep 0.3; check 'an ignored SIGINT stays ignored' answers "$port"; kill -TERM "$pid"; wait "$pid" 2>/dev/null
env --default-signal=INT "$program" -db -f "$work/front.cfg" 2>/dev/null &
pid=$!
eventually 5 answers "$port"; kill -INT "$pid"; ends SIGINT 130

start; begin_request; kill -USR1 "$pid"
check 'SIGUSR1: nobody listens' eventually 3 refuses "$port"
check 'SIGUSR1: it waits for what is open' kill -0 "$pid"
finish_request
matches 'SIGUSR1: what is open gets its answer' '^HTTP/1\.[01] 200' "$answer"
ends SIGUSR1 0

start
for signal in HUP PIPE QUIT WINCH; do
    kill -$signal "$pid"; sleep 0.2
    check "SIG$signal: it serves on" answers "$port"
done
matches 'SIGHUP: it tells the states' '\[WARNING\]  \([0-9]+\) : SIGHUP received, dumping servers states\.' "$(<"$work/err")"

kill -TTOU "$pid"
check 'SIGTTOU: nobody listens' eventually 3 refuses "$port"
kill -TTIN "$pid"
check 'SIGTTIN: it listens again' eventually 3 answers "$port"
# A new process that waits for an address asks again and again.
for _ in 1 2 3; do kill -TTOU "$pid"; sleep 0.1; done
kill -TTIN "$pid"
eventually 3 answers "$port"
for _ in 1 2 3 4 5; do check 'SIGTTOU three times, SIGTTIN once' answers "$port"; done
kill -USR2 "$pid"; sleep 0.5
check 'SIGUSR2: it serves on' answers "$port"
kill -TERM "$pid"; ends 'SIGTERM at last' 143
finish
