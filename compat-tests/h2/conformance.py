#!/usr/bin/python3
# reference: also
"""Every case of conformance_cases.py against the program. On HAProxy 2.6 the cases of DEVIATES may fail.

usage: conformance.py [-v] [PART OF A SECTION OR TITLE]
"""
import concurrent.futures
import sys

from conformance_cases import CASES
from rawh2 import GOAWAY, RST_STREAM, Client, Origin, Program

CONF = '''
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
listen main
    bind 127.0.0.1:{port} proto h2
    server s 127.0.0.1:{origin}
'''

# Where HAProxy 2.6.12 does something else; to 3.4 most of it is mended.
DEVIATES = {
    'half-closed (remote): HEADERS',  # PROTOCOL_ERROR
    'a number below the last',  # STREAM_CLOSED
    'an unknown frame on an idle stream',
    'a stream that was reset leaves its place',  # it counts until the server has answered
    'SETTINGS that make a window too large',
    'pseudo fields in trailers',  # INTERNAL_ERROR, as all bad trailers
    'a second head in place of trailers',
    'capitals in trailers',
    'a field about the connection in trailers',
    'less DATA than Content-Length, then trailers',
    'Content-Length without DATA',  # it goes to the server with that length and no payload
    'an empty name',  # COMPRESSION_ERROR
    'nothing at all',  # FRAME_SIZE_ERROR
    '120 fields',  # the limit of HTTP/1 does not count
}


def observe(client, kind):
    """What came: the first of what matters for an expectation of this kind."""
    if kind == 'alive':
        return ('alive', '') if client.ping() else ('connection', 'closed' if client.closed else 'GOAWAY')
    if kind == 'answered':
        status = client.response(1)
        return ('answered', '') if status == '200' else ('status', status)
    got = client.until(lambda f: f.kind in (GOAWAY, RST_STREAM), 2)
    if got is None:
        if client.closed:
            return 'connection', 'closed'
        heads = [head.get(':status') for heads in client.heads.values() for head in heads]
        return ('status', heads[-1]) if heads else ('nothing', '')
    return ('connection' if got.kind == GOAWAY else 'stream'), got.error


def verdict(found, wanted):
    for kind, codes in wanted:
        if found[0] == kind in ('alive', 'answered'):
            return True
        if kind == 'status' and found[0] == kind and found[1] in codes:
            return True
        if found[0] == 'connection' and (found[1] == 'closed' or found[1] in codes):
            return True
        if kind == 'stream' and found[0] == 'stream' and found[1] in codes:
            return True
    return False


def run(port, one):
    section, title, action, wanted, plain = one
    try:
        with Client(port, introduce=not plain) as client:
            if isinstance(action, bytes):
                client.send(action)
                result = None
            else:
                result = action(client)
            if result is True:
                return True, ''
            if isinstance(result, str):
                return False, result
            found = observe(client, wanted[0][0])
            return verdict(found, wanted), ' '.join(map(str, found))
    except Exception as error:  # a case must not hide the others
        return False, repr(error)


def main():
    verbose = '-v' in sys.argv
    part = next((word for word in sys.argv[1:] if word != '-v'), '')
    cases = [one for one in CASES if part in one[0] or part in one[1]]
    origin = Origin()
    program = Program(CONF, origin=origin.port)
    reference = program.is_reference()
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for one, (good, found) in zip(cases, pool.map(lambda one: run(program.ports['port'], one), cases)):
            known = reference and one[1] in DEVIATES
            if verbose or not good and not known:
                print('ok  ' if good else 'FAIL', one[0], one[1], '|', found, '| wanted', *one[3])
            bad += not good and not known
    alive = program.alive()
    said = program.stop()
    if not alive:
        print('the program died:', said)
    print(f'{len(cases)} cases, {bad} failed')
    sys.exit(bad > 0 or not alive)


main()
