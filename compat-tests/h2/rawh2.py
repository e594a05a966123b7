"""An HTTP/2 client that sends whatever it is told to, right or wrong, and the program under test with an HTTP/1 server
behind it. For the scripts of this folder; the standard library only.
"""
import os
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from running import RunningProgram, free_port

PREFACE = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, PRIO = 1, 1, 4, 8, 32
ERRORS = ('NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED FRAME_SIZE_ERROR '
          'REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY '
          'HTTP_1_1_REQUIRED').split()

# --- HPACK (RFC 7541) ----------------------------------------------------------------------------------------

STATIC = [(':authority', ''), (':method', 'GET'), (':method', 'POST'), (':path', '/'), (':path', '/index.html'),
          (':scheme', 'http'), (':scheme', 'https')]
STATIC += [(':status', code) for code in '200 204 206 304 400 404 500'.split()]
STATIC += [(name, {'accept-encoding': 'gzip, deflate'}.get(name, '')) for name in (
    'accept-charset accept-encoding accept-language accept-ranges accept access-control-allow-origin age allow '
    'authorization cache-control content-disposition content-encoding content-language content-length '
    'content-location content-range content-type cookie date etag expect expires from host if-match '
    'if-modified-since if-none-match if-range if-unmodified-since last-modified link location max-forwards '
    'proxy-authenticate proxy-authorization range referer refresh retry-after server set-cookie '
    'strict-transport-security transfer-encoding user-agent vary via www-authenticate').split()]

# How many bits each byte has, the end last, in base 36. The code is canonical: it follows from the lengths.
LENGTHS = ('dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6cad677777777777777777777878djde6f565656665776'
           '66567655677777fbedskmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmnqqkjmnmpqqqrrqopjlqrrqro'
           'llqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrqu')


def huffman_codes():
    codes, code, last = {}, 0, 0
    for length, symbol in sorted((int(c, 36), symbol) for symbol, c in enumerate(LENGTHS)):
        code <<= length - last
        last = length
        codes[length, code] = symbol
        code += 1
    return codes


HUFFMAN = huffman_codes()


def unhuffman(data):
    out, code, length = bytearray(), 0, 0
    for byte in data:
        for bit in range(7, -1, -1):
            code, length = code << 1 | byte >> bit & 1, length + 1
            symbol = HUFFMAN.get((length, code))
            if symbol is not None:
                out.append(symbol)
                code = length = 0
    return bytes(out)


def integer(value, bits, first=0):
    """RFC 7541 section 5.1."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out, value = bytearray([first | most]), value - most
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def raw(text):
    return text if isinstance(text, bytes) else text.encode('latin-1')


def literal(name, value, first=0x10):
    """A field with both texts in clear; 0x10: never indexed, 0x40: added to the table."""
    name, value = raw(name), raw(value)
    return bytes([first]) + integer(len(name), 7) + name + integer(len(value), 7) + value


def fields(*pairs):
    return b''.join(literal(name, value) for name, value in pairs)


class Decoder:
    def __init__(self):
        self.table = []

    def entry(self, index):
        return STATIC[index - 1] if index <= len(STATIC) else self.table[index - len(STATIC) - 1]

    def decode(self, block):
        self.block, self.at, out = block, 0, []
        while self.at < len(block):
            byte = block[self.at]
            if byte & 0x80:
                out.append(self.entry(self.take(7)))
            elif byte & 0xe0 == 0x20:
                self.take(5)
            else:
                index = self.take(6 if byte & 0x40 else 4)
                name = self.entry(index)[0] if index else self.text()
                out.append((name, self.text()))
                if byte & 0x40:
                    self.table.insert(0, out[-1])
        return out

    def take(self, bits):
        most = (1 << bits) - 1
        value = self.block[self.at] & most
        self.at += 1
        shift = 0
        while value >= most:
            byte = self.block[self.at]
            self.at += 1
            value += (byte & 127) << shift
            shift += 7
            if not byte & 128:
                break
        return value

    def text(self):
        coded = self.block[self.at] & 0x80
        size = self.take(7)
        data = self.block[self.at:self.at + size]
        self.at += size
        return (unhuffman(data) if coded else bytes(data)).decode('latin-1')


# --- the client ----------------------------------------------------------------------------------------------

def frame(kind, flags=0, stream=0, payload=b'', length=None):
    size = len(payload) if length is None else length
    return struct.pack('>BHBBI', size >> 16, size & 0xffff, kind, flags, stream) + payload


def settings(*pairs):
    return frame(SETTINGS, 0, 0, b''.join(struct.pack('>HI', key, value) for key, value in pairs))


def request_fields(path='/', method='GET', more=(), scheme='http', authority='localhost'):
    return fields((':method', method), (':scheme', scheme), (':path', path), (':authority', authority), *more)


class Frame:
    def __init__(self, kind, flags, stream, payload):
        self.kind, self.flags, self.stream, self.payload = kind, flags, stream, payload

    @property
    def error(self):
        code = struct.unpack('>I', self.payload[4:8] if self.kind == GOAWAY else self.payload[:4])[0]
        return ERRORS[code] if code < len(ERRORS) else str(code)


class Client:
    """One connection. `introduce`: with preface and SETTINGS, and those of the other side acknowledged."""

    def __init__(self, port, introduce=True, more_settings=(), receive_buffer=0):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(5)
        self.socket.connect(('127.0.0.1', port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received, self.decoder, self.closed = b'', Decoder(), False
        self.heads, self.bodies, self.ended = {}, {}, set()
        self.settings, self.goaway = {}, None
        if introduce:
            self.send(PREFACE + settings(*more_settings))
            first = self.frame()
            assert first and first.kind == SETTINGS, 'no SETTINGS came'
            for at in range(0, len(first.payload), 6):
                key, value = struct.unpack('>HI', first.payload[at:at + 6])
                self.settings[key] = value
            self.send(frame(SETTINGS, ACK))
            while (got := self.frame()) and not (got.kind == SETTINGS and got.flags & ACK):
                pass

    def send(self, data):
        """What cannot be sent any more tells nothing: the answer is read."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def request(self, stream, path='/', end=True, **more):
        return self.send(frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream,
                               request_fields(path, **more)))

    def frame(self, timeout=2.0):
        """The next frame; None: the connection is closed, or nothing came (`closed` tells)."""
        limit = time.monotonic() + timeout
        while len(self.received) < 9 or len(self.received) < 9 + int.from_bytes(self.received[:3], 'big'):
            left = limit - time.monotonic()
            if left <= 0:
                return None
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except (TimeoutError, socket.timeout):
                return None
            except OSError:
                data = b''
            if not data:
                self.closed = True
                return None
            self.received += data
        size = int.from_bytes(self.received[:3], 'big')
        kind, flags, stream = struct.unpack('>BBI', self.received[3:9])
        got = Frame(kind, flags, stream, self.received[9:9 + size])
        self.received = self.received[9 + size:]
        if kind == HEADERS:
            self.heads.setdefault(stream, []).append(dict(self.decoder.decode(got.payload)))
        if kind == GOAWAY:
            self.goaway = got
        if kind == DATA:
            self.bodies[stream] = self.bodies.get(stream, b'') + got.payload
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            self.ended.add(stream)
        return got

    def until(self, wanted, timeout=2.0):
        """Frames up to the one that `wanted` agrees to; None if it does not come."""
        limit = time.monotonic() + timeout
        while (got := self.frame(max(0.0, limit - time.monotonic()))) is not None:
            if wanted(got):
                return got
        return None

    def response(self, stream, timeout=3.0):
        """The status of the whole answer on `stream`; a word for its error; None: nothing."""
        def is_last(got):
            return got.kind == GOAWAY or got.stream == stream and (
                got.kind == RST_STREAM or got.kind in (HEADERS, DATA) and got.flags & END_STREAM)
        if stream in self.ended:
            return self.heads[stream][-1][':status']
        got = self.until(is_last, timeout)
        if got is None:
            return 'closed' if self.closed else None
        if got.kind in (RST_STREAM, GOAWAY):
            return got.error
        return next(head[':status'] for head in reversed(self.heads[stream]) if ':status' in head)

    def ping(self, timeout=2.0):
        """Whether the other side is there and answers."""
        self.send(frame(PING, 0, 0, b'are you?'))
        got = self.until(lambda f: f.kind == GOAWAY or f.kind == PING and f.flags & ACK, timeout)
        return got is not None and got.kind == PING

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# --- the program and its server ------------------------------------------------------------------------------

class Origin:
    """An HTTP/1 server that keeps what it got, byte for byte, and answers: /hold never, /big with 1 MB, others at
    once. One request per connection."""

    def __init__(self):
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.got = []  # one text per connection
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.settimeout(20)
        text = b''
        index = len(self.got)
        self.got.append(text)
        try:
            while not self.complete(text):
                data = connection.recv(65536)
                if not data:
                    return
                text += data
                self.got[index] = text
            path = text.split(b' ', 2)[1] if text.count(b' ') > 1 else b''
            if path.startswith(b'/hold'):
                connection.recv(1)
                return
            body = b'x' * 1000000 if path.startswith(b'/big') else b'hello'
            connection.sendall(b'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n' % len(body) + body)
            connection.settimeout(0.3)
            while data := connection.recv(65536):  # what should not be there is kept too
                text += data
                self.got[index] = text
        except OSError:
            pass
        finally:
            connection.close()

    @staticmethod
    def complete(text):
        head, blank, body = text.partition(b'\r\n\r\n')
        if not blank:
            return False
        lines = head.lower().split(b'\r\n')[1:]
        if any(line.startswith(b'transfer-encoding:') for line in lines):
            return body.endswith(b'\r\n\r\n') and (body.startswith(b'0\r\n') or b'\r\n0\r\n' in body)
        return len(body) >= max([int(line.split(b':')[1]) for line in lines if line.startswith(b'content-length:')],
                                default=0)


class Program(RunningProgram):
    """HAPROXY_PROGRAM with a configuration, of which {port} and other names in braces are free ports."""

    def __init__(self, text, **ports):
        while '{' in text:
            name = text.split('{', 1)[1].split('}', 1)[0]
            ports.setdefault(name, free_port())
            text = text.replace('{' + name + '}', str(ports[name]))
        self.ports = ports
        super().__init__(text, ports['port'])

    def is_reference(self):
        text = subprocess.run([self.path, '-vv'], capture_output=True, text=True).stdout
        return 'cfgproxy' not in text

    def memory(self):
        """VmRSS in bytes."""
        with open(f'/proc/{self.process.pid}/status') as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith('VmRSS'))

    def cpu(self):
        with open(f'/proc/{self.process.pid}/stat') as file:
            parts = file.read().rsplit(')', 1)[1].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf('SC_CLK_TCK')
