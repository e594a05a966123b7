#!/usr/bin/python3
# reference: also
"""What becomes of what a FastCGI application answers: heads, lengths, STDERR, ends of all kinds.

usage: answers.py [PART OF A NAME]
"""
import os
import subprocess
import sys
import time

from rawfcgi import STDERR, STDIN, STDOUT, App, Client, Log, Program, answer, end, record, stdout

CONF = '''
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 1s
frontend main
    bind 127.0.0.1:@port@
    log 127.0.0.1:@log@ local0
    log-format "%ST %tsc %B"
    default_backend scripts
backend scripts
    use-fcgi-app app
    server s 127.0.0.1:@app@ proto fcgi
fcgi-app app
    docroot /srv
    log-stderr 127.0.0.1:@log@ local1
'''
LEFT_ALONE = CONF.replace('    use-fcgi-app app\n', '''    filter fcgi-app app
    filter comp-res
    filter-sequence response comp-res
''')
GET = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'
HEAD = 'HEAD / HTTP/1.1\r\nHost: h\r\n\r\n'
OLD = 'GET / HTTP/1.0\r\n\r\n'
# Name, request, what the application sends for request 1 (or does), then what the client gets: status, fields without
# date and those of our own pages, payload; and lines of the log.
CASES = [
    ('text', GET, 'Content-Type: text/plain\r\n\r\nhello', '200', ['content-type: text/plain', 'content-length: 5'], 'hello'),
    ('status', GET, 'X: y\r\nStatus: 404 Gone fishing\r\n\r\n', '404 Gone fishing', ['x: y', 'content-length: 0'], ''),
    ('location', GET, 'Location: /x\r\n\r\n', '302', ['location: /x', 'content-length: 0'], ''),
    ('location with status', GET, 'Location: /x\r\nStatus: 301 Moved\r\n\r\n', '301', ['location: /x', 'content-length: 0'], ''),
    ('lines without CR', GET, 'X: y\nZ:\n\nhello', '200', ['x: y', 'z: ', 'content-length: 5'], 'hello'),
    ('no fields', GET, '\r\nhello', '200', ['content-length: 5'], 'hello'),
    ('a date', GET, 'Date: today\r\n\r\n', '200', ['date: today', 'content-length: 0'], ''),
    ('its own length', GET, 'Content-Length: 5\r\n\r\nhello', '200', ['content-length: 5'], 'hello'),
    ('its own chunks', GET, 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n', '200',
     ['transfer-encoding: chunked'], 'hello!'),
    ('no end of STDOUT', GET, [stdout(1, '\r\nhel') + end(1)], '200', ['content-length: 3'], 'hel'),
    ('an exit code', GET, [stdout(1, '\r\nhel') + end(1, 0, 77)], '200', ['content-length: 3'], 'hel'),
    ('to HTTP/1.0', OLD, 'X: y\r\n\r\nhello', '200', ['x: y'], 'hello'),
    ('HEAD', HEAD, 'X: y\r\n\r\n', '200', ['x: y'], ''),
    ('HEAD with a length', HEAD, 'Content-Length: 7\r\n\r\n', '200', ['content-length: 7'], ''),
    ('types that mean nothing', GET, [record(8, 1, b'data') + record(99, 1, b'?') + record(STDIN, 1, b'x') + record(11, 0, bytes(8)) +
                                      answer(1, '\r\nhel')], '200', ['content-length: 3'], 'hel'),
    ('of requests that are none', GET, [answer(3, '\r\nno') + answer(1, '\r\nhel')], '200', ['content-length: 3'], 'hel'),
    # What is wrong.
    ('a status line', GET, 'HTTP/1.1 200 OK\r\nX: y\r\n\r\n', '502', None, None, '<134>haproxy: 502 PH--'),
    ('no colon', GET, 'X y\r\n\r\n', '502', None, None, '<134>haproxy: 502 PH--'),
    ('unknown coding', GET, 'Transfer-Encoding: gzip\r\n\r\n', '502', None, None, '<134>haproxy: 502 PH--'),
    ('two lengths', GET, 'Content-Length: 1\r\nContent-Length: 2\r\n\r\nab', '502', None, None, '<134>haproxy: 502 PH--'),
    ('more than its length', GET, 'Content-Length: 2\r\n\r\nhello', '502', None, None, '<134>haproxy: 502 PH--'),
    ('a body for HEAD', HEAD, '\r\nhello', '502', None, None, '<134>haproxy: 502 PH--'),
    ('a body with 304', GET, 'Status: 304\r\n\r\nhello', '502', None, None, '<134>haproxy: 502 PH--'),
    ('bad chunks', GET, 'Transfer-Encoding: chunked\r\n\r\nx\r\n', '502', None, None, '<134>haproxy: 502 PH--'),
    ('101', GET, 'Status: 101\r\n\r\n', '502', None, None, '<134>haproxy: 502 PH--'),
    ('the connection closed', GET, 'close', '502', None, None, '<134>haproxy: 502 SH--'),
    ('closed in the payload', GET, [stdout(1, 'X: y\r\n\r\nhel'), 'close'], '200', ['x: y', 'transfer-encoding: chunked'], 'hel<cut>',
     '<134>haproxy: 200 SD--'),
    ('nothing', GET, [], '504', None, None, '<134>haproxy: 504 sH--'),
    ('nothing more', GET, [stdout(1, '\r\nhel')], '200', ['transfer-encoding: chunked'], 'hel<cut>', '<134>haproxy: 200 sD--'),
]
# 2.6 does not see that a request has ended without an answer, sets no length where there is no payload, and falls over
# an answer that comes in pieces.
NEWER = [
    ('in pieces', GET, [stdout(1, 'X: '), stdout(1, 'y\r\n', 7), stdout(1, '\r'), stdout(1, '\nhel'), answer(1, 'lo')],
     '200', ['x: y', 'transfer-encoding: chunked'], 'hello'),
    ('STDERR', GET, [record(STDERR, 1, b'one\ntwo\n'), record(STDERR, 1, b'three\0four', 3), answer(1, '\r\nhel')],
     '200', ['content-length: 3'], 'hel', '<139>app: one\ntwo', '<139>app: three'),
    ('only a status', GET, 'Status: 404\r\n\r\n', '404 Not Found', ['content-length: 0'], ''),
    ('no content', GET, 'Status: 204\r\n\r\n', '204 No Content', ['content-length: 0'], ''),
    ('an end only', GET, [end(1)], '502', None, None, '<134>haproxy: 502 SH--'),
    ('overloaded', GET, [end(1, 2)], '502', None, None, '<134>haproxy: 502 SH--'),
    ('less than its length', GET, 'Content-Length: 9\r\n\r\nhello', '200', ['content-length: 9'], 'hello<cut>', '<134>haproxy: 200 SD--'),
    ('records of request 0', GET, [stdout(0, '\r\nhel')], '502', None, None, '<134>haproxy: 502 SH--'),
]


def behaviour(what):
    def behave(connection, request):
        for piece in [answer(1, what)] if isinstance(what, str) and what != 'close' else [what] if what == 'close' else what:
            if piece == 'close':
                connection.close()
            else:
                connection.send(piece)
                time.sleep(0.05 if len(what) > 1 else 0)
    return behave


def run(name, request, what, status, fields, body, *lines, conf=CONF):
    log, app = Log(), App(behaviour(what))
    program = Program(conf, app=app.port, log=log.port)
    wrong = []
    try:
        client = Client(program.port)
        line, got, payload = client.ask(request)
        if not line.split(' ', 1)[1].startswith(status):
            wrong.append(f'status {line!r}')
        shown = [f'{n}: {v}' for n, v in got if (n, fields) and (n != 'date' or 'date: today' in (fields or [])) and n != 'connection']
        if fields is not None and shown != fields:
            wrong.append(f'fields {shown}')
        if body is not None and payload != body:
            wrong.append(f'payload {payload!r}')
        if fields is not None and any(n == 'date' for n, _ in got) != (conf == CONF):
            wrong.append('a date' if conf != CONF else 'no date')
        for expected in lines:
            seen = log.line() or ''
            if seen != expected and seen.rsplit(' ', 1)[0] != expected:
                wrong.append(f'log {seen!r}')
    except (OSError, EOFError) as problem:
        wrong.append(repr(problem))
    finally:
        app.stop()
        said = program.stop()
    if wrong:
        print(f'{name}: {"; ".join(wrong)}', *(l for l in said.splitlines() if 'ALERT' in l), sep='\n    ')
    return not wrong


def main():
    part = sys.argv[1] if len(sys.argv) > 1 else ''
    old = 'version 2.' in subprocess.run([os.environ['HAPROXY_PROGRAM'], '-v'], capture_output=True, text=True).stdout
    cases = [case for case in CASES + ([] if old else NEWER) if part in case[0]]
    good = [run(*case) for case in cases]
    if not old and part in 'left alone':
        good.append(run('left alone', GET, 'X: y\r\nStatus: 404\r\n\r\nhello', '404', ['x: y', 'status: 404', 'transfer-encoding: chunked'],
                        'hello', conf=LEFT_ALONE))
    return 0 if all(good) else 1


sys.exit(main())
