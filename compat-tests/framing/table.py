#!/usr/bin/env python3
"""Hostile and odd messages, a table of them: the program answers the client, writes to the server and logs exactly what
HAProxy does. A message is sent whole; when nothing more comes back, the client's side is shut. The server answers at the
end of a request's head. What differs is tried again with more patience, so that a busy machine does not fail it.

usage: table.py [NAME...]   with names only those; with -v what both did is shown
"""
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

program = os.environ.get('HAPROXY_PROGRAM') or sys.exit(77)
reference = os.environ.get('REFERENCE_PROGRAM', '/usr/sbin/haproxy')
if not os.path.exists(reference):
    sys.exit(77)

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
GET = b'GET / HTTP/1.1\r\nHost: a\r\n'
POST = b'POST / HTTP/1.1\r\nHost: a\r\n'


def request(name, bytes_, response=OK):
    return name, bytes_, response


def answer(name, response, bytes_=GET + b'\r\n'):
    return name, bytes_, response


CASES = [
    # --- request lines
    request('plain', GET + b'\r\n'),
    request('two requests in one piece', GET + b'\r\n' + GET + b'Connection: close\r\n\r\n'),
    request('blank lines in front', b'\r\n\r\n' + GET + b'\r\n'),
    request('bare LF everywhere', b'GET / HTTP/1.1\nHost: a\n\n'),
    request('bare LF after the line', b'GET / HTTP/1.1\nHost: a\r\n\r\n'),
    request('bare CR in the line', b'GET / HTTP/1.1\rHost: a\r\n\r\n'),
    request('bare CR in a value', GET + b'X: a\rb\r\n\r\n'),
    request('CR CR LF', GET + b'\r\r\n'),
    request('no version', b'GET /\r\n\r\n'),
    request('no version, POST', b'POST /\r\n\r\n'),
    request('version 0.9', b'GET / HTTP/0.9\r\n\r\n'),
    request('version 1.0', b'GET / HTTP/1.0\r\n\r\n'),
    request('version 1.0 keep-alive', b'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'),
    request('version 1.0 keep-alive, two', b'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n' * 2),
    request('version 1.2', b'GET / HTTP/1.2\r\nHost: a\r\n\r\n'),
    request('version 2.0', b'GET / HTTP/2.0\r\nHost: a\r\n\r\n'),
    request('version 11.1', b'GET / HTTP/11.1\r\nHost: a\r\n\r\n'),
    request('version in lower case', b'GET / http/1.1\r\nHost: a\r\n\r\n'),
    request('version RTSP', b'GET / RTSP/1.0\r\n\r\n'),
    request('version without digits', b'GET / HTTP/\r\n\r\n'),
    request('text behind the version', b'GET / HTTP/1.1 x\r\nHost: a\r\n\r\n'),
    request('two blanks in the line', b'GET  /  HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('tab in the line', b'GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n'),
    request('blank in front of the line', b' GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('blank behind the version', b'GET / HTTP/1.1 \r\nHost: a\r\n\r\n'),
    request('blank in the target', b'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('method of odd letters', b'G!#$ / HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('method with a colon', b'G:T / HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('method in lower case', b'get / HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('method only', b'GET\r\n\r\n'),
    request('NUL in the target', b'GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('control character in the target', b'GET /a\x01b HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('DEL in the target', b'GET /a\x7fb HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('byte above 127 in the target', b'GET /a\xe9b HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('fragment in the target', b'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('target without slash', b'GET a HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('target *', b'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('target * of GET', b'GET * HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('absolute URI', b'GET http://a/x?y HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('absolute URI, other host', b'GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('absolute URI, no host', b'GET http://b/x HTTP/1.1\r\n\r\n'),
    request('absolute URI without path', b'GET http://a HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('absolute URI with default port', b'GET http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('absolute URI, host with default port', b'GET http://a/ HTTP/1.1\r\nHost: a:80\r\n\r\n'),
    request('absolute URI of another scheme', b'GET ftp://a/x HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('absolute URI, letters differ', b'GET http://A/x HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('CONNECT', b'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n'),
    request('CONNECT without port', b'CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('CONNECT of a path', b'CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n'),
    # --- fields
    request('no host', b'GET / HTTP/1.1\r\n\r\n'),
    request('empty host', b'GET / HTTP/1.1\r\nHost:\r\n\r\n'),
    request('two hosts, the same', b'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n'),
    request('two hosts', b'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'),
    request('host with a comma', b'GET / HTTP/1.1\r\nHost: a,b\r\n\r\n'),
    request('host with a blank', b'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'),
    request('blank before the colon', GET + b'X : a\r\n\r\n'),
    request('no colon', GET + b'X\r\n\r\n'),
    request('no name', GET + b': a\r\n\r\n'),
    request('blank in the name', GET + b'X Y: a\r\n\r\n'),
    request('odd letters in the name', GET + b"!#$%&'*+-.^_`|~: a\r\n\r\n"),
    request('slash in the name', GET + b'X/Y: a\r\n\r\n'),
    request('byte above 127 in the name', GET + b'X\xe9: a\r\n\r\n'),
    request('NUL in the name', GET + b'X\0: a\r\n\r\n'),
    request('NUL in the value', GET + b'X: a\0b\r\n\r\n'),
    request('control character in the value', GET + b'X: a\x01b\r\n\r\n'),
    request('byte above 127 in the value', GET + b'X: a\xe9b\r\n\r\n'),
    request('empty value', GET + b'X:\r\n\r\n'),
    request('blanks around the value', GET + b'X: \t  a b \t \r\n\r\n'),
    request('value of blanks', GET + b'X:    \r\n\r\n'),
    request('folded line', GET + b'X: a\r\n b\r\n\r\n'),
    request('folded line with a tab', GET + b'X: a\r\n\t \tb\r\nY: c\r\n\r\n'),
    request('folded line first', b'GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n'),
    request('folded empty line', GET + b'X: a\r\n \r\n b\r\n\r\n'),
    request('field name in many cases', GET + b'x-AbC: 1\r\n\r\n'),
    request('connection field names another', GET + b'Connection: x\r\nX: a\r\n\r\n'),
    request('connection close', GET + b'Connection: close\r\n\r\n'),
    request('connection close and keep-alive', GET + b'Connection: keep-alive, close\r\n\r\n'),
    request('two connection fields', GET + b'Connection: keep-alive\r\nConnection: close\r\n\r\n'),
    request('proxy-connection', GET + b'Proxy-Connection: keep-alive\r\n\r\n'),
    request('a hundred and one fields', b'GET / HTTP/1.1\r\n' + b'X: a\r\n' * 101 + b'\r\n'),
    request('a hundred and two fields', b'GET / HTTP/1.1\r\n' + b'X: a\r\n' * 102 + b'\r\n'),
    request('a value of 8000 bytes', GET + b'X: ' + b'a' * 8000 + b'\r\n\r\n'),
    request('a value of 20000 bytes', GET + b'X: ' + b'a' * 20000 + b'\r\n\r\n'),
    request('a target of 20000 bytes', b'GET /' + b'a' * 20000 + b' HTTP/1.1\r\nHost: a\r\n\r\n'),
    request('head ends early', GET),
    request('line ends early', b'GET / HT'),
    request('nothing', b''),
    request('a blank line only', b'\r\n'),
    request('TLS hello', b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + b'a' * 60),
    # --- bodies of requests
    request('length', POST + b'Content-Length: 3\r\n\r\nabc'),
    request('length 0', POST + b'Content-Length: 0\r\n\r\n'),
    request('length too short, another request behind',
            POST + b'Content-Length: 1\r\n\r\nabc / HTTP/1.1\r\n\r\n'),
    request('length too long', POST + b'Content-Length: 9\r\n\r\nabc'),
    request('two lengths, the same', POST + b'Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc'),
    request('two lengths', POST + b'Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'),
    request('two lengths in one field', POST + b'Content-Length: 3, 3\r\n\r\nabc'),
    request('two different lengths in one field', POST + b'Content-Length: 3, 4\r\n\r\nabcd'),
    request('empty length', POST + b'Content-Length:\r\n\r\nabc'),
    request('length with a comma', POST + b'Content-Length: 3,\r\n\r\nabc'),
    request('length +3', POST + b'Content-Length: +3\r\n\r\nabc'),
    request('length -3', POST + b'Content-Length: -3\r\n\r\nabc'),
    request('length 0x3', POST + b'Content-Length: 0x3\r\n\r\nabc'),
    request('length 3x', POST + b'Content-Length: 3x\r\n\r\nabc'),
    request('length 003', POST + b'Content-Length: 003\r\n\r\nabc'),
    request('length of 20 digits', POST + b'Content-Length: 18446744073709551616\r\n\r\nabc'),
    request('length of 19 digits', POST + b'Content-Length: 9223372036854775808\r\n\r\nabc'),
    request('length with a body of GET', GET + b'Content-Length: 3\r\n\r\nabc'),
    request('length of HEAD', b'HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc'),
    request('length in version 1.0', b'POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc'),
    request('body without length', POST + b'\r\nabc'),
    request('chunked', POST + b'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    request('chunked in capitals', POST + b'Transfer-Encoding: CHUNKED\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    request('chunked, two requests', (POST + b'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n') * 2),
    request('chunked in version 1.0', b'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    request('chunked and length', POST + b'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    request('length and chunked', POST + b'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    request('gzip, chunked', POST + b'Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    request('chunked, gzip', POST + b'Transfer-Encoding: chunked, gzip\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    request('chunked twice', POST + b'Transfer-Encoding: chunked, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    request('chunked in two fields',
            POST + b'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    request('gzip and chunked in two fields',
            POST + b'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    request('identity', POST + b'Transfer-Encoding: identity\r\n\r\n'),
    request('gzip only', POST + b'Transfer-Encoding: gzip\r\n\r\nabc'),
    request('xchunked', POST + b'Transfer-Encoding: xchunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    request('chunked with a vertical tab', POST + b'Transfer-Encoding: \x0bchunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    request('chunked, quoted', POST + b'Transfer-Encoding: "chunked"\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    request('chunked with a parameter', POST + b'Transfer-Encoding: chunked;a=b\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    request('empty transfer-encoding', POST + b'Transfer-Encoding:\r\n\r\n'),
    request('chunked GET', GET + b'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    request('chunk size in capitals', POST + b'Transfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n'),
    request('chunk size with zeros', POST + b'Transfer-Encoding: chunked\r\n\r\n0003\r\nabc\r\n000\r\n\r\n'),
    request('chunk size with many zeros', POST + b'Transfer-Encoding: chunked\r\n\r\n' + b'0' * 40 + b'3\r\nabc\r\n0\r\n\r\n'),
    request('chunk size too large', POST + b'Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\nabc'),
    request('chunk size of 9 digits', POST + b'Transfer-Encoding: chunked\r\n\r\n100000000\r\nabc'),
    request('chunk size missing', POST + b'Transfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n'),
    request('chunk size 0x3', POST + b'Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n'),
    request('chunk size with a sign', POST + b'Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n'),
    request('blank before the chunk size', POST + b'Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n'),
    request('blanks behind the chunk size', POST + b'Transfer-Encoding: chunked\r\n\r\n3 \t\r\nabc\r\n0\r\n\r\n'),
    request('chunk extension', POST + b'Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0;c\r\n\r\n'),
    request('chunk extension, quoted', POST + b'Transfer-Encoding: chunked\r\n\r\n3;a="b;c"\r\nabc\r\n0\r\n\r\n'),
    request('chunk extension with a bare LF', POST + b'Transfer-Encoding: chunked\r\n\r\n3;a\nabc\r\n0\r\n\r\n'),
    request('chunk extension with CR', POST + b'Transfer-Encoding: chunked\r\n\r\n3;a\rb\r\nabc\r\n0\r\n\r\n'),
    request('chunk size behind a bare LF', POST + b'Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n'),
    request('chunk data before a bare LF', POST + b'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\n0\r\n\r\n'),
    request('chunk data too long', POST + b'Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n'),
    request('chunks end early', POST + b'Transfer-Encoding: chunked\r\n\r\n3\r\nab'),
    request('last chunk ends early', POST + b'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n'),
    request('trailers', POST + b'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: a\r\nY: b\r\n\r\n'),
    request('trailer with framing words',
            POST + b'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nContent-Length: 3\r\nHost: b\r\n\r\n'),
    request('trailer without colon', POST + b'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX\r\n\r\n'),
    request('trailers of bare LF', POST + b'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\nX: a\n\n'),
    # --- expect and upgrade
    request('expect 100', POST + b'Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc',
            b'HTTP/1.1 100 Continue\r\n\r\n' + OK),
    request('expect something else', POST + b'Expect: x\r\nContent-Length: 3\r\n\r\nabc'),
    request('expect 100 in version 1.0', b'POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc'),
    request('upgrade refused', GET + b'Connection: upgrade\r\nUpgrade: x\r\n\r\n'),
    request('upgrade accepted', GET + b'Connection: upgrade\r\nUpgrade: x\r\n\r\nabc',
            b'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\ndef'),
    request('upgrade to h2c', GET + b'Connection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n'),
    request('upgrade without connection', GET + b'Upgrade: x\r\n\r\n'),
    request('websocket without key', GET + b'Connection: upgrade\r\nUpgrade: websocket\r\n\r\n'),
    request('te field', GET + b'TE: trailers, deflate\r\nConnection: TE\r\n\r\n'),
    # --- answers
    answer('answer 204 with length', b'HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc'),
    answer('answer 204', b'HTTP/1.1 204 No Content\r\n\r\n'),
    answer('answer 204, chunked', b'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    answer('answer 304 with length', b'HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n'),
    answer('answer to HEAD', b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n', b'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n'),
    answer('answer to HEAD, chunked', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
           b'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n'),
    answer('answer to HEAD with a body', b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc',
           b'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n'),
    answer('answer until the end', b'HTTP/1.1 200 OK\r\n\r\nabc'),
    answer('answer until the end to 1.0', b'HTTP/1.1 200 OK\r\n\r\nabc', b'GET / HTTP/1.0\r\n\r\n'),
    answer('answer 1.0', b'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer 1.0 until the end', b'HTTP/1.0 200 OK\r\n\r\nok'),
    answer('answer 0.9', b'ok'),
    answer('answer chunked', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
    answer('answer chunked to 1.0', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
           b'GET / HTTP/1.0\r\n\r\n'),
    answer('answer chunked in 1.0', b'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
    answer('answer chunked with trailers', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: a\r\n\r\n'),
    answer('answer chunked and length', b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
    answer('answer gzip, chunked', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
    answer('answer gzip only', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok'),
    answer('answer with two lengths', b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok'),
    answer('answer with the same length twice', b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer with a bad length', b'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nok'),
    answer('answer too short', b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok'),
    answer('answer too long', b'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nok'),
    answer('answer ends in its head', b'HTTP/1.1 200 OK\r\nContent-'),
    answer('answer without a byte', b''),
    answer('answer of bare LF', b'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'),
    answer('answer without reason', b'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer with an empty reason', b'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok'),
    answer('answer with a long reason', b'HTTP/1.1 200 ' + b'a' * 500 + b'\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer of status 99', b'HTTP/1.1 99 X\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer of status 999', b'HTTP/1.1 999 X\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer of status 2000', b'HTTP/1.1 2000 X\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer of version 2.0', b'HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer of version 1.2', b'HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer of another protocol', b'ICY 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer with a blank in a name', b'HTTP/1.1 200 OK\r\nX Y: a\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer with a blank before the colon', b'HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer with a folded line', b'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer with NUL', b'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer with a large head', b'HTTP/1.1 200 OK\r\nX: ' + b'a' * 20000 + b'\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer 100 first', b'HTTP/1.1 100 Continue\r\n\r\n' + OK),
    answer('answer 102 and 103 first', b'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n' + OK),
    answer('answer 100 to 1.0', b'HTTP/1.1 100 Continue\r\n\r\n' + OK, b'GET / HTTP/1.0\r\n\r\n'),
    answer('answer 101 not asked for', b'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nabc'),
    answer('answer with connection close', b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'),
    answer('answer with a bad chunk', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nok\r\n0\r\n\r\n'),
    answer('answer of chunks that end early', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n'),
    answer('two answers', OK + OK),
    answer('answer 200 to CONNECT', b'HTTP/1.1 200 OK\r\n\r\nabc', b'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\ndef'),
    answer('answer 200 with length to CONNECT', b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef',
           b'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\nghi'),
    answer('answer 403 to CONNECT', b'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno',
           b'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n'),
]

# Where HAProxy 2.6 is laxer than 3.4, or than is wise, and we are not: how our answer begins.
BAD = b'HTTP/1.1 400 Bad request\r\n'
STRICTER = {
    'DEL in the target': BAD,
    'target without slash': BAD,
    'target * of GET': BAD,
    'absolute URI without path': b'HTTP/1.1 200 OK\r\n',  # a slash is added
    'CONNECT': b'HTTP/1.1 200 OK\r\n\r\nok',  # no length in a tunnel
    'answer 200 with length to CONNECT': b'HTTP/1.1 200 OK\r\n\r\nabcdef',
    'host with a comma': BAD,
    'host with a blank': BAD,
    'NUL in the value': BAD,
    'a value of 20000 bytes': b'HTTP/1.1 431 ',
    'a target of 20000 bytes': b'HTTP/1.1 414 ',
    'length 003': b'HTTP/1.1 200 OK\r\n',  # written anew without zeros
    'length of 20 digits': BAD,
    'length of 19 digits': b'HTTP/1.1 200 OK\r\n',
    'chunked in capitals': b'HTTP/1.1 200 OK\r\n',  # written anew in small letters
    'chunk extension with a bare LF': BAD,
    'chunk size behind a bare LF': BAD,
    'chunk data before a bare LF': BAD,
    'trailers of bare LF': BAD,
    'upgrade accepted': b'HTTP/1.1 101 ',  # HAProxy 2.6 drops what was sent early
    'upgrade to h2c': b'HTTP/1.1 200 OK\r\n',  # not passed on
    'upgrade without connection': b'HTTP/1.1 200 OK\r\n',  # not passed on
    'answer 204 with length': b'HTTP/1.1 204 No Content\r\n\r\n',
    'answer 204, chunked': b'HTTP/1.1 204 No Content\r\n\r\n',
    'answer without reason': b'HTTP/1.1 200 OK\r\n',
    'answer with an empty reason': b'HTTP/1.1 200 OK\r\n',
    'answer of status 99': b'HTTP/1.1 502 ',
    'answer of status 2000': b'HTTP/1.1 502 ',
    'answer with NUL': b'HTTP/1.1 502 ',
}
# The server has answered and closed before it was sent the whole request: HAProxy waits for the client to finish, and logs
# its early end (CD); we end the connection.
ANSWERED_EARLY = {'length too long', 'chunk size of 9 digits', 'chunks end early', 'last chunk ends early'}
# Only what is logged differs: 2.6 counts the refused answer too.
COUNTED = {'answer 101 not asked for'}


def same(name, expected, found):
    if name in STRICTER:
        return found['client'].startswith(STRICTER[name]) and len(found['log']) == 1
    if name in ANSWERED_EARLY or name in COUNTED:
        return expected['client'] == found['client'] and len(found['log']) == 1
    return expected == found


class Origin:
    """Accepts connections, answers each request's head with `response`, keeps what it received."""

    def __init__(self):
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=100)
        self.port = self.listener.getsockname()[1]
        self.response = b''
        self.received = []
        self.active = 0
        self.changed = threading.Condition()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            with self.changed:
                self.active += 1
                number = len(self.received)
                self.received.append(b'')
            threading.Thread(target=self.serve, args=(connection, number), daemon=True).start()

    def serve(self, connection, number):
        data = b''
        answered = False
        connection.settimeout(10)
        try:
            while piece := connection.recv(65536):
                data += piece
                if not answered and b'\r\n\r\n' in data:
                    answered = True
                    connection.sendall(self.response)
                    connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        connection.close()
        with self.changed:
            self.received[number] = data
            self.active -= 1
            self.changed.notify_all()

    def wait_until_idle(self):
        with self.changed:
            self.changed.wait_for(lambda: self.active == 0, 15)
            received, self.received = self.received, []
        return received


class Proxy:
    def __init__(self, name, folder, origin):
        self.origin = origin
        with socket.create_server(('127.0.0.1', 0)) as probe:
            self.port = probe.getsockname()[1]
        self.logs = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.logs.bind(('127.0.0.1', 0))
        path = f'{folder}/{os.path.basename(name)}-{self.port}.cfg'
        with open(path, 'w') as file:
            file.write(f'''global
    log 127.0.0.1:{self.logs.getsockname()[1]} local0
defaults
    mode http
    log global
    option http-server-close
    timeout connect 10s
    timeout client 10s
    timeout server 10s
    timeout http-request 10s
    retries 0
    http-reuse never
frontend fe
    bind 127.0.0.1:{self.port}
    log-format "status=%ST flags=%tsc bytes=%B sent=%U req=%{{+Q}}r server=%s"
    default_backend be
backend be
    server s 127.0.0.1:{origin.port}
''')
        self.process = subprocess.Popen([name, '-db', '-f', path], stderr=subprocess.PIPE)
        for _ in range(200):
            try:
                socket.create_connection(('127.0.0.1', self.port)).close()
                break
            except OSError:
                time.sleep(0.05)
        self.read_logs(1)

    def read_logs(self, wanted):
        lines = []
        while True:
            self.logs.settimeout(3 if len(lines) < wanted else 0.02)
            try:
                line = self.logs.recv(65536).decode('latin-1')
            except OSError:
                return lines
            if 'status=' in line:
                lines.append(line[line.index('status='):].rstrip('\n'))

    def run(self, bytes_, response, wanted_logs, quiet):
        self.origin.response = response
        got = b''
        with socket.create_connection(('127.0.0.1', self.port)) as client:
            client.settimeout(20)
            try:
                client.sendall(bytes_)
                client.settimeout(quiet)
                shut = False
                while True:
                    try:
                        piece = client.recv(65536)
                    except TimeoutError:
                        if shut:
                            raise
                        client.shutdown(socket.SHUT_WR)
                        client.settimeout(20)
                        shut = True
                        continue
                    if not piece:
                        break
                    got += piece
            except OSError as error:
                got += b'<%s>' % type(error).__name__.encode()
        received = self.origin.wait_until_idle()
        return {'client': got, 'server': received, 'log': self.read_logs(wanted_logs)}

    def end(self):
        self.process.kill()
        self.process.wait()


def main():
    names = [name for name in sys.argv[1:] if not name.startswith('-')]
    verbose = '-v' in sys.argv
    differ = []
    with tempfile.TemporaryDirectory() as folder:
        origin = Origin()
        proxies = [Proxy(name, folder, origin) for name in (reference, program)]
        try:
            for name, bytes_, response in CASES:
                if names and name not in names:
                    continue
                for quiet in (0.06, 0.3, 1, 2):
                    silent = name in ('nothing', 'a blank line only')
                    expected = proxies[0].run(bytes_, response, 0 if silent else 1, quiet)
                    found = proxies[1].run(bytes_, response, len(expected['log']), quiet)
                    if same(name, expected, found):
                        break
                if not same(name, expected, found):
                    differ.append(name)
                if not same(name, expected, found) or verbose:
                    print('---', name)
                    for key in expected:
                        if expected[key] != found[key] or verbose:
                            print(f'  {key} of HAProxy: {str(expected[key])[:600]}\n  {key} of ours:    {str(found[key])[:600]}')
                if proxies[1].process.poll() is not None:
                    sys.exit(f'the program has ended: {proxies[1].process.stderr.read()}')
        finally:
            for proxy in proxies:
                proxy.end()
    print(len(differ), 'of', len(names or CASES), 'differ')
    sys.exit(1 if differ else 0)


main()
