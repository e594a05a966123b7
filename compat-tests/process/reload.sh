#!/bin/bash
# SIGUSR2 without a master: the files are read again inside the process, in the foreground and behind a chroot; a wrong
# file changes nothing. (HAProxy ignores the signal there.)
. "$(dirname "$0")/common.sh"
is_reference && skip 'HAProxy has no such reload'
(( EUID == 0 )) || skip 'needs root'
getent passwd nobody >/dev/null && getent group nogroup >/dev/null || skip 'needs nobody and nogroup'

port=$(free_port) second_port=$(free_port)
number() { curl -s -m 5 -o /dev/null -w '%{redirect_url}' "http://127.0.0.1:$port/" | grep -o 'number-.*'; }
is_number() { [[ $(number) == "number-$1" ]]; }
# use NAME NUMBER [LINE OF GLOBAL]...
use() {
    local name=$1 number=$2; shift 2
    write_config "$name" "$port" "$@"
    # The path is in a file of its own, by a relative name: it must be found again after chroot and chdir.
    printf '    acl yes path -f paths\n    http-request redirect location /number-%s if yes\n' "$number" >>"$work/$name"
    echo / >"$work/paths"
}

echo '-- in the foreground'
use front.cfg 1
(cd "$work" && exec "$program" -db -f front.cfg) >"$work/out" 2>"$work/err" &
pid=$!
check 'it serves' eventually 5 is_number 1
use front.cfg 2
kill -USR2 "$pid"
check 'the new file is in use' eventually 5 is_number 2
check 'the process is the same' kill -0 "$pid"
echo '    no-such-word' >>"$work/front.cfg"
kill -USR2 "$pid"
check 'a wrong file is reported' eventually 5 grep -q "parsing \[front.cfg:.*unknown keyword 'no-such-word'" "$work/err"
check 'a wrong file is refused' eventually 5 grep -q 'nothing has changed' "$work/err"
check 'a wrong file changes nothing' is_number 2
use front.cfg 3
printf 'frontend more\n    bind 127.0.0.1:%s\n    monitor-uri /up\n' "$second_port" >>"$work/front.cfg"
kill -USR2 "$pid"
check 'a new frontend answers' eventually 5 answers "$second_port"
use front.cfg 4
kill -USR2 "$pid"
check 'a frontend that is gone does not' eventually 5 refuses "$second_port"
check 'the others do' eventually 5 is_number 4
use front.cfg 5 'nbthread 1' 'user nobody'
kill -USR2 "$pid"
check 'what cannot change is named' eventually 5 grep -q "changed 'user'.* takes effect only when a new process" "$work/err"
rm "$work/front.cfg"
kill -USR2 "$pid"
check 'a missing file is reported' eventually 5 grep -q 'Cannot open configuration file/directory front.cfg' "$work/err"
check 'a missing file changes nothing' is_number 5
kill -TERM "$pid"; wait "$pid" 2>/dev/null

echo '-- in the background, in a chroot, as another user'
mkdir "$work/jail"
jail=("daemon" "pidfile $work/pid" "chroot $work/jail" 'user nobody' 'group nogroup')
use back.cfg 1 "${jail[@]}"
(cd "$work" && "$program" -f back.cfg) 2>"$work/err2"
pid=$(<"$work/pid")
check 'it serves' eventually 5 is_number 1
use back.cfg 2 "${jail[@]}"
kill -USR2 "$pid"
check 'the new file is in use' eventually 5 is_number 2
equal 'the traffic is still confined' "$work/jail" "$(readlink "/proc/$pid/root")"
chmod 600 "$work/back.cfg"
use back.cfg 3 "${jail[@]}"; chmod 600 "$work/back.cfg"
kill -USR2 "$pid"; sleep 1
check 'a file that the user may not read changes nothing' is_number 2
chmod 644 "$work/back.cfg"
kill -USR2 "$pid"
check 'now it may' eventually 5 is_number 3
equal 'the process is the same' "$pid" "$(<"$work/pid")"
check 'it is there' kill -0 "$pid"
kill -TERM "$pid"
check 'it leaves' eventually 5 gone "$pid"
finish
