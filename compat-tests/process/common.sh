# For the scripts of this folder, which source it: program under test, scratch folder, cleaning up, checks.
# HAPROXY_PROGRAM (or CFGPROXY) is the program; CFGPROXY alone is enough when a script is run by hand.
set -u
program=$(readlink -f "${HAPROXY_PROGRAM:-${CFGPROXY:?set CFGPROXY to the program}}") || exit 1
work=$(mktemp -d /tmp/cfgproxy-process-XXXXXX)
chmod 755 "$work"
errors=0
trap 'clean_up' EXIT
trap 'exit 1' INT TERM

# Every process that runs from $work's files has $work in its command line.
own_processes() { pgrep -f -- "$work/" | grep -vx $$; }
clean_up() {
    local pid
    if declare -F clean_up_more >/dev/null; then clean_up_more; fi
    for pid in $(own_processes); do kill -KILL "$pid" 2>/dev/null; done
    rm -rf "$work"
}
skip() { echo "skipped: $*"; exit 77; }
failed() { echo "FAILED: $*"; errors=$((errors + 1)); }
# check WHAT COMMAND...: the command must succeed
check() { local what=$1; shift; if "$@"; then echo "ok: $what"; else failed "$what"; fi; }
# equal WHAT EXPECTED FOUND
equal() { if [[ $2 == "$3" ]]; then echo "ok: $1"; else failed "$1: expected '$2', found '$3'"; fi; }
# matches WHAT PATTERN TEXT: extended regular expression
matches() { if [[ $3 =~ $2 ]]; then echo "ok: $1"; else failed "$1: no '$2' in '$3'"; fi; }
finish() { (( errors == 0 )) && echo "all good" || echo "$errors failed"; exit $(( errors > 0 )); }

# HAProxy itself is the program: then behaviour that is cfgproxy's own is left out.
is_reference() { ! "$program" -vv | grep -q cfgproxy; }
# eventually SECONDS COMMAND...: true as soon as the command succeeds
eventually() {
    local end=$(( SECONDS + $1 )); shift
    until "$@" 2>/dev/null; do (( SECONDS > end )) && return 1; sleep 0.05; done
}
gone() { ! kill -0 "$1" 2>/dev/null || [[ $(ps -o stat= -p "$1") == Z* ]]; }
free_port() { /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# answers PORT: the proxy on that port says that it is up
answers() { [[ $(curl -s -m 5 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$1/up") == 200 ]]; }
refuses() { ! curl -s -m 2 -o /dev/null "http://127.0.0.1:$1/up"; }

# write_config NAME PORT [LINE OF GLOBAL]...: a frontend that answers /up by itself
write_config() {
    local file=$work/$1 port=$2; shift 2
    { echo global; printf '    %s\n' "$@"
      cat <<END
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
frontend main
    bind 127.0.0.1:$port
    monitor-uri /up
END
    } >"$file"
}
