#!/usr/bin/env python3
"""What a request through many acls on host names costs: CPU time of the proxy per request, for 10 and for 1000 of them.

usage: acl-cost.py [PROGRAM] [--requests N] [--rounds N]

Each list is `acl hI hdr(host) -i wwwI.example.com` and `use_backend bI if hI`; requests ask for the last name, in
bundles over one kept connection, so that the rules are what counts. Prints microseconds and their ratio."""
import argparse
import os
import socket
import subprocess
import tempfile
import time

A = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
A.add_argument('program', nargs='?', default='build/daemon/cfgproxy')
A.add_argument('--requests', type=int, default=100000)
A.add_argument('--rounds', type=int, default=3)
A = A.parse_args()
BUNDLE = 20


def configuration(count, port):
    lines = ['global', ' nbthread 1', 'defaults', ' mode http', ' timeout client 30s', ' timeout server 30s',
             ' timeout connect 5s', 'frontend f', f' bind 127.0.0.1:{port}']
    lines += [f' acl h{i} hdr(host) -i www{i}.example.com' for i in range(count)]
    lines += [f' use_backend b{i} if h{i}' for i in range(count)]
    for i in range(count):
        lines += [f'backend b{i}', ' http-request return status 204']
    return '\n'.join(lines) + '\n'


def cpu_seconds(pid):
    fields = open(f'/proc/{pid}/stat').read().rsplit(') ', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def connect(port):
    for _ in range(200):
        try:
            return socket.create_connection(('127.0.0.1', port))
        except OSError:
            time.sleep(.05)
    raise SystemExit('the proxy does not listen')


def measure(count):
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    with tempfile.NamedTemporaryFile('w', suffix='.cfg') as file:
        file.write(configuration(count, port))
        file.flush()
        proxy = subprocess.Popen([A.program, '-f', file.name, '-db'], stderr=subprocess.DEVNULL)
        try:
            client = connect(port)
            bundle = f'GET / HTTP/1.1\r\nHost: www{count - 1}.example.com\r\n\r\n'.encode() * BUNDLE
            best = None
            for _ in range(A.rounds):
                before = cpu_seconds(proxy.pid)
                for _ in range(A.requests // BUNDLE):
                    client.sendall(bundle)
                    ends = 0
                    while ends < BUNDLE:
                        got = client.recv(65536)
                        if not got:
                            raise SystemExit('the proxy closed the connection')
                        ends += got.count(b'\r\n\r\n')
                spent = (cpu_seconds(proxy.pid) - before) / A.requests * 1e6
                best = spent if best is None else min(best, spent)
            return best
        finally:
            proxy.kill()
            proxy.wait()


few, many = measure(10), measure(1000)
print(f'10 acls: {few:.2f} us, 1000 acls: {many:.2f} us per request, ratio {many / few:.2f}')
