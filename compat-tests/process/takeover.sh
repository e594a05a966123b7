#!/bin/bash
# -sf and -st: a new process takes the place of an old one; where it cannot, the old one goes on.
# reference: also
. "$(dirname "$0")/common.sh"

port=$(free_port)
write_config proxy.cfg "$port" daemon "pidfile $work/pid" 'maxconn 50'
start() { "$program" -f "$work/proxy.cfg" "$@" >"$work/out" 2>"$work/err"; }

start; equal 'first start' 0 $?
first=$(<"$work/pid")
eventually 5 answers "$port" || failed 'the first one does not serve'

# A request that is open while processes change.
exec 9<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /up HTTP/1.1\r\nHost: a\r\n' >&9
sleep 0.2
start -sf "$first"; equal '-sf: status' 0 $?
second=$(<"$work/pid")
check '-sf: another process' test "$first" != "$second"
check '-sf: it serves' eventually 5 answers "$port"
check '-sf: the old one waits for its client' kill -0 "$first"
printf 'Connection: close\r\n\r\n' >&9
matches '-sf: the old one answers it' '^HTTP/1\.[01] 200' "$(timeout 5 head -n 1 <&9)"
exec 9<&- 9>&-
check '-sf: then it leaves' eventually 5 gone "$first"

exec 9<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /up HTTP/1.1\r\nHost: a\r\n' >&9
sleep 0.2
start -st "$second"; equal '-st: status' 0 $?
third=$(<"$work/pid")
check '-st: the old one leaves at once' eventually 2 gone "$second"
exec 9<&- 9>&-
check '-st: the new one serves' eventually 5 answers "$port"

# What the new one wants besides is taken: it fails, and the old one is as before.
read -r other < <(free_port)
/usr/bin/python3 - "$other" <<'END' &
import socket, sys, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(); time.sleep(60)
END
holder=$!
eventually 5 bash -c "ss -ltn | grep -q :$other"
cp "$work/proxy.cfg" "$work/before.cfg"
sed -i "s/bind 127.0.0.1:$port/&\n    bind 127.0.0.1:$other/" "$work/proxy.cfg"
before=$(date +%s%N)
start -sf "$third"; equal 'taken address: status' 1 $?
took=$(( ($(date +%s%N) - before) / 1000000 ))
check "taken address: it tried for two seconds ($took ms)" test "$took" -ge 1900 -a "$took" -lt 5000
matches 'taken address: stderr' "Address already in use.*127\.0\.0\.1:$other" "$(<"$work/err")"
check 'taken address: the old one serves again' eventually 3 answers "$port"
equal 'taken address: the pid file is the old one'"'"'s' "$third" "$(<"$work/pid")"
kill "$holder"; wait "$holder" 2>/dev/null

# Processes that are not there are no reason to fail.
cp "$work/before.cfg" "$work/proxy.cfg"
start -sf "$third" 999999; equal 'a pid that is gone: status' 0 $?
fourth=$(<"$work/pid")
check 'a pid that is gone: the other leaves' eventually 5 gone "$third"
check 'a pid that is gone: the new one serves' answers "$port"

# From an old process that has the addresses for itself (another user's, so that they cannot be shared).
if (( EUID == 0 )) && getent passwd nobody >/dev/null; then
    kill -TERM "$fourth"; eventually 5 gone "$fourth"
    start; fifth=$(<"$work/pid")
    eventually 5 answers "$port"
    chmod 777 "$work"
    setpriv --reuid nobody --clear-groups "$program" -db -f "$work/proxy.cfg" -sf "$fifth" >/dev/null 2>"$work/err" &
    sleep 0.5
    check "somebody else's process is left alone" answers "$port"
    kill "$!" 2>/dev/null; wait "$!" 2>/dev/null
    kill -TERM "$fifth"
fi

# -x: the listening sockets come from the old process, which is HAProxy (the only one that hands them out).
reference=${REFERENCE_PROGRAM:-/usr/sbin/haproxy}
if [[ -x $reference ]]; then
    write_config hand.cfg "$port" daemon "pidfile $work/pid6" "stats socket $work/stats expose-fd listeners level admin"
    "$reference" -f "$work/hand.cfg" 2>/dev/null; sixth=$(<"$work/pid6")
    inode() { ss -Hltne "sport = :$port" | grep -o 'ino:[0-9]*'; }
    old=$(inode)
    "$program" -f "$work/hand.cfg" -x "$work/stats" -sf "$sixth" 2>"$work/err"; equal '-x: status' 0 $?
    check '-x: the old one leaves' eventually 5 gone "$sixth"
    equal '-x: the socket is the same one' "$old" "$(inode)"
    check '-x: the new one serves' answers "$port"
    kill "$(<"$work/pid6")"
fi
"$program" -db -f "$work/proxy.cfg" -x "$work/nowhere" >/dev/null 2>"$work/err"
equal '-x to nobody: status' 1 $?
matches '-x to nobody: stderr' "Failed to connect to the old process socket '$work/nowhere'" "$(<"$work/err")"
finish
