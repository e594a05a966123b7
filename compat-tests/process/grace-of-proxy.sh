#!/bin/bash
# grace of proxies, as until 2.4: each listens on for its own time behind SIGUSR1.
. "$(dirname "$(readlink -f "$0")")/common.bash"
config $port one </dev/null >a.cfg
cat >>a.cfg <<END
frontend late
 bind 127.0.0.1:$port2
 grace 1500
 redirect location /late
END
start -f a.cfg
wait_until answers $port2 late || fail "not served"
kill -USR1 $pid
refused() { ! (exec 4<>/dev/tcp/127.0.0.1/$1) 2>/dev/null; }
sleep 0.6
refused $port || fail "the one without grace still listens"
answers $port2 late || fail "the one with grace does not listen"
wait_until gone $pid || fail "does not leave"
