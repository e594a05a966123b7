#!/bin/bash
# reference: also
# -n sets the global maxconn, -N the default of the proxies, -L the node's name.
. "$(dirname "$(readlink -f "$0")")/common.bash"
echo " stats socket $dir/sock" | config $port one >a.cfg
start -n 77 -N 33 -L here -f a.cfg
wait_until answers $port one || fail "not served"
ask_socket() { /usr/bin/python3 - "$dir/sock" "$1" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(sys.argv[2].encode() + b'\n')
sys.stdout.write(b''.join(iter(lambda: s.recv(65536), b'')).decode())
END
}
ask_socket 'show info' >out
grep -qx 'Maxconn: 77' out || fail "-n"
ask_socket 'show stat fe 1 -1' >out
[[ $(awk -F, '$2 == "FRONTEND" { print $7 }' out) = 33 ]] || fail "-N"
