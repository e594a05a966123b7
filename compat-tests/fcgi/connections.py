#!/usr/bin/python3
# reference: also
"""FastCGI connections: kept, shared, given up; what applications say of themselves; requests that are aborted.

usage: connections.py [PART OF A NAME]
"""
import sys
import threading
import time

from rawfcgi import (GET_VALUES_RESULT, STDOUT, UNKNOWN_TYPE, App, Client, Log, Program, answer, end, pair, record, stdout)

CONF = '''
global
    nbthread 1
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 2s
    retries 1
frontend main
    bind 127.0.0.1:@port@
    log 127.0.0.1:@log@ local0
    log-format "%ST %tsc %B"
    default_backend scripts
backend scripts
    @backend@
    use-fcgi-app app
    server s 127.0.0.1:@app@ proto fcgi
fcgi-app app
    docroot /srv/www
    @more@
'''
GET = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'
MANY = 'option mpxs-conns\n option max-reqs 3'
CASES = []


def case(name, more='', backend='', behave=None, begun=None, values=None):
    def add(test):
        CASES.append((name, more, backend, behave, begun, values, test))
        return test
    return add


def at_once(connection, request):
    connection.send(answer(request.id, '\r\nok'))


def ask(client, status='200', text=GET):
    line, _, body = client.ask(text)
    assert line.split()[1] == status, line
    return body


def shape(app):
    """Of each connection, what came as single letters and ids."""
    short = {'GET_VALUES': 'V', 'BEGIN': 'B', 'ABORT': 'A', 'closed': '.'}
    return [''.join(short.get(r.split()[0], '') + (r.split()[1] if r.startswith(('BEGIN', 'ABORT')) else '') for r in seen)
            for seen in app.seen()]


def same(seen, expected):
    assert seen == expected, f'{seen} instead of {expected}'


def flags(app):
    return [r.keep for r in app.requests]


@case('kept for the next request', behave=at_once)
def kept(program, app, log):
    client = Client(program.port)
    ask(client), ask(client)
    same(shape(app), ['B1B3'])
    same(flags(app), [True, True])


@case('kept for others', backend='http-reuse always', behave=at_once)
def kept_for_others(program, app, log):
    ask(Client(program.port)), ask(Client(program.port))
    same(shape(app), ['B1B3'])


@case('kept whatever the client does with its own', behave=at_once)
def kept_behind_close(program, app, log):
    ask(Client(program.port), text='GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
    same(shape(app), ['B1'])


@case('no keep-conn', more='no option keep-conn', behave=at_once)
def not_kept(program, app, log):
    client = Client(program.port)
    ask(client), ask(client)
    same(shape(app), ['B1.', 'B1.'])
    same(flags(app), [False, False])


@case('closed by the application meanwhile', behave=lambda c, r: (c.send(answer(r.id, '\r\nok')), c.close()))
def closed_meanwhile(program, app, log):
    client = Client(program.port)
    ask(client)
    time.sleep(0.2)
    ask(client)
    same(len(shape(app)), 2)


def hold(count):
    """Answers when `count` requests are there, the last one first."""
    waiting = []

    def behave(connection, request):
        waiting.append((connection, request))
        if len(waiting) < count:
            return
        for connection, request in waiting[::-1]:
            connection.send(stdout(request.id, '\r\nfirst '))
        for connection, request in waiting:
            connection.send(stdout(request.id, f'then {request.params["QUERY_STRING"]}') + record(STDOUT, request.id) + end(request.id))
    return behave


def together(program, count):
    bodies = [None] * count

    def one(i):
        bodies[i] = ask(Client(program.port), text=f'GET /?{i} HTTP/1.1\r\nHost: h\r\n\r\n')
    threads = [threading.Thread(target=one, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
        time.sleep(0.1)
    for thread in threads:
        thread.join()
    same(bodies, [f'first then {i}' for i in range(count)])


@case('one at a time', backend='http-reuse always', behave=hold(3))
def one_at_a_time(program, app, log):
    together(program, 3)
    same([seen.rstrip('.') for seen in shape(app)], ['B1', 'B1', 'B1'])  # how many are kept is the pool's affair


@case('several at a time', MANY, 'http-reuse always', hold(3))
def several(program, app, log):
    together(program, 3)
    same(shape(app), ['B1B3B5'])


@case('no more than it takes', MANY, 'http-reuse always', hold(5))
def more_than_it_takes(program, app, log):
    together(program, 5)
    same(sorted(shape(app)), ['B1B3', 'B1B3B5'])


def says(max_reqs, mpxs):
    return lambda connection: connection.send(
        record(GET_VALUES_RESULT, 0, pair('FCGI_MAX_REQS', max_reqs) + pair('FCGI_MPXS_CONNS', mpxs) + pair('OTHER', 'x'), 3))


@case('it says that it takes several', 'option get-values\n option max-reqs 5', 'http-reuse always', hold(3), values=says('5', '1'))
def says_several(program, app, log):
    together(program, 3)
    same(shape(app), ['VB1B3B5'])
    same(app.connections[0].asked, [('FCGI_MAX_REQS', ''), ('FCGI_MPXS_CONNS', '')])


@case('it says that it takes one', 'option get-values\n ' + MANY, 'http-reuse always', hold(2), values=says('5', '0'))
def says_one(program, app, log):
    together(program, 2)
    same([seen.rstrip('.') for seen in shape(app)], ['VB1', 'VB1'])


@case('it does not know the question', 'option get-values', behave=at_once, values=lambda c: c.send(record(UNKNOWN_TYPE, 0, bytes(8))))
def knows_not(program, app, log):
    client = Client(program.port)
    ask(client), ask(client)
    same(shape(app), ['VB1B3'])


@case('it answers something else', 'option get-values', behave=at_once, values=lambda c: c.send(record(STDOUT, 1, b'x')))
def something_else(program, app, log):
    ask(Client(program.port), '503')
    same(shape(app), ['V.', 'V.'])
    same((log.line() or '')[:23], '<134>haproxy: 503 SC-- ')


@case('it cannot share after all', MANY, 'http-reuse always',
      lambda c, r: c.send(end(r.id, 1) if r.id > 1 else stdout(r.id, '\r\nok') + record(STDOUT, r.id) + end(r.id, 1)))
def cannot_share(program, app, log):
    client = Client(program.port)
    ask(client)
    same(shape(app), ['B1'])


@case('the client leaves its payload unfinished', backend='no option http-buffer-request', behave=lambda c, r: None)
def unfinished(program, app, log):
    client = Client(program.port)
    client.send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n' + 'x' * 60000)
    time.sleep(0.3)
    client.close()
    time.sleep(0.3)
    same(shape(app)[0][:4], 'B1A1')


@case('an early answer', begun=lambda c, r: c.send(answer(r.id, '\r\nearly')), behave=lambda c, r: None)
def early(program, app, log):
    client = Client(program.port)
    client.send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n' + 'x' * 60000)
    same(client.response()[2], 'early')


@case('a big answer', MANY, behave=lambda c, r: [c.send(*(stdout(r.id, text, 5) for text in ('\r\n', *['y' * 60000] * 50))),
                                                 c.send(record(STDOUT, r.id) + end(r.id))])
def big(program, app, log):
    client = Client(program.port)
    for _ in range(2):
        same(len(ask(client)), 3000000)
    same(shape(app), ['B1B3'])


def run(name, more, backend, behave, begun, values, test):
    log, app = Log(), App(behave, begun, values)
    program = Program(CONF.replace('@more@', more).replace('@backend@', backend), app=app.port, log=log.port)
    problem = None
    try:
        test(program, app, log)
    except (AssertionError, OSError, EOFError) as why:
        problem = why
    finally:
        app.stop()
        said = program.stop()
    if problem is not None:
        print(f'{name}: {problem!r}', *(l for l in said.splitlines() if 'ALERT' in l), sep='\n    ')
    return problem is None


part = sys.argv[1] if len(sys.argv) > 1 else ''
sys.exit(0 if all([run(*case) for case in CASES if part in case[0]]) else 1)
