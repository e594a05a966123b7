#!/usr/bin/python3
# reference: also
"""An old process teaches the new one that takes its place (-sf), and ends; a reload keeps the tables."""
import signal
import time

from peerlib import PROGRAM, REFERENCE, Node, free_ports, require, stop_all, wait_until

port, = free_ports(1)
CONF = f'''
peers mates
	peer A 127.0.0.1:{port}
	table t type string size 10k expire 1h store gpc0

backend b
	stick-table type ip size 1k expire 10m store gpc0 peers mates
'''


def take_over(old_program, new_program):
    old = Node(old_program, 'A', CONF)
    for i in range(300):
        old.ask(f'set table mates/t key k{i} data.gpc0 {i}')
    old.ask('set table b key 10.1.2.3 data.gpc0 9')
    time.sleep(5.5)  # until then HAProxy 2.6 thinks that others may know more
    new = Node(new_program, 'A', CONF, '-sf', str(old.process.pid))
    wait_until(lambda: len(new.table('mates/t')) == 300, lambda: f"{len(new.table('mates/t'))} entries", 10)
    require(new.table('mates/t')['k299']['gpc0'] == '299', 'a value is wrong')
    wait_until(lambda: '10.1.2.3' in new.table('b'), 'the table of the backend is not taught')
    old.process.wait(10)
    require('last_status=ESTA' in new.ask('show peers') or 'last_status=NONE' not in new.ask('show peers'), 'no status')
    new.stop(signal.SIGUSR1)


for old, new in {(PROGRAM, PROGRAM), (PROGRAM, REFERENCE), (REFERENCE, PROGRAM)}:
    take_over(old, new)
stop_all()
