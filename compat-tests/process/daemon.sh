#!/bin/bash
# -D: who leaves when with which status, pid file, chroot, user, session, standard streams.
# reference: also
. "$(dirname "$0")/common.sh"
(( EUID == 0 )) || skip 'needs root'
getent passwd nobody >/dev/null && getent group nogroup >/dev/null || skip 'needs nobody and nogroup'

port=$(free_port)
mkdir "$work/jail"
write_config daemon.cfg "$port" daemon "pidfile $work/pid" "chroot $work/jail" 'user nobody' 'group nogroup' 'maxconn 50'

# The start waits for nothing and says nothing; stdout is a pipe whose end is seen only if nobody holds it any longer.
out=$(timeout 10 "$program" -f "$work/daemon.cfg" 2>"$work/err"; echo "status $?")
equal 'start: status, and no output kept open' 'status 0' "$out"
equal 'start: stderr' '' "$(grep -v 'NOTICE\|started as root' "$work/err")"
check 'it serves at once' answers "$port"
pid=$(<"$work/pid")
check 'the pid file names a process' kill -0 "$pid"
equal 'mode of the pid file' 644 "$(stat -c %a "$work/pid")"
equal 'owner of the pid file' root "$(stat -c %U "$work/pid")"
equal 'user' nobody "$(ps -o user= -p "$pid")"
equal 'group' nogroup "$(ps -o group= -p "$pid")"
equal 'supplementary groups' '' "$(awk '$1 == "Groups:" { $1 = ""; gsub(/ /, ""); print }' "/proc/$pid/status")"
equal 'capabilities' 0000000000000000 "$(awk '/^CapEff/ { print $2 }' "/proc/$pid/status")"
equal 'root' "$work/jail" "$(readlink "/proc/$pid/root")"
equal 'current folder' "$work/jail" "$(readlink "/proc/$pid/cwd")"
equal 'leads its session' "$pid" "$(ps -o sid= -p "$pid" | tr -d ' ')"
equal 'no terminal' '?' "$(ps -o tty= -p "$pid" | tr -d ' ')"
for fd in 0 1 2; do equal "stream $fd" /dev/null "$(readlink "/proc/$pid/fd/$fd")"; done

# Another one for the same address, which is not told of the first.
write_config second.cfg "$port" daemon "pidfile $work/pid2"
timeout 10 "$program" -f "$work/second.cfg" >"$work/out" 2>"$work/err"
if [[ $(<"$work/err") == *'Address already in use'* ]]; then
    failed 'two processes of one user cannot share an address'   # SO_REUSEPORT: only another user is kept out
fi
[[ -s $work/pid2 ]] && kill -KILL "$(<"$work/pid2")" 2>/dev/null

kill -TERM "$pid"
check 'SIGTERM ends it' eventually 5 gone "$pid"
check 'nobody listens any longer' eventually 5 refuses "$port"
check 'the pid file stays' test -s "$work/pid"

# An address that somebody else has.
/usr/bin/python3 - "$port" <<'END' &
import socket, sys, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(); time.sleep(60)
END
holder=$!
eventually 5 bash -c "ss -ltn | grep -q :$port"
"$program" -f "$work/daemon.cfg" >/dev/null 2>"$work/err"
equal 'address in use: status' 1 $?
matches 'address in use: which' "cannot bind socket \(Address already in use\).*127\.0\.0\.1:$port" "$(<"$work/err")"
matches 'address in use: the end' 'Some protocols failed to start their listeners! Exiting\.' "$(<"$work/err")"
kill "$holder"; wait "$holder" 2>/dev/null

"$program" -D -p "$work/no/pid" -f "$work/second.cfg" >/dev/null 2>"$work/err"
equal 'no pid file: status' 1 $?
matches 'no pid file: stderr' "Cannot create pidfile $work/no/pid" "$(<"$work/err")"

write_config jail.cfg "$port" daemon "pidfile $work/pid3" "chroot $work/nowhere"
echo 4711 >"$work/pid3"
"$program" -f "$work/jail.cfg" >/dev/null 2>"$work/err"
status=$?
eventually 5 grep -q chroot "$work/err"
matches 'no chroot: stderr' "Cannot chroot\($work/nowhere\)" "$(<"$work/err")"
if ! is_reference; then
    equal 'no chroot: the parent knows' 1 "$status"
    equal 'no chroot: the pid file is as it was' 4711 "$(<"$work/pid3")"
fi

write_config user.cfg "$port" daemon 'user no-such-user'
"$program" -f "$work/user.cfg" >/dev/null 2>"$work/err"
equal 'unknown user: status' 1 $?
matches 'unknown user: stderr' "cannot find user id for 'no-such-user'" "$(<"$work/err")"

# -db wins over the file's daemon, -D over its absence; the pid file is for the background only.
write_config front.cfg "$port" daemon "pidfile $work/pid4"
"$program" -db -f "$work/front.cfg" 2>/dev/null &
pid=$!
check '-db serves' eventually 5 answers "$port"
check '-db stays' kill -0 "$pid"
check '-db writes no pid file' test ! -e "$work/pid4"
kill "$pid"; wait "$pid" 2>/dev/null
write_config back.cfg "$port"
timeout 10 "$program" -D -q -p "$work/pid5" -f "$work/back.cfg" >"$work/out" 2>&1
equal '-D: status' 0 $?
equal '-q: silence' '' "$(<"$work/out")"
check '-D serves' eventually 5 answers "$port"
kill "$(<"$work/pid5")"
finish
