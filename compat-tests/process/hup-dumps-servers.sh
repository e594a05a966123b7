#!/bin/bash
# reference: also
# HUP logs the state of each proxy and server.
. "$(dirname "$(readlink -f "$0")")/common.bash"
/usr/bin/python3 - $port2 >received <<'END' &
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', int(sys.argv[1]))); s.settimeout(4)
try:
    while True: print(s.recv(4096).decode(), flush=True)
except socket.timeout: pass
END
started+=($!)
cat >a.cfg <<END
defaults
 mode http
 timeout connect 2s
 timeout client 5s
 timeout server 5s
 log 127.0.0.1:$port2 local0
listen fe
 bind 127.0.0.1:$port
 server s1 127.0.0.1:1
 server s2 127.0.0.1:2 disabled
END
sleep 0.3
start -f a.cfg
wait_until grep -q ":$(printf %04X $port) " /proc/net/tcp || fail "does not listen"
sleep 0.2
kill -HUP $pid
wait_until grep -q 'Proxy fe has' received || { cp received out; fail "nothing logged of the proxy"; }
grep -q 'SIGHUP received, dumping servers states' received || { cp received out; fail "no first line"; }
grep -q 'SIGHUP: Server fe/s1 is UP\. Conn: 0 act, 0 pend, 0 tot\.' received || { cp received out; fail "s1"; }
grep -q 'SIGHUP: Server fe/s2 is DOWN\. Conn: 0 act, 0 pend, 0 tot\.' received || { cp received out; fail "s2"; }
grep -q 'SIGHUP: Proxy fe has 1 active servers and 0 backup servers available\. Conn: act(FE+BE): 0+0, 0 pend (0 unass), tot(FE+BE): 0+0\.' received || { cp received out; fail "proxy"; }
