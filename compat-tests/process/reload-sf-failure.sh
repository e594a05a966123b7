#!/bin/bash
# reference: also
# -sf with a file in error: exit code 1, and the old process serves on.
. "$(dirname "$(readlink -f "$0")")/common.bash"
config $port one </dev/null >a.cfg
{ config $port two </dev/null; echo ' nonsense'; } >b.cfg
"$program" -D -f a.cfg -p a.pid >out 2>&1 || fail "start"
old=$(<a.pid)
"$program" -D -f b.cfg -p b.pid -sf $old >out 2>&1; [[ $? = 1 ]] || fail "exit code"
sleep 0.3
answers $port one || fail "the old one does not serve"
kill -0 $old || fail "the old one is gone"
