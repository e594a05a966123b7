#!/usr/bin/python3
"""tune.ssl.maxrecord and tune.ssl.hard-maxrecord: how large the records are that clients get.

Relays TLS between its own client and the program, and reads the records' headers on the way.
"""
# reference: also
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from running import RunningProgram, free_port

BODY = 200000
CONFIG = """
global
 {words}
defaults
 mode http
 timeout connect 5s
 timeout client 5s
 timeout server 5s
listen fe
 bind 127.0.0.1:{port} ssl crt {folder}/a.pem ssl-max-ver TLSv1.2
 server s 127.0.0.1:{server}
"""


def serve(listener):
    while True:
        peer, _ = listener.accept()
        peer.recv(65536)
        peer.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % BODY + b'x' * BODY)


def fetch(port):
    """A response over TLS; the sizes of the records of application data that brought it."""
    client = socket.create_connection(('127.0.0.1', port))
    client.settimeout(5)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing)
    seen, received, asked = b'', 0, False
    sizes = []
    while received < BODY:
        try:
            if not asked:
                tls.do_handshake()
                tls.write(b'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
                asked = True
            received += len(tls.read(65536))
            continue
        except ssl.SSLWantReadError:
            client.sendall(outgoing.read())
        data = client.recv(65536)
        if not data:
            sys.exit('the connection has ended')
        incoming.write(data)
        seen += data
        while len(seen) >= 5 and len(seen) >= 5 + int.from_bytes(seen[3:5], 'big'):
            size = int.from_bytes(seen[3:5], 'big')
            if seen[0] == 23:
                sizes.append(size - 24)  # TLS 1.2 with AES-GCM: a nonce and a tag
            seen = seen[5 + size:]
    client.close()
    return sizes


def main():
    listener = socket.create_server(('127.0.0.1', 0))
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', folder + '/k', '-out',
                        folder + '/c', '-days', '2', '-subj', '/CN=a'], check=True, stderr=subprocess.DEVNULL)
        with open(folder + '/a.pem', 'wb') as file:
            for part in 'kc':
                with open(folder + '/' + part, 'rb') as source:
                    file.write(source.read())
        for words, check in ((' ', lambda sizes: max(sizes) > 10000),
                             ('tune.ssl.hard-maxrecord 2000', lambda sizes: max(sizes) == 2000),
                             ('tune.ssl.maxrecord 1400',
                              lambda sizes: set(sizes[:10]) == {1400} and max(sizes) > 10000),
                             ('tune.ssl.maxrecord 1400\n tune.ssl.hard-maxrecord 5000',
                              lambda sizes: set(sizes[:10]) == {1400} and max(sizes) == 5000)):
            port = free_port()
            text = CONFIG.format(words=words, port=port, server=listener.getsockname()[1], folder=folder)
            program = RunningProgram(text, port)
            try:
                sizes = fetch(port)
            finally:
                program.stop()
            if not check(sizes):
                sys.exit(f'{words}: {sizes}')


main()
