#!/usr/bin/python3
# reference: also
"""What a peer is answered when it says hello, and when it says what makes no sense."""
from peerlib import PROGRAM, Node, RawPeer, free_ports, message, number, require, stop_all

port, other = free_ports(2)
node = Node(PROGRAM, 'A', f'''
peers mates
	bind 127.0.0.1:{port}
	server A
	server B 127.0.0.1:{other}
	table t type string len 8 size 1k expire 1h store gpc0,server_key,gpc_rate(2,10s)
''')


def answer(text):
    return RawPeer(port, text).read_all()


HELLO = b'HAProxyS 2.1\nA\nB 1 1\n'
for hello, expected in ((b'GET / HTTP/1.0\r\n\r\n', b'501\n'), (b'HAProxyS 2.2\n', b'502\n'),
                        (b'HAProxyS 3.0\n', b'502\n'), (b'HAProxyS 2\n', b'502\n'),
                        (b'HAProxyS 2.1\nC\nB 1 1\n', b'503\n'), (b'HAProxyS 2.1\nA\nC 1 1\n', b'504\n'),
                        (b'HAProxyS 2.1\nA\nB\n', b'501\n')):
    got = answer(hello)
    require(got == expected, f'{hello} is answered by {got}, not by {expected}')

PROTOCOL, SIZE = b'\x01\x00', b'\x01\x01'
definition = number(1) + number(2) + b'/t' + number(6) + number(9) + number(1 << 2) + number(3600000)
defined = message(0x82, definition)
for text, expected in ((b'\xff\x00', PROTOCOL), (b'\x0a\x80\xff\xff\xff\xff\xff', PROTOCOL),
                       (b'\x0a\x80\xff\xff\xff\x01', SIZE), (message(0x82, b''), PROTOCOL),
                       (message(0x82, b'\x01\x02/t'), PROTOCOL), (message(0x82, b'\x01\x02/t\x06'), PROTOCOL),
                       (message(0x83, b''), PROTOCOL), (message(0x84, b'\x01\x00'), PROTOCOL),
                       (defined + message(0x80, b'\x00\x00'), PROTOCOL),
                       (defined + message(0x80, b'\x00\x00\x00\x01\x07abc'), PROTOCOL),
                       (defined + message(0x80, b'\x00\x00\x00\x01\x03abc'), PROTOCOL)):
    got = answer(HELLO + text)
    require(got.startswith(b'200\n') and got.endswith(expected), f'{text} is answered by {got}, not by {expected}')

# What is not known is passed over, and what follows counts.
peer = RawPeer(port, HELLO + b'\x63\x01' + message(0xf0, b'xyz') + defined + message(0x80, b'\0\0\0\5\x03abc\x2a'))
got = peer.read_until(lambda text: message(0x84, b'\x01\0\0\0\5') in text)
require(got is not None, f'no acknowledgement in {peer.got}')
require(node.table('mates/t')['abc']['gpc0'] == '42', 'the entry is not there')
peer.socket.sendall(b'\x00\x01')  # that was all: the lesson that it asked for
# Ours go there: a definition of the table and the update behind it.
node.ask('set table mates/t key xyz data.gpc0 7')
got = peer.read_until(lambda text: b'\x03xyz\x07' in text)
require(got is not None, f'no update in {peer.got}')
require(b'\x02/t\x06\x09' in got, f'no definition in {got}')
# A lesson on demand holds all, told as timed updates, and ends.
peer.socket.sendall(b'\x00\x00')
got = peer.read_until(lambda text: b'\x00\x01' in text[text.find(b'\x0a\x85'):] or b'\x00\x02' in text[text.find(b'\x0a\x85'):])
require(got is not None and b'\x0a\x85' in got, f'no lesson in {peer.got}')
# A second call of the same peer ends the first one.
again = RawPeer(port, HELLO)
require(again.read_until(lambda text: text.startswith(b'200\n')) is not None, 'no second call')
peer.read_all()
require('coll=0' not in node.ask('show peers').split('(remote')[1].split('id=A')[0], 'no collision is counted')
stop_all()
