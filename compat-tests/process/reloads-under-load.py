#!/usr/bin/env python3
"""A thousand reloads by SIGUSR2 while clients talk: no request fails, memory does not grow, and a WebSocket that was opened
before the first reload still echoes after the last one.

The number of reloads can be given as the first argument. The program is HAPROXY_PROGRAM (cfgproxy: HAProxy has no such reload).
"""
import base64
import hashlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

RELOADS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
program = os.environ.get('HAPROXY_PROGRAM') or sys.exit(77)


def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


def serve(connection):
    try:
        exchange(connection)
    except ConnectionError:
        pass  # a health check that was cut short


def exchange(connection):
    """A small origin: answers requests, and echoes after an upgrade to WebSocket."""
    data = b''
    while True:
        while b'\r\n\r\n' not in data:
            piece = connection.recv(65536)
            if not piece:
                return
            data += piece
        head, data = data.split(b'\r\n\r\n', 1)
        key = re.search(rb'(?im)^sec-websocket-key: *(\S+)', head)
        if not key:
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')
            continue
        accept = base64.b64encode(hashlib.sha1(key[1] + b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest())
        connection.sendall(b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
                           b'Sec-WebSocket-Accept: ' + accept + b'\r\n\r\n')
        while piece := connection.recv(65536):
            connection.sendall(piece)
        return


def accept_loop(listener):
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def rss(pid):
    return int(re.search(r'VmRSS:\s+(\d+)', open(f'/proc/{pid}/status').read())[1])


class Client(threading.Thread):
    """Asks without a pause, half of the time over a new connection."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.done, self.failed, self.stop = port, 0, [], False

    def run(self):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=10)
        while not self.stop:
            try:
                connection.request('GET', f'/{self.done}')
                answer = connection.getresponse()
                if answer.status != 200 or answer.read() != b'hello':
                    self.failed.append(str(answer.status))
                self.done += 1
            except Exception as error:  # every kind of failure counts
                self.failed.append(repr(error))
                connection.close()
            if self.done % 2:
                connection.close()


def main():
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0))
    listener.listen(128)
    threading.Thread(target=accept_loop, args=(listener,), daemon=True).start()
    port, origin = free_port(), listener.getsockname()[1]
    config = os.path.join(tempfile.mkdtemp(), 'reload.cfg')

    def write(number):
        with open(config + '.new', 'w') as file:
            file.write(f'global\n nbthread 2\ndefaults\n mode http\n timeout connect 5s\n timeout client 60s\n timeout server 60s\n'
                       f'frontend main\n bind 127.0.0.1:{port}\n http-request set-header X-Reload {number}\n default_backend app\n'
                       f'backend app\n server a 127.0.0.1:{origin} check\n' + f' server b 127.0.0.1:{origin}\n' * (number % 2))
        os.rename(config + '.new', config)

    write(0)
    process = subprocess.Popen([program, '-db', '-f', config], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                web_socket = socket.create_connection(('127.0.0.1', port), 5)
                break
            except OSError:
                time.sleep(0.05)
        web_socket.sendall(b'GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
                           b'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n')
        assert b' 101 ' in web_socket.recv(4096), 'no WebSocket'
        clients = [Client(port) for _ in range(4)]
        for client in clients:
            client.start()
        levels = []
        for number in range(1, RELOADS + 1):
            write(number)
            process.send_signal(signal.SIGUSR2)
            time.sleep(0.02)
            if number % max(1, RELOADS // 10) == 0:
                levels.append(rss(process.pid))
        for client in clients:
            client.stop = True
        for client in clients:
            client.join(10)
        web_socket.sendall(b'still there?')
        assert web_socket.recv(4096) == b'still there?', 'the WebSocket is lost'
        done = sum(c.done for c in clients)
        failed = [f for c in clients for f in c.failed]
        print(f'{RELOADS} reloads, {done} requests, {len(failed)} failed, VmRSS {levels} kB')
        assert not failed, failed[:5]
        assert done > RELOADS / 10, 'too few requests to tell anything'
        assert levels[-1] < levels[4] * 1.05 + 256, 'memory grows'
    finally:
        process.terminate()
        process.wait(10)


main()
