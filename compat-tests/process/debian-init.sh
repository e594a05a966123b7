#!/bin/bash
# Debian's own /etc/init.d/haproxy, untouched, with /usr/sbin/haproxy being a link to the program: start, status, reload,
# restart, stop. It runs in name spaces of its own, where /usr/sbin, /etc, /run and /var/lib are copies: nothing on this
# machine changes.
# reference: also
. "$(dirname "$0")/common.sh"
(( EUID == 0 )) || skip 'needs root'
[[ -e /etc/init.d/haproxy && -e /etc/haproxy/haproxy.cfg ]] || skip "needs Debian's package haproxy"
getent passwd haproxy >/dev/null || skip "needs the package's user haproxy"
unshare -mpnf true 2>/dev/null || skip 'needs name spaces'

if [[ ${1-} != inside ]]; then
    sum=$(dpkg-query -W -f '${Conffiles}' haproxy 2>/dev/null | awk '$1 == "/etc/init.d/haproxy" { print $2 }')
    [[ -z $sum || $(md5sum </etc/init.d/haproxy) == "$sum"* ]] || skip '/etc/init.d/haproxy is not as Debian made it'
    mkdir "$work/layers"
    # All that is started ends with the process name space. No exec: clean_up is still to come.
    unshare -mpnf --mount-proc --kill-child "$0" inside "$work/layers" "$program"
    exit $?
fi

rm -rf "$work"; work=$2 program=$3
trap - EXIT
mount --make-rprivate / && mount -t tmpfs tmpfs "$work" || skip 'cannot mount'
cp "$program" "$work/program"
for folder in usr/sbin etc var/lib; do
    mkdir -p "$work/$folder/upper" "$work/$folder/work"
    mount -t overlay -o "lowerdir=/$folder,upperdir=$work/$folder/upper,workdir=$work/$folder/work" overlay "/$folder" ||
        skip 'cannot mount an overlay'
done
mkdir "$work/run"; mount -t tmpfs tmpfs /run
ip link set lo up
mv "$work/program" /usr/sbin/cfgproxy
ln -sf cfgproxy /usr/sbin/haproxy
rm -f /etc/default/haproxy

use() {  # use NUMBER: the package's file, and a frontend that answers as NUMBER
    cp "$work/stock.cfg" /etc/haproxy/haproxy.cfg
    printf 'frontend main\n    bind 127.0.0.1:8080\n    monitor-uri /up\n    http-request redirect location /number-%s\n' "$1" \
        >>/etc/haproxy/haproxy.cfg
}
number() { curl -s -m 5 -o /dev/null -w '%{redirect_url}' http://127.0.0.1:8080/ | grep -o 'number-.*'; }
init() { output=$(/etc/init.d/haproxy "$1" 2>&1 </dev/null); status=$?; echo "   $1: $status: $output"; }

cp /etc/haproxy/haproxy.cfg "$work/stock.cfg"
use 1
init status; equal 'status before' 3 "$status"
init start; equal 'start' 0 "$status"
first=$(</run/haproxy.pid)
check 'it serves' eventually 5 answers 8080
equal 'with its file' number-1 "$(number)"
equal 'as the user of the file' haproxy "$(ps -o user= -p "$first")"
equal 'in the chroot of the file' /var/lib/haproxy "$(readlink "/proc/$first/root")"
init status; equal 'status' 0 "$status"; matches 'status' 'is running' "$output"
init start; equal 'start again: nothing to do' 0 "$status"
equal 'start again: the same process' "$first" "$(</run/haproxy.pid)"

use 2
init reload; equal 'reload' 0 "$status"
second=$(</run/haproxy.pid)
check 'reload: another process' test "$first" != "$second"
check 'reload: the old one leaves' eventually 5 gone "$first"
equal 'reload: the new file' number-2 "$(number)"
init status; equal 'status after reload' 0 "$status"

use 3; echo '    no-such-word' >>/etc/haproxy/haproxy.cfg
init reload; check 'reload of a wrong file fails' test "$status" != 0
equal 'reload of a wrong file: the same process' "$second" "$(</run/haproxy.pid)"
equal 'reload of a wrong file: as before' number-2 "$(number)"

use 4
init restart; equal 'restart' 0 "$status"
third=$(</run/haproxy.pid)
check 'restart: the old one is gone' gone "$second"
check 'restart: it serves' eventually 5 answers 8080
equal 'restart: the new file' number-4 "$(number)"
init stop; equal 'stop' 0 "$status"
check 'stop: it is gone' gone "$third"
check 'stop: no pid file' test ! -e /run/haproxy.pid
init status; equal 'status after stop' 3 "$status"
finish
