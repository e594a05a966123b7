#!/usr/bin/python3
# HAProxy 2.6 says GOAWAY and keeps the connection: run on cfgproxy only.
"""A stream that is under way when the process is told to stop, or to read its configuration again, gets its answer; the
client is told to go elsewhere, and the connection ends.
"""
import signal
import socket
import sys
import threading
import time

from rawh2 import Client, Program

CONF = '''
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
    timeout http-keep-alive 1s
listen main
    bind 127.0.0.1:{port} proto h2
    server s 127.0.0.1:{origin}
'''


class Patient:
    """A server that answers when it is told to."""

    def __init__(self):
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.asked, self.answer = threading.Event(), threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            connection.recv(4096)
            self.asked.set()
            self.answer.wait(10)
            connection.sendall(b'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello')
            connection.close()


def require(holds, text):
    if not holds:
        sys.exit(text)


def begin():
    origin = Patient()
    program = Program(CONF, origin=origin.port)
    client = Client(program.ports['port'])
    client.request(1)
    require(origin.asked.wait(5), 'the request does not arrive')
    return origin, program, client


def answered(client, stream):
    """GOAWAY may come before."""
    if stream not in client.ended:
        client.until(lambda frame: stream in client.ended, 5)
    return stream in client.ended and client.heads[stream][-1][':status'] == '200'


def ends(client):
    client.until(lambda frame: False, 4)
    return client.closed


def soft_stop():
    origin, program, client = begin()
    program.process.send_signal(signal.SIGUSR1)
    time.sleep(0.5)
    require(program.alive(), 'it left before the answer')
    origin.answer.set()
    require(answered(client, 1), 'no answer during a soft stop')
    require(ends(client), 'the connection goes on after a soft stop')
    require(client.goaway and client.goaway.error == 'NO_ERROR', 'no GOAWAY during a soft stop')
    program.process.wait(5)
    program.stop()


def reload():
    origin, program, client = begin()
    program.process.send_signal(signal.SIGUSR2)
    time.sleep(0.5)
    origin.answer.set()
    require(answered(client, 1), 'no answer after a reload')
    client.request(3)
    require(answered(client, 3), 'the connection does not go on after a reload')
    require(client.goaway is None, 'GOAWAY after a reload that keeps the listener')
    with Client(program.ports['port']) as other:
        other.request(1)
        require(answered(other, 1), 'no answer to others after a reload')
    client.close()
    program.stop()


soft_stop()
reload()
