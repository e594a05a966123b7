#!/bin/bash
# reference: also
# -st PID: the old process is ended at once, with its connections.
. "$(dirname "$(readlink -f "$0")")/common.bash"
config $port one </dev/null >a.cfg
config $port two </dev/null >b.cfg
"$program" -D -f a.cfg -p a.pid >out 2>&1 || fail "start"
old=$(<a.pid)
answers $port one || fail "not served"
exec 3<>/dev/tcp/127.0.0.1/$port
"$program" -D -f b.cfg -p a.pid -st $old >out 2>&1 || fail "-st: exit code"
wait_until gone $old || fail "the old one does not end"
wait_until answers $port two || fail "the new one does not serve"
