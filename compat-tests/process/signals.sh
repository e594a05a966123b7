#!/bin/bash
# reference: also
# INT and TERM end at once; HUP, PIPE and USR2 leave the service alone in a process without master.
. "$(dirname "$(readlink -f "$0")")/common.bash"
config $port one </dev/null >a.cfg
start -f a.cfg; wait_until answers $port one || fail "not served"
kill -HUP $pid; kill -PIPE $pid; sleep 0.3
answers $port one || fail "HUP or PIPE stopped it"
kill -INT $pid; wait_until gone $pid || fail "INT does not end it"
wait $pid; code=$?
[[ $code = 0 || $code = 130 ]] || fail "INT: exit code $code"
start -f a.cfg; wait_until answers $port one || fail "not served again"
kill -TERM $pid; wait_until gone $pid || fail "TERM does not end it"
