#!/bin/bash
# reference: also
# namespace on bind and server lines: sockets of other network namespaces, known from `namespace_list` or not.
script=$(readlink -f "$0")
. "$(dirname "$script")/common.bash"
(( EUID == 0 )) || exit 77
if [[ ${1:-} != inside ]]; then
    # In a mount namespace of our own /var/run/netns is nobody else's.
    unshare -m true 2>/dev/null || exit 77
    command -v ip >/dev/null || exit 77
    exec unshare -m --propagation private "$script" inside
fi
mkdir -p /var/run/netns
mount -t tmpfs none /var/run/netns || exit 77
ip netns add left && ip netns add right || exit 77
ip -n left link set lo up
ip -n right link set lo up
cat >a.cfg <<END
namespace_list
 namespace left right
defaults
 mode http
 timeout connect 1s
 timeout client 5s
 timeout server 5s
listen outside
 bind 127.0.0.1:$port
 server s1 127.0.0.1:$port namespace left
listen left
 bind 127.0.0.1:$port namespace left
 redirect location /left if { path /end }
 server s1 127.0.0.1:$port namespace right
listen right
 bind 127.0.0.1:$port namespace right
 redirect location /right
END
start -f a.cfg
wait_until answers $port right || fail "the namespaces are not connected"
[[ $(ip netns exec left curl -s -m 3 -o /dev/null -w '%{redirect_url}' http://127.0.0.1:$port/end) = */left ]] ||
    fail "nobody listens in the first one"

sed -i 's/namespace left$/namespace nowhere/' a.cfg
"$program" -c -f a.cfg >out 2>&1 && fail "an unknown namespace is taken"
grep -q "Cannot open namespace 'nowhere'" out || fail "message"
