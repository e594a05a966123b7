#!/usr/bin/env python3
# reference: also
"""Large bodies pass unchanged in both directions, many at a time: chunks of any size, with and without extensions and trailers,
counted bodies, slow readers; several exchanges on each connection, so that one byte too many or too few is seen by the next one.

Arguments: how many clients (6) and exchanges of each (12), the seed (1). The program is HAPROXY_PROGRAM."""
import hashlib
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

CLIENTS, EXCHANGES, SEED = [int(a) for a in sys.argv[1:]] + [6, 12, 1][len(sys.argv) - 1:]
program = os.environ.get('HAPROXY_PROGRAM') or sys.exit(77)
CONFIGURATION = '''
global
 nbthread 2
defaults
 mode http
 timeout client 20s
 timeout server 20s
 timeout connect 5s
 option splice-request
 option splice-response
listen f
 bind 127.0.0.1:{port}
 server s 127.0.0.1:{server}
'''
SIZES = [1, 15, 4000, 16383, 16384, 16385, 65535, 65536, 70000, 262143, 262144, 300000]


def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


class Peer:
    """Reads and writes messages; `slow` readers leave the proxy's buffers full now and then."""

    def __init__(self, sock, seed):
        self.sock, self.left, self.random = sock, b'', random.Random(seed)
        self.slow = self.random.random() < .3

    def more(self):
        if self.slow and self.random.random() < .05:
            time.sleep(.01)
        piece = self.sock.recv(self.random.choice([1000, 65536, 1 << 20]))
        if not piece:
            raise EOFError
        self.left += piece

    def line(self):
        while b'\r\n' not in self.left:
            self.more()
        line, self.left = self.left.split(b'\r\n', 1)
        return line

    def take(self, size, digest):
        while size > 0:
            if not self.left:
                self.more()
            digest.update(self.left[:size])
            size, self.left = size - min(size, len(self.left)), self.left[size:]

    def read(self):
        """(first line, fields, hash of the body)."""
        first, fields, digest = self.line(), {}, hashlib.sha1()
        while line := self.line():
            name, _, value = line.partition(b':')
            fields[name.lower()] = value.strip()
        if fields.get(b'transfer-encoding') == b'chunked':
            while size := int(self.line().split(b';')[0], 16):
                self.take(size, digest)
                if self.line():
                    raise ValueError('a chunk is longer than it says')
            while self.line():
                pass
        else:
            self.take(int(fields.get(b'content-length', 0)), digest)
        return first, fields, digest.hexdigest().encode()

    def write(self, head):
        """A message of random size and shape; the hash of its body is in a field."""
        pick = self.random.choice
        chunks = [self.random.randbytes(pick(SIZES)) for _ in range(pick([0, 1, 3, 9]))]
        digest = hashlib.sha1(b''.join(chunks)).hexdigest().encode()
        head += b'\r\nHost: a\r\nHash: ' + digest + b'\r\n'
        if self.random.random() < .25:
            self.sock.sendall(head + b'Content-Length: %d\r\n\r\n' % sum(map(len, chunks)) + b''.join(chunks))
            return
        text = head + b'Transfer-Encoding: chunked\r\n\r\n'
        for chunk in chunks:
            text += b'%x%s\r\n' % (len(chunk), pick([b'', b'', b';a="b;c"'])) + chunk + b'\r\n'
        text += b'0\r\n' + pick([b'', b'Sum: 1\r\n']) + b'\r\n'
        while text:
            piece = self.random.randrange(1, 400000)
            self.sock.sendall(text[:piece])
            text = text[piece:]
            if self.random.random() < .1:
                time.sleep(.002)


def check(fields, digest, what):
    if fields.get(b'hash') != digest:
        failures.append(f'{what}: the body is another one')


def serve(sock, seed):
    peer = Peer(sock, seed)
    try:
        while True:
            _, fields, digest = peer.read()
            check(fields, digest, 'request')
            peer.write(b'HTTP/1.1 200 OK')
    except (EOFError, ConnectionError):
        sock.close()
    except ValueError as error:
        failures.append(f'request: {error}')
        sock.close()


def accept():
    number = 0
    while True:
        number += 1
        sock, _ = listener.accept()
        threading.Thread(target=serve, args=(sock, SEED * 1000 + number), daemon=True).start()


def ask(number):
    for _ in range(200):
        try:
            sock = socket.create_connection(('127.0.0.1', port))
            break
        except OSError:
            time.sleep(.05)
    peer = Peer(sock, SEED * 2000 + number)
    try:
        for _ in range(EXCHANGES):
            peer.write(b'POST / HTTP/1.1')
            first, fields, digest = peer.read()
            if not first.startswith(b'HTTP/1.1 200'):
                failures.append(first.decode())
                return
            check(fields, digest, 'response')
            done[number] += 1
    except (EOFError, OSError, ValueError) as error:
        failures.append(f'response: {error!r}')


failures, done = [], [0] * CLIENTS
listener = socket.create_server(('127.0.0.1', 0), backlog=100)
port = free_port()
with tempfile.TemporaryDirectory() as folder:
    with open(folder + '/cfg', 'w') as file:
        file.write(CONFIGURATION.format(port=port, server=listener.getsockname()[1]))
    errors = open(folder + '/errors', 'w+')
    proxy = subprocess.Popen([program, '-f', folder + '/cfg', '-db'], stderr=errors, stdout=errors)
    threading.Thread(target=accept, daemon=True).start()
    threads = [threading.Thread(target=ask, args=(i,)) for i in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gone = proxy.poll() is not None
    proxy.terminate()
    proxy.wait()
    errors.seek(0)
    said = errors.read()
print(f'{sum(done)} exchanges, {len(failures)} failures')
for failure in failures[:3]:
    print(failure)
if gone or 'Sanitizer' in said:
    print(said)
sys.exit(1 if gone or failures or 'Sanitizer' in said or min(done) < EXCHANGES else 0)
