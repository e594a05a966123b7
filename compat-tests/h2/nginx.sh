#!/bin/bash
# nginx as the server, over HTTP/1.1, TLS, HTTP/2 and both; h2load, nghttp and openssl s_client as clients.
# reference: also
. "$(dirname "$0")/../process/common.sh"
PATH=$PATH:/usr/sbin
for tool in nginx h2load nghttp; do command -v $tool >/dev/null || skip "no $tool"; done

port=$(free_port) clear=$(free_port) plain=$(free_port) secure=$(free_port) both=$(free_port) known=$(free_port)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$work/key.pem" -out "$work/crt.pem" 2>/dev/null
cat "$work/crt.pem" "$work/key.pem" >"$work/site.pem"
mkdir -p "$work/www" "$work/tmp"
chmod 777 "$work/tmp"
head -c 3000000 /dev/urandom >"$work/www/big"
echo hello >"$work/www/small"
cat >"$work/nginx.conf" <<CONFIG
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path $work/tmp/body; proxy_temp_path $work/tmp/proxy;
    fastcgi_temp_path $work/tmp/f; uwsgi_temp_path $work/tmp/u; scgi_temp_path $work/tmp/s;
    client_max_body_size 10m;
    ssl_certificate $work/crt.pem; ssl_certificate_key $work/key.pem;
    server {
        listen 127.0.0.1:$plain;
        listen 127.0.0.1:$secure ssl;
        listen 127.0.0.1:$both ssl http2;
        listen 127.0.0.1:$known http2;
        root $work/www;
        add_header over \$server_protocol;
        location /up { proxy_pass http://127.0.0.1:$plain/small; proxy_method GET; }
    }
}
CONFIG
nginx -e "$work/nginx.log" -c "$work/nginx.conf" -p "$work" >/dev/null 2>&1 &
cat >"$work/h2.cfg" <<CONFIG
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
    http-reuse always
frontend f
    bind 127.0.0.1:$port ssl crt $work/site.pem alpn h2,http/1.1
    bind 127.0.0.1:$clear
    use_backend %[path,field(2,/)]
backend plain
    http-request set-path %[path,regsub(^/plain,)]
    server s 127.0.0.1:$plain
backend secure
    http-request set-path %[path,regsub(^/secure,)]
    server s 127.0.0.1:$secure ssl verify required ca-file $work/crt.pem verifyhost localhost
backend both
    http-request set-path %[path,regsub(^/both,)]
    server s 127.0.0.1:$both ssl verify required ca-file $work/crt.pem verifyhost localhost alpn h2,http/1.1
backend known
    http-request set-path %[path,regsub(^/known,)]
    server s 127.0.0.1:$known proto h2
CONFIG
"$program" -db -f "$work/h2.cfg" >"$work/out" 2>&1 &
proxy=$!
clean_up_more() { kill "${proxy-}" "$(cat "$work/nginx.pid" 2>/dev/null)" 2>/dev/null; }
for one in $port $plain; do
    eventually 20 bash -c "exec 3<>/dev/tcp/127.0.0.1/$one" 2>/dev/null || failed 'something does not start'
done

# By a name that the server's certificate bears: HAProxy of today checks that one.
get() { timeout 30 curl -sk --max-time 25 --resolve "localhost:$port:127.0.0.1" "$@"; }
load() { timeout 60 h2load --connect-to="127.0.0.1:$port" "$@" 2>&1; }
for backend in plain secure both known; do
    version=HTTP/1.1; [[ $backend = both || $backend = known ]] && version=HTTP/2.0
    url=https://localhost:$port/$backend
    equal "$backend: nginx is asked by $version" "$version" \
        "$(get -o /dev/null -D - "$url/small" | tr -d '\r' | sed -n 's/^over: //p')"
    get -o "$work/got" "$url/big"
    check "$backend: big answer" cmp "$work/www/big" "$work/got"
    equal "$backend: big upload" hello "$(get --data-binary @"$work/www/big" "$url/up")"
    equal "$backend: nothing there" 404 "$(get -o /dev/null -w '%{http_code}' "$url/absent")"
    equal "$backend: HEAD" '200 0' "$(get -I -o /dev/null -w '%{http_code} %{size_download}' "$url/big")"
    equal "$backend: a part" 100 "$(get -r 1000-1099 "$url/big" | wc -c)"
    matches "$backend: h2load" '400 total, 400 started, 400 done, 400 succeeded, 0 failed, 0 errored, 0 timeout' \
        "$(load -n 400 -c 4 -m 20 "$url/small")"
    matches "$backend: h2load, big" '40 total, 40 started, 40 done, 40 succeeded, 0 failed, 0 errored, 0 timeout' \
        "$(load -n 40 -c 2 -m 10 -w 20 -W 22 "$url/big")"
done
matches 'h2load in clear' '200 succeeded, 0 failed' \
    "$(timeout 60 h2load -n 200 -c 4 -m 10 "http://127.0.0.1:$clear/known/small" 2>&1)"
said=$(timeout 20 nghttp -nv "https://127.0.0.1:$port/known/small" 2>&1)
matches 'nghttp: agreed' 'The negotiated protocol: h2' "$said"
matches 'nghttp: answered' ':status: 200' "$said"
equal 'nghttp: a file' hello "$(timeout 20 nghttp "https://127.0.0.1:$port/known/small" 2>/dev/null)"
matches 'openssl: h2 is preferred' 'ALPN protocol: h2' \
    "$(timeout 10 openssl s_client -connect "127.0.0.1:$port" -alpn http/1.1,h2 </dev/null 2>&1)"
matches 'openssl: nothing in common' 'No ALPN negotiated' \
    "$(timeout 10 openssl s_client -connect "127.0.0.1:$port" -alpn spdy/3 </dev/null 2>&1)"
finish
