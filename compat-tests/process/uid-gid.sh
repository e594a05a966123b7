#!/bin/bash
# reference: also
# uid and gid take numbers.
. "$(dirname "$(readlink -f "$0")")/common.bash"
(( EUID == 0 )) || exit 77
chmod 755 "$dir"
echo " uid 12345
 gid 23456" | config $port one >a.cfg
start -f a.cfg
wait_until answers $port one || fail "not served"
[[ $(awk '/^Uid:/ { print $2, $3, $4, $5 }' /proc/$pid/status) = '12345 12345 12345 12345' ]] || fail "uid"
[[ $(awk '/^Gid:/ { print $2, $3, $4, $5 }' /proc/$pid/status) = '23456 23456 23456 23456' ]] || fail "gid"
