"""A FastCGI application that does what a test tells it, the program before it, a client and a listener for log lines."""
import os
import re
import socket
import struct
import sys
import threading
import time

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from running import RunningProgram, free_port

(BEGIN_REQUEST, ABORT_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES, GET_VALUES_RESULT,
 UNKNOWN_TYPE) = range(1, 12)
NAMES = ['', 'BEGIN', 'ABORT', 'END', 'PARAMS', 'STDIN', 'STDOUT', 'STDERR', 'DATA', 'GET_VALUES', 'VALUES', 'UNKNOWN']


def record(kind, request, content=b'', padding=0):
    return struct.pack('>BBHHBB', 1, kind, request, len(content), padding, 0) + content + b'\0' * padding


def end(request, status=0, code=0):
    return record(END_REQUEST, request, struct.pack('>IB3x', code, status))


def stdout(request, text, padding=0):
    return record(STDOUT, request, text.encode('latin-1'), padding)


def answer(request, text):
    """All of an answer, as programs mostly send it."""
    return stdout(request, text) + record(STDOUT, request) + end(request)


def pairs(content):
    found, at = [], 0
    while at < len(content):
        sizes = []
        for _ in range(2):
            size = content[at]
            if size & 128:
                size = struct.unpack('>I', content[at:at + 4])[0] & 0x7fffffff
                at += 4
            else:
                at += 1
            sizes.append(size)
        name, at = content[at:at + sizes[0]], at + sizes[0]
        value, at = content[at:at + sizes[1]], at + sizes[1]
        found.append((name.decode('latin-1'), value.decode('latin-1')))
    return found


def pair(name, value):
    return bytes((len(name), len(value))) + name.encode() + value.encode()


class Connection:
    """One that the program has opened. `seen`: the records that came, as "NAME id size"."""

    def __init__(self, app, sock):
        self.app, self.socket, self.seen, self.buffer = app, sock, [], b''
        self.number = len(app.connections)

    def read(self, size):
        while len(self.buffer) < size:
            piece = self.socket.recv(65536)
            if not piece:
                raise EOFError
            self.buffer += piece
        piece, self.buffer = self.buffer[:size], self.buffer[size:]
        return piece

    def read_record(self):
        version, kind, request, length, padding, _ = struct.unpack('>BBHHBB', self.read(8))
        content = self.read(length)
        self.read(padding)
        assert version == 1
        self.seen.append(f'{NAMES[kind]} {request} {length}')
        return kind, request, content

    def send(self, *pieces):
        self.socket.sendall(b''.join(pieces))

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


class Request:
    def __init__(self, number, flags):
        self.id, self.keep, self.raw, self.body, self.aborted = number, bool(flags & 1), b'', b'', False
        self.pairs, self.params = [], {}


class App:
    """`behave(connection, request)` is called when all of a request has come, or its ABORT_REQUEST; `begun(...)` when
    its parameters have."""

    def __init__(self, behave, begun=None, values=None):
        self.behave, self.begun, self.values = behave, begun, values
        self.connections, self.requests = [], []
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            connection = Connection(self, sock)
            self.connections.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        under_way = {}
        try:
            while True:
                kind, number, content = connection.read_record()
                if kind == BEGIN_REQUEST:
                    assert content[:2] == b'\0\1' and content[3:] == bytes(5), content
                    under_way[number] = Request(number, content[2])
                elif kind == GET_VALUES:
                    connection.asked = pairs(content)
                    if self.values:
                        self.values(connection)
                elif kind == PARAMS and content:
                    under_way[number].raw += content
                elif kind == PARAMS:
                    request = under_way[number]
                    request.pairs = pairs(request.raw)
                    request.params = dict(request.pairs)
                    self.requests.append(request)
                    if self.begun:
                        self.begun(connection, request)
                elif kind == STDIN and content:
                    under_way[number].body += content
                elif kind in (STDIN, ABORT_REQUEST):
                    under_way[number].aborted = kind == ABORT_REQUEST
                    self.behave(connection, under_way[number])
        except (EOFError, OSError):
            connection.seen.append('closed')

    def stop(self):
        self.listener.close()
        for connection in self.connections:
            connection.close()

    def seen(self):
        """The records of all connections, once they have come to rest."""
        before, limit = None, time.monotonic() + 2
        while time.monotonic() < limit:
            now = [list(c.seen) for c in self.connections]
            if now == before:
                return now
            before = now
            time.sleep(0.15)
        return before


class Log:
    """What comes by syslog, without the header but with its priority and tag."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]

    def line(self, seconds=2):
        """The next one but those of starting, and of the look whether the program runs."""
        self.socket.settimeout(seconds)
        while True:
            try:
                text = self.socket.recv(65536).decode('latin-1')
            except OSError:
                return None
            text = re.sub(r'^(<\d+>)\w+ +\d+ [\d:]+ (?:\S+ )?([^ \[:]+)(?:\[\d+\])?: ', r'\1\2: ', text).rstrip('\n')
            if ': 400 CR--' not in text and not text.endswith(' started.'):
                return text


class Program(RunningProgram):
    """HAPROXY_PROGRAM with a configuration in which @NAME@ are numbers: @port@ that of the first listener."""

    def __init__(self, text, **numbers):
        port = numbers['port'] = free_port()
        for name, number in numbers.items():
            text = text.replace(f'@{name}@', str(number))
        super().__init__(text, port)


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(('127.0.0.1', port))
        self.socket.settimeout(5)
        self.buffer = b''

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode('latin-1'))

    def read_until(self, mark):
        while mark not in self.buffer:
            piece = self.socket.recv(65536)
            if not piece:
                raise EOFError(self.buffer)
            self.buffer += piece
        piece, self.buffer = self.buffer.split(mark, 1)
        return piece

    def read(self, size):
        while len(self.buffer) < size:
            piece = self.socket.recv(65536)
            if not piece:
                raise EOFError(self.buffer)
            self.buffer += piece
        piece, self.buffer = self.buffer[:size], self.buffer[size:]
        return piece

    def rest(self):
        try:
            while True:
                piece = self.socket.recv(65536)
                if not piece:
                    return self.buffer
                self.buffer += piece
        except OSError:
            return self.buffer + b'<open>'

    def response(self, head=False):
        """Status line, fields as they came, payload (chunks taken apart); what the connection's end makes of it."""
        lines = self.read_until(b'\r\n\r\n').decode('latin-1').split('\r\n')
        fields = [tuple(line.split(': ', 1)) for line in lines[1:]]
        known = {name.lower(): value for name, value in fields}
        body = b''
        if head or lines[0].split()[1] in ('204', '304') or lines[0].split()[1].startswith('1'):
            pass
        elif known.get('transfer-encoding') == 'chunked':
            try:
                while True:
                    size = int(self.read_until(b'\r\n'), 16)
                    if size == 0:
                        self.read_until(b'\r\n')
                        break
                    body += self.read(size)
                    self.read(2)
            except EOFError:
                body += b'<cut>'
        elif 'content-length' in known:
            try:
                body = self.read(int(known['content-length']))
            except EOFError as cut:
                body = cut.args[0] + b'<cut>'
        else:
            body = self.rest()
        return lines[0], fields, body.decode('latin-1')

    def ask(self, text):
        self.send(text)
        return self.response(text.startswith('HEAD'))

    def close(self):
        self.socket.close()
