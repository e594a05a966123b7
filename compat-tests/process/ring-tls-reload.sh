#!/bin/bash
# A ring whose server is reached over TLS: a reload cuts nothing. Lines go on over the same connection; where the words
# of the server's line have changed, over another one, each line once. A server that is added gets what comes then.
. "$(dirname "$(readlink -f "$0")")/common.bash"
port3=$(free_port)
mkfifo silence && exec 4<>silence
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout a.key -out a.crt -days 2 \
    -subj /CN=a.example 2>/dev/null

# write_file WORDS [LINE]: WORDS of the ring's server, another line of the section
write_file() {
    cat >a.cfg <<-END
	global
	    nbthread 2
	ring r
	    format raw
	    timeout connect 2s
	    timeout server 5s
	    server s 127.0.0.1:$port2 $1
	    ${2:-}
	defaults
	    mode http
	    timeout connect 2s
	    timeout client 5s
	    timeout server 5s
	frontend fe
	    bind 127.0.0.1:$port
	    log ring@r local0
	    log-format "line %HP"
	    http-request return status 200 hdr words "$1"
	END
}
# collect PORT FILE: takes one connection after the other and keeps what comes
collect() {
    openssl s_server -quiet -accept 127.0.0.1:$1 -cert a.crt -key a.key <&4 >"$2" 2>"$2.err" &
    started+=($!)
}
say() { curl -s -m 2 -o /dev/null "http://127.0.0.1:$port/$1"; }
lines() { [[ $(tr '\n' ' ' <"$1" | tr -d '\0') = "$2" ]]; }
serves() { curl -s -m 2 -D - -o /dev/null "http://127.0.0.1:$port/" | tr -d '\r' | grep -qx "words: $1"; }
reload() {
    kill -USR2 $pid
    wait_until serves "$1" || fail "the new file is not served"
}

collect $port2 got
tls='ssl verify required ca-file a.crt verifyhost a.example'
write_file "$tls"
start -f a.cfg
wait_until say 1 || fail "not served"
wait_until lines got 'line /1 ' || fail "no line over TLS: $(<got)"

write_file "$tls " # the same words
kill -USR2 $pid
sleep 0.3
say 2
wait_until lines got 'line /1 line /2 ' || fail "no line behind a reload: $(<got)"

collect $port3 added
write_file "$tls ssl-max-ver TLSv1.2" "server t 127.0.0.1:$port3 ssl verify none"
reload "$tls ssl-max-ver TLSv1.2"
say 3
wait_until lines got 'line /1 line /2 line / line /3 ' || fail "lines over another connection: $(<got)"
wait_until lines added 'line / line /3 ' || fail "lines of an added server: $(<added)"
