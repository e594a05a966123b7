#!/bin/bash
# tcp-ss: the packet that a connection began with is kept for fc_saved_syn.
# reference: 3.4
. "$(dirname "$0")/../process/common.sh"

port=$(free_port) bare=$(free_port)
cat >"$work/syn.cfg" <<CONFIG
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
frontend kept
    bind 127.0.0.1:$port tcp-ss 1
    monitor-uri /up
    tcp-request connection set-var(sess.syn) fc_saved_syn
    http-request return status 200 content-type text/plain lf-string "%[var(sess.syn),ip.ver]/%[var(sess.syn),ip.proto]/%[var(sess.syn),ip.data,tcp.flags]/%[var(sess.syn),ip.data,tcp.dst] %[var(sess.syn),ip.data,tcp.src]=%[src_port]"
frontend not_kept
    bind 127.0.0.1:$bare
    http-request return status 200 content-type text/plain lf-string "<%[fc_saved_syn,hex]>"
CONFIG
"$program" -f "$work/syn.cfg" -db 2>/dev/null &
eventually 5 answers "$port"
answer=$(curl -s -m 5 "http://127.0.0.1:$port/")
matches 'the packet is TCP over IPv4, a SYN to us' "^4/6/2/$port [0-9]+=[0-9]+$" "$answer"
ports=${answer#* }
equal 'it comes from where the client is' "${ports#*=}" "${ports%=*}"
equal 'nothing is kept without the option' '<>' "$(curl -s -m 5 "http://127.0.0.1:$bare/")"
finish
