#!/usr/bin/env python3
"""Rules, maps, acls, stick tables and variables are changed by the command line while clients ask on several threads: no
request fails, and what was changed counts at the end.

The number of seconds can be given as the first argument (2). The program is HAPROXY_PROGRAM; a build with TSan says on its
standard error, which is looked at, what it finds."""
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 2
CLIENTS, CHANGERS = 4, 3
program = os.environ.get('HAPROXY_PROGRAM') or sys.exit(77)

CONFIGURATION = '''
global
 nbthread 4
 stats socket {folder}/cli level admin
 set-var proc.color str(red)
defaults
 mode http
 timeout client 10s
 timeout server 10s
 timeout connect 5s
frontend f
 bind 127.0.0.1:{port}
 acl blocked path -f {folder}/blocked
 acl host hdr(host) a.example b.example
 http-request track-sc0 src table t
 http-request track-sc1 path table t2
 http-request sc-inc-gpc0(1)
 http-request set-var(proc.last) path
 http-request add-acl({folder}/seen) %[path] unless {{ path -f {folder}/seen }}
 http-request set-map({folder}/paths) %[path] %[src_port] if {{ path_beg /note }}
 http-request deny deny_status 403 if blocked host
 http-request return status 200 hdr color "%[var(proc.color)]" hdr map "%[path,map({folder}/paths,none)]" hdr count "%[sc_http_req_cnt(0)]" hdr beg "%[path,map_beg({folder}/begins,none)]"
backend t
 stick-table type ip size 10k store gpc0,http_req_cnt,http_req_rate(10s)
backend t2
 stick-table type string len 32 size 200 expire 1s store gpc0,conn_cur
'''


def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


folder = tempfile.TemporaryDirectory()
port = free_port()
for name, text in {'blocked': '/blocked\n', 'seen': '', 'paths': '/x old\n', 'begins': '/a a\n/b b\n'}.items():
    with open(os.path.join(folder.name, name), 'w') as file:
        file.write(text)
with open(os.path.join(folder.name, 'cfg'), 'w') as file:
    file.write(CONFIGURATION.format(folder=folder.name, port=port))
errors = open(os.path.join(folder.name, 'errors'), 'w+')
proxy = subprocess.Popen([program, '-f', os.path.join(folder.name, 'cfg'), '-db'], stderr=errors)
stop = time.monotonic() + SECONDS
failures, asked, changed = [], [0] * CLIENTS, [0] * CHANGERS


def connect():
    for _ in range(400):
        try:
            return socket.create_connection(('127.0.0.1', port))
        except OSError:
            time.sleep(.05)
    raise SystemExit('the proxy does not listen')


def ask(client, path):
    client.sendall(f'GET {path} HTTP/1.1\r\nHost: a.example\r\n\r\n'.encode())
    got = b''
    while b'\r\n\r\n' not in got:
        piece = client.recv(65536)
        if not piece:
            return None, got
        got += piece
    head, _, body = got.partition(b'\r\n\r\n')
    length = re.search(rb'content-length: (\d+)', head, re.I)
    while len(body) < int(length[1] if length else 0):
        body += client.recv(65536)
    return int(head.split()[1]), head


def load(number):
    client, count = connect(), 0
    while time.monotonic() < stop:
        count += 1
        path = ['/x', '/a/b', f'/note{count % 50}', f'/n{number}-{count % 300}', '/blocked'][count % 5]
        status, head = ask(client, path)
        if status not in (200, 403):
            failures.append((path, status, head))
            return
        if status == 403:  # closes
            client = connect()
        asked[number] += 1


def command(text):
    with socket.socket(socket.AF_UNIX) as cli:
        cli.connect(folder.name + '/cli')
        cli.sendall((text + '\n').encode())
        got = b''
        while True:
            piece = cli.recv(65536)
            if not piece:
                return got.decode()
            got += piece


def change(number):
    f, i = folder.name, 0
    while time.monotonic() < stop:
        i += 1
        for text in ([f'add acl {f}/blocked /b{i}', f'del acl {f}/blocked /b{i}', f'get acl {f}/blocked /blocked',
                      f'show acl {f}/seen', f'experimental-mode on; set var proc.color str(c{i})', 'get var proc.color'],
                     [f'add map {f}/paths /y{i} v{i}', f'set map {f}/paths /x new{i}', f'del map {f}/paths /y{i}',
                      f'show map {f}/paths', f'add map {f}/begins /c{i} c', f'del map {f}/begins /c{i}'],
                     ['set table t key 192.0.2.1 data.gpc0 5', 'show table t2', 'clear table t2 data.gpc0 gt 3',
                      'show table t', 'clear table t key 192.0.2.1', 'show info', 'show stat'])[number]:
            command(text)
            changed[number] += 1
        if number == 1 and i % 5 == 0:
            version = command(f'prepare map {f}/begins').split()[-1]
            command(f'add map @{version} {f}/begins /a a2')
            command(f'commit map @{version} {f}/begins')


connect().close()
threads = [threading.Thread(target=load, args=(i,)) for i in range(CLIENTS)]
threads += [threading.Thread(target=change, args=(i,)) for i in range(CHANGERS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
command(f'set map {folder.name}/paths /x last')
command('experimental-mode on; set var proc.color str(blue)')
status, head = ask(connect(), '/x')
if status != 200 or b'map: last' not in head or b'color: blue' not in head:
    failures.append(('/x', status, head))
proxy.terminate()
proxy.wait()
errors.seek(0)
said = errors.read()
print(f'{sum(asked)} requests, {sum(changed)} changes, {len(failures)} failures')
for failure in failures[:3]:
    print(failure)
if 'Sanitizer' in said:
    print(said)
sys.exit(1 if failures or 'Sanitizer' in said or min(asked) == 0 or min(changed) == 0 else 0)
