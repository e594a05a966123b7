#!/bin/bash
# A browser: a page with many resources over one HTTP/2 connection, and a WebSocket as a stream of it (RFC 8441).
# reference: also
. "$(dirname "$0")/../process/common.sh"
browser=$(command -v chromium || command -v chromium-browser) || skip 'no chromium'

port=$(free_port) plain=$(free_port)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/crt.pem" 2>/dev/null
cat "$work/crt.pem" "$work/key.pem" >"$work/site.pem"
# What the browser is told to trust: the hash of the public key.
pin=$(openssl pkey -in "$work/key.pem" -pubout -outform DER | openssl dgst -sha256 -binary | base64)

cat >"$work/origin.py" <<'PYTHON'
"""The page, 60 scripts, and a WebSocket that gives back what it gets."""
import base64, hashlib, http.server, sys
PAGE = '''<!doctype html><script>let loaded = 0</script>%s<script>
const socket = new WebSocket('wss://' + location.host + '/socket')
socket.onopen = () => socket.send('hello')
socket.onmessage = message => fetch('/report?loaded=' + loaded + '&said=' + message.data)
socket.onerror = () => fetch('/report?failed')
</script>''' % ''.join(f'<script src="/script/{i}.js"></script>' for i in range(60))

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *args): pass
    def do_GET(self):
        if self.path == '/socket':
            return self.talk()
        body = PAGE if self.path == '/' else '++loaded\n' + '// ' + 'x' * 20000 if self.path.startswith('/script') else ''
        kind = 'text/html' if self.path == '/' else 'text/javascript'
        self.send_response(200)
        self.send_header('content-type', kind)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())
    def talk(self):
        key = self.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
        self.send_response(101)
        self.send_header('connection', 'upgrade')
        self.send_header('upgrade', 'websocket')
        self.send_header('sec-websocket-accept', base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        head = self.rfile.read(2)
        mask = self.rfile.read(4)
        text = bytes(byte ^ mask[i % 4] for i, byte in enumerate(self.rfile.read(head[1] & 127)))
        self.wfile.write(bytes([0x81, len(text)]) + text)
        self.close_connection = True
        self.rfile.read(1)
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
PYTHON
python3 "$work/origin.py" "$plain" 2>/dev/null &
origin=$!
cat >"$work/h2.cfg" <<CONFIG
global
    log stdout format raw local0
defaults
    mode http
    log global
    timeout connect 5s
    timeout client 20s
    timeout server 20s
frontend tls
    bind 127.0.0.1:$port ssl crt $work/site.pem alpn h2,http/1.1
    http-request set-var(txn.path) pathq
    log-format "%HV %ST %HM %[var(txn.path)] %cp"
    default_backend origin
backend origin
    server s 127.0.0.1:$plain
CONFIG
"$program" -db -f "$work/h2.cfg" >"$work/log" 2>&1 &
proxy=$!
clean_up_more() { kill "${window-}" "${proxy-}" "${origin-}" 2>/dev/null; }
eventually 20 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port" 2>/dev/null || failed 'it does not start'
eventually 20 bash -c "exec 3<>/dev/tcp/127.0.0.1/$plain" 2>/dev/null || failed 'the server does not start'

mkdir "$work/home"
HOME=$work/home "$browser" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
    --disable-background-networking --disable-component-update --user-data-dir="$work/profile" \
    --ignore-certificate-errors-spki-list="$pin" "https://127.0.0.1:$port/" >"$work/browser" 2>&1 &
window=$!
check 'the page is loaded' eventually 60 grep -q '/report' "$work/log"
kill "$window" 2>/dev/null
# The WebSocket's line comes when it ends.
check 'the WebSocket ends' eventually 20 grep -q ' /socket ' "$work/log"
cat "$work/log"
equal 'all scripts ran, the WebSocket answered' 1 "$(grep -c '^HTTP/2.0 200 GET /report?loaded=60&said=hello ' "$work/log")"
equal 'scripts over HTTP/2' 60 "$(grep -c '^HTTP/2.0 200 GET /script/' "$work/log")"
equal 'WebSocket over HTTP/2' 1 "$(grep -Ec '^HTTP/2.0 (101|200) (GET|CONNECT) /socket ' "$work/log")"
equal 'one connection for all' 1 "$(grep -E '/script/|/socket|/report' "$work/log" | awk '{ print $NF }' | sort -u | wc -l)"
finish
