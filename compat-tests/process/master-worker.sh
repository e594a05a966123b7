#!/bin/bash
# reference: also
# -W: a master looks after the worker that serves; signals to the master reload and end both; -S answers about them.
. "$(dirname "$(readlink -f "$0")")/common.bash"
cli() {  # SOCKET LINE...: with a prompt, as the master's command line is used; what comes until the connection ends
    /usr/bin/python3 - "$@" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect(sys.argv[1])
s.sendall(('prompt\n' + '\n'.join(sys.argv[2:]) + '\nquit\n').encode())
while data := s.recv(65536): sys.stdout.write(data.decode())
END
}
ready() { wait_until eval '[[ -n $(worker_of) ]]' || fail "$1: no master in charge"; }  # HAProxy loses signals before
ended() { wait_until gone "$1" && wait "$1"; }
worker_of() { cli "$dir/m.sock" "show proc" | sed -n '/^# workers/{n;s/ .*//p}'; }

config $port one <<END >a.cfg
    stats socket $dir/s.sock level admin
END
"$program" -W -S "$dir/m.sock" -f a.cfg -p a.pid >out 2>&1 & master=$!; started+=($master)
wait_until answers $port one || fail "not served"
wait_until test -s a.pid
[[ $(<a.pid) = "$master" ]] || fail "the pid file does not name the master"
grep -qE '^\[NOTICE\] +\([0-9]+\) : New worker \([0-9]+\) forked$' out || fail "message: forked"
wait_until grep -qE '^\[NOTICE\] +\([0-9]+\) : Loading success\.$' out || fail "message: success"
worker=$(worker_of)
[[ -n $worker && $worker != "$master" ]] || fail "show proc: worker"
cli "$dir/m.sock" "show proc" | grep -qE "^$master +master +0 \[failed: 0\] +0d00h00m[0-9]+s " || fail "show proc: master"
cli "$dir/m.sock" "@1 show info" | grep -q "^Pid: $worker$" || fail "@1"
cli "$dir/m.sock" "@!$worker show info" | grep -q "^Pid: $worker$" || fail "@!PID"
cli "$dir/m.sock" "@1" "show info" "@master" "show proc" | grep -c "Pid: $worker$\|^$worker  *worker\|$worker> " >count
[[ $(<count) -ge 2 ]] || fail "@1 alone"
cli "$dir/m.sock" "@5 show info" | grep -q "Can't find the target PID matching the prefix '@5'" || fail "@5"

# A reload: the new file is in force; the process id that init knows stays.
config $port two </dev/null >a.cfg
kill -USR2 "$master"
wait_until answers $port two || fail "reload: the old file is served"
ready "reload"
kill -0 "$master" || fail "reload: the master has gone"

# A bad file changes nothing.
config $port three </dev/null >a.cfg
echo ' nonsense' >>a.cfg
kill -USR2 "$master"
wait_until grep -q 'Loading failure!' out || fail "bad file: no message"
answers $port two || fail "bad file: not served"
wait_until eval 'cli "$dir/m.sock" "show proc" | grep -q "failed: 1"' || fail "bad file: show proc"

# The next good one is taken, by SIGHUP too.
config $port four </dev/null >a.cfg
kill -HUP "$master"
wait_until answers $port four || fail "second reload"
ready "second reload"

# What a running process cannot change needs another one.
{ printf 'global\n nbthread 1\n'; config $port five </dev/null | sed 1d; } >a.cfg
before=$(worker_of)
kill -USR2 "$master"
wait_until answers $port five || fail "nbthread: not in force"
ready "nbthread"
after=$(worker_of)
[[ -n $after && $after != "$before" ]] || fail "nbthread: same worker"
wait_until gone "$before" || fail "nbthread: the old worker stays"

# SIGTERM to the master ends both, with status 0.
kill -TERM "$master"
ended "$master"; [[ $? -eq 0 ]] || fail "SIGTERM: status"
gone "$after" || fail "SIGTERM: the worker stays"
grep -q 'Exiting Master process\.\.\.' out || fail "message: exiting"
grep -q 'All workers exited\. Exiting\.\.\. (0)' out || fail "message: all workers"

# SIGINT goes to the worker as it is, and the status tells. -S may be a socket that was open before.
/usr/bin/python3 - "$program" -W -f a.cfg >out 2>&1 <<'END' || fail "SIGINT, -S fd@: $(tail -1 out)"
import signal, socket, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job's is ignored
listener = socket.socket(); listener.bind(('127.0.0.1', 0)); listener.listen()
master = subprocess.Popen(sys.argv[1:] + ['-S', f'fd@{listener.fileno()}'], pass_fds=[listener.fileno()])
s = socket.create_connection(listener.getsockname(), 10)
s.settimeout(10); s.sendall(b'show proc\n')
answer = b''
while b'worker' not in answer and (data := s.recv(65536)): answer += data
master.send_signal(signal.SIGINT)
status = master.wait(10)
sys.exit(0 if b'worker' in answer and status == 130 else f'status {status}, answer {answer}')
END

# SIGUSR1 lets the worker finish.
"$program" -W -S "$dir/m.sock" -f a.cfg >out 2>&1 & master=$!; started+=($master)
wait_until answers $port five || fail "second start"
ready "second start"
kill -USR1 "$master"
ended "$master"; [[ $? -eq 0 ]] || fail "SIGUSR1: status"

# A worker that dies takes the master along, and its status tells how.
"$program" -W -S "$dir/m.sock" -f a.cfg >out 2>&1 & master=$!; started+=($master)
wait_until answers $port five || fail "third start"
ready "third start"
kill -KILL "$(worker_of)"
ended "$master"; [[ $? -eq 137 ]] || fail "killed worker: status"
grep -qE 'Current worker \([0-9]+\) exited with code 137 \(Killed\)' out || fail "message: killed"

# -W -D: the command comes back when all is ready; the pid file names the master.
"$program" -W -D -S "$dir/m.sock" -f a.cfg -p d.pid >out 2>&1 || fail "-D: status"
wait_until answers $port five || fail "-D: not served"
[[ $(cli "$dir/m.sock" "show proc" | sed -n 's/ *master .*//p' | tail -1) = "$(<d.pid)" ]] || fail "-D: pid file"
kill -TERM "$(<d.pid)"
wait_until gone "$(<d.pid)" || fail "-D: the master stays"

# A file with errors: status 1 and no process.
echo nonsense >bad.cfg
"$program" -W -f bad.cfg >out 2>&1; [[ $? -eq 1 ]] || fail "bad start: status"
exit 0
