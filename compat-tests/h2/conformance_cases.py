"""What RFC 9113 and RFC 7541 say a server must do, as a list: (section, title, what the client does, what must come).
As h2spec has them, and more.

What must come: conn(CODES) a connection error: GOAWAY with one of the codes, or the end of the connection.
stream(CODES) the same, or RST_STREAM with one of the codes. alive: no error, PING is answered. answered: the request on
stream 1 is answered with 200. An action may return a text that tells what is wrong, or True if all is well.
"""
import struct

from rawh2 import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PREFACE, PRIO,
                   PRIORITY, PUSH_PROMISE, RST_STREAM, SETTINGS, WINDOW_UPDATE, fields, frame, integer, literal, request_fields,
                   settings)

GET = request_fields()
POST = request_fields(method='POST')
HOLD = request_fields('/hold')
BIG = request_fields('/big')
FIRST = 1 << 31


def conn(*codes):
    return 'connection', codes


def stream(*codes):
    return 'stream', codes


alive, answered = ('alive', ()), ('answered', ())
PROTOCOL, SIZE, CLOSED = 'PROTOCOL_ERROR', 'FRAME_SIZE_ERROR', 'STREAM_CLOSED'
CASES = []


def case(section, title, action, *wanted, plain=False):
    """`action`: bytes to send, or a function of the client. `plain`: without preface before."""
    CASES.append((section, title, action, wanted, plain))


def headers(block, flags=END_HEADERS | END_STREAM, on=1):
    return frame(HEADERS, flags, on, block)


def u32(value):
    return struct.pack('>I', value)


def with_fields(*pairs, method='GET', more=END_STREAM, path='/'):
    return headers(request_fields(path, method, pairs), END_HEADERS | more)


def only(*pairs):
    return headers(fields(*pairs))


M, S, P, A = (':method', 'GET'), (':scheme', 'http'), (':path', '/'), (':authority', 'localhost')

# --- limits of our own ---------------------------------------------------------------------------------------
case('limits', 'a field of 14000 bytes', headers(GET + literal('x', 'y' * 14000)), answered)
case('limits', 'a field larger than a head may be', headers(GET + literal('x', 'y' * 15400)), stream(PROTOCOL))
case('limits', 'a head larger than a buffer', headers(GET + literal('x', 'y' * 16000), END_STREAM) +
     frame(CONTINUATION, END_HEADERS, 1, literal('z', 'y' * 4000)), conn('INTERNAL_ERROR'))
case('limits', '95 fields', headers(GET + fields(('a', 'b')) * 95), answered)
case('limits', '120 fields', headers(GET + fields(('a', 'b')) * 120), stream(PROTOCOL))
case('limits', '150 cookies', headers(GET + fields(('cookie', 'b=1')) * 150), answered)
case('limits', '250 fields', headers(GET + fields(('a', 'b')) * 250), conn('COMPRESSION_ERROR'))
case('limits', 'a table entry, many times', headers(GET + literal('x', 'y' * 3900, 0x40) + integer(62, 7, 0x80) * 20),
     conn('COMPRESSION_ERROR'))

# --- 3.4 preface ---------------------------------------------------------------------------------------------
case('3.4', 'SETTINGS is the first frame', lambda c: c.send(PREFACE + settings()) and (
    True if c.frame().kind == SETTINGS else 'another frame came first'), plain=True)
case('3.4', 'a wrong preface', b'INVALID CONNECTION PREFACE\r\n\r\n', conn(PROTOCOL), plain=True)
case('3.4', 'a preface that breaks off wrong', PREFACE[:-4] + b'XX\r\n' + settings(), conn(PROTOCOL), plain=True)
case('3.4', 'another frame than SETTINGS behind the preface', PREFACE + frame(PING, 0, 0, bytes(8)), conn(PROTOCOL),
     plain=True)
case('3.4', 'an acknowledgement behind the preface', PREFACE + frame(SETTINGS, ACK), conn(PROTOCOL), plain=True)

# --- 4 frames ------------------------------------------------------------------------------------------------
case('4.1', 'a frame of an unknown type is ignored', frame(0xff, 0, 0, bytes(8)), alive)
case('4.1', 'an unknown flag is ignored', frame(PING, 0x16, 0, bytes(8)),  alive)
case('4.1', 'the reserved bit is ignored', frame(PING, 0, FIRST, bytes(8)), alive)
case('4.2', 'DATA of 16384 bytes', headers(POST, END_HEADERS) + frame(DATA, END_STREAM, 1, bytes(16384)), answered)
case('4.2', 'DATA larger than SETTINGS_MAX_FRAME_SIZE', headers(POST, END_HEADERS) + frame(DATA, 1, 1, bytes(16385)),
     stream(SIZE))
case('4.2', 'HEADERS larger than SETTINGS_MAX_FRAME_SIZE', headers(POST + literal('x', 'y' * 16384)), conn(SIZE))
case('4.2', 'SETTINGS larger than SETTINGS_MAX_FRAME_SIZE', frame(SETTINGS, 0, 0, bytes(6 * 2731)), conn(SIZE))
case('4.2', 'a frame of 16 MB is announced', frame(0xff, 0, 0, b'', 0xffffff), conn(SIZE))
case('4.3', 'a block that is no HPACK', headers(b'\xff\xff\xff\xff\xff'), conn('COMPRESSION_ERROR'))
case('4.3', 'PRIORITY within a block', headers(GET, END_STREAM) + frame(PRIORITY, 0, 1, u32(0) + b'\xff') +
     frame(CONTINUATION, END_HEADERS, 1, fields(('a', 'b'))), conn(PROTOCOL))
case('4.3', 'HEADERS of another stream within a block', headers(GET, END_STREAM) + headers(GET, on=3), conn(PROTOCOL))

# --- 5.1 states ----------------------------------------------------------------------------------------------
IDLE = 'idle: '
case('5.1', IDLE + 'DATA', frame(DATA, END_STREAM, 1, b'test'), conn(PROTOCOL))
case('5.1', IDLE + 'RST_STREAM', frame(RST_STREAM, 0, 1, u32(8)), conn(PROTOCOL))
case('5.1', IDLE + 'WINDOW_UPDATE', frame(WINDOW_UPDATE, 0, 1, u32(100)), conn(PROTOCOL))
case('5.1', IDLE + 'CONTINUATION', frame(CONTINUATION, END_HEADERS, 1, GET), conn(PROTOCOL))
case('5.1', IDLE + 'PRIORITY is no error', frame(PRIORITY, 0, 1, u32(0) + b'\x0f'), alive)
case('5.1', IDLE + 'of our own numbers: DATA', frame(DATA, END_STREAM, 2, b'test'), conn(PROTOCOL))
HALF = 'half-closed (remote): '
case('5.1', HALF + 'DATA', headers(HOLD) + frame(DATA, END_STREAM, 1, b'test'), stream(CLOSED))
case('5.1', HALF + 'HEADERS', headers(HOLD) + headers(HOLD), stream(CLOSED))
case('5.1', HALF + 'CONTINUATION', headers(HOLD) + frame(CONTINUATION, END_HEADERS, 1, GET), conn(CLOSED, PROTOCOL))
case('5.1', HALF + 'WINDOW_UPDATE is no error', headers(GET) + frame(WINDOW_UPDATE, 0, 1, u32(1)), answered)
case('5.1', HALF + 'PRIORITY is no error', headers(GET) + frame(PRIORITY, 0, 1, u32(0) + b'\1'), answered)
case('5.1', HALF + 'RST_STREAM is no error', headers(HOLD) + frame(RST_STREAM, 0, 1, u32(8)), alive)


def closed_by_both(then):
    def act(c):
        c.send(headers(GET))
        if c.response(1) != '200':
            return 'no answer'
        c.send(then)
    return act


def closed_by_reset(then):
    return headers(HOLD, END_HEADERS) + frame(RST_STREAM, 0, 1, u32(8)) + then


case('5.1', 'closed by RST_STREAM: DATA', closed_by_reset(frame(DATA, END_STREAM, 1, b'x')), stream(CLOSED))
case('5.1', 'closed by RST_STREAM: HEADERS', closed_by_reset(headers(GET)), stream(CLOSED))
case('5.1', 'closed by RST_STREAM: CONTINUATION', closed_by_reset(frame(CONTINUATION, END_HEADERS, 1, GET)),
     conn(CLOSED, PROTOCOL))
case('5.1', 'closed: DATA', closed_by_both(frame(DATA, END_STREAM, 1, b'x')), stream(CLOSED))
case('5.1', 'closed: HEADERS', closed_by_both(headers(GET)), conn(CLOSED, PROTOCOL))
case('5.1', 'closed: CONTINUATION', closed_by_both(frame(CONTINUATION, END_HEADERS, 1, GET)), conn(CLOSED, PROTOCOL))
case('5.1', 'closed: PRIORITY is no error', closed_by_both(frame(PRIORITY, 0, 1, u32(0) + b'\1')), alive)
case('5.1', 'closed: WINDOW_UPDATE is no error', closed_by_both(frame(WINDOW_UPDATE, 0, 1, u32(1))), alive)
case('5.1', 'closed: RST_STREAM is no error', closed_by_both(frame(RST_STREAM, 0, 1, u32(8))), alive)
case('5.1.1', 'an even number', headers(GET, on=2), conn(PROTOCOL))
case('5.1.1', 'a number below the last', lambda c: c.send(headers(GET, on=5)) and c.response(5) and None or
     c.send(headers(GET, on=3)) and None, conn(PROTOCOL))
case('5.1.1', 'a number below one that is open', headers(HOLD, on=5) + headers(GET, on=3), conn(PROTOCOL, CLOSED))
case('5.1.1', 'the highest number', lambda c: c.send(headers(GET, on=0x7fffffff)) and (
    True if c.response(0x7fffffff) == '200' else 'no answer'))


def too_many(c):
    limit = c.settings.get(3)
    if limit is None:
        return True
    for number in range(limit + 1):
        c.send(headers(HOLD, on=1 + 2 * number))
    got = c.until(lambda f: f.kind in (GOAWAY, RST_STREAM))
    if got is None:
        return 'the connection was closed' if c.closed else 'nothing came'
    if got.kind == GOAWAY or got.error != 'REFUSED_STREAM' or got.stream != 1 + 2 * limit:
        return got.error
    return True if c.ping() else 'the connection ended'


def place_given_back(c):
    limit = c.settings.get(3)
    for number in range(limit):
        c.send(headers(HOLD, on=1 + 2 * number))
    c.send(frame(RST_STREAM, 0, 1, u32(8)) + headers(GET, on=1 + 2 * limit))
    return True if c.response(1 + 2 * limit) == '200' else 'no place is given back'


case('5.1.2', 'more streams than SETTINGS_MAX_CONCURRENT_STREAMS', too_many)
case('5.1.2', 'a stream that was reset leaves its place', place_given_back)
case('5.3.1', 'HEADERS that depend on themselves', headers(u32(1) + b'\xff' + GET, END_HEADERS | END_STREAM | PRIO),
     stream(PROTOCOL))
case('5.3.1', 'PRIORITY that depends on itself', frame(PRIORITY, 0, 1, u32(1) + b'\xff'), stream(PROTOCOL))
case('5.3', 'HEADERS with priority', headers(u32(0) + b'\xff' + GET, END_HEADERS | END_STREAM | PRIO), answered)
case('5.3', 'HEADERS with priority, exclusive and padded',
     headers(b'\5' + u32(FIRST | 3) + b'\0' + GET + bytes(5), END_HEADERS | END_STREAM | PRIO | PADDED), answered)


def goaway_and_end(c):
    c.send(frame(PING, 0, 0, b'short'))
    got = c.until(lambda f: f.kind == GOAWAY)
    if got is None:
        return True if c.closed else 'no GOAWAY'
    c.until(lambda f: False)
    return True if c.closed else 'the connection stays open'


case('5.4.1', 'behind GOAWAY the connection is closed', goaway_and_end)
case('5.5', 'unknown frames anywhere on a stream', headers(POST, END_HEADERS) + frame(0xaa, 0xff, 1, b'any') +
     frame(DATA, END_STREAM, 1, b'x'), answered)
case('5.5', 'an unknown frame within a block', headers(GET, END_STREAM) + frame(0xaa, 0, 1, b'any') +
     frame(CONTINUATION, END_HEADERS, 1, b''), conn(PROTOCOL))
case('5.5', 'an unknown frame on an idle stream', frame(0xaa, 0xff, 7, b'any') + headers(GET), answered)

# --- 6 frame types -------------------------------------------------------------------------------------------
case('6.1', 'DATA on stream 0', frame(DATA, END_STREAM, 0, b'x'), conn(PROTOCOL))
case('6.1', 'DATA padded with more than there is', headers(POST, END_HEADERS) +
     frame(DATA, END_STREAM | PADDED, 1, b'\6test\0'), conn(PROTOCOL))
case('6.1', 'DATA whose padding is as long as the frame', headers(POST, END_HEADERS) +
     frame(DATA, END_STREAM | PADDED, 1, b'\5' + bytes(4)), conn(PROTOCOL))
case('6.1', 'padded DATA without a length', headers(POST, END_HEADERS) + frame(DATA, END_STREAM | PADDED, 1),
     stream(SIZE, PROTOCOL))
case('6.1', 'padded DATA', headers(POST, END_HEADERS) + frame(DATA, END_STREAM | PADDED, 1, b'\4test' + bytes(4)),
     answered)
case('6.1', 'DATA of padding only', headers(POST, END_HEADERS) + frame(DATA, END_STREAM | PADDED, 1, b'\7' + bytes(7)),
     answered)
case('6.1', 'several DATA frames', headers(POST, END_HEADERS) + frame(DATA, 0, 1, b'one') + frame(DATA, 0, 1) +
     frame(DATA, END_STREAM, 1, b'two'), answered)
case('6.2', 'HEADERS on stream 0', headers(GET, on=0), conn(PROTOCOL))
case('6.2', 'HEADERS padded with more than there is', headers(b'\xff' + GET, 13), conn(PROTOCOL))
case('6.2', 'padded HEADERS without a length', headers(b'', 13), conn(SIZE, PROTOCOL))
case('6.2', 'HEADERS too short for their priority', headers(b'\0\0\0', 37), conn(SIZE, PROTOCOL))
case('6.2', 'padded HEADERS', headers(b'\3' + GET + bytes(3), 13), answered)
case('6.3', 'PRIORITY on stream 0', frame(PRIORITY, 0, 0, u32(0) + b'\1'), conn(PROTOCOL))
case('6.3', 'PRIORITY of a wrong length', headers(GET) + frame(PRIORITY, 0, 1, u32(0)), stream(SIZE))
case('6.3', 'PRIORITY that is too long', frame(PRIORITY, 0, 1, u32(0) + b'\1\1'), stream(SIZE))
case('6.4', 'RST_STREAM on stream 0', frame(RST_STREAM, 0, 0, u32(8)), conn(PROTOCOL))
case('6.4', 'RST_STREAM of a wrong length', headers(HOLD) + frame(RST_STREAM, 0, 1, b'\0\0\0'), conn(SIZE))
case('6.4', 'RST_STREAM with an unknown code', headers(HOLD) + frame(RST_STREAM, 0, 1, u32(0x12345)), alive)
case('6.5', 'SETTINGS on a stream', frame(SETTINGS, 0, 1, struct.pack('>HI', 3, 100)), conn(PROTOCOL))
case('6.5', 'an acknowledgement with a payload', frame(SETTINGS, ACK, 0, b'\0'), conn(SIZE))
case('6.5', 'SETTINGS whose length is no multiple of 6', frame(SETTINGS, 0, 0, b'\0\3\0'), conn(SIZE))
case('6.5', 'SETTINGS without any', settings(), alive)
case('6.5.2', 'ENABLE_PUSH of 2', settings((2, 2)), conn(PROTOCOL))
case('6.5.2', 'INITIAL_WINDOW_SIZE of 2^31', settings((4, FIRST)), conn('FLOW_CONTROL_ERROR'))
case('6.5.2', 'MAX_FRAME_SIZE of 16383', settings((5, 16383)), conn(PROTOCOL))
case('6.5.2', 'MAX_FRAME_SIZE of 2^24', settings((5, 1 << 24)), conn(PROTOCOL))
case('6.5.2', 'an unknown setting', settings((0xff, 1)), alive)
case('6.5.2', 'the largest values', settings((1, 65536), (3, 0xffffffff), (4, 0x7fffffff), (5, 0xffffff), (6, 0xffffffff)),
     alive)
case('6.5.2', 'a header table of nothing', settings((1, 0)) + headers(GET), answered)
case('6.5.3', 'of several values the last counts', lambda c: c.send(settings((4, 100), (4, 1)) + headers(GET)) and (
    True if (got := c.until(lambda f: f.kind == DATA)) and len(got.payload) == 1 else 'DATA of another length'))
case('6.5.3', 'SETTINGS are acknowledged', lambda c: c.send(settings((4, 1))) and (
    True if c.until(lambda f: f.kind == SETTINGS and f.flags & ACK) else 'not acknowledged'))
case('6.6', 'PUSH_PROMISE of a client', headers(HOLD) + frame(PUSH_PROMISE, END_HEADERS, 1, u32(2) + GET), conn(PROTOCOL))
case('6.7', 'PING is answered alike', lambda c: c.send(frame(PING, 0, 0, b'12345678')) and (
    True if (got := c.until(lambda f: f.kind == PING)) and got.payload == b'12345678' and got.flags == ACK else 'no'))
case('6.7', 'an answer to PING is not answered', lambda c: c.send(
    frame(PING, ACK, 0, b'answered') + frame(PING, 0, 0, b'question')) and (
    True if c.until(lambda f: f.kind == PING).payload == b'question' else 'answered'))
case('6.7', 'PING on a stream', frame(PING, 0, 1, bytes(8)), conn(PROTOCOL))
case('6.7', 'PING that is too short', frame(PING, 0, 0, bytes(6)), conn(SIZE))
case('6.7', 'PING that is too long', frame(PING, 0, 0, bytes(9)), conn(SIZE))
case('6.8', 'GOAWAY on a stream', frame(GOAWAY, 0, 1, bytes(8)), conn(PROTOCOL))
case('6.8', 'GOAWAY that is too short', frame(GOAWAY, 0, 0, bytes(7)), conn(SIZE))
case('6.8', 'what is open behind GOAWAY is answered', headers(GET) + frame(GOAWAY, 0, 0, bytes(8) + b'bye'), answered)
case('6.9', 'WINDOW_UPDATE of 0', frame(WINDOW_UPDATE, 0, 0, u32(0)), conn(PROTOCOL))
case('6.9', 'WINDOW_UPDATE of 0 on a stream', headers(HOLD) + frame(WINDOW_UPDATE, 0, 1, u32(0)), stream(PROTOCOL))
case('6.9', 'WINDOW_UPDATE of a wrong length', frame(WINDOW_UPDATE, 0, 0, b'\0\0\1'), conn(SIZE))
case('6.9', 'WINDOW_UPDATE of a wrong length on a stream', headers(HOLD) + frame(WINDOW_UPDATE, 0, 1, u32(1) + b'\0'),
     conn(SIZE))


def sends_no_more_than(window):
    def act(c):
        c.send(settings((4, window)) + headers(GET))
        got = c.until(lambda f: f.kind == DATA)
        return True if got and len(got.payload) == window else 'no DATA of that length'
    return act


def window_changes(c):
    """The window is 0, then made 1 by SETTINGS."""
    c.send(settings((4, 0)) + headers(GET))
    if not c.until(lambda f: f.kind == HEADERS):
        return 'no head'
    if c.until(lambda f: f.kind == DATA, 0.3):
        return 'DATA without a window'
    c.send(settings((4, 1)))
    got = c.until(lambda f: f.kind == DATA)
    return True if got and len(got.payload) == 1 else 'no DATA of one byte'


def window_below_zero(c):
    """RFC 9113 section 6.9.2: the window may become negative; it must be kept track of."""
    c.send(settings((4, 3)) + headers(GET))
    if not c.until(lambda f: f.kind == DATA):
        return 'no DATA'
    c.send(settings((4, 2)))
    c.until(lambda f: f.kind == SETTINGS)
    c.send(frame(WINDOW_UPDATE, 0, 1, u32(2)))
    got = c.until(lambda f: f.kind == DATA)
    return True if got and len(got.payload) == 1 else 'no DATA of one byte'


def connection_window(c):
    c.send(settings((4, 1 << 20)) + headers(BIG))
    total = 0
    while got := c.until(lambda f: f.kind == DATA, 0.7):
        total += len(got.payload)
    if total != 65535:
        return f'{total} bytes instead of 65535'
    c.send(frame(WINDOW_UPDATE, 0, 0, u32(10)))
    got = c.until(lambda f: f.kind == DATA)
    return True if got and len(got.payload) == 10 else 'no DATA of 10 bytes'


case('6.9.1', 'no more DATA than the window of the stream', sends_no_more_than(1))
case('6.9.1', 'no more DATA than the window of the connection', connection_window)
case('6.9.1', 'a window beyond 2^31-1', frame(WINDOW_UPDATE, 0, 0, u32(0x7fffffff)) * 2, conn('FLOW_CONTROL_ERROR'))
case('6.9.1', 'a window beyond 2^31-1 on a stream', headers(HOLD) + frame(WINDOW_UPDATE, 0, 1, u32(0x7fffffff)) * 2,
     stream('FLOW_CONTROL_ERROR'))
case('6.9.2', 'SETTINGS change the windows of open streams', window_changes)
case('6.9.2', 'a window may be below zero', window_below_zero)
case('6.9.2', 'SETTINGS that make a window too large', headers(HOLD) + frame(WINDOW_UPDATE, 0, 1, u32(0x7fff0000)) +
     settings((4, 0x7fffffff)), stream('FLOW_CONTROL_ERROR'))
case('6.10', 'several CONTINUATION frames', headers(GET, END_STREAM) + frame(CONTINUATION, 0, 1, fields(('a', 'b'))) +
     frame(CONTINUATION, END_HEADERS, 1, fields(('c', 'd'))), answered)
case('6.10', 'a field that is cut in two', headers(GET + b'\x10\3x-', END_STREAM) +
     frame(CONTINUATION, END_HEADERS, 1, b'y\1z'), answered)
case('6.10', 'another frame within the block', headers(GET, END_STREAM) + frame(CONTINUATION, 0, 1, fields(('a', 'b'))) +
     frame(DATA, END_STREAM, 1, b'x'), conn(PROTOCOL))
case('6.10', 'CONTINUATION on stream 0', headers(GET, END_STREAM) + frame(CONTINUATION, END_HEADERS, 0, b''),
     conn(PROTOCOL))
case('6.10', 'CONTINUATION on another stream', headers(GET, END_STREAM) + frame(CONTINUATION, END_HEADERS, 3, b''),
     conn(PROTOCOL))
case('6.10', 'CONTINUATION behind the end of the block', headers(HOLD, END_HEADERS) +
     frame(CONTINUATION, END_HEADERS, 1, fields(('a', 'b'))), conn(PROTOCOL))
case('6.10', 'CONTINUATION behind the end of a CONTINUATION', headers(HOLD, 0) + frame(CONTINUATION, END_HEADERS, 1, b'') +
     frame(CONTINUATION, END_HEADERS, 1, fields(('a', 'b'))), conn(PROTOCOL))
case('6.10', 'CONTINUATION behind DATA', headers(HOLD, END_HEADERS) + frame(DATA, 0, 1, b'x') +
     frame(CONTINUATION, END_HEADERS, 1, fields(('a', 'b'))), conn(PROTOCOL))
case('7', 'GOAWAY with an unknown code', frame(GOAWAY, 0, 0, bytes(4) + u32(0xff)), alive, conn())

# --- 8 messages ----------------------------------------------------------------------------------------------
BAD = stream(PROTOCOL)
case('8.1', 'a second HEADERS without END_STREAM', headers(POST, END_HEADERS) + headers(fields(('x', 'y')), END_HEADERS),
     BAD)
case('8.1', 'trailers', headers(POST, END_HEADERS) + frame(DATA, 0, 1, b'x') + headers(fields(('x', 'y'))), answered)
case('8.1', 'pseudo fields in trailers', headers(POST, END_HEADERS) + frame(DATA, 0, 1, b'x') +
     headers(fields((':method', 'GET'))), BAD)
case('8.1', 'a second head in place of trailers', headers(POST, END_HEADERS) + frame(DATA, 0, 1, b'x') + headers(GET), BAD)
case('8.1', 'capitals in trailers', headers(POST, END_HEADERS) + frame(DATA, 0, 1, b'x') + headers(fields(('X', 'y'))), BAD)
case('8.1', 'a field about the connection in trailers', headers(POST, END_HEADERS) + frame(DATA, 0, 1, b'x') +
     headers(fields(('transfer-encoding', 'chunked'))), BAD)
case('8.1.1', 'Content-Length that is not the sum of DATA', with_fields(('content-length', '1'), method='POST', more=0) +
     frame(DATA, END_STREAM, 1, b'test'), BAD)
case('8.1.1', 'Content-Length that is not the sum of several DATA',
     with_fields(('content-length', '1'), method='POST', more=0) + frame(DATA, 0, 1, b'test') +
     frame(DATA, END_STREAM, 1, b'test'), BAD)
case('8.1.1', 'less DATA than Content-Length', with_fields(('content-length', '9'), method='POST', more=0) +
     frame(DATA, END_STREAM, 1, b'test'), BAD)
case('8.1.1', 'less DATA than Content-Length, then trailers',
     with_fields(('content-length', '9'), method='POST', more=0) + frame(DATA, 0, 1, b'test') +
     headers(fields(('x', 'y'))), BAD)
case('8.1.1', 'Content-Length without DATA', with_fields(('content-length', '5'), method='POST'), BAD)
case('8.1.1', 'two Content-Lengths that differ', with_fields(('content-length', '4'), ('content-length', '5'), more=0) +
     frame(DATA, END_STREAM, 1, b'test'), BAD)
for value in ('', '-1', '+4', '4x', ' ', '99999999999999999999999', '0x4', '4, 5'):
    case('8.1.1', f'Content-Length "{value}"', with_fields(('content-length', value), method='POST', more=0) +
         frame(DATA, END_STREAM, 1, b'test'), BAD)
case('8.2.1', 'capitals in a name', with_fields(('X-Test', 'ok')), BAD)
case('8.2.1', 'an empty name', with_fields(('', 'ok')), BAD)
for byte in [*range(0x20), 0x20, 0x22, 0x28, 0x2f, 0x3a, 0x5b, 0x7b, 0x7f, 0x80, 0xff]:
    case('8.2.1', f'byte {byte:#04x} in a name', with_fields((b'x' + bytes([byte]) + b'y', 'ok')), BAD)
for byte in (0, 10, 13):
    case('8.2.1', f'byte {byte:#04x} in a value', with_fields(('x', b'a' + bytes([byte]) + b'b')), BAD)
for name in ('connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'):
    case('8.2.2', f'the field {name}', with_fields((name, 'keep-alive')), BAD)
case('8.2.2', 'te with another value than trailers', with_fields(('te', 'trailers, deflate')), BAD)
case('8.2.2', 'te: trailers', with_fields(('te', 'trailers')), answered)
case('8.3', 'an unknown pseudo field', headers(fields(M, S, P, A, (':test', 'ok'))), BAD)
case('8.3', 'a pseudo field of responses', headers(fields(M, S, P, A, (':status', '200'))), BAD)
case('8.3', 'a pseudo field behind another field', only(M, S, ('x', 'ok'), P), BAD)
for double in (M, S, P, A):
    case('8.3', f'{double[0]} twice', only(M, S, P, A, double), BAD)
case('8.3.1', 'an empty :path', only(M, S, (':path', ''), A), BAD)
case('8.3.1', 'no :method', only(S, P, A), BAD)
case('8.3.1', 'no :scheme', only(M, P, A), BAD)
case('8.3.1', 'no :path', only(M, S, A), BAD)
case('8.3.1', 'an empty :method', only((':method', ''), S, P, A), BAD)
case('8.3.1', 'an empty :scheme', only(M, (':scheme', ''), P, A), BAD, ('status', ('400',)))
case('8.3.1', ':path that does not begin with a slash', only(M, S, (':path', 'x'), A), BAD)
case('8.3.1', 'nothing at all', headers(b''), BAD)
case('8.3.1', 'fields, but no pseudo fields', only(('x', 'y')), BAD)
case('8.5', 'CONNECT with :path', only((':method', 'CONNECT'), P, A), BAD)
case('8.5', 'CONNECT without :authority', only((':method', 'CONNECT')), BAD)
case('8.4', 'PUSH_PROMISE of a client', frame(PUSH_PROMISE, END_HEADERS, 1, u32(2) + GET), conn(PROTOCOL))

# --- RFC 7541 ------------------------------------------------------------------------------------------------
HPACK = conn('COMPRESSION_ERROR')
case('hpack 2.3.3', 'an index beyond the tables', headers(GET + integer(70, 7, 0x80)), HPACK)
case('hpack 2.3.3', 'a name with an index beyond the tables', headers(GET + integer(70, 6, 0x40) + b'\5empty'), HPACK)
case('hpack 4.2', 'a change of the table size behind fields', headers(GET + integer(1, 5, 0x20)), HPACK)
case('hpack 4.2', 'a change of the table size before fields', headers(integer(0, 5, 0x20) + integer(4096, 5, 0x20) + GET),
     answered)
case('hpack 4.2', 'no change of the table size after a smaller one was set', headers(GET), answered)
case('hpack 5.1', 'an integer that does not end', headers(GET + b'\xff' + b'\x80' * 12), HPACK)
case('hpack 5.1', 'an integer beyond 32 bits', headers(GET + b'\xff' + b'\xff' * 8 + b'\x7f'), HPACK)
HUFF = b'\x00\x85\xf2\xb2\x4a\x84\xff'  # a literal with the name x-test
case('hpack 5.2', 'Huffman padding of more than 7 bits', headers(GET + HUFF + b'\x84\x49\x50\x9f\xff'), HPACK)
case('hpack 5.2', 'Huffman padding of zeros', headers(GET + HUFF + b'\x83\x49\x50\x90'), HPACK)
case('hpack 5.2', 'Huffman padding as it should be', headers(GET + HUFF + b'\x83\x49\x50\x9f'), answered)
case('hpack 5.2', 'EOS within a Huffman text', headers(GET + HUFF + b'\x84\xff\xff\xff\xfc'), HPACK)
case('hpack 5.2', 'a text longer than the block', headers(GET + b'\0\1x' + integer(200, 7) + b'short'), HPACK)
case('hpack 6.1', 'index 0', headers(GET + b'\x80'), HPACK)
case('hpack 6.2', 'fields added to the table, used at once',
     headers(GET + literal('x', 'y', 0x40) + integer(62, 7, 0x80)), answered)
case('hpack 6.2', 'fields not added', headers(GET + literal('x', 'y', 0) + literal('x', 'y', 0x10)), answered)
case('hpack 6.3', 'a table larger than allowed', headers(integer(65536, 5, 0x20) + GET), HPACK)
case('hpack 4.4', 'a field larger than the table empties it', headers(
    GET + literal('x', 'y', 0x40) + literal('z', 'w' * 5000, 0x40) + integer(62, 7, 0x80)), HPACK)


def indexed(c):
    c.send(headers(bytes([0x82, 0x86, 0x84]) + literal(':authority', 'localhost', 0x40)))
    if c.response(1) != '200':
        return 'first not answered'
    c.send(headers(bytes([0x82, 0x86, 0x84, 0xbe]), on=3))
    return True if c.response(3) == '200' else 'second not answered'


case('hpack 6.1', 'static and dynamic indices', indexed)
