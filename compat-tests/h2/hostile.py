#!/usr/bin/python3
# HAProxy 2.6 is not proof against all of these: run on cfgproxy only.
"""Clients that try to exhaust the program: each must be thrown out with a code that says why, or cost no more than its
share of memory and time, and others must be served all the while.

usage: hostile.py [-v] [PART OF A NAME]
"""
import sys
import threading
import time

from rawh2 import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PRIORITY, RST_STREAM,
                   SETTINGS, WINDOW_UPDATE, Client, Origin, Program, fields, frame, integer, literal, request_fields,
                   settings)

CONF = '''
global
    maxconn 2000
    nbthread 1
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
    timeout http-request 3s
    timeout http-keep-alive 3s
listen main
    bind 127.0.0.1:{port} proto h2
    server s 127.0.0.1:{origin}
listen plain
    bind 127.0.0.1:{plain} proto h2
    http-request return status 200 content-type text/plain string "hello"
'''
MB = 1 << 20
CASES = []


def case(name, memory, *codes, ends=False):
    """`memory`: by which the program may grow. `codes`: with which the connection may end; `ends`: it must."""
    def add(attack):
        CASES.append((name, memory, codes, ends, attack))
        return attack
    return add


def u32(value):
    return value.to_bytes(4, 'big')


def pour(client, pieces, seconds=4):
    """Sends without a look at what comes back, until the other side has had enough."""
    limit = time.monotonic() + seconds
    client.socket.settimeout(0.5)
    for piece in pieces:
        if time.monotonic() > limit or not client.send(piece):
            return


def numbers(count):
    return range(1, 2 * count, 2)


HOLD = request_fields('/hold')
CALM = ('ENHANCE_YOUR_CALM', 'INTERNAL_ERROR', 'PROTOCOL_ERROR', 'closed')


@case('rapid reset', 24 * MB, *CALM)
def rapid_reset(client):
    pour(client, (b''.join(frame(HEADERS, 5, on, HOLD) + frame(RST_STREAM, 0, on, u32(8)) for on in range(at, at + 200, 2))
                  for at in range(1, 40000, 200)))


def in_turns(client, request, count=60, seconds=4):
    """Never more streams at a time than are allowed: `count` requests, then a PING to know that they are dealt with."""
    limit, on = time.monotonic() + seconds, 1
    while time.monotonic() < limit and on < 40000:
        for _ in range(count):
            client.send(request(on))
            on += 2
        if not client.ping():
            return


@case('requests that the server must reset', 24 * MB, *CALM)
def made_to_reset(client):
    in_turns(client, lambda on: frame(HEADERS, 5, on, HOLD) + frame(WINDOW_UPDATE, 0, on, u32(0)))


@case('malformed requests', 24 * MB, *CALM)
def malformed(client):
    bad = request_fields('/', more=[('X', 'y')])
    in_turns(client, lambda on: frame(HEADERS, 5, on, bad))


@case('empty CONTINUATION frames', 8 * MB, *CALM, ends=True)
def empty_continuation(client):
    client.send(frame(HEADERS, END_STREAM, 1, request_fields()))
    pour(client, (frame(CONTINUATION, 0, 1) * 1000 for _ in range(200)))


@case('CONTINUATION frames with fields', 8 * MB, *CALM, ends=True)
def continuation(client):
    client.send(frame(HEADERS, END_STREAM, 1, request_fields()))
    pour(client, (frame(CONTINUATION, 0, 1, literal('x', 'y' * 1000)) * 20 for _ in range(2000)))


@case('SETTINGS without end', 8 * MB, 'ENHANCE_YOUR_CALM', 'closed', ends=True)
def many_settings(client):
    pour(client, (settings((3, 100)) * 1000 for _ in range(500)), 3)


@case('SETTINGS with many values', 8 * MB, 'ENHANCE_YOUR_CALM', 'closed', ends=True)
def large_settings(client):
    pour(client, (settings(*[(1, 4096), (4, 65535)] * 1300) for _ in range(2000)), 3)


@case('PING without end', 8 * MB, 'ENHANCE_YOUR_CALM', 'closed', ends=True)
def many_pings(client):
    pour(client, (frame(PING, 0, 0, b'ping-png') * 1000 for _ in range(500)), 3)


@case('acknowledgements of nothing', 8 * MB, *CALM, ends=True)
def many_acks(client):
    pour(client, ((frame(SETTINGS, ACK) + frame(PING, ACK, 0, bytes(8))) * 1000 for _ in range(100)), 3)


@case('PRIORITY of ever new streams', 16 * MB, 'ENHANCE_YOUR_CALM', 'closed', ends=True)
def many_priorities(client):
    pour(client, (b''.join(frame(PRIORITY, 0, on, u32(0) + b'\1') for on in range(at, at + 2000, 2))
                  for at in range(1, 400000, 2000)), 3)


@case('WINDOW_UPDATE without end', 8 * MB, 'FLOW_CONTROL_ERROR', *CALM)
def many_updates(client):
    client.send(frame(HEADERS, 5, 1, HOLD))
    pour(client, ((frame(WINDOW_UPDATE, 0, 0, u32(1)) + frame(WINDOW_UPDATE, 0, 1, u32(1))) * 1000 for _ in range(200)), 3)


@case('unknown frames', 8 * MB, 'ENHANCE_YOUR_CALM', 'closed', ends=True)
def many_unknown(client):
    pour(client, (frame(0xee, 0, 0, bytes(100)) * 200 for _ in range(1000)), 3)


@case('DATA of nothing', 8 * MB, 'ENHANCE_YOUR_CALM', 'closed', ends=True)
def empty_data(client):
    client.send(frame(HEADERS, END_HEADERS, 1, request_fields(method='POST')))
    pour(client, (frame(DATA, 0, 1) * 1000 for _ in range(300)), 3)


@case('DATA of padding only', 8 * MB, *CALM, 'FLOW_CONTROL_ERROR')
def padding(client):
    client.send(frame(HEADERS, END_HEADERS, 1, request_fields(method='POST')))
    pour(client, (frame(DATA, 8, 1, b'\xff' + bytes(255)) * 100 for _ in range(300)), 3)


@case('a header list that HPACK expands', 8 * MB, 'COMPRESSION_ERROR', *CALM)
def bomb(client):
    block = request_fields() + literal('x', 'y' * 3900, 0x40) + integer(62, 7, 0x80) * 12000
    for on in numbers(20):
        client.send(frame(HEADERS, 5, on, block[:16384]))


@case('many small fields', 8 * MB, 'COMPRESSION_ERROR', *CALM)
def many_fields(client):
    for on in numbers(20):
        client.send(frame(HEADERS, 5, on, request_fields() + fields(*[('a', '')] * 3000)))


@case('answers that nobody takes', 8 * MB, *CALM)
def nobody_reads(client):
    client.socket.settimeout(0.5)
    for on in numbers(20000):
        if not client.send(frame(HEADERS, 5, on, request_fields())):
            return
        if on % 100 == 1:
            time.sleep(0.005)


def crowd(port, count, each, seconds=1.5):
    clients = [Client(port, more_settings=[(4, 0)], receive_buffer=4096) for _ in range(count)]
    for client in clients:
        each(client)
    time.sleep(seconds)
    return clients


def slow_readers(program):
    """100 clients that want much and take nothing: the windows are 0."""
    return crowd(program.ports['port'], 100, lambda c: c.request(1, '/big'))


def slow_readers_of_many(program):
    return crowd(program.ports['port'], 20, lambda c: [c.request(on, '/big') for on in numbers(20)], 3)


def half_open(program):
    """Requests whose payload never comes, as many as are allowed."""
    return crowd(program.ports['port'], 10,
                 lambda c: [c.request(on, '/hold', end=False, method='POST') for on in numbers(100)], 3)


def half_heads(program):
    """Heads that never end."""
    return crowd(program.ports['port'], 100, lambda c: c.send(frame(HEADERS, 0, 1, request_fields())))


# Per client or stream: a buffer on each side and what an exchange needs.
CROWDS = [('slow readers', 100 * 80 * 1024, slow_readers), ('slow readers of many', 400 * 80 * 1024, slow_readers_of_many),
          ('half-open requests', 1000 * 40 * 1024, half_open), ('half a head', 100 * 64 * 1024, half_heads)]


class Bystander:
    """Asks again and again while others attack; `slowest` is what it waited for an answer, in seconds."""

    def __init__(self, port):
        self.port, self.slowest, self.failed, self.over = port, 0.0, '', False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.over:
            begin = time.monotonic()
            try:
                with Client(self.port) as client:
                    client.request(1)
                    answer = client.response(1, 8)
            except Exception as error:  # told by the main thread
                answer = repr(error)
            self.slowest = max(self.slowest, time.monotonic() - begin)
            if answer != '200':
                self.failed = str(answer)
            time.sleep(0.02)

    def stop(self):
        self.over = True
        self.thread.join()


def end_of(client):
    got = client.goaway or client.until(lambda f: f.kind == GOAWAY, 2)
    return got.error if got else 'closed' if client.closed else ''


def attack_alone(program, one):
    _, _, codes, ends, attack = one
    port = program.ports['plain' if attack is nobody_reads else 'port']
    with Client(port) as client:
        attack(client)
        grown = program.memory()
        found = end_of(client)
        wrong = '' if found in ('', 'NO_ERROR') + codes else f'ended with {found}'
        if ends and not found:
            wrong = 'the connection goes on'
        return grown, found, wrong


def main():
    verbose = '-v' in sys.argv
    part = next((word for word in sys.argv[1:] if word != '-v'), '')
    origin = Origin()
    bad = total = 0
    ones = [(one[0], one[1], lambda p, one=one: attack_alone(p, one)) for one in CASES]

    def together(program, attack):
        clients = attack(program)
        grown = program.memory()
        for client in clients:
            client.close()
        return grown, '', ''
    ones += [(name, memory, lambda p, attack=attack: together(p, attack)) for name, memory, attack in CROWDS]
    for name, memory, attack in ones:
        if part not in name:
            continue
        total += 1
        program = Program(CONF, origin=origin.port)
        with Client(program.ports['port']) as client:  # what the first request needs is no growth
            client.request(1)
            client.response(1)
        before, cpu = program.memory(), program.cpu()
        bystander = Bystander(program.ports['plain'])
        grown, found, wrong = attack(program)
        bystander.stop()
        grown -= before
        if not wrong and grown > memory:
            wrong = f'{grown} bytes more, {memory} allowed'
        if not wrong and (bystander.failed or bystander.slowest > 6):
            wrong = f'others: {bystander.failed} {bystander.slowest:.1f} s'
        alive = program.alive()
        cpu = program.cpu() - cpu if alive else 0
        said = program.stop()
        if not alive:
            wrong = 'the program died: ' + said
        bad += bool(wrong)
        if wrong or verbose:
            print('FAIL' if wrong else 'ok  ', f'{name}: {wrong} [{found or "goes on"}; {grown / MB:.1f} MB more; '
                  f'{cpu:.2f} s CPU; others waited {bystander.slowest:.2f} s]', flush=True)
    print(f'{total} attacks, {bad} failed')
    sys.exit(bad > 0)


main()
