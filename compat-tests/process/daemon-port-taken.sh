#!/bin/bash
# reference: also
# -D with a port that is taken: exit code 1 and the reason on stderr.
. "$(dirname "$(readlink -f "$0")")/common.bash"
/usr/bin/python3 -c "
import socket, time
s = socket.socket(); s.bind(('127.0.0.1', $port)); s.listen(5); time.sleep(20)" &
started+=($!)
sleep 0.4
config $port one </dev/null >a.cfg
"$program" -D -f a.cfg >out 2>&1; [[ $? = 1 ]] || fail "exit code"
grep -q "^\[ALERT\] .*Binding \[a.cfg:8\] for proxy fe: cannot bind socket (Address already in use) for \[127.0.0.1:$port\]" out || fail "message"
