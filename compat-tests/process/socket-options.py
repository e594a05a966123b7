#!/usr/bin/python3
"""Sizes of buffers and other options of sockets: tune.rcvbuf.*, tune.sndbuf.*, tune.notsent-lowat.*, tune.pipesize, cc.

Looks at the sockets of the running program through duplicates of its descriptors (pidfd_getfd).
"""
import ctypes
import fcntl
import os
import socket
import stat
import sys
import threading
import time

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from running import RunningProgram, free_port

TCP_NOTSENT_LOWAT = 25
F_GETPIPE_SZ = 1032
libc = ctypes.CDLL(None, use_errno=True)

CONFIG = """
global
 tune.rcvbuf.client 10000
 tune.sndbuf.client 20000
 tune.rcvbuf.server 30000
 tune.sndbuf.server 40000
 tune.notsent-lowat.client 5000
 tune.notsent-lowat.server 6000
 tune.rcvbuf.frontend 50000
 tune.sndbuf.backend 60000
 tune.pipesize 131072
 log 127.0.0.1:{log} local0
defaults
 mode http
 timeout connect 5s
 timeout client 5s
 timeout server 5s
listen fe
 bind 127.0.0.1:{port} cc reno
 log global
 option httplog
 option splice-response
 server s 127.0.0.1:{server} cc reno
log-forward syslog
 dgram-bind 127.0.0.1:{port}
 log global
"""


def serve(listener):
    """Answers with more than the client will read."""
    while True:
        peer, _ = listener.accept()
        peer.recv(65536)
        try:
            peer.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n' + b'x' * 8000000)
        except OSError:
            pass


def duplicates(pid):
    """Sockets of the process, and the sizes of its pipes."""
    sockets, pipes = [], set()
    process = os.pidfd_open(pid)
    for name in os.listdir(f'/proc/{pid}/fd'):
        fd = libc.syscall(438, process, int(name), 0)
        if fd < 0:
            continue
        mode = os.fstat(fd).st_mode
        if stat.S_ISSOCK(mode):
            sockets.append(socket.socket(fileno=fd))
            continue
        if stat.S_ISFIFO(mode):
            pipes.add(fcntl.fcntl(fd, F_GETPIPE_SZ))
        os.close(fd)
    os.close(process)
    return sockets, pipes


def find(sockets, kind, local=None, peer=None):
    for found in sockets:
        if found.family != socket.AF_INET or found.type & socket.SOCK_DGRAM != kind & socket.SOCK_DGRAM:
            continue
        try:
            far = found.getpeername()[1]
        except OSError:
            far = None
        if (local is None or found.getsockname()[1] == local) and far == peer:
            return found
    sys.exit(f'no socket {local} -> {peer}')


def expect(what, wanted, found):
    if wanted != found:
        sys.exit(f'{what}: {wanted} wanted, {found} found')


def check(name, found, receive, send, lowat=None):
    # The system takes twice as much, for what it needs itself.
    if receive:
        expect(name + ' SO_RCVBUF', 2 * receive, found.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF))
    if send:
        expect(name + ' SO_SNDBUF', 2 * send, found.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))
    if lowat:
        expect(name + ' TCP_NOTSENT_LOWAT', lowat, found.getsockopt(socket.IPPROTO_TCP, TCP_NOTSENT_LOWAT))
        name_of_algorithm = found.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b'\0')
        expect(name + ' TCP_CONGESTION', b'reno', name_of_algorithm)


def main():
    listener = socket.create_server(('127.0.0.1', 0))
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    port, server = free_port(), listener.getsockname()[1]
    log = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    log.bind(('127.0.0.1', 0))
    program = RunningProgram(CONFIG.format(port=port, server=server, log=log.getsockname()[1]), port)
    try:
        client = socket.create_connection(('127.0.0.1', port))
        client.send(b'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
        for _ in range(100):
            time.sleep(0.03)
            sockets, pipes = duplicates(program.process.pid)
            if 131072 in pipes:
                break
        expect('a pipe of 131072 bytes', True, 131072 in pipes)
        check('client', find(sockets, socket.SOCK_STREAM, port, client.getsockname()[1]), 10000, 20000, 5000)
        check('server', find(sockets, socket.SOCK_STREAM, None, server), 30000, 40000, 6000)
        check('datagrams', find(sockets, socket.SOCK_DGRAM, port), 50000, 0)
        client.close()
        log.settimeout(3)
        log.recv(4096)
        logs = [s for s in duplicates(program.process.pid)[0]
                if s.family == socket.AF_INET and s.type == socket.SOCK_DGRAM
                and s.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == 120000]
        expect('a log socket with SO_SNDBUF', True, bool(logs))
    finally:
        program.stop()


main()
