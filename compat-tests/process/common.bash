# For the tests in this folder: `. "$(dirname "$0")/common.bash"`. HAPROXY_PROGRAM is the program under test.
# Each test works in its own folder $dir, has two free ports $port and $port2, and ends what it started.
program=${HAPROXY_PROGRAM:?}
dir=$(mktemp -d /tmp/process-test.XXXXXX)
cd "$dir" || exit 1
started=()
cleanup() {
    local pid file
    for file in "$dir"/*.pid; do [[ -s $file ]] && started+=($(<"$file")); done
    for pid in "${started[@]}"; do kill -KILL "$pid" 2>/dev/null; done
    rm -rf "$dir"
}
trap cleanup EXIT

fail() { echo "FAILED: $*"; [[ -s $dir/out ]] && sed 's/^/    /' "$dir/out"; exit 1; }
free_port() { /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free_port) port2=$(free_port)

# A configuration with one frontend at $1 that redirects to /$2; more global lines may come on stdin.
config() {
    echo 'global'
    [[ -t 0 ]] || cat
    printf 'defaults\n mode http\n timeout connect 2s\n timeout client 5s\n timeout server 5s\n'
    printf 'listen fe\n bind 127.0.0.1:%s\n redirect location /%s\n' "$1" "$2"
}

# Prints the Location that the server at port $1 answers with, or nothing.
ask() { curl -s -m 3 -o /dev/null -w '%{redirect_url}' "http://127.0.0.1:$1/" | sed 's|.*/||'; }

# Waits up to 3 s until the command succeeds.
wait_until() {
    local i
    for i in {1..60}; do "$@" >/dev/null 2>&1 && return 0; sleep 0.05; done
    return 1
}
answers() { [[ $(ask "$1") = "$2" ]]; }
gone() { ! kill -0 "$1" 2>/dev/null || [[ $(ps -o stat= -p "$1") = Z* ]]; }

# Starts the program in the foreground mode (-db) with the given arguments; its pid is $pid.
start() { env --default-signal=INT "$program" -db "$@" >"$dir/out" 2>&1 & pid=$!; started+=($pid); }
