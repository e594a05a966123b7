#!/bin/bash
# mworker-max-reloads: a worker of the past that has seen more reloads is told to go, whatever it still serves.
# reference: also
. "$(dirname "$(readlink -f "$0")")/common.bash"
write() { echo " mworker-max-reloads $1
 nbthread $2" | config $port "t$2" >a.cfg; }
workers() { pgrep -P $pid | wc -l; }
has_workers() { (( $(workers) == $1 )); }
write 1 1
start -W -f a.cfg
wait_until answers $port t1 || fail "not served"
# Another number of threads needs another process; the first one stays for this connection.
exec 3<>/dev/tcp/127.0.0.1/$port
printf 'GET / HTTP/1.1\r\nHost: a\r\n' >&3
sleep 0.1
write 1 2
kill -USR2 $pid
wait_until answers $port t2 && wait_until has_workers 2 || fail "no second worker: $(workers)"
write 1 1
kill -USR2 $pid
wait_until answers $port t1 || fail "the third worker does not serve"
wait_until has_workers 1 || fail "$(workers) workers are left"
exit 0
