#!/usr/bin/env python3
# reference: also
"""set-mark, set-tos and their kin, seen on the packets: a raw socket gets a copy of all that arrive, each with its mark and its
type of service. The words of 3.0 (set-fc-*, set-bc-*) are left out on an older HAProxy. The program is HAPROXY_PROGRAM."""
import contextlib
import os
import re
import socket
import struct
import subprocess
import sys
import threading

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from running import RunningProgram

program = os.environ.get('HAPROXY_PROGRAM') or sys.exit(77)
SO_RCVMARK = 75  # Linux 5.19
IPV6_RECVTCLASS, IPV6_TCLASS = 66, 67
REQUEST = b'GET %s HTTP/1.1\r\nhost: a\r\n\r\n'
RESPONSE = b'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
HEADER = '''
defaults
 timeout client 5s
 timeout server 5s
 timeout connect 5s
'''


def has_words_of_3_0():
    text = subprocess.run([program, '-v'], capture_output=True, text=True).stdout
    return 'cfgproxy' in text or tuple(map(int, re.search(r'version (\d+)\.(\d+)', text).groups())) >= (3, 0)


class Packets:
    """The packets of one family that carry data: yields (port from, port to, mark, type of service)."""

    def __init__(self, family):
        self.v4 = family == socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_TCP)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVMARK, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        if self.v4:
            self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        else:
            self.sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVTCLASS, 1)
        self.sock.setblocking(False)

    def __iter__(self):
        while True:
            try:
                packet, notes, *_ = self.sock.recvmsg(65536, 256)
            except BlockingIOError:
                return
            segment = packet[4 * (packet[0] & 15):] if self.v4 else packet
            if len(segment) == 4 * (segment[12] >> 4):
                continue
            # The type of service is a byte in IPv4 and a number in IPv6.
            told = {(level, kind): int.from_bytes(data, sys.byteorder) for level, kind, data in notes}
            tos = told.get((socket.IPPROTO_IP, socket.IP_TOS) if self.v4 else (socket.IPPROTO_IPV6, IPV6_TCLASS), 0)
            yield *struct.unpack('!HH', segment[:4]), told.get((socket.SOL_SOCKET, socket.SO_MARK), 0), tos


def answer(client):
    with contextlib.suppress(ConnectionResetError), client:
        while (data := client.recv(65536)):
            if data.endswith(b'\r\n\r\n'):
                client.sendall(RESPONSE)


def serve(listener):
    while True:
        threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()


def listen(address):
    listener = socket.create_server((address, 0), family=socket.AF_INET6 if ':' in address else socket.AF_INET)
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    return listener.getsockname()[1]


def ask(sock, path):
    sock.sendall(REQUEST % path.encode())
    data = b''
    while not data.endswith(b'\r\n\r\nok'):
        piece = sock.recv(65536)
        if not piece:
            sys.exit(f'{path}: the proxy closes after {data}')
        data += piece


class Case:
    """A proxy with `rules` behind 127.0.0.1 or ::1, the paths asked for on one connection, and what the last packets to the
    client and to the server bear: (mark, type of service)."""

    def __init__(self, mode, rules, client=(0, 0), server=(0, 0), address='127.0.0.1', paths=('/',)):
        self.rules, self.client, self.server, self.paths, self.address = rules, client, server, paths, address
        with socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET) as sock:
            sock.bind((address, 0))
            self.port = sock.getsockname()[1]
        self.server_port = listen(address)
        host = f'[{address}]' if ':' in address else address
        lines = [f'listen p{self.port}', f'mode {mode}', f'bind {host}:{self.port}', 'http-reuse always' if mode == 'http' else '']
        self.lines = '\n '.join([*lines, *rules, f'server s {host}:{self.server_port}']) + '\n'

    def run(self, packets):
        """Gives (packets to the client, to the server) as (port of the peer, (mark, type of service))."""
        with socket.create_connection((self.address, self.port), 5) as sock:
            for path in self.paths:
                ask(sock, path)
        to_client, to_server = [], []
        for source, target, *told in packets:
            if source == self.port:
                to_client.append((target, tuple(told)))
            elif target == self.server_port:
                to_server.append((source, tuple(told)))
        return to_client, to_server

    def check(self, packets):
        found = [side[-1][1] if side else None for side in self.run(packets)]
        return [] if found == [self.client, self.server] else [
            f'{self.rules}: client and server get {found} instead of {[self.client, self.server]}']


class Reuse(Case):
    """A connection with a mark is no other request's, but it is that of the next one that asks for the same."""

    def check(self, packets):
        _, to_server = self.run(packets)
        marks = [told for _, told in to_server]
        (first, second, third) = [port for port, _ in to_server]
        wanted = [(5, 0x40), (0, 0), (5, 0x40)]
        return [] if marks == wanted and first == third != second else [f'reuse: {to_server}']


def cases():
    for number, (mode, rule_set) in enumerate([('http', 'http-request'), ('http', 'http-response'),
                                               ('http', 'tcp-request connection'), ('http', 'tcp-request session'),
                                               ('http', 'tcp-request content'), ('tcp', 'tcp-request connection'),
                                               ('tcp', 'tcp-request session'), ('tcp', 'tcp-request content'),
                                               ('tcp', 'tcp-response content')]):
        inspect = [f'{rule_set.split()[0]} inspect-delay 1s'] if rule_set.endswith('content') else []
        mark, tos = 0x100 + number, 4 * (1 + number)
        rules = [*inspect, f'{rule_set} set-mark {mark}', f'{rule_set} set-tos {tos:#x}']
        yield Case(mode, rules, (mark, tos))
        if not has_words_of_3_0():
            continue
        yield Case(mode, [f'{rule_set} set-fc-mark {mark:#x}', f'{rule_set} set-fc-tos {tos}'], (mark, tos))
        yield Case(mode, [f'{rule_set} set-fc-mark int({mark - 1}),add(1)', f'{rule_set} set-fc-tos int({tos})'], (mark, tos))
        if rule_set in ('http-request', 'tcp-request content'):
            yield Case(mode, [f'{rule_set} set-bc-mark {mark}', f'{rule_set} set-bc-tos {tos}'], server=(mark, tos))
            yield Case(mode, [f'{rule_set} set-bc-mark int({mark})', f'{rule_set} set-bc-tos dst_port,mul(0),add({tos})'],
                       server=(mark, tos))
    if has_words_of_3_0():
        marked = ['http-request set-bc-mark 5 if { path /marked }', 'http-request set-bc-tos 0x40 if { path /marked }']
        yield Reuse('http', marked, paths=('/marked', '/plain', '/marked'))


def cases_of_ipv6():
    rules = ['set-mark 7', 'set-tos 0x48']
    yield Case('http', [f'http-request {rule}' for rule in rules], (7, 0x48), address='::1')
    yield Case('tcp', [f'tcp-request connection {rule}' for rule in rules], (7, 0x48), address='::1')
    if has_words_of_3_0():
        yield Case('http', [f'http-request {rule.replace("-", "-bc-")}' for rule in rules], server=(7, 0x48), address='::1')


try:
    packets = {socket.AF_INET: Packets(socket.AF_INET)}
except OSError as error:
    print(f'skipped: no raw socket that tells of marks ({error})')
    sys.exit(77)
tried = list(cases())
try:
    tried += cases_of_ipv6()
    packets[socket.AF_INET6] = Packets(socket.AF_INET6)
except OSError as error:
    print(f'without IPv6 ({error})')
running = RunningProgram(HEADER + ''.join(case.lines for case in tried), tried[0].port)
try:
    failures = []
    for case in tried:
        failures += case.check(packets[socket.AF_INET6 if ':' in case.address else socket.AF_INET])
finally:
    running.stop()
print(f'{len(tried)} cases, {len(failures)} failed')
sys.exit('\n'.join(failures) if failures else 0)
