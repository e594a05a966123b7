#!/usr/bin/env python3
"""-x with `expose-fd listeners`: HAProxy and we take each other's place again and again, by the sockets themselves, while
clients connect without pause to a port, to another port and to a UNIX socket. No connection is refused or cut.
"""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

program = os.environ.get('HAPROXY_PROGRAM') or sys.exit(77)
reference = os.environ.get('REFERENCE_PROGRAM', '/usr/sbin/haproxy')
if not os.path.exists(reference):
    sys.exit(77)


def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


folder = tempfile.mkdtemp(prefix='hand-over-')
ports = free_port(), free_port()
front, control = folder + '/front.sock', folder + '/control.sock'
with open(folder + '/a.cfg', 'w') as file:
    file.write(f'''global
    stats socket {control} level admin expose-fd listeners
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
frontend one
    bind 127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}
    bind unix@{front}
    monitor-uri /up
''')

done = threading.Event()
answered, failures = [0, 0, 0], []


def ask(number, family, address):
    while not done.is_set():
        try:
            with socket.socket(family) as sock:
                sock.settimeout(20)
                sock.connect(address)
                sock.sendall(b'GET /up HTTP/1.0\r\n\r\n')
                answer = sock.recv(4096)
                if b' 200 ' not in answer:
                    raise OSError('answer ' + repr(answer))
            answered[number] += 1
        except OSError as error:
            failures.append(f'{address}: {error}')
        time.sleep(0.002)


def wait_for_socket():
    for _ in range(400):
        try:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(5)
                sock.connect(control)
                sock.sendall(b'show info\n')
                if b'Pid: ' in sock.recv(65536):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit('the command line does not answer')


def inodes():
    numbers = set()
    for line in open('/proc/net/tcp'):
        fields = line.split()
        if fields[1].endswith((':%04X' % ports[0], ':%04X' % ports[1])) and fields[3] == '0A':
            numbers.add(fields[9])
    return numbers


running = []
current = None
try:
    for turn, name in enumerate([reference, program, program, reference, program, reference]):
        arguments = [name, '-db', '-f', folder + '/a.cfg']
        if current:
            arguments += ['-x', control, '-sf', str(current.pid)]
            before = inodes()
        process = subprocess.Popen(arguments, stderr=subprocess.PIPE)
        running.append(process)
        if current:
            try:
                current.wait(30)
            except subprocess.TimeoutExpired:
                sys.exit(f'turn {turn}: the old process ({current.args[0]}) does not leave')
            if process.poll() is not None:
                sys.exit(f'turn {turn}: {name} did not start: {process.stderr.read()}')
            if inodes() != before:
                sys.exit(f'turn {turn}: {name} has bound sockets anew')
        else:
            wait_for_socket()
            for number, target in enumerate([(socket.AF_INET, ('127.0.0.1', ports[0])),
                                             (socket.AF_INET, ('127.0.0.1', ports[1])), (socket.AF_UNIX, front)]):
                threading.Thread(target=ask, args=(number, *target), daemon=True).start()
        current = process
        wait_for_socket()
        seen = list(answered)
        for _ in range(400):
            if all(now > then for now, then in zip(answered, seen)):
                break
            time.sleep(0.05)
        else:
            sys.exit(f'turn {turn}: {name} does not serve')
    done.set()
    print('answered:', answered, 'failed:', len(failures))
    if failures:
        sys.exit('\n'.join(failures[:10]))
finally:
    done.set()
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)
