#!/usr/bin/python3
# HAProxy's reload is another process: run on cfgproxy only.
"""A reload leaves tables and connections alone, takes over peers that are new, and leaves those that are gone."""
import signal
import time

from peerlib import PROGRAM, REFERENCE, Node, free_ports, require, stop_all, wait_until

ports = dict(zip('ABC', free_ports(3)))


def conf(name, others):
    lines = ''.join(f'\tserver {other} 127.0.0.1:{ports[other]}\n' for other in others)
    return (f'\npeers mates\n\tbind 127.0.0.1:{ports[name]}\n\tserver {name}\n{lines}'
            '\ttable t type string size 1k expire 1h store gpc0\n')


def change(node, text):
    with open(node.file) as file:
        head = file.read().split('\npeers')[0]
    with open(node.file, 'w') as file:
        file.write(head + text)
    node.process.send_signal(signal.SIGUSR2)


a = Node(PROGRAM, 'A', conf('A', 'B'))
b = Node(REFERENCE, 'B', conf('B', 'A'))
wait_until(lambda: a.is_connected() and b.is_connected(), 'no connection')
a.ask('set table mates/t key one data.gpc0 1')
wait_until(lambda: b.table('mates/t').get('one', {}).get('gpc0') == '1', 'the first entry does not come')
handshakes = [line for line in a.ask('show peers').splitlines() if 'new_conn' in line]

# The same again, and a third peer.
change(a, conf('A', 'BC'))
wait_until(lambda: 'id=C(remote' in a.ask('show peers'), 'the new peer is not there')
require(a.table('mates/t')['one']['gpc0'] == '1', 'the table is lost')
require('id=B(remote,active)' in a.ask('show peers'), 'the connection is lost')
a.ask('set table mates/t key two data.gpc0 2')
wait_until(lambda: b.table('mates/t').get('two', {}).get('gpc0') == '2', 'nothing goes on behind a reload')
c = Node(PROGRAM, 'C', conf('C', 'A'))
wait_until(lambda: len(c.table('mates/t')) == 2, 'the third peer learns nothing', 12)

# B is no longer one of us.
change(a, conf('A', 'C'))
wait_until(lambda: 'id=B' not in a.ask('show peers'), 'the old peer is still there')
wait_until(lambda: 'last_status=ESTA' not in b.ask('show peers') or 'inactive' in b.ask('show peers'), 'B stays')
a.ask('set table mates/t key three data.gpc0 3')
wait_until(lambda: len(c.table('mates/t')) == 3, 'the third entry does not come')
require(len(b.table('mates/t')) == 2, 'who is no peer is told')

# No section, then the section again.
change(a, '')
wait_until(lambda: 'mates' not in a.ask('show peers'), 'the section is still there')
change(a, conf('A', 'C'))
wait_until(lambda: 'id=C(remote,active)' in a.ask('show peers'), 'the section does not come back', 12)
wait_until(lambda: len(a.table('mates/t')) == 3, 'the lesson does not come', 12)
stop_all()
