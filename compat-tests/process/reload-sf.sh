#!/bin/bash
# reference: also
# -sf PID: the new process takes over the port, the old one ends when idle; the pidfile names the new one.
. "$(dirname "$(readlink -f "$0")")/common.bash"
config $port one </dev/null >a.cfg
config $port two </dev/null >b.cfg
"$program" -D -f a.cfg -p a.pid >out 2>&1 || fail "start"
old=$(<a.pid)
answers $port one || fail "not served"
"$program" -D -f b.cfg -p a.pid -sf $old >out 2>&1 || fail "-sf: exit code"
[[ $(<a.pid) != "$old" ]] || fail "pidfile"
wait_until gone $old || fail "the old one does not end"
wait_until answers $port two || fail "the new one does not serve"
