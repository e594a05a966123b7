#!/bin/bash
# master-worker no-exit-on-failure: when the current worker dies those that finish their connections live on.
# (HAProxy 2.6 forgets the word with the first reload.)
. "$(dirname "$(readlink -f "$0")")/common.bash"
worker_of() { (echo "show proc"; sleep .2) | socat - UNIX-CONNECT:$dir/m.sock | sed -n '/^# workers/{n;s/ .*//p}'; }
tcp() {  # LINE OF GLOBAL...
    printf 'global\n'; printf ' %s\n' "$@"
    printf 'defaults\n mode tcp\n timeout connect 2s\n timeout client 20s\n timeout server 20s\n'
    printf 'listen fe\n bind 127.0.0.1:%s\n server echo 127.0.0.1:%s\n' $port $port2
}
/usr/bin/python3 - $port2 <<'END' &
import socket, sys, threading
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(5)
def echo(c):
    while data := c.recv(100): c.sendall(data)
while True:
    threading.Thread(target=echo, args=(s.accept()[0],), daemon=True).start()
END
started+=($!)
wait_until grep -q ":$(printf %04X $port2) " /proc/net/tcp || fail "no echo server"

# run WORD...: the master with these global words, a connection on its old worker, and the current one killed
run() {
    tcp "$@" 'nbthread 1' >a.cfg
    "$program" -W -S "$dir/m.sock" -f a.cfg >out 2>&1 & master=$!; started+=($master)
    wait_until grep -q 'Loading success' out || fail "not started"
    first=$(worker_of)
    exec 3<>/dev/tcp/127.0.0.1/$port
    echo before >&3; read -r -t 3 line <&3; [[ $line = before ]] || fail "no echo"
    tcp "$@" 'nbthread 2' >a.cfg
    kill -USR2 "$master"
    second=
    is_another() { second=$(worker_of); [[ -n $second && $second != "$first" ]]; }
    wait_until is_another || fail "no second worker"
    sleep 0.5
    kill -KILL "$second"
    sleep 0.7
}
run
gone "$first" || fail "the old worker lives on without the word"
exec 3>&-
wait_until gone "$master" || fail "the master does not leave"

run 'master-worker no-exit-on-failure'
gone "$first" && fail "the old worker was ended"
echo after >&3; read -r -t 3 line <&3; [[ $line = after ]] || fail "its connection was cut"
gone "$master" && fail "the master has left"
exec 3>&-
wait_until gone "$first"
wait_until gone "$master" || fail "the master does not leave behind its last worker"
