#!/usr/bin/python3
# reference: also
"""Health checks of FastCGI applications: what they are told, and what their answers mean.

usage: checks.py [PART OF A NAME]
"""
import sys
import time

from rawfcgi import GET_VALUES_RESULT, App, Log, Program, answer, pair, record

CONF = '''
defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend main
    bind 127.0.0.1:@port@
    default_backend scripts
backend scripts
    log 127.0.0.1:@log@ local0
    option log-health-checks
    @backend@
    use-fcgi-app app
    server s 127.0.0.1:@app@ proto fcgi check inter 300 rise 1 fall 1
fcgi-app app
    docroot /srv
    index index.php
    set-param FOO bar
    @more@
'''
GOOD = 'Status: 200\r\n\r\nhello'
# Name, lines of the backend, of the section, the answer; then what the log says, and what was told: HTTP_* and those in
# front of the standard ones, and some of these.
CASES = [
    ('only a connection', '', '', GOOD, 'succeeded, reason: Layer4 check passed,', None),
    ('httpchk', 'option httpchk', '', GOOD, 'succeeded, reason: Layer7 check passed, code: 200,',
     {'HTTP_CONNECTION': 'close', 'SCRIPT_NAME': '/index.php', 'REQUEST_METHOD': 'OPTIONS', 'SERVER_NAME': '127.0.0.1',
      'SERVER_PORT': '@app@', 'SERVER_PROTOCOL': 'HTTP/1.0', 'REMOTE_PORT': '0', 'CONTENT_LENGTH': '0'}),
    ('httpchk with a target', 'option httpchk GET /ping.php?x', '', GOOD, 'succeeded, reason: Layer7 check passed, code: 200,',
     {'SCRIPT_NAME': '/ping.php', 'QUERY_STRING': 'x', 'REQUEST_METHOD': 'GET'}),
    ('send and expect', 'option httpchk\n http-check send meth POST uri /a ver HTTP/1.1 hdr Host foo.org hdr X-Y z body hello\n'
     ' http-check expect string hell', '', GOOD, 'succeeded, reason: Layer7 check passed, code: 200,',
     {'HTTP_HOST': 'foo.org', 'HTTP_X_Y': 'z', 'CONTENT_LENGTH': '5', 'SERVER_NAME': 'foo.org', 'SERVER_PROTOCOL': 'HTTP/1.1',
      'body': 'hello'}),
    ('what it says of itself', 'option httpchk', 'option get-values', GOOD, 'succeeded, reason: Layer7 check passed, code: 200,',
     {'SCRIPT_NAME': '/index.php'}),
    ('connect proto fcgi', 'option httpchk\n http-check connect proto fcgi port @app@\n http-check send meth GET uri /x', '', GOOD,
     'succeeded, reason: Layer7 check passed, code: 200,', {'SCRIPT_NAME': '/x'}),
    ('a bad status', 'option httpchk', '', 'Status: 500\r\n\r\n', 'failed, reason: Layer7 wrong status, code: 500,', {}),
    ('something else in the payload', 'option httpchk\n http-check expect string nothing', '', GOOD,
     'failed, reason: Layer7 invalid response,', {}),
    ('no answer', 'option httpchk', '', None, 'failed, reason: Layer7 timeout,', {}),
]


def run(name, backend, more, text, said, told):
    def behave(connection, request):
        if text is not None:
            connection.send(answer(request.id, text))

    def values(connection):
        connection.send(record(GET_VALUES_RESULT, 0, pair('FCGI_MAX_REQS', '1') + pair('FCGI_MPXS_CONNS', '0')))
    log, app = Log(), App(behave, values=values)
    program = Program(CONF.replace('@more@', more).replace('@backend@', backend), app=app.port, log=log.port)
    wrong = []
    try:
        line = log.line(3) or ''
        if said not in line:
            wrong.append(f'log {line!r}')
        time.sleep(0.1)
        if told is None and app.requests:
            wrong.append('there was a request')
        elif told is not None and not app.requests:
            wrong.append('there was no request')
        elif told is not None:
            request = app.requests[0]
            request.params['body'] = request.body.decode()
            wrong += [f'{n} is {request.params.get(n)!r}' for n, v in told.items() if request.params.get(n) != v.replace('@app@', str(app.port))]
            wrong += [f'{n} is told' for n in ('FOO', 'REMOTE_ADDR') if n in request.params]
    finally:
        app.stop()
        output = program.stop()
    if wrong:
        print(f'{name}: {"; ".join(wrong)}', *(l for l in output.splitlines() if 'ALERT' in l), sep='\n    ')
    return not wrong


part = sys.argv[1] if len(sys.argv) > 1 else ''
sys.exit(0 if all([run(*case) for case in CASES if part in case[0]]) else 1)
