#!/usr/bin/python3
# reference: also
"""Whatever an HTTP/2 client puts into names, values and pseudo fields: the server gets one sound HTTP/1 request or
nothing. Tried H2 -> H1, and H2 -> H2 -> H1 through a second frontend; and H1 -> H2 -> H1.

usage: smuggling.py [-v]
"""
import re
import socket
import sys
import time

from rawh2 import DATA, END_HEADERS, END_STREAM, HEADERS, Client, Origin, Program, fields, frame, request_fields

CONF = '''
defaults
    mode http
    timeout connect 5s
    timeout client 3s
    timeout server 3s
    timeout http-request 2s
listen direct
    bind 127.0.0.1:{port} proto h2
    http-reuse never
    server s 127.0.0.1:{origin}
listen twice
    bind 127.0.0.1:{twice} proto h2
    http-reuse never
    server s 127.0.0.1:{port} proto h2
listen one
    bind 127.0.0.1:{one}
    http-reuse never
    server s 127.0.0.1:{port} proto h2
'''
TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
REQUEST_LINE = re.compile(TOKEN + rb' [^\x00-\x20\x7f]+ HTTP/1\.1')
FIELD = re.compile(TOKEN + rb':[^\x00\r\n]*')
MARK = b'x-smuggled'


def complaint(text, sent_payload):
    """What is wrong with what the server got, or None. A request may break off where its client turned out to be wrong
    behind its head: the server knows that it is not whole."""
    head, blank, body = text.partition(b'\r\n\r\n')
    if not blank:
        return None  # broken off
    lines = head.split(b'\r\n')
    if not REQUEST_LINE.fullmatch(lines[0]):
        return 'request line'
    names = {}
    for line in lines[1:]:
        if not FIELD.fullmatch(line):
            return f'field {line!r}'
        name, value = line.split(b':', 1)
        names.setdefault(name.lower(), []).append(value.strip())
    for name in (b'host', b'content-length', b'transfer-encoding'):
        if len(names.get(name, ())) > 1:
            return f'{name} twice'
    if MARK in names:
        return 'a field was smuggled'
    length, coding = names.get(b'content-length'), names.get(b'transfer-encoding')
    if coding and (coding != [b'chunked'] or length):
        return f'framing {coding} {length}'
    if coding:
        left, body_text = body, b''
        while True:
            size, crlf, left = left.partition(b'\r\n')
            if not crlf:
                return None  # broken off
            if not re.fullmatch(rb'[0-9a-fA-F]+', size):
                return 'chunks'
            if int(size, 16) == 0:
                break
            body_text, left = body_text + left[:int(size, 16)], left[int(size, 16) + 2:]
        while left and (line := left.partition(b'\r\n'))[0]:
            if not FIELD.fullmatch(line[0]) or line[0].split(b':')[0].lower() in (b'host', b'content-length', b'te'):
                return f'trailer {line[0]!r}'
            left = line[2]
        if left not in (b'', b'\r\n'):
            return 'something behind the chunks'
        body = body_text
    elif lines[0].startswith(b'CONNECT '):
        return 'CONNECT with a length' if length and length != [b'0'] else None
    elif len(body) > (int(length[0]) if length else 0):
        return 'more payload than Content-Length'
    elif length and len(body) < int(length[0]):
        return None  # broken off
    if body not in (b'', sent_payload):
        return 'another payload'
    return None


def variants():
    """(name, pairs of fields, payload or None, trailers or None)."""
    start = {':method': b'GET', ':scheme': b'http', ':path': b'/', ':authority': b'host.example'}

    def pairs(more=(), **changes):
        these = {**start, **{':' + key: value for key, value in changes.items()}}
        return [pair for pair in these.items() if pair[1] is not None] + list(more)

    bad = [bytes([byte]) for byte in range(0x21)] + [b'\x7f', b':', b'#', b'\x80', b'\xff', b'\r\n' + MARK + b': 1',
                                                     b'\n' + MARK + b': 1', b'\r' + MARK + b': 1',
                                                     b' HTTP/1.1\r\n' + MARK + b': 1\r\n\r\n', b'@', b'/', b'?', b'\\', b'"']
    for byte in bad:
        for where, text in (('within', b'a' + byte + b'b'), ('first', byte + b'b'), ('last', b'a' + byte)):
            yield f'name {byte!r} {where}', pairs([(text, b'v')]), None, None
            yield f'value {byte!r} {where}', pairs([(b'x', text)]), None, None
            yield f'cookie {byte!r} {where}', pairs([(b'cookie', text), (b'cookie', b'c=d')]), None, None
            yield f'host {byte!r} {where}', pairs([(b'host', text)], authority=None), None, None
            yield f'trailer name {byte!r} {where}', pairs(method=b'POST'), b'abc', [(text, b'v')]
            yield f'trailer value {byte!r} {where}', pairs(method=b'POST'), b'abc', [(b'x', text)]
            yield f'method {byte!r} {where}', pairs(method=text), None, None
            yield f'path {byte!r} {where}', pairs(path=b'/' + text), None, None
            yield f'path without slash {byte!r} {where}', pairs(path=text), None, None
            yield f'authority {byte!r} {where}', pairs(authority=text), None, None
            yield f'scheme {byte!r} {where}', pairs(scheme=text), None, None
            yield f'CONNECT {byte!r} {where}', pairs(method=b'CONNECT', scheme=None, path=None, authority=text), None, None
    post = dict(method=b'POST')
    for length in (b'0', b'2', b'3', b'4', b'', b'-3', b'+3', b'3 ', b' 3', b'0x3', b'3,3', b'3, 3', b'3,4', b'03', b'3;',
                   b'99999999999999999999', b'3\r\n' + MARK + b': 1'):
        for payload in (None, b'', b'abc'):
            for method in (b'GET', b'POST', b'HEAD', b'OPTIONS', b'DELETE'):
                yield f'{method} length {length!r} for {payload!r}', pairs([(b'content-length', length)], method=method), \
                    payload, None
            yield f'length {length!r} and 3 for {payload!r}', pairs(
                [(b'content-length', length), (b'content-length', b'3')], **post), payload, None
            yield f'length {length!r} for {payload!r}, trailers', pairs(
                [(b'content-length', length)], **post), payload or b'', [(b'x', b'y')]
            yield f'CONNECT with length {length!r}', pairs(
                [(b'content-length', length)], method=b'CONNECT', scheme=None, path=None), payload, None
    for name in (b'transfer-encoding', b'connection', b'keep-alive', b'proxy-connection', b'upgrade', b'te',
                 b'http2-settings', b'expect', b'transfer_encoding', b'content-length'):
        for value in (b'chunked', b'close', b'trailers', b'keep-alive, ' + MARK, b'h2c', b'websocket', b'100-continue'):
            for payload in (None, b'abc', b'0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n'):
                yield f'{name} {value} with {payload!r}', pairs([(name, value)], **post), payload, None
        yield f'trailer {name}', pairs(**post), b'abc', [(name, b'5')]
    for host in (b'other.example', b'host.example', b'', b'host.example:80', b'a b', b'user@host.example'):
        yield f'authority and host {host!r}', pairs([(b'host', host)]), None, None
        yield f'two hosts {host!r}', pairs([(b'host', host), (b'host', b'other')], authority=None), None, None
        yield f'trailer host {host!r}', pairs(**post), b'abc', [(b'host', host)]
    for path in (b'*', b'http://other.example/', b'//other.example/', b'/a?b#c', b'/%00', b'/%0d%0a', b'/../..', b''):
        for method in (b'GET', b'OPTIONS', b'CONNECT'):
            yield f'{method} {path!r}', pairs(method=method, path=path), None, None
    yield 'extended CONNECT', pairs([(':protocol', b'websocket')], method=b'CONNECT'), None, None
    for protocol in (b'h2c', b'web socket', b'websocket\r\n' + MARK + b': 1', b'', b'a, b', b'HTTP/1.1'):
        yield f'protocol {protocol!r}', list(pairs(method=b'CONNECT')) + [(':protocol', protocol)], None, None


def send(port, one):
    name, pairs, payload, trailers = one
    with Client(port) as client:
        last = payload is None and trailers is None
        data = frame(HEADERS, END_HEADERS | (END_STREAM if last else 0), 1, fields(*pairs))
        if payload is not None:
            data += frame(DATA, 0 if trailers else END_STREAM, 1, payload)
        if trailers:
            data += frame(HEADERS, END_HEADERS | END_STREAM, 1, fields(*trailers))
        client.send(data)
        return client.response(1, 1.5)


def too_much(port):
    """More payload than Content-Length says, in a frame of its own and late, when the head has gone to the server."""
    answers = []
    for length, payload in (b'3', b'abcGET /smuggled HTTP/1.1\r\n\r\n'), (b'0', b'GET /smuggled HTTP/1.1\r\n\r\n'):
        for end in (0, END_STREAM):
            with Client(port) as client:
                client.send(frame(HEADERS, END_HEADERS, 1, request_fields(
                    '/hold' if length == b'0' else '/', 'POST', [('content-length', length)])))
                time.sleep(0.2)
                client.send(frame(DATA, end, 1, payload))
                answers.append(client.response(1, 1.5))
    return answers


def one_to_two(port):
    """HTTP/1 requests that a sloppy translation to HTTP/2 and back would change; a text each."""
    for text in (b'GET / HTTP/1.1\r\nHost: a\r\nx: a\x01b\r\n\r\n', b'GET / HTTP/1.1\r\nHost: a\r\n:path: /other\r\n\r\n',
                 b'GET / HTTP/1.1\r\nHost: a\r\nX-Y:\tz\t\r\n\r\n', b'GET http://b/c HTTP/1.1\r\nHost: b\r\n\r\n',
                 b'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', b'GET / HTTP/1.1\r\nHost: a\r\nTE: gzip\r\nConnection: TE\r\n\r\n',
                 b'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: u\r\n\r\n',
                 b'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nHost: u\r\n\r\n',
                 b'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n',
                 b'GET / HTTP/1.1\r\nHost: a\r\nConnection: x-secret\r\nx-secret: 1\r\n\r\n', b'GET / HTTP/1.0\r\n\r\n',
                 b'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', b'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc'):
        with socket.create_connection(('127.0.0.1', port)) as s:
            s.settimeout(1.5)
            s.sendall(text)
            try:
                s.recv(65536)
            except OSError:
                pass


def main():
    verbose = '-v' in sys.argv
    bad = total = reached = 0
    origin = Origin()
    program = Program(CONF, origin=origin.port)
    for way, port in (('H2 -> H1', program.ports['port']), ('H2 -> H2 -> H1', program.ports['twice'])):
        ones = list(variants())
        total += len(ones)
        for one in ones:
            before = len(origin.got)
            answer = send(port, one)
            for text in origin.got[before:]:
                reached += 1
                wrong = complaint(text, one[2] or b'')
                if wrong:
                    bad += 1
                    print(f'FAIL {way} {one[0]}: {wrong}: {text!r}, answered {answer}')
            if verbose:
                print(way, one[0], answer, origin.got[before:])
    before = len(origin.got)
    answers = too_much(program.ports['port']) + too_much(program.ports['twice'])
    total += len(answers)
    for text in origin.got[before:]:
        reached += 1
        if b'smuggled' in text:
            bad += 1
            print(f'FAIL more than Content-Length: {text!r}')
    if verbose:
        print('more than Content-Length', answers)
    before = len(origin.got)
    one_to_two(program.ports['one'])
    for text in origin.got[before:]:
        reached += 1
        wrong = complaint(text, b'abc')
        if wrong:
            bad += 1
            print(f'FAIL H1 -> H2 -> H1: {wrong}: {text!r}')
        if verbose:
            print('H1 -> H2 -> H1', text)
    alive = program.alive()
    said = program.stop()
    if not alive:
        print('the program died:', said)
    print(f'{total} requests, {reached} reached the server, {bad} of them unsound')
    sys.exit(bad > 0 or not alive)


main()
