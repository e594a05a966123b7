# The tutorial's network on one machine, for the scripts that source this file: a load balancer (192.168.0.11), two web
# servers (.12, .13) and a client (.21), each in a network name space. The load balancer sees the machine's files, but
# /etc is a copy, and /run and /var/lib/haproxy are empty, so that nothing of this machine changes. All of it is gone
# when the script ends, however it ends: processes live in a name space that ends with it.
# shellcheck shell=bash

lab_folder=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")")
lab_web1=192.168.0.12 lab_web2=192.168.0.13 lab_balancer=192.168.0.11 lab_client=192.168.0.21
lab_password=admin:conoha

# lab_enter SCRIPT ARGUMENT...: starts the script again inside of the name spaces for files and processes. Comes back,
# with the lab's folder in $lab, only there.
lab_enter() {
    if [[ ${LAB_INSIDE-} != yes ]]; then
        unshare -mpf --kill-child --mount-proc true 2>/dev/null || { echo 'needs name spaces (mount, process)' >&2; exit 77; }
        LAB_INSIDE=yes unshare -mpf --kill-child --mount-proc "$@" &
        # unshare itself is deaf to these two; what runs inside ends with it.
        trap "kill -KILL $! 2>/dev/null; exit 130" INT TERM
        wait $!
        exit
    fi
    unset LAB_INSIDE
    mount --make-rprivate / || exit 77
    mount -t tmpfs -o mode=755 tmpfs /run && mount -t tmpfs -o mode=755 tmpfs /var/lib || exit 77
    lab=/run/lab
    mkdir -p "$lab/etc" && cp -a /etc/. "$lab/etc" && mount --bind "$lab/etc" /etc || exit 77
    mkdir /var/lib/haproxy /etc/haproxy 2>/dev/null
    # The package's user, as useradd -r would make it.
    getent group haproxy >/dev/null || echo 'haproxy:x:988:' >>/etc/group
    getent passwd haproxy >/dev/null || echo 'haproxy:x:988:988::/var/lib/haproxy:/usr/sbin/nologin' >>/etc/passwd
}

# A network name space held by a sleeping process: lab_pid_NAME.
lab_make_space() {
    unshare -n sleep infinity &
    printf -v "lab_pid_$1" %s $!
    local i
    for ((i = 0; i < 100; i++)); do
        [[ $(readlink "/proc/$!/ns/net") != "$(readlink /proc/self/ns/net)" && $(readlink "/proc/$!/exe") == *sleep* ]] && break
        sleep 0.02
    done
    lab_in "$1" ip link set lo up
}
# lab_in NAME COMMAND...: runs it in that machine's network.
lab_in() {
    local pid=lab_pid_$1; shift
    nsenter -t "${!pid}" -n "$@"
}
# lab_connect NAME ADDRESS: a cable between that machine and the load balancer. The load balancer has one address on all
# of its cables and knows behind which one each machine is, so no bridge is needed.
lab_connect() {
    local pid=lab_pid_$1
    lab_in balancer ip link add "to-$1" type veth peer name eth0 netns "${!pid}" &&
        lab_in balancer ip address add "$lab_balancer/32" dev "to-$1" &&
        lab_in balancer ip link set "to-$1" up &&
        lab_in "$1" ip address add "$2/24" dev eth0 &&
        lab_in "$1" ip link set eth0 up &&
        lab_in balancer ip route add "$2/32" dev "to-$1" src "$lab_balancer"
}

# lab_start_web 1|2
lab_start_web() {
    local address=lab_web$1 space=lab_pid_web$1
    # Not by lab_in: $! must be the server itself.
    nsenter -t "${!space}" -n "$lab_folder/web-server" "${!address}" 80 >/dev/null 2>&1 &
    printf -v "lab_server$1" %s $!
}
lab_stop_web() {
    local pid=lab_server$1
    kill "${!pid}" 2>/dev/null
    wait "${!pid}" 2>/dev/null
}

# lab_up: cables, web servers, the receiver of log lines ($lab/log), and the tutorial's file in its place.
lab_up() {
    local name
    for name in balancer web1 web2 client; do lab_make_space "$name"; done
    lab_connect web1 $lab_web1 && lab_connect web2 $lab_web2 && lab_connect client $lab_client || return 1
    lab_start_web 1; lab_start_web 2
    : >"$lab/log"
    lab_in balancer "$lab_folder/syslog-receiver" 127.0.0.1 514 "$lab/log" &
    cp "$lab_folder/haproxy.cfg" /etc/haproxy/haproxy.cfg
    lab_wait 10 lab_in balancer curl -s -o /dev/null "http://$lab_web1/" &&
        lab_wait 10 lab_in balancer curl -s -o /dev/null "http://$lab_web2/" &&
        lab_wait 10 lab_in balancer bash -c 'ss -Hlun | grep -q :514'
}

# lab_wait SECONDS COMMAND...: true as soon as the command is.
lab_wait() {
    local end=$(( SECONDS + $1 )); shift
    until "$@" >/dev/null 2>&1; do (( SECONDS >= end )) && return 1; sleep 0.05; done
}
# Requests of the client, and of a browser on the load balancer itself.
lab_get() { lab_in client curl -s -m 10 "$@"; }
lab_get_local() { lab_in balancer curl -s -m 10 "$@"; }
# Which server answered, from a page on stdin; and one of its rows.
lab_server_of() { grep -o '<h1>[^<]*' | cut -c5-; }
lab_row() { sed -n "s|^<tr><td>$1</td><td>\(.*\)</td></tr>|\1|p"; }
# lab_command TEXT: what the statistics socket answers.
lab_command() {
    python3 - "$1" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect('/var/lib/haproxy/stats')
s.sendall(sys.argv[1].encode() + b'\n')
while data := s.recv(65536): sys.stdout.write(data.decode())
END
}
