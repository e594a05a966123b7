#!/usr/bin/python3
# reference: also
"""Entries go between the program and HAProxy in both directions, whoever calls, with all kinds of data and keys."""
import itertools

from peerlib import PROGRAM, REFERENCE, Node, free_ports, require, stop_all, wait_until

DATA = ('gpc0,gpc1,gpt0,gpc0_rate(60s),conn_cnt,conn_rate(60s),sess_cnt,http_req_cnt,http_req_rate(60s),http_err_cnt,'
        'bytes_in_cnt,bytes_out_rate(60s),server_id')
CONF = '''
peers mates
{lines}
	table names type string len 40 size 10k expire 1h store {data}
	table numbers type integer size 10k expire 1h store gpc0
	table addresses type ip size 10k expire 1h store gpc0,http_req_rate(60s)
	table addresses6 type ipv6 size 10k store gpc0
	table arrays type string size 10k expire 1h store gpc(5),gpt(2),gpc_rate(3,60s)

defaults
	mode http
	timeout connect 2s
	timeout client 5s
	timeout server 5s

backend sticky
	stick-table type string size 1k expire 10m peers mates
	stick on path
	server alpha 127.0.0.1:9 weight 1
	server beta 127.0.0.1:{web} weight 0

frontend web
	bind 127.0.0.1:{web}
	http-request return status 204 if {{ path_beg /me }}
	default_backend sticky
'''


def section(name, other, ports, calls):
    """The section of `name`. Who does not call has a wrong address of the other one."""
    address = ports[other] if calls else 1
    return f'\tbind 127.0.0.1:{ports[name]}\n\tserver {name}\n\tserver {other} 127.0.0.1:{address}'


def same(a, b, table):
    return lambda: a.table(table) == b.table(table) and a.table(table) != {}


def differ(a, b, table):
    return lambda: f'{table}: {a.name} has {a.table(table)}, {b.name} has {b.table(table)}'


def agree(a, b, table):
    wait_until(same(a, b, table), differ(a, b, table))


def exchange(ours, theirs, ours_calls):
    ports = dict(zip('AB', free_ports(2)))
    web = dict(zip('AB', free_ports(2)))
    a = Node(ours, 'A', CONF.format(lines=section('A', 'B', ports, ours_calls), data=DATA, web=web['A']))
    b = Node(theirs, 'B', CONF.format(lines=section('B', 'A', ports, not ours_calls), data=DATA, web=web['B']))
    wait_until(lambda: a.is_connected() and b.is_connected(), 'no connection')
    values = ' '.join(f'data.{field.split("(")[0]} {17 * i}' for i, field in enumerate(DATA.split(',')))
    for one, other, start in (a, b, 1), (b, a, 100):
        for i in range(start, start + 5):
            one.ask(f'set table mates/names key name{i} {values}')
            one.ask(f'set table mates/numbers key {i * 1000} data.gpc0 {i}')
            one.ask(f'set table mates/addresses key 10.0.0.{i} data.gpc0 {i} data.http_req_rate {i}')
            one.ask(f'set table mates/addresses6 key 2001:db8::{i} data.gpc0 {300 * i}')
            one.ask(f'set table mates/arrays key k{i}')
        for table in 'names', 'numbers', 'addresses', 'addresses6', 'arrays':
            agree(a, b, 'mates/' + table)
        # What came from there is changed here.
        one.ask(f'set table mates/names key name{start} data.gpc0 4711')
        wait_until(lambda: other.table('mates/names')[f'name{start}']['gpc0'] == '4711', 'a change does not come')
        other.ask(f'set table mates/names key name{start} data.gpc0 4712')
        wait_until(lambda: one.table('mates/names')[f'name{start}']['gpc0'] == '4712', 'a change does not come back')
    require(len(a.table('mates/names')) == 10, 'not all names are there')
    # A lesson: who comes anew is told what others knew.
    b.stop()
    b = Node(theirs, 'B', CONF.format(lines=section('B', 'A', ports, not ours_calls), data=DATA, web=web['B']))
    for table in 'names', 'numbers', 'addresses', 'addresses6', 'arrays':
        wait_until(same(a, b, 'mates/' + table), differ(a, b, 'mates/' + table), 15)
    for node in a, b:
        require('proto_err=0' in node.ask('show peers') and 'proto_err=1' not in node.ask('show peers'),
                f'{node.name} met errors: {node.ask("show peers")}')
        node.stop()


programs = {(PROGRAM, PROGRAM), (PROGRAM, REFERENCE)}
for (ours, theirs), calls in itertools.product(sorted(programs), (True, False)):
    exchange(ours, theirs, calls)
stop_all()
