#!/bin/bash
# setcap: what is named outlives the change of user, and nothing else does.
. "$(dirname "$(readlink -f "$0")")/common.bash"
(( EUID == 0 )) || exit 77
[[ $(awk '/^CapPrm:/ { print $2 }' /proc/self/status) =~ [fF]+$ ]] || exit 77
chmod 755 "$dir"
echo " uid 12345
 setcap cap_net_bind_service,cap_net_raw" | config $port one >a.cfg
start -f a.cfg
wait_until answers $port one || fail "not served"
[[ $(awk '/^Uid:/ { print $2, $3 }' /proc/$pid/status) = '12345 12345' ]] || fail "uid"
for set in CapEff CapPrm; do
    # CAP_NET_BIND_SERVICE is 10, CAP_NET_RAW 13. A thread of before the change may be left with nothing.
    found=$(awk -v set="$set:" '$1 == set { print $2 }' /proc/$pid/task/*/status | grep -v '^0*$' | uniq)
    [[ $found = 0000000000002400 ]] || fail "$set: $found"
    [[ $(awk -v set="$set:" '$1 == set { print $2 }' /proc/$pid/status) = "$found" ]] || fail "$set of the main thread"
done
kill -TERM $pid
wait_until gone $pid

echo " setcap cap_chown" | config $port one >a.cfg
"$program" -c -f a.cfg >out 2>&1 && fail "a name that is unknown is taken"
grep -q "'setcap' : unsupported capability 'cap_chown'.  Supported ones are: cap_net_raw, cap_net_admin, cap_net_bind_service and cap_sys_admin." out || fail "message"
