#!/bin/bash
# fd-hard-limit, strict-limits, set-dumpable: what the process may have of the system, and what it does where it may not.
# reference: also
. "$(dirname "$(readlink -f "$0")")/common.bash"
(( EUID == 0 )) || exit 77
chmod 755 "$dir"
info() { echo 'show info' | socat -t 2 - unix-connect:"$dir/s" 2>/dev/null || /usr/bin/python3 -c "
import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.send(b'show info\n')
print(b''.join(iter(lambda: s.recv(65536), b'')).decode())" "$dir/s"; }
value() { info | awk -v name="$1:" '$1 == name { print $2 }'; }
stop() { kill -TERM $pid; wait_until gone $pid; rm -f "$dir/s"; }
limits() { { echo " nbthread 1
 stats socket $dir/s"; cat; } | config $port one >a.cfg; }

# Without maxconn, as many connections are counted with as that limit allows.
echo ' fd-hard-limit 300' | limits
start -f a.cfg
wait_until answers $port one || fail "not served"
[[ "$(value Ulimit-n) $(value Maxsock) $(value Maxconn)" = '299 299 137' ]] ||
    fail "$(value Ulimit-n) $(value Maxsock) $(value Maxconn)"
stop

# With one, they are too few.
echo ' fd-hard-limit 50
 maxconn 100' | limits
"$program" -db -f a.cfg >out 2>&1 && fail "starts with too few descriptors"
grep -q 'ALERT.*main()\] Cannot raise FD limit to 225, limit is 50\.' out || fail "alert"

# Which is only told where limits are not strict.
(( $(ulimit -Hn) >= 225 )) || exit 0
echo ' fd-hard-limit 50
 maxconn 100
 no strict-limits' | limits
start -f a.cfg
wait_until answers $port one || fail "not served without strict limits"
grep -q 'WARNING.*main()\] Cannot raise FD limit to 225, limit is [0-9]*\.' out || fail "warning"
[[ $(value Maxconn) = 100 ]] || fail "maxconn"
stop

# A change of user takes the right to leave core files, set-dumpable gives it back. Who owns /proc/PID tells.
for word in '' ' set-dumpable' ' no set-dumpable'; do
    { echo ' uid 12345'; echo "$word"; } | limits
    start -f a.cfg
    wait_until answers $port one || fail "not served with '$word'"
    owner=0
    [[ $word = ' set-dumpable' ]] && owner=12345
    [[ $(stat -c %u /proc/$pid/stat) = $owner ]] || fail "'$word': $(stat -c %u /proc/$pid/stat)"
    [[ $word = ' set-dumpable' && $(ulimit -Hc) = unlimited && ! $(grep 'Max core' /proc/$pid/limits) =~ unlimited\ *unlimited ]] && fail "core size"
    stop
done
exit 0
