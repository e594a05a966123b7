#!/bin/bash
# USR2 in a process without master: the files are read anew in the same process, connections live on.
. "$(dirname "$(readlink -f "$0")")/common.bash"
config $port one </dev/null >a.cfg
start -f a.cfg
wait_until answers $port one || fail "not served"
exec 3<>/dev/tcp/127.0.0.1/$port
printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' >&3
read -r -t 3 line <&3; [[ $line = 'HTTP/1.1 302 Found'* ]] || fail "no answer on the old connection"
config $port two </dev/null >a.cfg
kill -USR2 $pid
wait_until answers $port two || fail "the new file is not served"
kill -0 $pid || fail "another process"
printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' >&3
while read -r -t 3 line <&3; do [[ $line = 'HTTP/1.1 302 Found'* ]] && found=yes && break; done
[[ ${found:-} = yes ]] || fail "the old connection was cut"
{ config $port three </dev/null; echo ' nonsense'; } >a.cfg
kill -USR2 $pid; sleep 0.5
answers $port two || fail "a file in error changed something"
