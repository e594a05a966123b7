#!/bin/bash
# reference: also
# `disable frontend` makes its port refuse connections until `enable frontend`; `shutdown frontend` closes it for good.
. "$(dirname "$(readlink -f "$0")")/common.bash"
{ printf 'global\n stats socket %s level admin\n' "$dir/cli.sock"
  printf 'defaults\n mode http\n timeout connect 2s\n timeout client 5s\n timeout server 5s\n'
  printf 'frontend one\n bind 127.0.0.1:%s\n redirect location /one\n' "$port"
  printf 'listen two\n bind 127.0.0.1:%s\n redirect location /two\n' "$port2"; } >a.cfg
cli() {
    /usr/bin/python3 - "$dir/cli.sock" "$1" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect(sys.argv[1]); s.sendall(sys.argv[2].encode() + b'\n')
while data := s.recv(65536): sys.stdout.write(data.decode())
END
}
refuses() { curl -s -o /dev/null -m 5 "http://127.0.0.1:$1/"; [[ $? -eq 7 ]]; }
status_of() { cli "show stat $1 1 -1" | grep "^$1,FRONTEND," | cut -d, -f18; }

start -f a.cfg
wait_until answers $port one || fail "one does not serve"
wait_until answers $port2 two || fail "two does not serve"

[[ -z $(cli "disable frontend one") ]] || fail "disable: answer"
wait_until refuses $port || fail "disable: the port is open"
[[ $(status_of one) = PAUSED ]] || fail "disable: status"
[[ $(cli "disable frontend one") = "All sockets are already disabled." ]] || fail "disable twice"
cli "disable frontend two" >/dev/null
wait_until refuses $port2 || fail "disable two: the port is open"
[[ -z $(cli "enable frontend one") ]] || fail "enable: answer"
wait_until answers $port one || fail "enable: not served"
cli "enable frontend two" >/dev/null
wait_until answers $port2 two || fail "enable two: not served"

[[ -z $(cli "shutdown frontend one") ]] || fail "shutdown: answer"
wait_until refuses $port || fail "shutdown: the port is open"
ss -Hltn | grep -q "127.0.0.1:$port " && fail "shutdown: somebody listens"
[[ $(status_of one) = STOP ]] || fail "shutdown: status"
[[ $(cli "shutdown frontend one") = "Frontend was already shut down." ]] || fail "shutdown twice"
[[ $(cli "enable frontend one") = "Frontend was previously shut down, cannot enable." ]] || fail "enable after shutdown"
[[ $(cli "disable frontend one") = "Frontend was previously shut down, cannot disable." ]] || fail "disable after shutdown"
answers $port2 two || fail "the other one does not serve any more"
kill -TERM "$pid"
wait "$pid"
grep -q 'Paused frontend one\.' out || fail "message: paused"
grep -q 'Resumed frontend one\.' out || fail "message: resumed"
grep -q 'Paused proxy two\.' out || fail "message: paused, of a listen section"
grep -q 'Proxy one stopped (cumulated conns: FE: [0-9]*, BE: [0-9]*)\.' out || fail "message: stopped"
exit 0
