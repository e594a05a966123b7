#!/bin/bash
# HTTP/2 with a real client: over TLS and in clear, small and big, both directions; one hop to the server by HTTP/1, one by HTTP/2.
# reference: also
. "$(dirname "$0")/../process/common.sh"

port=$(free_port) clear=$(free_port) inner=$(free_port) plain=$(free_port)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -keyout "$work/key.pem" -out "$work/crt.pem" 2>/dev/null
cat "$work/crt.pem" "$work/key.pem" >"$work/site.pem"
head -c 3000000 /dev/urandom >"$work/big"
python3 - "$work" "$plain" <<'PYTHON' &
import http.server, os, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *args): pass
    def do_POST(self):
        size = self.headers.get('content-length')
        body = b''
        if size is not None:
            body = self.rfile.read(int(size))
        else:
            while True:
                chunk = int(self.rfile.readline(), 16)
                body += self.rfile.read(chunk)
                self.rfile.readline()
                if chunk == 0: break
        self.send_response(200)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
os.chdir(sys.argv[1])
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[2])), Handler).serve_forever()
PYTHON
origin=$!
cat >"$work/h2.cfg" <<CONFIG
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend tls
    bind 127.0.0.1:$port ssl crt $work/site.pem alpn h2,http/1.1
    bind 127.0.0.1:$clear
    use_backend by_h2 if { path_beg /h2/ }
    default_backend by_h1
frontend inner
    bind 127.0.0.1:$inner proto h2
    http-request set-path %[path,regsub(^/h2,)]
    default_backend by_h1
backend by_h1
    server s 127.0.0.1:$plain
backend by_h2
    http-reuse always
    server s 127.0.0.1:$inner proto h2
CONFIG
"$program" -db -f "$work/h2.cfg" >"$work/out" 2>&1 &
proxy=$!
clean_up_more() { kill "${proxy-}" "${origin-}" 2>/dev/null; }
eventually 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port" 2>/dev/null || failed 'it does not start'
eventually 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/$plain" 2>/dev/null || failed 'the server does not start'

get() { timeout 20 curl -sk --max-time 15 "$@"; }
equal 'ALPN' 2 "$(get -o "$work/got" -w '%{http_version}' https://127.0.0.1:$port/big)"
check 'big answer' cmp "$work/big" "$work/got"
equal 'HTTP/1.1 on the same port' 1.1 "$(get --http1.1 -o "$work/got" -w '%{http_version}' https://127.0.0.1:$port/big)"
check 'big answer over HTTP/1.1' cmp "$work/big" "$work/got"
get --http2-prior-knowledge -o "$work/got" http://127.0.0.1:$clear/big
check 'big answer in clear' cmp "$work/big" "$work/got"
get -o "$work/got" https://127.0.0.1:$port/h2/big
check 'big answer by HTTP/2 on both sides' cmp "$work/big" "$work/got"
get -o "$work/got" --data-binary @"$work/big" https://127.0.0.1:$port/up
check 'big upload' cmp "$work/big" "$work/got"
get -o "$work/got" --data-binary @"$work/big" https://127.0.0.1:$port/h2/up
check 'big upload by HTTP/2 on both sides' cmp "$work/big" "$work/got"
get -o "$work/got" -T - https://127.0.0.1:$port/up -X POST <"$work/big"
check 'upload without a length' cmp "$work/big" "$work/got"
urls=(); for i in {1..20}; do urls+=(-o "$work/got.$i" "https://127.0.0.1:$port/big"); done
get -s --parallel --parallel-max 20 "${urls[@]}"
for i in {1..20}; do check "20 at a time, $i" cmp "$work/big" "$work/got.$i"; done
equal 'HEAD' '200 0' "$(get -I -o /dev/null -w '%{http_code} %{size_download}' https://127.0.0.1:$port/big)"
finish
