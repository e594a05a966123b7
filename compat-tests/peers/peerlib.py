"""What the tests of peers share: two programs with one `peers` section, their command lines, and a peer made by hand."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROGRAM = os.environ['HAPROXY_PROGRAM']
REFERENCE = os.environ.get('REFERENCE_PROGRAM', PROGRAM)
FOLDER = tempfile.mkdtemp(prefix='peers.')
RUNNING = []


def free_ports(count):
    sockets = [socket.create_server(('127.0.0.1', 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def fail(text):
    stop_all()
    sys.exit(text)


def require(holds, text):
    if not holds:
        fail(text)


def stop_all():
    for node in RUNNING:
        if node.process.poll() is None:
            node.process.kill()
            node.process.wait()
    shutil.rmtree(FOLDER, ignore_errors=True)


def wait_until(holds, text, seconds=8):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            fail(text() if callable(text) else text)
        time.sleep(0.05)


class Node:
    """One program under the peer's name `name`."""

    def __init__(self, program, name, conf, *arguments):
        self.name = name
        self.socket = os.path.join(FOLDER, f'{name}{len(RUNNING)}.sock')
        self.file = os.path.join(FOLDER, f'{name}{len(RUNNING)}.cfg')
        with open(self.file, 'w') as file:
            file.write(f'global\n\tstats socket {self.socket} level admin\n\tlocalpeer {name}\n' + conf)
        log = open(os.path.join(FOLDER, f'{name}.log'), 'a')
        self.process = subprocess.Popen([program, '-f', self.file, *arguments], stdout=log, stderr=log)
        RUNNING.append(self)
        wait_until(lambda: self.answers() or self.process.poll() is not None, f'{name} does not start')
        require(self.process.poll() is None, f'{name} ends at once')

    def answers(self):
        try:
            return bool(self.ask('show info'))
        except OSError:
            return False

    def ask(self, command):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(5)
            s.connect(self.socket)
            s.sendall(command.encode() + b'\n')
            answer = b''
            while data := s.recv(65536):
                answer += data
            return answer.decode()

    def table(self, name):
        """{key: {field: value}} without what differs by time and place."""
        rows = {}
        for line in self.ask(f'show table {name}').splitlines():
            found = re.match(r'0x[0-9a-f]+: key=(\S+) (.*)', line)
            if found:
                fields = dict(field.split('=', 1) for field in found[2].split())
                rows[found[1]] = {k: v for k, v in fields.items() if k not in ('use', 'exp', 'shard')}
        return rows

    def is_connected(self):
        return 'last_status=ESTA' in self.ask('show peers') and 'ConnectedPeers: 1' in self.ask('show info')

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(10)


class RawPeer:
    """A peer made by hand: says `hello` and what it is told to."""

    def __init__(self, port, hello):
        self.socket = socket.create_connection(('127.0.0.1', port))
        self.socket.settimeout(4)
        self.socket.sendall(hello)
        self.got = b''

    def read_until(self, holds):
        """All that came; None for the end of the connection before `holds` of it."""
        while not holds(self.got):
            try:
                data = self.socket.recv(4096)
            except (ConnectionError, socket.timeout):
                return None
            if not data:
                return None
            self.got += data
        return self.got

    def read_all(self):
        self.read_until(lambda got: False)
        return self.got


def number(value):
    """An integer as the protocol writes it."""
    if value < 0xf0:
        return bytes([value])
    out = [(value | 0xf0) & 0xff]
    value = (value - 0xf0) >> 4
    while value >= 0x80:
        out.append((value | 0x80) & 0xff)
        value = (value - 0x80) >> 7
    return bytes(out + [value])


def message(kind, content):
    return bytes([10, kind]) + number(len(content)) + content
