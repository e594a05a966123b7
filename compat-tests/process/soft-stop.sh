#!/bin/bash
# reference: also
# USR1: stops listening at once, serves what is under way, leaves when that has ended.
. "$(dirname "$(readlink -f "$0")")/common.bash"
cat >a.cfg <<END
defaults
 mode tcp
 timeout connect 2s
 timeout client 10s
 timeout server 10s
listen fe
 bind 127.0.0.1:$port
 server echo 127.0.0.1:$port2
END
/usr/bin/python3 - $port2 <<'END' &
import socket, sys
s = socket.socket(); s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(5); s.settimeout(10)
c, _ = s.accept()
while data := c.recv(100): c.sendall(data)
END
started+=($!)
start -f a.cfg
wait_until grep -q ":$(printf %04X $port) " /proc/net/tcp || fail "does not listen"
sleep 0.3
exec 3<>/dev/tcp/127.0.0.1/$port
echo before >&3; read -r -t 3 line <&3; [[ $line = before ]] || fail "no echo before"
kill -USR1 $pid
refused() { ! (exec 4<>/dev/tcp/127.0.0.1/$port) 2>/dev/null; }
wait_until refused || fail "still listens"
echo after >&3; read -r -t 3 line <&3; [[ $line = after ]] || fail "the connection under way was cut"
gone $pid && fail "left too early"
exec 3>&-
wait_until gone $pid || fail "does not leave"
