#!/usr/bin/env python3
"""A stick table of a million entries beside HAProxy: what it takes of memory, what a new key and a known one cost.

usage: million-entries.py [PROGRAM] [--reference PROGRAM] [--entries N] [--threads N] [--rounds N] [--in-order]

Requests name three keys each, which are tracked with two counters and a rate. First N keys fill a table that has room
for them, then the same keys come again; then N keys go through a table of a tenth of that size, so that each one drives
an older one out. Keys come in no order, as addresses of clients do; with --in-order they count up, which suits a tree,
as neighbours share their way through it. What requests cost without tables is taken off. Prints microseconds of CPU
time per key, megabytes, and their ratios to the reference's."""
import argparse
import os
import socket
import subprocess
import tempfile
import time

A = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
A.add_argument('program', nargs='?', default='build/daemon/cfgproxy')
A.add_argument('--reference', default='/usr/sbin/haproxy')
A.add_argument('--entries', type=int, default=1000000)
A.add_argument('--threads', type=int, default=1)
A.add_argument('--rounds', type=int, default=2, help='the least of so many rounds counts: the machine is never quiet')
A.add_argument('--in-order', action='store_true')
A = A.parse_args()
BUNDLE, KEYS = 100, 3


def configuration(port, size):
    lines = ['global', f' nbthread {A.threads}', 'defaults', ' mode http', ' timeout client 60s', ' timeout server 30s',
             ' timeout connect 5s', 'frontend f', f' bind 127.0.0.1:{port}']
    if size:
        lines.append(f' stick-table type string len 16 size {size} expire 1h store http_req_cnt,gpc0,http_req_rate(10s)')
        lines += [f' http-request track-sc{n} req.hdr(k{n})' for n in range(KEYS)]
    return '\n'.join(lines + [' http-request return status 204']) + '\n'


def name_of(key):
    return f'key-{key if A.in_order else key * 387420489 % 1000000007:09}'  # modulo a prime: all differ


def cpu_seconds(pid):
    tasks = os.listdir(f'/proc/{pid}/task')
    return sum(int(open(f'/proc/{pid}/task/{task}/schedstat').read().split()[0]) for task in tasks) / 1e9


def resident_mb(pid):
    for line in open(f'/proc/{pid}/status'):
        if line.startswith('VmRSS'):
            return int(line.split()[1]) / 1024
    return 0


class Proxy:
    def __init__(self, program, size):
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            port = free.getsockname()[1]
        self.file = tempfile.NamedTemporaryFile('w', suffix='.cfg')
        self.file.write(configuration(port, size))
        self.file.flush()
        self.process = subprocess.Popen([program, '-f', self.file.name, '-db'], stderr=subprocess.DEVNULL)
        for _ in range(400):
            try:
                self.client = socket.create_connection(('127.0.0.1', port))
                break
            except OSError:
                time.sleep(.05)
        else:
            raise SystemExit(f'{program} does not listen')
        self.start_mb = resident_mb(self.process.pid)

    def feed(self, count):
        """CPU seconds for keys 0 up to `count`."""
        before = cpu_seconds(self.process.pid)
        for first in range(0, count, BUNDLE * KEYS):
            text = ''.join('GET / HTTP/1.1\r\nHost: h\r\n'
                           + ''.join(f'k{n}: {name_of(key + n)}\r\n' for n in range(KEYS)) + '\r\n'
                           for key in range(first, first + BUNDLE * KEYS, KEYS))
            self.client.sendall(text.encode())
            left = BUNDLE
            while left:
                data = self.client.recv(65536)
                if not data:
                    raise SystemExit('the proxy has closed')
                left -= data.count(b'\r\n\r\n')
        return cpu_seconds(self.process.pid) - before

    def grown_mb(self):
        return resident_mb(self.process.pid) - self.start_mb

    def stop(self):
        self.process.kill()
        self.process.wait()


def measure(program):
    bare = Proxy(program, 0)
    base = bare.feed(A.entries)
    bare.stop()
    roomy = Proxy(program, A.entries + 10 * BUNDLE * KEYS)
    new, memory = roomy.feed(A.entries) - base, roomy.grown_mb()
    known = roomy.feed(A.entries) - base
    roomy.stop()
    small = Proxy(program, A.entries // 10)
    small.feed(A.entries // 10)
    evicting, small_memory = small.feed(A.entries) - base, small.grown_mb()
    small.stop()
    each = 1e6 / A.entries
    return {'request without keys, us': base * each * KEYS, 'new key, us': new * each, 'known key, us': known * each,
            'key that drives another out, us': evicting * each,
            'memory of the full table, MB': memory, 'memory of the small table, MB': small_memory}


def least(rounds):
    return {name: min(each[name] for each in rounds) for name in rounds[0]}


def main():
    pairs = [(measure(A.program), measure(A.reference)) for _ in range(A.rounds)]
    ours, theirs = least([ours for ours, _ in pairs]), least([theirs for _, theirs in pairs])
    print(f'{A.entries} entries, {A.threads} thread(s); ours / reference')
    for name, value in ours.items():
        other = theirs[name]
        print(f'{name:34} {value:8.3f} / {other:8.3f} = {value / max(other, .001):5.2f}')


main()
