#!/usr/bin/env python3
"""What TLS and HTTP/2 hold beside HAProxy: memory of idle connections and of clients that do not read, a start with many
certificates.

usage: tls-costs.py [PROGRAM] [--reference PROGRAM] [--what WHAT,...] [--connections N] [--certificates N]

    idle-tls      bytes per connection over TLS with HTTP/1.1 that has had one answer
    idle-h2       the same with HTTP/2
    slow-h2       bytes per client that asks for 20 large answers at once over HTTP/2 and takes nothing but its windows
    certificates  seconds and megabytes of a start with a folder of certificates

Prints both programs' figures and their ratio. Certificates are copies of one with other names: nobody looks at their
signatures here."""
import argparse
import base64
import os
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time

A = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
A.add_argument('program', nargs='?', default='build/daemon/cfgproxy')
A.add_argument('--reference', default='/usr/sbin/haproxy')
A.add_argument('--what', default='idle-tls,idle-h2,slow-h2,certificates')
A.add_argument('--connections', type=int, default=1000)
A.add_argument('--certificates', type=int, default=10000)
A = A.parse_args()

PREFACE = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
NAME = 'name-000000.example'
SLOW_CLIENTS, STREAMS, LARGE = 100, 20, 1 << 20


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


def make_certificate(folder):
    """A self-signed certificate for NAME and its key: DER and PEM."""
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days',
                    '30', '-subj', f'/CN={NAME}', '-addext', f'subjectAltName=DNS:{NAME}', '-keyout', f'{folder}/key',
                    '-outform', 'DER', '-out', f'{folder}/der'], check=True, capture_output=True)
    return open(f'{folder}/der', 'rb').read(), open(f'{folder}/key').read()


def write_certificate(path, der, key, number):
    der = der.replace(NAME.encode(), f'name-{number:06}.example'.encode())
    text = base64.encodebytes(der).decode()
    open(path, 'w').write(f'-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n{key}')


def resident(pid):
    for line in open(f'/proc/{pid}/status'):
        if line.startswith('VmRSS'):
            return int(line.split()[1]) * 1024
    return 0


def cpu_seconds(pid):
    fields = open(f'/proc/{pid}/stat').read().rsplit(') ', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


class Origin:
    """Answers every request with LARGE bytes."""

    def __init__(self):
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=1000)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            while connection.recv(65536):
                connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % LARGE + bytes(LARGE))
        except OSError:
            pass


class Proxy:
    def __init__(self, program, crt, origin):
        self.port = free_port()
        self.file = tempfile.NamedTemporaryFile('w', suffix='.cfg')
        self.file.write(f'global\n nbthread 1\n maxconn 8000\ndefaults\n mode http\n timeout client 60s\n'
                        f' timeout server 60s\n timeout connect 5s\nfrontend f\n'
                        f' bind 127.0.0.1:{self.port} ssl crt {crt} alpn h2,http/1.1\n'
                        f' http-request return status 200 if {{ path / }}\n default_backend b\n'
                        f'backend b\n server s 127.0.0.1:{origin}\n')
        self.file.flush()
        began = time.monotonic()
        self.process = subprocess.Popen([program, '-f', self.file.name, '-db'], stderr=subprocess.DEVNULL)
        while True:
            try:
                socket.create_connection(('127.0.0.1', self.port)).close()
                break
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f'{program} does not start')
                time.sleep(.01)
        self.start_seconds = time.monotonic() - began

    def connect(self, protocol):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols([protocol])
        return context.wrap_socket(socket.create_connection(('127.0.0.1', self.port)))

    def stop(self):
        self.process.kill()
        self.process.wait()


def frame(kind, flags, stream, payload=b''):
    return struct.pack('>I', len(payload))[1:] + bytes([kind, flags]) + struct.pack('>I', stream) + payload


def get(stream, path):
    fields = b'\x82\x87\x01\x01a' + b'\x04' + bytes([len(path)]) + path.encode()  # :method, :scheme, :authority, :path
    return frame(1, 5, stream, fields)


def ask_h1(client):
    client.sendall(b'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    while b'\r\n\r\n' not in client.recv(65536):
        pass


def ask_h2(client):
    client.sendall(PREFACE + frame(4, 0, 0) + get(1, '/'))
    seen = b''
    while True:
        seen += client.recv(65536)
        at, kinds = 0, []
        while len(seen) >= at + 9:
            kinds.append((seen[at + 3], seen[at + 4]))
            at += 9 + int.from_bytes(seen[at:at + 3], 'big')
        if any(kind in (0, 1) and flags & 1 for kind, flags in kinds) and at == len(seen):
            return


def idle(program, crt, origin, protocol, ask):
    proxy = Proxy(program, crt, origin)
    kept = [proxy.connect(protocol) for _ in range(50)]  # what comes once is not counted
    for client in kept:
        ask(client)
    time.sleep(.3)
    before = resident(proxy.process.pid)
    for _ in range(A.connections):
        kept.append(proxy.connect(protocol))
        ask(kept[-1])
    time.sleep(.5)
    each = (resident(proxy.process.pid) - before) / A.connections
    proxy.stop()
    return each


def slow(program, crt, origin):
    proxy = Proxy(program, crt, origin)
    before = resident(proxy.process.pid)
    kept = []
    for _ in range(SLOW_CLIENTS):
        client = proxy.connect('h2')
        client.sendall(PREFACE + frame(4, 0, 0) + b''.join(get(1 + 2 * n, '/large') for n in range(STREAMS)))
        kept.append(client)
    time.sleep(4)
    each = (resident(proxy.process.pid) - before) / SLOW_CLIENTS
    proxy.stop()
    return each


def start(program, folder, origin):
    proxy = Proxy(program, folder, origin)
    seconds, memory, cpu = proxy.start_seconds, resident(proxy.process.pid), cpu_seconds(proxy.process.pid)
    proxy.stop()
    return seconds, cpu, memory / 1e6


def main():
    with tempfile.TemporaryDirectory() as folder:
        der, key = make_certificate(folder)
        crt = f'{folder}/one.pem'
        write_certificate(crt, der, key, 0)
        origin = Origin().port
        programs = (A.program, A.reference)
        wanted = A.what.split(',')

        def show(name, ours, theirs):
            print(f'{name:40} {ours:10.2f} / {theirs:10.2f} = {ours / max(theirs, .001):5.2f}', flush=True)
        if 'idle-tls' in wanted:
            show('idle TLS connection, bytes', *[idle(p, crt, origin, 'http/1.1', ask_h1) for p in programs])
        if 'idle-h2' in wanted:
            show('idle HTTP/2 connection, bytes', *[idle(p, crt, origin, 'h2', ask_h2) for p in programs])
        if 'slow-h2' in wanted:
            show(f'slow client of {STREAMS} streams, bytes', *[slow(p, crt, origin) for p in programs])
        if 'certificates' in wanted:
            many = f'{folder}/many'
            os.mkdir(many)
            for number in range(A.certificates):
                write_certificate(f'{many}/{number:06}.pem', der, key, number)
            found = [start(p, many, origin) for p in programs]
            for name, ours, theirs in zip(('s', 's of CPU time', 'MB'), *found):
                show(f'start with {A.certificates} certificates, {name}', ours, theirs)


main()
