#!/bin/bash
# reference: also
# -D: the parent leaves with 0 when the child serves; -p and pidfile hold the child's pid; TERM ends it, the pidfile stays.
. "$(dirname "$(readlink -f "$0")")/common.bash"
config $port one </dev/null >a.cfg
"$program" -D -f a.cfg -p a.pid >out 2>&1 || fail "-D: exit code"
answers $port one || fail "not served when the parent left"
child=$(<a.pid)
[[ $child =~ ^[0-9]+$ ]] || fail "pidfile: $child"
kill -0 $child || fail "the pidfile names no process"
[[ $(ps -o sid= -p $child | tr -d ' ') = $child ]] || fail "the child leads no session"
kill -TERM $child
wait_until gone $child || fail "TERM does not end it"
[[ -s a.pid ]] || fail "the pidfile is removed"
echo " pidfile $dir/b.pid
 daemon" | config $port two >b.cfg
"$program" -f b.cfg >out 2>&1 || fail "daemon in the file: exit code"
wait_until answers $port two || fail "daemon in the file: not served"
[[ -s b.pid ]] || fail "pidfile of the file is not written"
