#!/bin/bash
# tune.renice.startup and tune.renice.runtime: the priority of all threads.
. "$(dirname "$(readlink -f "$0")")/common.bash"
(( EUID == 0 )) || exit 77
( renice -n 12 $BASHPID && renice -n 7 $BASHPID ) >/dev/null 2>&1 || exit 77  # it takes a capability to come back
nices() { awk '{ sub(/.*\) /, ""); print $17 }' /proc/$pid/task/*/stat | sort -u | tr '\n' ' '; }
try() {
    printf ' nbthread 2\n%s\n' "$1" | config $port one >a.cfg
    start -f a.cfg
    wait_until answers $port one || fail "not served"
    [[ $(nices) = "$2 " ]] || fail "$1: $(nices)"
    kill -TERM $pid
    wait_until gone $pid
}
try ' tune.renice.startup 12' 12
try ' tune.renice.startup 12
 tune.renice.runtime 7' 7
exit 0
