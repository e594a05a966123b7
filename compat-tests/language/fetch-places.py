#!/usr/bin/env python3
# reference: none
"""Where each fetch may be used: every kind of statement that takes an expression, a log format or a condition, with every
fetch in it, read with -c by HAPROXY_PROGRAM and by REFERENCE_PROGRAM. An error of one must be an error of the other, a warning a
warning, on the same line. What differs on purpose stands in `fetch-places.txt`, with its reason.

usage: fetch-places.py [-v] [STATEMENT...]      (all statements; -v: each difference)
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = [os.environ.get('HAPROXY_PROGRAM'), os.environ.get('REFERENCE_PROGRAM', '/usr/sbin/haproxy')]
PENDING = 'is understood but not executed yet'

# Arguments of fetches that need some; others that take none are written bare.
ARGUMENTS = {'bin': '6162', 'bool': 'true', 'env': 'HOME', 'int': '1', 'ipv4': '1.2.3.4', 'ipv6': '::1', 'meth': 'GET', 'str': 'x',
             'var': 'txn.x', 'http_auth': 'u', 'http_auth_group': 'u', 'payload': '0,1', 'payload_lv': '0,1', 'req.payload': '0,1',
             'req.payload_lv': '0,1', 'res.payload': '0,1', 'res.payload_lv': '0,1', 'distcc_body': 'a', 'distcc_param': 'a',
             'capture.req.hdr': '0', 'capture.res.hdr': '0', 'rand': '5', 'acl': 'known', 'table_avl': 't', 'table_cnt': 't',
             'nbsrv': 'b', 'srv_conn': 'b/s', 'ssl_c_der': '', 'parser': '', 'ssl_fc_is_resumed': '', 'fc_pp_tlv': '1', 'hdr': 'a',
             'last_rule_file': '', 'fc_get_alpn': '', 'bytes': '', 'shdr': 'a', 'srv_is_up': 'b/s', 'srv_weight': 'b/s',
             'srv_iweight': 'b/s', 'srv_uweight': 'b/s', 'srv_queue': 'b/s', 'srv_sess_rate': 'b/s', 'srv_conn_free': 'b/s'}
BY_TYPE = {'backend': 'b', 'frontend': 'f', 'server': 'b/s', 'table': 't', 'userlist': 'u', 'string': 'a', 'integer': '1',
           'any': 'a', 'signed integer': '1'}

# Statements: name -> (sections, lines). X is the expression, %[X] stands in formats. The line with X is the one that counts.
FRONT, BACK, LISTEN = 'frontend', 'backend', 'listen'
HTTP, TCP = 'http', 'tcp'
STATEMENTS = {
    'tcp-connection-var': (TCP, 'FL', 'tcp-request connection set-var(sess.a) X'),
    'tcp-connection-fmt': (TCP, 'FL', 'tcp-request connection set-var-fmt(sess.a) %[X]'),
    'tcp-connection-if': (TCP, 'FL', 'tcp-request connection reject if { X -m found }'),
    'tcp-connection-track': (TCP, 'FL', 'tcp-request connection track-sc0 X table t'),
    'tcp-connection-gpt': (TCP, 'FL', 'tcp-request connection sc-set-gpt0(0) X'),
    'tcp-connection-src': (TCP, 'FL', 'tcp-request connection set-src X'),
    'tcp-session-var': (TCP, 'FL', 'tcp-request session set-var(sess.a) X'),
    'tcp-session-if': (TCP, 'FL', 'tcp-request session reject if { X -m found }'),
    'tcp-session-track': (TCP, 'FL', 'tcp-request session track-sc0 X table t'),
    'tcp-session-gpt': (TCP, 'FL', 'tcp-request session sc-set-gpt0(0) X'),
    'tcp-content-var': (HTTP, 'FBL', 'tcp-request content set-var(sess.a) X'),
    'tcp-content-fmt': (TCP, 'FBL', 'tcp-request content set-var-fmt(sess.a) %[X]'),
    'tcp-content-if': (TCP, 'FBL', 'tcp-request content reject if { X -m found }'),
    'tcp-content-track': (TCP, 'FBL', 'tcp-request content track-sc0 X table t'),
    'tcp-content-gpt': (TCP, 'FBL', 'tcp-request content sc-set-gpt0(0) X'),
    'tcp-content-capture': (TCP, 'FL', 'tcp-request content capture X len 10'),
    'tcp-content-dst': (TCP, 'FBL', 'tcp-request content set-dst X'),
    'tcp-content-prio': (TCP, 'FBL', 'tcp-request content set-priority-class X'),
    'tcp-response-var': (TCP, 'BL', 'tcp-response content set-var(sess.a) X'),
    'tcp-response-if': (TCP, 'BL', 'tcp-response content reject if { X -m found }'),
    'tcp-response-gpt': (TCP, 'BL', 'tcp-response content sc-set-gpt0(0) X'),
    'request-var': (HTTP, 'FBL', 'http-request set-var(txn.a) X'),
    'request-fmt': (HTTP, 'FBL', 'http-request set-var-fmt(txn.a) %[X]'),
    'request-header': (HTTP, 'FBL', 'http-request set-header a %[X]'),
    'request-path': (HTTP, 'FBL', 'http-request set-path /%[X]'),
    'request-map': (HTTP, 'FBL', 'http-request set-map(F/m) a %[X]'),
    'request-del-acl': (HTTP, 'FBL', 'http-request del-acl(F/m) %[X]'),
    'request-redirect': (HTTP, 'FBL', 'http-request redirect location /%[X]'),
    'redirect': (HTTP, 'FBL', 'redirect location /%[X]'),
    'request-return': (HTTP, 'FBL', 'http-request return status 200 content-type text/plain lf-string %[X]'),
    'request-return-hdr': (HTTP, 'FBL', 'http-request return status 200 hdr a %[X]'),
    'request-deny-hdr': (HTTP, 'FBL', 'http-request deny status 403 hdr a %[X]'),
    'request-if': (HTTP, 'FBL', 'http-request deny if { X -m found }'),
    'request-track': (HTTP, 'FBL', 'http-request track-sc0 X table t'),
    'request-gpt': (HTTP, 'FBL', 'http-request sc-set-gpt0(0) X'),
    'request-capture': (HTTP, 'FL', 'http-request capture X len 10'),
    'request-src': (HTTP, 'FBL', 'http-request set-src X'),
    'request-prio': (HTTP, 'FBL', 'http-request set-priority-offset X'),
    'request-timeout': (HTTP, 'BL', 'http-request set-timeout server X'),
    'request-resolve': (HTTP, 'FBL', 'http-request do-resolve(txn.a,dns) X'),
    'request-hint': (HTTP, 'FBL', 'http-request early-hint link %[X]'),
    'request-replace': (HTTP, 'FBL', 'http-request replace-header a b %[X]'),
    'request-normal': (HTTP, 'FBL', 'http-request set-log-level silent if { X -m found }'),
    'request-bw': (HTTP, 'FBL', 'http-request set-bandwidth-limit lim limit X period 1s'),
    'redirect-if': (HTTP, 'FBL', 'redirect location / if { X -m found }'),
    'use-backend': (HTTP, 'FL', 'use_backend b if { X -m found }'),
    'use-backend-fmt': (HTTP, 'FL', 'use_backend %[X]'),
    'use-server': (HTTP, 'BL', 'use-server s if { X -m found }'),
    'use-server-fmt': (HTTP, 'BL', 'use-server %[X]'),
    'force-persist': (HTTP, 'FBL', 'force-persist if { X -m found }'),
    'ignore-persist': (HTTP, 'FBL', 'ignore-persist if { X -m found }'),
    'stick-on': (HTTP, 'BL', 'stick on X table t'),
    'stick-match': (HTTP, 'BL', 'stick match X table t'),
    'stick-request': (HTTP, 'BL', 'stick store-request X table t'),
    'stick-response': (HTTP, 'BL', 'stick store-response X table t'),
    'stick-request-if': (HTTP, 'BL', 'stick store-request src table t if { X -m found }'),
    'stick-response-if': (HTTP, 'BL', 'stick store-response src table t if { X -m found }'),
    'balance-hash': (HTTP, 'BL', 'balance hash X'),
    'response-var': (HTTP, 'FBL', 'http-response set-var(txn.a) X'),
    'response-fmt': (HTTP, 'FBL', 'http-response set-var-fmt(txn.a) %[X]'),
    'response-header': (HTTP, 'FBL', 'http-response set-header a %[X]'),
    'response-map': (HTTP, 'FBL', 'http-response set-map(F/m) %[X] a'),
    'response-redirect': (HTTP, 'FBL', 'http-response redirect location /%[X]'),
    'response-return': (HTTP, 'FBL', 'http-response return status 200 content-type text/plain lf-string %[X]'),
    'response-if': (HTTP, 'FBL', 'http-response set-status 204 if { X -m found }'),
    'response-gpt': (HTTP, 'FBL', 'http-response sc-set-gpt0(0) X'),
    'response-capture': (HTTP, 'FL', 'http-response capture X id 0'),
    'after-var': (HTTP, 'FBL', 'http-after-response set-var(txn.a) X'),
    'after-header': (HTTP, 'FBL', 'http-after-response set-header a %[X]'),
    'after-if': (HTTP, 'FBL', 'http-after-response del-header a if { X -m found }'),
    'log-format': (HTTP, 'FBL', 'log-format %[X]'),
    'log-format-tcp': (TCP, 'F', 'log-format %[X]'),
    'log-format-sd': (HTTP, 'FBL', 'log-format-sd %[X]'),
    'error-log-format': (HTTP, 'FBL', 'error-log-format %[X]'),
    'unique-id': (HTTP, 'FL', 'unique-id-format %[X]'),
    'monitor-fail': (HTTP, 'FL', 'monitor fail if { X -m found }'),
    'stats-admin': (HTTP, 'FBL', 'stats admin if { X -m found }'),
    'stats-rule': (HTTP, 'FBL', 'stats http-request deny if { X -m found }'),
    'server-source': (HTTP, 'BL', 'server s2 127.0.0.1:1 source 0.0.0.0 usesrc hdr_ip(X)'),
    'server-sni': (HTTP, 'BL', 'server s2 127.0.0.1:1 ssl verify none sni X'),
    'tcp-check-var': (TCP, 'BL', 'tcp-check set-var(check.a) X'),
    'tcp-check-fmt': (TCP, 'BL', 'tcp-check send-lf %[X]'),
    'tcp-check-port': (TCP, 'BL', 'tcp-check connect port X'),
    'tcp-check-message': (TCP, 'BL', 'tcp-check expect string a on-error %[X]'),
    'tcp-check-status': (TCP, 'BL', 'tcp-check expect string a status-code X'),
    'http-check-uri': (HTTP, 'BL', 'http-check send uri-lf /%[X]'),
    'http-check-header': (HTTP, 'BL', 'http-check send hdr a %[X]'),
    'http-check-expect': (HTTP, 'BL', 'http-check expect string-lf a%[X]'),
    'forwarded': (HTTP, 'BL', 'option forwarded for-expr X'),
    'compression': (HTTP, 'FBL', 'http-response set-nice 1 if { X -m found }'),
    'late': (HTTP, 'FBL', 'http-request set-header a b if known'),
    'named-acl': (HTTP, 'FBL', 'acl named X -m found ; http-response del-header a if named'),
    'named-two': (HTTP, 'FBL', 'acl named X -m found ; acl named src 127.0.0.1 ; http-response del-header a if named'),
    'named-request': (HTTP, 'FBL', 'acl named X -m found ; http-request del-header a if named'),
    'global-var': ('global', 'G', 'set-var proc.a X'),
    'global-fmt': ('global', 'G', 'set-var-fmt proc.a %[X]'),
}
SECTIONS = {'F': FRONT, 'B': BACK, 'L': LISTEN}


def fetches():
    """One fetch for each set of places, with arguments that fit: that every fetch is of the set it should be is what
    lib/keywords/places_test.cc says."""
    with open(os.path.join(HERE, 'fetch-places.tsv')) as table:
        places = dict(line.rstrip('\n').split('\t') for line in table)
    found = {}
    with open(os.path.join(HERE, 'fetches.tsv')) as table:
        header = next(table).rstrip('\n').split('\t')
        for line in table:
            row = dict(zip(header, line.rstrip('\n').split('\t')))
            name, args = row['fetch'], row['args']
            if name not in places or name in ('bytes_in', 'bytes_out'):
                continue  # these two older releases took anywhere, and so do we
            required = re.sub(r'\[.*', '', args.strip('()')).strip(',')
            words = [BY_TYPE.get(word.strip(), 'a') for word in required.split(',')] if required else []
            text = ARGUMENTS.get(name) or ','.join(words)
            found.setdefault(places[name], []).append(f'{name}({text})' if text else name)
    return list(found.values())


def write(folder, letter, mode, statement, expressions):
    """One section for each expression; gives the file's name and which line stands for which expression."""
    lines = ['global', '    log 127.0.0.1 local0', 'userlist u', '    user a insecure-password b', 'resolvers dns', '    nameserver a 127.0.0.1:53']
    marks = {}
    if letter == 'G':
        expressions = [e for e in expressions if not e.startswith('acl(')]  # of what section? 3.4.0 crashes
        lines = ['global'] + ['    ' + statement.replace('X', e) for e in expressions]
        marks = {n + 2: e for n, e in enumerate(expressions)}
        lines += ['userlist u', '    user a insecure-password b']
    lines += ['defaults', '    log global', f'    mode {mode if mode != "global" else "http"}', '    timeout client 1s', '    timeout server 1s', '    timeout connect 1s',
              'frontend f', '    bind 127.0.0.1:1', '    default_backend b',
              'backend b', '    server s 127.0.0.1:1', 'backend t', '    stick-table type string size 10 store gpt0,gpc0,conn_cnt,http_req_rate(1s)']
    if letter != 'G':
        for number, expression in enumerate(expressions):
            lines.append(f'{SECTIONS[letter]} p{number}')
            if letter != 'B':
                lines += ['    bind 127.0.0.1:1', '    declare capture request len 10', '    declare capture response len 10']
            if mode == TCP:
                lines.append('    tcp-request inspect-delay 1s' if letter != 'B' else '    tcp-response inspect-delay 1s')
                if letter == 'B':
                    lines.append('    tcp-request inspect-delay 1s')
            if 'set-bandwidth' in statement:
                lines.append('    filter bwlim-in lim default-limit 1k default-period 1s')
            lines += ['    acl known always_true']
            if letter == 'F':
                lines += ['    default_backend b']
            else:
                lines += ['    server s 127.0.0.1:1']
            if letter == 'B' and statement.startswith('http-check'):
                lines += ['    option httpchk']
            for part in statement.split(' ; '):
                lines.append('    ' + re.sub(r'\bX\b', lambda _: expression, part).replace('F/', folder + '/'))
                marks[len(lines)] = expression
    path = os.path.join(folder, 'test.cfg')
    with open(path, 'w') as file:
        file.write('\n'.join(lines) + '\n')
    return path, marks


def run(program, path):
    """The worst message for each line, and the line of the last error, at which it may have stopped."""
    done = subprocess.run([program, '-c', '-f', path], capture_output=True, text=True, errors='replace', timeout=60)
    found, last = {}, None
    for line in done.stderr.splitlines():
        message = re.match(r"'?\[(ALERT|WARNING)\]\s*\(\d+\)\s*:\s*(.*)", line)
        if not message or PENDING in message[2]:
            continue
        place = re.search(re.escape(os.path.basename(path)) + r':(\d+)', message[2])
        if not place:
            continue
        number = int(place[1])
        if number not in found or message[1] == 'ALERT':
            found[number] = message[1], message[2]
        if message[1] == 'ALERT':
            last = number
    return found, last


def judge(program, path):
    """run(), over and over without the lines that were wrong: there may be more behind them."""
    with open(path) as file:
        lines = file.read().split('\n')
    found, last = run(program, path)
    for _ in range(len(lines)):
        if last is None:
            break
        before = len(found)
        for number, message in found.items():
            if message[0] == 'ALERT' and lines[number - 1].startswith(' '):
                lines[number - 1] = ''
        with open(os.path.join(os.path.dirname(path), 'less.cfg'), 'w') as file:
            file.write('\n'.join(lines))
        more, last = run(program, os.path.join(os.path.dirname(path), 'less.cfg'))
        for number, message in more.items():
            found.setdefault(number, message)
        if len(found) == before:
            break
    return found


def main():
    arguments = sys.argv[1:]
    verbose = '-v' in arguments
    wanted = [a for a in arguments if a != '-v']
    if not PROGRAMS[0] or not os.access(PROGRAMS[1], os.X_OK):
        sys.exit(77)
    expected = {}
    with open(os.path.join(HERE, 'fetch-places.txt')) as file:
        for line in file:
            if line.strip() and not line.startswith('#'):
                statement, fetch, ours, theirs = line.split()[:4]
                expected.setdefault((statement, fetch), set()).add((ours, theirs))
    total = differing = told = 0
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, 'm'), 'w') as file:
            file.write('a b\n')
        # The first of each set that the reference knows: others are of other releases or builds.
        candidates = fetches()
        path, marks = write(folder, 'L', HTTP, 'stick on X table t', sum(candidates, []))
        bad = {marks[n] for n, (_, text) in judge(PROGRAMS[1], path).items() if 'unknown fetch' in text and n in marks}
        expressions = [known[0] for known in ([e for e in each if e not in bad] for each in candidates) if known]
        for name, (mode, letters, statement) in STATEMENTS.items():
            if wanted and name not in wanted:
                continue
            for letter in letters:
                path, marks = write(folder, letter, mode, statement, expressions)
                answers = [judge(program, path) for program in PROGRAMS]
                if all(answers[1].get(number, ('', ''))[0] for number in marks):
                    continue  # a statement of other releases
                for number, expression in marks.items():
                    total += 1
                    got = [a.get(number, ('', '')) for a in answers]
                    if got[0][0] != got[1][0]:
                        kinds = got[0][0] or 'accepted', got[1][0] or 'accepted'
                        fetch = re.sub(r'\(.*', '', expression)
                        if any(kinds in expected.get(key, ()) for key in ((name, fetch), (name, '*'), ('*', fetch))):
                            told += 1
                            continue
                        differing += 1
                        if verbose:
                            print(f'{name}\t{letter}\t{expression}\tours {got[0][0] or "accepted"}\treference {got[1][0] or "accepted"}'
                                  f'\t{got[0][1]}\t{got[1][1]}')
    print(f'{total} lines, {differing} differ, {told} on purpose')
    sys.exit(1 if differing else 0)


main()
