#!/bin/bash
# reference: also
# -dR, or noreuseport: a port that another process listens on is taken.
. "$(dirname "$(readlink -f "$0")")/common.bash"
config $port one </dev/null >a.cfg
config $port two <<<' noreuseport' >b.cfg
start -f a.cfg
wait_until answers $port one || fail "the first does not answer"
start -f a.cfg
second=$pid
sleep 0.5
gone $second && fail "two processes do not share a port"
kill $second
wait_until gone $second || fail "the second does not end"
timeout 10 "$program" -db -dR -f a.cfg >out 2>&1 && fail "-dR shares a port"
grep -q 'cannot bind socket' out || fail "-dR: no word of the port"
timeout 10 "$program" -db -f b.cfg >out 2>&1 && fail "noreuseport shares a port"
grep -q 'cannot bind socket' out || fail "noreuseport: no word of the port"
exit 0
