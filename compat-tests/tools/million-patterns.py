#!/usr/bin/env python3
"""Patterns by the million beside HAProxy: how long files of them take to load, what memory they hold, what a look-up costs.

usage: million-patterns.py [PROGRAM] [--reference PROGRAM] [--entries N] [--requests N] [--kinds KIND,...]

For each kind (str beg end sub dir dom ip int map_str map_beg map_ip) a file of N entries is written, both programs start with
it in turn, and answer requests of which every second one matches; a start without patterns is taken off. Regular
expressions are left out: nobody looks them up. Prints seconds of a start, megabytes, microseconds of CPU time per look-up,
and their ratios to the reference's."""
import argparse
import os
import random
import socket
import subprocess
import tempfile
import time

KINDS = ['str', 'beg', 'end', 'sub', 'dir', 'dom', 'ip', 'int', 'map_str', 'map_beg', 'map_ip']
A = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
A.add_argument('program', nargs='?', default='build/daemon/cfgproxy')
A.add_argument('--kinds', default=','.join(KINDS))
A.add_argument('--reference', default='/usr/sbin/haproxy')
A.add_argument('--entries', type=int, default=1000000)
A.add_argument('--requests', type=int, default=20000)
A.add_argument('--look-ups', type=int, default=10, help='rules that look up, per request')
A.add_argument('--limit', type=float, default=120, help='seconds that a start may take')
A = A.parse_args()
BUNDLE = 20


def pattern(kind, i):
    if kind.endswith('ip'):
        return f'{1 + i // 65536 % 223}.{i // 256 % 256}.{i % 256}.0/24' if i % 2 else f'{1 + i // 65536 % 223}.{i // 256 % 256}.{i % 256}.7'
    if kind == 'int':
        return str(i * 3)
    text = f'{i * 2654435761 % 2**32:08x}{i:06x}'
    return {'dom': f'h{text}.example', 'dir': f'd{text}', 'end': f'.{text}.png'}.get(kind.split('_')[-1], f'/p{text}')


def text_of(kind, i, hit):
    """What is looked up: for entry i, or for none."""
    if kind.endswith('ip'):
        return f'{1 + i // 65536 % 223}.{i // 256 % 256}.{i % 256}.{7 if hit else 9}' if i % 2 == 0 else (
            f'{1 + i // 65536 % 223}.{i // 256 % 256}.{i % 256}.33' if hit else '250.1.2.3')
    if kind == 'int':
        return str(i * 3 + (0 if hit else 1))
    own = pattern(kind, i) if hit else pattern(kind, i)[:-2] + 'zz'
    return {'beg': own + '/tail', 'end': '/some/head' + own, 'sub': '/aa' + own + '/bb', 'dir': '/a/' + own + '/b',
            'dom': 'www.' + own + '.org'}.get(kind.split('_')[-1], own)


def configuration(kind, path, port):
    method = kind.split('_')[-1]
    if kind == 'none':
        look_up = ''
    elif kind.startswith('map'):
        look_up = ''.join(f' http-request set-var(txn.r{n}) req.hdr(x-key),{kind}({path})\n' for n in range(A.look_ups))
    else:
        cast = {'ip': 'hdr_ip', 'int': 'hdr_val'}.get(kind, 'hdr')
        match = '' if kind in ('ip', 'int') else f'-m {method} '
        # a variable in between keeps equal look-ups from being done once
        look_up = ''.join(f' http-request set-var(txn.r{n}) int({n}) if {{ {cast}(x-key) {match}-f {path} }}\n' for n in range(A.look_ups))
    return (f'global\n nbthread 1\ndefaults\n mode http\n timeout client 30s\n timeout server 30s\n timeout connect 5s\n'
            f'frontend f\n bind 127.0.0.1:{port}\n{look_up} http-request return status 204\n')


def cpu_seconds(pid):
    fields = open(f'/proc/{pid}/stat').read().rsplit(') ', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def resident_mb(pid):
    for line in open(f'/proc/{pid}/status'):
        if line.startswith('VmRSS'):
            return int(line.split()[1]) / 1024
    return 0


def bundles(kind):
    choose = random.Random(1)
    for _ in range(A.requests // BUNDLE):
        keys = [text_of(kind, choose.randrange(A.entries), n % 2 == 0) if kind != 'none' else 'x' for n in range(BUNDLE)]
        yield ''.join(f'GET / HTTP/1.1\r\nHost: h\r\nx-key: {key}\r\n\r\n' for key in keys).encode()


def measure(program, kind, path):
    """Seconds of the start, megabytes, CPU seconds of all requests."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    with tempfile.NamedTemporaryFile('w', suffix='.cfg') as file:
        file.write(configuration(kind, path, port))
        file.flush()
        began = time.monotonic()
        proxy = subprocess.Popen([program, '-f', file.name, '-db'], stderr=subprocess.DEVNULL)
        try:
            client = None
            while client is None:
                try:
                    client = socket.create_connection(('127.0.0.1', port))
                except OSError:
                    if proxy.poll() is not None or time.monotonic() - began > A.limit:
                        return None
                    time.sleep(.005)
            start, memory = cpu_seconds(proxy.pid), resident_mb(proxy.pid)
            before = start
            for bundle in bundles(kind):
                client.sendall(bundle)
                left = BUNDLE
                while left:
                    data = client.recv(65536)
                    if not data:
                        raise SystemExit('the proxy has closed')
                    left -= data.count(b'\r\n\r\n')
            return start, memory, cpu_seconds(proxy.pid) - before
        finally:
            proxy.kill()
            proxy.wait()


def main():
    kinds = A.kinds.split(',')
    programs = [A.program, A.reference]
    empty = [measure(p, 'none', '') for p in programs]
    print(f'{A.entries} entries; ours / reference')
    for kind in kinds:
        with tempfile.NamedTemporaryFile('w', suffix='.lst') as file:
            value = ' 1.2.3.4' if kind == 'map_ip' else ' value'
            for i in range(A.entries):
                file.write(pattern(kind, i) + (value if kind.startswith('map') else '') + '\n')
            file.flush()
            found = [measure(p, kind, file.name) for p in programs]
        if None in found:
            print(f'{kind:8} does not start: ours {found[0]}, reference {found[1]}')
            continue
        loads = [max(f[0] - e[0], .01) for f, e in zip(found, empty)]
        memory = [max(f[1] - e[1], .1) for f, e in zip(found, empty)]
        looks = [max(f[2] - e[2], .001) / A.requests / A.look_ups * 1e6 for f, e in zip(found, empty)]
        print(f'{kind:8} load {loads[0]:6.2f} / {loads[1]:6.2f} s = {loads[0] / loads[1]:5.2f}   '
              f'memory {memory[0]:6.0f} / {memory[1]:6.0f} MB = {memory[0] / memory[1]:5.2f}   '
              f'look-up {looks[0]:8.3f} / {looks[1]:8.3f} us = {looks[0] / looks[1]:5.2f}', flush=True)


main()
