#!/bin/bash
# reference: also
# The whole tutorial: one load balancer, two web servers and a client, each in its own network namespace, with the
# tutorial's file as it stands. HAProxy since 1.9 wants the addresses on bind lines: for it, and only there, they move.
set -u
(( EUID == 0 )) || { echo "needs root"; exit 77; }
command -v ip >/dev/null && command -v curl >/dev/null || { echo "needs ip and curl"; exit 77; }
getent passwd haproxy >/dev/null || { echo "needs the user haproxy"; exit 77; }
# A mount namespace of our own: /run, /var/lib/haproxy and the names of network namespaces are private.
if [[ ${1:-} != inside ]]; then exec unshare --mount --propagation private "$0" inside; fi
program=${HAPROXY_PROGRAM:?}
here=$(dirname "$(readlink -f "$0")")
mount -t tmpfs tmpfs /run && mkdir -p /var/lib/haproxy && mount -t tmpfs tmpfs /var/lib/haproxy || exit 77
dir=$(mktemp -d /tmp/tutorial-test.XXXXXX); chmod 755 "$dir"; cd "$dir" || exit 1
pids=()
cleanup() {
    [[ -s /run/haproxy.pid ]] && pids+=($(</run/haproxy.pid))
    local pid ns
    for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null; done
    for ns in lb web1 web2 client switch; do ip netns del $ns 2>/dev/null; done
    cd /; rm -rf "$dir"
}
trap cleanup EXIT
fail() { echo "FAILED: $*"; tail -n 30 "$dir/log" 2>/dev/null | sed 's/^/    /'; exit 1; }
wait_until() { local i; for i in $(seq "$1"); do "${@:2}" >/dev/null 2>&1 && return 0; sleep 0.1; done; return 1; }
logged() { grep -qE -- "$1" "$dir/log"; }
in_lb() { ip netns exec lb "$@"; }
in_client() { ip netns exec client "$@"; }

# --- the network
ip netns add switch || { echo "no network namespaces here"; exit 77; }
ip -n switch link add br0 type bridge && ip -n switch link set br0 up || exit 77
number=0
for host in lb:11 web1:12 web2:13 client:21; do
    ns=${host%:*} number=$((number + 1))
    ip netns add $ns
    ip -n switch link add port$number type veth peer name eth0 netns $ns
    ip -n switch link set port$number master br0 up
    ip -n $ns addr add 192.168.0.${host#*:}/24 dev eth0
    ip -n $ns link set eth0 up; ip -n $ns link set lo up
done
for server in 12 13; do
    ip netns exec web$((server - 11)) python3 - 192.168.0.$server >/dev/null 2>&1 <<'END' &
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        body = f'server {sys.argv[1]} for {self.headers.get("X-Forwarded-For")}\n'.encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer((sys.argv[1], 80), Page).serve_forever()
END
    pids+=($!); disown
done
web2=${pids[1]}
in_lb python3 - "$dir/log" <<'END' &
import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(('127.0.0.1', 514))
with open(sys.argv[1], 'w') as file:
    while True: print(sock.recv(8192).decode().rstrip('\n'), file=file, flush=True)
END
pids+=($!); disown
for server in 12 13; do wait_until 30 in_client curl -s -m 1 http://192.168.0.$server/ || fail "web server $server does not answer"; done
wait_until 30 test -e "$dir/log" || fail "no syslog"

# --- the file
cp "$here/tutorial/haproxy.cfg" haproxy.cfg
real=no
if "$program" -v 2>/dev/null | head -1 | grep -q '^HAProxy version' && ! "$program" -c -q -f haproxy.cfg >/dev/null 2>&1; then
    real=yes
    sed -i -E 's/^(frontend|listen) +(\S+) +(\S+)$/\1 \2\n    bind \3/' haproxy.cfg
fi
"$program" -c -f haproxy.cfg >out 2>&1 || fail "check: $(<out)"
grep -q 'Configuration file is valid' out || fail "check says: $(<out)"

# --- start: daemon, chroot, user
in_lb "$program" -f haproxy.cfg >out 2>&1 || fail "start: $(<out)"
pid=$(</run/haproxy.pid)
[[ $(readlink /proc/$pid/root) = /var/lib/haproxy ]] || fail "chroot: $(readlink /proc/$pid/root)"
[[ $(ps -o user= -p $pid) = haproxy && $(ps -o group= -p $pid) = haproxy ]] || fail "user: $(ps -o user=,group= -p $pid)"
if [[ $real = no ]]; then
    for proxy in main app blackhole hastats; do wait_until 20 logged "haproxy\[[0-9]+\]: Proxy $proxy started\.$" || fail "start line of $proxy"; done
fi

# --- alternating answers, X-Forwarded-For
answers=$(for _ in {1..10}; do in_client curl -s -m 3 http://192.168.0.11/; done)
expected=$(for _ in {1..5}; do printf 'server 192.168.0.12 for 192.168.0.21\nserver 192.168.0.13 for 192.168.0.21\n'; done)
[[ $answers = "$expected" ]] || fail "ten requests: $answers"
[[ $(in_lb curl -s -m 3 http://127.0.0.1/) = 'server 192.168.0.12 for None' ]] || fail "X-Forwarded-For for 127.0.0.1"
wait_until 20 logged '^<150>[A-Z][a-z][a-z] [ 1-3][0-9] [0-9:]{8} haproxy\['$pid'\]: 192\.168\.0\.21:[0-9]+ \[[0-9]{2}/[A-Z][a-z][a-z]/[0-9]{4}:[0-9:]{8}\.[0-9]{3}\] main app/app1 [0-9]+/0/[0-9]+/[0-9]+/[0-9]+ 200 [0-9]+ - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1\.1"$' || fail "log line of a request"

# --- the black hole
for path in favicon.ico a/b/FavIcon.ICO; do
    [[ $(in_client curl -s -m 3 -o /dev/null -w '%{http_code}' http://192.168.0.11/$path) = 503 ]] || fail "$path"
    wait_until 20 logged " main blackhole/<NOSRV> [0-9]+/-1/-1/-1/[0-9]+ 503 [0-9]+ - - SC-- 1/1/0/0/0 0/0 \"GET /$path HTTP/1\.1\"\$" || fail "log line of $path"
done

# --- statistics: page, password, CSV, socket
[[ $(in_client curl -s -m 3 -o /dev/null -w '%{http_code}' 'http://192.168.0.11:10080/?hastats') = 401 ]] || fail "page without password"
in_client curl -s -m 3 -u admin:conoha 'http://192.168.0.11:10080/?hastats' >page
grep -q '<a name="app/app1"></a>' page && grep -q '<a name="app/app2"></a>' page || fail "page: both servers"
csv_row() {
    in_client curl -s -m 3 -u admin:conoha 'http://192.168.0.11:10080/?hastats;csv' >csv
    [[ $(awk -F, -v s="$1" '$1 == "app" && $2 == s { print $18, $19 }' csv) = 'UP 1' ]]
}
for server in app1 app2; do wait_until 40 csv_row $server || fail "CSV row of $server: $(<csv)"; done
socket() { python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect("/var/lib/haproxy/stats"); s.sendall(sys.argv[1].encode() + b"\n")
sys.stdout.write(b"".join(iter(lambda: s.recv(65536), b"")).decode())' "$1"; }
socket 'show info' >info
grep -qx "Pid: $pid" info && grep -qx 'Maxconn: 4000' info || fail "show info"

# --- a reload under load: no request fails
config=$PWD/haproxy.cfg
in_client python3 - >load 2>&1 <<'END' &
import http.client, time
end, good, bad = time.time() + 3, 0, []
while time.time() < end:
    try:
        connection = http.client.HTTPConnection('192.168.0.11', 80, timeout=3)
        connection.request('GET', '/')
        answer = connection.getresponse(); answer.read()
        if answer.status == 200: good += 1
        else: bad.append(answer.status)
        connection.close()
    except Exception as error: bad.append(repr(error))
print('bad', len(bad), bad[:3], 'good', 'many' if good > 100 else good)
END
load=$!
sleep 1
in_lb "$program" -f "$config" -sf $pid >out 2>&1 || fail "-sf: $(<out)"
new=$(</run/haproxy.pid)
[[ $new != "$pid" ]] || fail "the pidfile names the old process"
wait $load
[[ $(<load) = 'bad 0 [] good many' ]] || fail "requests during the reload: $(<load)"
ended() { ! kill -0 "$1" 2>/dev/null; }
wait_until 30 ended $pid || fail "the old process stays"

# --- a web server dies: nobody notices, then it is DOWN
kill -KILL "$web2"
for _ in {1..6}; do
    [[ $(in_client curl -s -m 5 http://192.168.0.11/) = 'server 192.168.0.12 for 192.168.0.21' ]] || fail "a request after web2 died"
done
wait_until 20 logged ' main app/app1 .* 200 [0-9]+ - - ---- [0-9]/[0-9]/0/0/\+[0-9] 0/0 ' || fail "log line of a redispatch"
wait_until 100 logged '^<145>.* haproxy\['$new'\]: Server app/app2 is DOWN, reason: Layer4 connection problem, info: "Connection refused", check duration: [0-9]+ms\. 1 active and 0 backup servers left\. 0 sessions active, 0 requeued, 0 remaining in queue\.$' || fail "app2 does not go down"

# --- the end
kill -TERM "$new"
wait_until 30 ended "$new" || fail "TERM does not end it"
echo "the tutorial runs"
