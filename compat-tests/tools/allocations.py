#!/usr/bin/env python3
"""How many times the proxy asks for memory per request, once it is warm: with rules, maps, variables, tables and a log.

usage: allocations.py [PROGRAM] [--requests N] [--server]

Counts malloc and its kin by a library that is loaded before all others (made by cc on the spot). With --server requests
go on to a server over a kept connection; else rules answer."""
import argparse
import mmap
import os
import socket
import struct
import subprocess
import tempfile
import threading
import time

A = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
A.add_argument('program', nargs='?', default='build/daemon/cfgproxy')
A.add_argument('--requests', type=int, default=2000)
A.add_argument('--server', action='store_true')
A = A.parse_args()

COUNTER = r'''
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
static unsigned long *count;
__attribute__((constructor)) static void start(void) {
    int fd = open(getenv("ALLOCATION_COUNT"), O_RDWR);
    void *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page != MAP_FAILED) count = page;
}
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
static void note(void) { if (count) __atomic_add_fetch(count, 1, __ATOMIC_RELAXED); }
void *malloc(size_t n) { note(); return __libc_malloc(n); }
void *calloc(size_t n, size_t m) { note(); return __libc_calloc(n, m); }
void *realloc(void *p, size_t n) { note(); return __libc_realloc(p, n); }
'''

CONFIGURATION = '''
global
 nbthread 1
defaults
 mode http
 timeout client 30s
 timeout server 30s
 timeout connect 5s
frontend f
 bind 127.0.0.1:{port}
 log 127.0.0.1:{log} local0
 option httplog
 acl api path_beg /api
 acl known hdr(host) -i a.example b.example c.example
 http-request track-sc0 src table t
 http-request set-var(txn.name) req.hdr(host),lower,field(1,.)
 http-request set-header X-Name "%[var(txn.name)]-%[src]"
 http-request set-header X-Map "%[path,map_beg({map},none)]"
 http-request del-header X-Old
 http-request deny if {{ sc_get_gpc0(0) gt 5 }}
 http-request return status 200 content-type text/plain lf-string "%[var(txn.name)]" if !known OR {answers}
 use_backend s if api
 default_backend s
backend t
 stick-table type ip size 1k store gpc0,http_req_rate(10s)
backend s
 http-response set-header X-Served "%s"
 server s1 127.0.0.1:{server}
'''


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(type=kind) as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


def serve(listener):
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    while True:
        connection, _ = listener.accept()

        def run(connection=connection):
            while connection.recv(65536):
                connection.sendall(answer)
        threading.Thread(target=run, daemon=True).start()


def ask(client, count):
    request = b'GET /api/x?y=1 HTTP/1.1\r\nHost: a.example\r\nX-Old: 1\r\nCookie: a=b; c=d\r\n\r\n'
    for _ in range(count):
        client.sendall(request)
        got = b''
        while b'\r\n\r\n' not in got:
            got += client.recv(65536)
        length = int(got.lower().split(b'content-length: ')[1].split(b'\r')[0])
        while len(got.split(b'\r\n\r\n', 1)[1]) < length:
            got += client.recv(65536)
        assert got.startswith(b'HTTP/1.1 200'), got


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        open(path('count.c'), 'w').write(COUNTER)
        subprocess.run(['cc', '-O1', '-shared', '-fPIC', '-o', path('count.so'), path('count.c')], check=True)
        open(path('count'), 'wb').write(bytes(4096))
        open(path('map'), 'w').write(''.join(f'/p{i} {i}\n' for i in range(1000)) + '/api api\n')
        listener = socket.create_server(('127.0.0.1', 0))
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        port = free_port()
        open(path('cfg'), 'w').write(CONFIGURATION.format(
            port=port, log=free_port(socket.SOCK_DGRAM), map=path('map'), server=listener.getsockname()[1],
            answers='FALSE' if A.server else 'TRUE'))
        proxy = subprocess.Popen([A.program, '-f', path('cfg'), '-db'], stderr=subprocess.DEVNULL,
                                 env=dict(os.environ, LD_PRELOAD=path('count.so'), ALLOCATION_COUNT=path('count')))
        try:
            for _ in range(200):
                try:
                    client = socket.create_connection(('127.0.0.1', port))
                    break
                except OSError:
                    time.sleep(.05)
            with open(path('count'), 'r+b') as file:
                page = mmap.mmap(file.fileno(), 4096)
                read = lambda: struct.unpack('L', page[:8])[0]
                ask(client, 500)
                before = read()
                ask(client, A.requests)
                print(f'{(read() - before) / A.requests:.3f} allocations per request')
        finally:
            proxy.kill()
            proxy.wait()


main()
