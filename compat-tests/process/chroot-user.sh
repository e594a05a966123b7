#!/bin/bash
# reference: also
# chroot, user and group: the process runs in the folder and under the names; the pidfile is written before.
. "$(dirname "$(readlink -f "$0")")/common.bash"
(( EUID == 0 )) || exit 77
mkdir -m 755 jail; chmod 755 "$dir"
echo " chroot $dir/jail
 user nobody
 group nogroup
 pidfile $dir/a.pid
 daemon" | config $port one >a.cfg
"$program" -f a.cfg >out 2>&1 || fail "start"
wait_until answers $port one || fail "not served"
child=$(<a.pid)
[[ $(readlink /proc/$child/root) = "$dir/jail" ]] || fail "root: $(readlink /proc/$child/root)"
[[ $(ps -o user= -p $child) = nobody && $(ps -o group= -p $child) = nogroup ]] || fail "user or group"
