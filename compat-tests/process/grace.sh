#!/bin/bash
# reference: also
# grace: behind SIGUSR1 connections are taken for a while, as whoever looks after the process is told that it stops.
. "$(dirname "$(readlink -f "$0")")/common.bash"
echo " grace 1s" | config $port one >a.cfg
cat >>a.cfg <<END
frontend state
 bind 127.0.0.1:$port2
 redirect location /stopping if { stopping }
 redirect location /up
END
start -f a.cfg
wait_until answers $port2 up || fail "not served"
kill -USR1 $pid
sleep 0.4
answers $port2 stopping || fail "the end is not told of"
answers $port one || fail "no connection is taken while grace lasts"
wait_until gone $pid || fail "does not leave"
