#!/usr/bin/env python3
"""Random but valid requests and responses through files full of rules, on HAPROXY_PROGRAM and on REFERENCE_PROGRAM: what the
server gets, what the client gets and the log line must be the same, times and ports aside.

usage: same-traffic.py [COUNT [SEED]]    (150 requests, seed 1)

Left out is where versions of HAProxy differ or where we differ on purpose: answers without a reason phrase (we give the
usual one), blanks around tags that print nothing, rules that give a status with a body to an answer without one. Both
programs get the same requests one after the other, so their tables, maps and counters go the same way."""
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

COUNT, SEED = [int(a) for a in sys.argv[1:]] + [150, 1][len(sys.argv) - 1:]
PROGRAMS = [os.environ.get('HAPROXY_PROGRAM'), os.environ.get('REFERENCE_PROGRAM', '/usr/sbin/haproxy')]
if not PROGRAMS[0] or not os.access(PROGRAMS[1], os.X_OK):
    sys.exit(77)
pick = random.Random(SEED)
version = subprocess.run([PROGRAMS[1], '-v'], capture_output=True, text=True).stdout
modern = tuple(map(int, re.search(r'version (\d+)\.(\d+)', version).groups())) >= (3, 0)

# --- the configuration -----------------------------------------------------------------------------------------

FETCHES = {'str': ['path', 'pathq', 'url', 'query', 'base', 'method', 'req.ver', 'req.hdr(x-a)', 'req.fhdr(x-list)', 'req.hdr(x-list)',
                   'req.hdr(x-list,2)', 'req.hdr(x-list,-1)', 'req.hdr_names', 'req.hdr(host)', 'req.cook(a)', 'req.cook', 'req.cook(none)',
                   'url_param(p)', 'url_param(q)', 'url_param(,&)', 'req.hdr(user-agent)', 'capture.req.hdr(0)', 'capture.req.hdr(1)',
                   'capture.req.method', 'capture.req.uri', 'capture.req.ver', 'var(txn.a)', 'var(sess.n)', 'fe_name', 'str("a,b|c d")',
                   'str(http%3A//x/%25)', 'req.hdrs', 'req.hdr(x-json)', 'req.hdr(authorization)', 'http_auth_user', 'http_auth_pass',
                   'req.hdr(x-date)', 'path,map_beg({folder}/beg.map,none)', 'path,map_reg({folder}/reg.map)', 'hdr(host),map_dom({folder}/dom.map)',
                   'http_auth_type', 'http_auth_bearer'],
           'sint': ['req.hdr_cnt', 'req.hdr_cnt(x-list)', 'req.cook_cnt', 'req.cook_cnt(a)', 'req.hdr_val(x-n)', 'url_param(n),add(0)', 'base32', 'url32',
                    'sc_http_req_cnt(0)', 'sc_get_gpc0(0)', 'sc_http_err_cnt(0)', 'sc_conn_cnt(0)', 'sc1_http_req_cnt', 'int(-17)', 'int(65537)', 'sc_tracked(0)',
                    'req.body_size', 'nbsrv(b0)', 'fe_id', 'path,length', 'req.hdr(x-n),add(1)', 'sc_trackers(0)',
                    'path,table_http_req_cnt(t2)', 'url_port', 'sc_get_gpt0(0)', 'src_http_req_cnt(t1)'],
           'bin': ['req.body', 'path,sha1', 'int(258)', 'src', 'base32+src', 'req.body_param(b)']}
CONVERTERS = {
    'str': [('lower', 'str'), ('upper', 'str'), ('length', 'sint'), ('url_dec', 'str'), ('url_dec(1)', 'str'), ('word(1,/)', 'str'), ('word(2,"/?&=")', 'str'),
            ('word(-1,/)', 'str'), ('word(1,/,2)', 'str'), ('field(2,/)', 'str'), ('field(-2,/)', 'str'), ('field(2,/,3)', 'str'), ('bytes(2)', 'bin'),
            ('bytes(1,3)', 'bin'), ('base64', 'str'), ('ub64enc', 'str'), ('hex', 'str'), ('regsub(a,b)', 'str'), ('regsub(A,[],gi)', 'str'),
            ('regsub("(.)/(.)",\\2-\\1,g)', 'str'), ('json', 'str'), ('json(utf8s)', 'str'), ('json(utf8ps)', 'str'), ('crc32', 'sint'),
            ('crc32(1)', 'sint'), ('crc32c', 'sint'), ('djb2', 'sint'), ('djb2(1)', 'sint'), ('sdbm', 'sint'), ('wt6', 'sint'), ('wt6(1)', 'sint'),
            ('xxh32', 'sint'), ('xxh64', 'sint'), ('xxh3', 'sint'), ('xxh32(7)', 'sint'), ('sha1', 'bin'), ('sha2(256)', 'bin'), ('md5', 'bin') if False else ('digest(md5)', 'bin'),
            ('hmac(sha1,a2V5)', 'bin'), ('strcmp(txn.a)', 'sint'), ('concat(<,txn.a,>)', 'str'), ('concat(.,sess.n)', 'str'), ('ltrim(/)', 'str'),
            ('rtrim("/ ")', 'str'), ('map_str({folder}/str.map,?)', 'str'), ('map_sub({folder}/beg.map)', 'str'), ('map_end({folder}/beg.map,?)', 'str'),
            ('map_dir({folder}/str.map)', 'str'), ('language("de;fr;en",xx)', 'str'), ('q_preferred', 'str') if False else ('fix_tag_value(49)', 'bin'),
            ('htmlescape', 'str') if False else ('add(3)', 'sint'), ('mul(2)', 'sint'), ('bool', 'bool'), ('even', 'bool'), ('b64dec', 'bin'), ('ub64dec', 'bin'), ('param(p)', 'str'),
            ('param(a,;)', 'str'), ('cut_crlf', 'str'), ('protobuf(1)', 'bin'), ('ungrpc(1,int32)', 'bin'), ('mqtt_is_valid', 'bool'), ('json_query("$.a")', 'str'),
            ('json_query("$.b[1]")', 'str'), ('json_query("$.n","int")', 'sint'), ('host_only', 'str'), ('port_only', 'sint'), ('rfc7239_is_valid', 'bool'),
            ('rfc7239_field(for)', 'str'), ('jwt_header_query("$.alg")', 'str'), ('jwt_payload_query', 'str'), ('url_enc', 'str'), ('iif(yes,no)', 'str'), ('hex2i', 'sint'),
            ('secure_memcmp(txn.a)', 'bool'), ('in_table(t2)', 'bool'), ('table_conn_cnt(t2)', 'sint'), ('ipmask(24,64)', 'ip')],
    'sint': [('add(1)', 'sint'), ('sub(3)', 'sint'), ('mul(7)', 'sint'), ('div(3)', 'sint'), ('mod(5)', 'sint'), ('neg', 'sint'), ('cpl', 'sint'), ('and(15)', 'sint'),
             ('or(256)', 'sint'), ('xor(170)', 'sint'), ('not', 'bool'), ('bool', 'bool'), ('odd', 'bool'), ('even', 'bool'), ('hex', 'str'), ('lower', 'str'),
             ('ltime("%Y-%m-%d")', 'str'), ('utime("%H:%M:%S %j")', 'str'), ('http_date', 'str'), ('http_date(3600)', 'str'), ('map_int({folder}/int.map,?)', 'str'),
             ('be2dec(.,2)', 'str'), ('be2hex(:,2)', 'str'), ('bytes(3)', 'bin'), ('length', 'sint'), ('crc32', 'sint'), ('iif(t,f)', 'str'), ('wt6', 'sint'),
             ('add(var(sess.n))', 'sint') if False else ('mul(-1)', 'sint'), ('concat(#)', 'str'), ('word(1,.)', 'str'), ('add(9223372036854775807)', 'sint'), ('div(0)', 'sint')],
    'bin': [('hex', 'str'), ('base64', 'str'), ('length', 'sint'), ('crc32', 'sint'), ('be2dec(:,1)', 'str'), ('be2hex(,1)', 'str'), ('bytes(0,2)', 'bin'), ('sha2(512)', 'bin'),
            ('xxh64', 'sint'), ('bytes(4)', 'bin'), ('be2dec(-,2,1)', 'str'), ('be2hex(-,3)', 'str')],
    'bool': [('not', 'bool'), ('iif(t,f)', 'str'), ('add(1)', 'sint'), ('hex', 'str')],
    'ip': [('ipmask(16)', 'ip'), ('lower', 'str'), ('map_ip({folder}/ip.map,?)', 'str')]}

if not modern:
    CONVERTERS['str'] = [c for c in CONVERTERS['str'] if not c[0].startswith(('rfc7239', 'param'))]


def expression(fetches=None):
    kind = 'str' if fetches else pick.choice(['str', 'str', 'str', 'sint', 'sint', 'bin'])
    text = pick.choice(fetches or FETCHES[kind])
    if ',' in text.split('(')[0]:
        kind = 'str'
    if text.endswith('length') or ',add(' in text or ',sub(' in text:
        kind = 'sint'
    for _ in range(pick.choice([0, 1, 1, 2, 2, 3])):
        step, kind = pick.choice(CONVERTERS[kind])
        text += ',' + step
    if kind == 'bin':
        text += ',hex'
    return text


CONDITIONS = ['{{ path_beg /a }}', '{{ path_end .php .html }}', '{{ path_sub %20 }}', '{{ path_dir img }}', '{{ path_reg ^/[a-z]+/[0-9]+ }}', '{{ path_len gt 12 }}', '{{ hdr_cnt(x-list) 1:3 }}',
              '{{ hdr(x-n) -m int ge 100 }}', '{{ hdr(host) -i EXAMPLE.com }}', '{{ hdr_dom(host) example.com }}', '{{ hdr_end(host) -i .ORG }}', '{{ method POST PUT }}', '{{ req.cook(a) -m found }}',
              '{{ url_param(p) -m str 1 2 }}', '{{ src 127.0.0.0/8 }}', '!{{ hdr(x-a) -m found }}', '{{ hdr(x-a) -m reg -i [aeiou]{{2}} }}', '{{ hdr_ip(x-ip) 10.0.0.0/8 2001:db8::/32 }}', '{{ always_true }}',
              '{{ path,map_beg({folder}/beg.map) -m found }}', '{{ req.body_len gt 10 }}', '{{ hdr(x-list) -m beg b }}', '{{ hdr(x-a) -m len 3:9 }}', '{{ hdr(x-a) -m sub e o }}',
              '{{ hdr(x-a) -m bin 61 }}', '{{ path -f {folder}/acl.lst }}', '{{ hdr(host) -m dom -f {folder}/dom.lst }}', '{{ sc_http_req_cnt(0) gt 40 }}', '{{ http_auth(users) }}', '{{ http_auth_group(users) g1 }}',
              '{{ query -m beg p= }} or {{ path / }}', '{{ req.ver 1.0 }}', '{{ hdr(x-a),lower,word(1,e) -m str h }}', '{{ rand(1) eq 0 }} {{ hdr_cnt lt 9 }}', '{{ var(txn.a) -m end /x }}']
REQUEST_RULES = ['set-header x-out{n} "%[{e}]"', 'set-header x-out{n} "%[{e}] / %[{e}]"', 'add-header x-more{n} "a%%b %[{e}]"', 'del-header x-a', 'del-header x-list', 'replace-header x-list (.*)b(.*) \\1B\\2', 'replace-value x-list ([a-z]+) <\\1>',
                 'replace-path (.*)/img/(.*) \\1/pic/\\2', 'replace-path /(a)(/)? /\\1\\1\\2', 'set-path /p%[path]', 'set-query %[query,lower]', 'set-query "z=%[url_param(p)]"', 'set-uri %[url,lower]', 'set-method PATCH',
                 'replace-uri ^/b(.*) /c\\1', 'normalize-uri path-merge-slashes', 'normalize-uri path-strip-dot', 'normalize-uri path-strip-dotdot', 'normalize-uri percent-to-uppercase', 'normalize-uri percent-decode-unreserved',
                 'normalize-uri query-sort-by-name', 'normalize-uri fragment-strip', 'set-var(txn.a) "{e}"', 'set-var(txn.a) path,lower', 'set-var(sess.n) var(sess.n),add(1)', 'set-var-fmt(txn.a) "%[path]-%[method] %ci"',
                 'unset-var(txn.a)', 'capture "{e}" len 20', 'capture path id 0', 'sc-inc-gpc0(0)', 'sc-set-gpt0(0) int(7)', 'sc-set-gpt0(0) 3', 'set-log-level info', 'set-nice 5', 'add-acl({folder}/acl.lst) %[path]',
                 'del-acl({folder}/acl.lst) %[path]', 'set-map({folder}/str.map) %[path,lower] %[hdr(x-a)]', 'del-map({folder}/str.map) %[path]', 'set-tos 0x10', 'set-src hdr(x-ip)', 'set-priority-class int(3)', 'strict-mode off',
                 'replace-pathq (.*)\\?(.*) \\2\\1 if FALSE', 'set-pathq %[pathq]', 'strict-mode on', 'disable-l7-retry', 'track-sc2 hdr(x-a) table t2']
FINAL_RULES = ['deny', 'deny deny_status 429', 'deny status 403 content-type text/plain lf-string "no %[path] %HM" hdr x-why "%[{e}]"', 'return status 200 content-type text/plain lf-string "%[{e}] %[{e}]"', 'return status 404 default-errorfiles',
               'redirect location /new?%[query] code 302', 'redirect prefix http://other%[path] drop-query', 'redirect scheme https code 307', 'redirect location /c set-cookie SEEN=1 append-slash', 'redirect location "%[url]" code 303 clear-cookie a=',
               'auth realm "a b"', 'tarpit deny_status 500', 'reject' if False else 'deny deny_status 401', 'allow', 'return status 204', 'return status 200 content-type "x/%[req.ver]" string abc hdr a b hdr c "%[path]"']
RESPONSE_RULES = ['set-header x-res{n} "%[{r}]"', 'add-header x-res{n} "%[{r}]; %[var(txn.a)]"', 'del-header x-drop', 'replace-header server (.*) "x \\1"', 'replace-value cache-control ([a-z]+) \\1!', 'set-status 503 reason "Not now" if !{{ status 204 304 }}',
                  'set-status 201 if !{{ status 204 304 }}', 'set-var(txn.r) "{r}"', 'set-var(res.s) status', 'capture res.hdr(x-drop) id 1', 'set-log-level notice', 'sc-inc-gpc0(0)', 'del-header set-cookie']
RESPONSE_FETCHES = ['status', 'status,add(1)', 'res.hdr(server)', 'res.hdr(x-list)', 'res.hdr(x-list,-1)', 'res.fhdr(x-list)', 'res.hdr_cnt', 'res.hdr_cnt(x-list)', 'res.cook', 'res.cook(s)', 'res.cook_cnt', 'res.hdr_names', 'res.ver', 'res.hdr_val(x-n)',
                    'srv_name', 'be_name', 'capture.res.hdr(0)', 'var(txn.a)', 'res.hdr(content-type),word(2,/;)', 'res.hdr_ip(x-ip)', 'shdr(x-drop),lower', 'res.hdr(x-list),sha1,hex', 'capture.req.hdr(0),length', 'txn.status' if modern else 'status']
RESPONSE_CONDITIONS = ['{{ status ge 400 }}', '{{ status 200 }}', '{{ res.hdr(x-drop) -m found }}', '{{ res.hdr_cnt(x-list) gt 1 }}', '{{ res.cook(s) -m found }}', '{{ var(txn.a) -m found }}', '{{ res.hdr(server) -m sub a }}']
TAGS = ['%CC', '%CS', '%HM', '%HP', '%HQ', '%HU', '%HV', '%ST', '%U', '%b', '%bq', '%ci', '%f', '%fi', '%ft', '%hr', '%hrl', '%hs', '%hsl', '%r', '%rc', '%s', '%si', '%sq', '%sslc', '%sslv', '%tsc', '%ts', '%trg' if False else '%bi', '%HPO' if modern else '%HP',
        '%{{+Q}}r', '%{{+E}}r', '%{{+Q,+E}}hr', '%{{+X}}ST', '%{{+X}}ci', '%{{+Q}}HP', '%{{+Q}}CC', '%{{+E}}hs', '%{{+Q}}ST', '%{{+Q}}hrl', '%{{+Q}}[var(txn.a)]', '%{{+E}}[capture.req.hdr(1)]', '%{{+X}}[var(sess.n)]', '%{{+Q,+E}}[capture.req.hdr(0)]', '%%', '%[{l}]', '%[{l}]', '%[{l}]', '%{{+Q}}[{l}]']
TIMES = '%TR/%Tw/%Tc/%Tr/%Ta/%Tt/%Ti/%Th/%Tq/%Td'


QUOTE = '"'  # of a word, in the templates
LOG_FETCHES = ['capture.req.hdr(0)', 'capture.req.hdr(1)', 'capture.req.method', 'capture.req.uri', 'capture.req.ver', 'capture.res.hdr(0)', 'capture.res.hdr(1)', 'var(txn.a)', 'var(sess.n)', 'fe_name', 'be_name', 'srv_name', 'src', 'bytes_out' if modern else 'fe_name', 'var(txn.r)']


def fill(text, number, folder):
    text = text.replace(QUOTE, "'")
    while '{e}' in text:
        text = text.replace('{e}', expression(), 1)
    while '{l}' in text:
        text = text.replace('{l}', expression(LOG_FETCHES), 1)
    while '{r}' in text:
        text = text.replace('{r}', pick.choice(RESPONSE_FETCHES), 1)
    return text.replace('{n}', str(number)).replace('{{', '{').replace('}}', '}').replace('{folder}', folder)


def proxy(number, folder):
    lines = [f'frontend f{number}', f' bind 127.0.0.1:@F{number}@', ' id %d' % (100 + number), ' capture request header x-a len 10', ' capture request header x-list len 40', ' capture response header x-list len 12',
             ' capture response header x-drop len 30', ' capture cookie a= len 12', ' declare capture request len 20', ' declare capture response len 20', ' http-request track-sc0 src table t1', ' http-request track-sc1 path table t2']
    if pick.random() < .5:
        lines.append(' option http-buffer-request')
    for option in ['forwardfor', 'forwardfor except 127.0.0.1', 'http-server-close', 'httpclose', 'forwardfor header X-Client', 'originalto', 'http-pretend-keepalive' if False else 'dontlognull']:
        if pick.random() < .2:
            lines.append(' option ' + option)
    rules = []
    for at in range(14):
        rule = ' http-request ' + fill(pick.choice(REQUEST_RULES), at, folder)
        # HAProxy takes some normalizers for path-merge-slashes when a condition follows at once.
        if pick.random() < .6 and ' if ' not in rule and not re.search('strip-dotdot|percent-', rule):
            rule += pick.choice([' if ', ' if ', ' unless ']) + fill(pick.choice(CONDITIONS), at, folder)
        rules.append(rule)
    for at in range(3):
        rules.append(' http-request ' + fill(pick.choice(FINAL_RULES), at, folder) + ' if ' + fill(pick.choice(CONDITIONS), at, folder) + ' { hdr(x-final) ' + str(at) + ' }')
    lines += rules
    for at in range(10):
        late = at > 6
        rule = fill(pick.choice(RESPONSE_RULES[:8] if late else RESPONSE_RULES), at, folder)
        if ' if ' not in rule and pick.random() < .5:
            rule += ' if ' + fill(pick.choice(RESPONSE_CONDITIONS), at, folder)
        lines.append((' http-after-response ' if late else ' http-response ') + rule)
    tags = ' '.join(fill(pick.choice(TAGS), 0, folder) for _ in range(12))
    lines += [f" log-format 'T {TIMES} | {tags}'", f' default_backend b{number % 2}']
    return lines


def configuration(folder):
    lines = ['global', ' nbthread 1', ' expose-experimental-directives', ' log 127.0.0.1:@LOG@ len 8192 local0', ' tune.maxrewrite 4096', 'defaults', ' mode http', ' log global', ' timeout client 4s', ' timeout server 4s', ' timeout connect 4s', ' timeout tarpit 10ms',
             ' errorfile 403 ' + folder + '/403.http', 'userlist users', ' group g1 users u1', ' user u1 insecure-password p1', ' user u2 insecure-password p2', 'backend t1', ' stick-table type ip size 1k expire 1h store gpc0,gpt0,http_req_cnt,http_err_cnt,conn_cnt,bytes_out_cnt',
             'backend t2', ' stick-table type string len 24 size 1k expire 1h store http_req_cnt,conn_cnt,gpc0', 'backend b0', ' cookie S insert indirect nocache', ' server s0 127.0.0.1:@SERVER@ cookie zero', 'backend b1', ' balance hdr(x-a)', ' http-request set-header x-back %[be_name]', ' http-response set-header x-back %[srv_name]/%[status]',
             ' server s1 127.0.0.1:@SERVER@', ' server s2 127.0.0.1:@SERVER@']
    for number in range(FRONTENDS):
        lines += proxy(number, folder)
    return '\n'.join(lines) + '\n'


FRONTENDS = 12
FILES = {'beg.map': '/a one\n/a/b two\n/img three\n', 'reg.map': '^/([a-z]+)/(.*) \\2:\\1\n^/$ root\n', 'dom.map': 'example.com ex\norg o\n', 'str.map': '/a A\n/x X\nabc ABC\nget GET\n', 'int.map': '0:9 few\n10 ten\n11:100 many\n', 'ip.map': '127.0.0.0/8 loop\n10.0.0.0/8 ten\n',
         'acl.lst': '/x\n/a/b\n', 'dom.lst': 'example\nexample.com\n', '403.http': 'HTTP/1.0 403 Nope\r\nContent-Type: text/plain\r\n\r\nnope\n'}

# --- traffic ---------------------------------------------------------------------------------------------------

PATHS = ['/', '/a', '/a/b', '/A/b/c.php', '/img/x.html', '/x', '/abc/123/x', '/%41%7e%2f/%7a', '/a%20b', '/b?', '/b?p=1&q=%202&n=7', '/x?q=b;a=c&p=2&P=3', '/img/pic?z=1&a=2&z=0', '/a/?p', '/c#frag?x', '/very/long/path/with/many/parts/and/more/x', '/b;v=1?a=b?c=d', '/a?p=a+b&n=-5&q=']
WORDS = ['hello', 'a', 'b,c', 'x y', 'foo;q=0.5, bar', 'aeiou', '42', '/a', 'B', '"quoted, text"', 'ümlaut', 'ee', 'tab\there', '{"a":"v","b":[1,2],"n":5}', '100', '<&>', "it's", '', 'a=b;c="d"']


def fields(names):
    out = []
    for _ in range(pick.randrange(7)):
        name = pick.choice(names)
        name = pick.choice([name, name.upper(), name.title()])
        value = pick.choice(WORDS)
        if name.lower() == 'x-list':
            value = ', '.join(pick.choice(WORDS[:9]) for _ in range(pick.randrange(1, 5)))
        if name.lower() == 'x-ip':
            value = pick.choice(['10.1.2.3', '192.0.2.7', '2001:db8::1', 'junk', '1.2.3.4:80'])
        if name.lower() == 'x-n':
            value = pick.choice(['1', '100', '-3', '99999999999', '7x', ''])
        if name.lower() == 'cookie':
            value = '; '.join(pick.choice(['a=1', 'b=2', 'a=', 'S=zero', 'S=none', 'c="x y"', 'a=long-value-of-cookie', 'novalue']) for _ in range(pick.randrange(1, 4)))
        if name.lower() == 'set-cookie':
            value = pick.choice(['s=1; path=/', 'a=from-server', 't=2; HttpOnly', 'S=own'])
        if name.lower() == 'authorization':
            value = pick.choice(['Basic dTE6cDE=', 'Basic dTI6cDI=', 'Basic junk', 'Bearer abc.def', 'Basic dTE6'])
        out.append(name + pick.choice([': ', ':', ':  ']) + value + pick.choice(['', '', ' ']) + '\r\n')
    return ''.join(out)


REQUEST_FIELDS = ['x-a', 'x-list', 'x-ip', 'x-n', 'cookie', 'user-agent', 'accept', 'x-json', 'authorization', 'x-final', 'x-date', 'accept-language', 'x-forwarded-for', 'referer', 'x-final']
RESPONSE_FIELDS = ['server', 'x-list', 'x-drop', 'set-cookie', 'cache-control', 'x-n', 'x-ip', 'etag', 'content-type', 'location']


def framed(head, body, bodiless=False):
    shape = pick.choice(['length', 'chunks', 'none'])
    if bodiless or shape == 'none':
        return head + ('' if bodiless else 'Content-Length: 0\r\n') + '\r\n', False
    if shape == 'length':
        return head + f'Content-Length: {len(body.encode("latin-1"))}\r\n\r\n' + body, False
    half = len(body) // 2
    pieces = [body[:half], body[half:]] if half else [body] if body else []
    return head + 'Transfer-Encoding: chunked\r\n\r\n' + ''.join(f'{len(p.encode("latin-1")):x}\r\n{p}\r\n' for p in pieces) + '0\r\n\r\n', True


def request():
    method = pick.choice(['GET', 'GET', 'GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'FOO'])
    host = pick.choice(['example.com', 'EXAMPLE.com:80', 'www.example.org', 'a.b.c', '127.0.0.1:8080', ''])
    minor = pick.choice([1, 1, 1, 1, 0])
    head = f'{method} {pick.choice(PATHS)} HTTP/1.{minor}\r\nHost: {host}\r\n' + fields(REQUEST_FIELDS)
    if pick.random() < .2:
        head += pick.choice(['x-final: 0', 'x-final: 1', 'x-final: 2']) + '\r\n'
    if pick.random() < .15:
        head += 'Connection: ' + pick.choice(['close', 'keep-alive', 'x-a, close', 'Keep-Alive']) + '\r\n'
    body = pick.choice(['', 'b=1&c=2', 'x' * 50, '{"a":1}', 'hello world\n', 'b=%41'])
    text, _ = framed(head, body, method in ('GET', 'HEAD', 'DELETE', 'OPTIONS') or minor == 0)
    return method, text.encode('latin-1')


def response():
    status = pick.choice(['200 OK', '200 OK', '200 OK', '201 Created', '204 No Content', '301 Moved', '304 Not Modified', '404 Not Found', '500 Oops', '418 I\'m a teapot'])
    bodiless = status[:3] in ('204', '304')
    text, _ = framed('HTTP/1.1 ' + status + '\r\n' + fields(RESPONSE_FIELDS), pick.choice(['', 'ok', 'y' * 300]), bodiless)
    return text.encode('latin-1')


class Reader:
    def __init__(self, sock):
        self.sock, self.left = sock, b''

    def until(self, mark):
        while mark not in self.left:
            piece = self.sock.recv(65536)
            if not piece:
                raise EOFError
            self.left += piece
        found, self.left = self.left.split(mark, 1)
        return found

    def exactly(self, size):
        while len(self.left) < size:
            piece = self.sock.recv(65536)
            if not piece:
                raise EOFError
            self.left += piece
        found, self.left = self.left[:size], self.left[size:]
        return found

    def message(self, bodiless, is_response):
        """(head, body without its framing)."""
        head, body = self.until(b'\r\n\r\n'), b''
        length = re.search(rb'(?im)^content-length: *(\d+)', head)
        status = int(head.split()[1]) if is_response else 0
        if bodiless or status in (204, 304):
            return head, b''
        if re.search(rb'(?im)^transfer-encoding: *chunked', head):
            while size := int(self.until(b'\r\n').split(b';')[0], 16):
                body += self.exactly(size + 2)[:-2]
            self.until(b'\r\n')
        elif length:
            body = self.exactly(int(length[1]))
        elif is_response:
            try:
                while True:
                    body += self.left
                    self.left = self.sock.recv(65536)
                    if not self.left:
                        break
            except OSError:
                pass
            return head, body + b'<close>'
        return head, body


got, answer = [], b''


def serve(sock):
    reader = Reader(sock)
    try:
        while True:
            got.append(reader.message(False, False))
            head_only = got[-1][0].startswith(b'HEAD ')
            sock.sendall(answer[:answer.index(b'\r\n\r\n') + 4] if head_only else answer)
    except (EOFError, OSError):
        sock.close()


def accept(listener):
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


def free_ports(count):
    """Held all at a time, so that none comes twice: programs would share it."""
    socks = [socket.create_server(('127.0.0.1', 0)) for _ in range(count)]
    ports = [sock.getsockname()[1] for sock in socks]
    for sock in socks:
        sock.close()
    return ports


class Program:
    def __init__(self, path, text, folder, name):
        self.log = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.log.bind(('127.0.0.1', 0))
        self.log.settimeout(1.5)
        self.ports = free_ports(FRONTENDS)
        text = text.replace('@LOG@', str(self.log.getsockname()[1]))
        for number, port in enumerate(self.ports):
            text = text.replace(f'@F{number}@', str(port))
        self.folder = f'{folder}/{name}'
        os.mkdir(self.folder)
        for file, content in FILES.items():
            with open(f'{self.folder}/{file}', 'w', newline='') as out:
                out.write(content)
        with open(self.folder + '/cfg', 'w') as out:
            out.write(text.replace('@FOLDER@', self.folder))
        check = subprocess.run([path, '-c', '-f', self.folder + '/cfg'], capture_output=True, text=True)
        if check.returncode:
            print(path, check.stderr[:3000])
            sys.exit(2)
        self.errors = open(self.folder + '/errors', 'w+')
        self.process = subprocess.Popen([path, '-f', self.folder + '/cfg', '-db'], stdout=self.errors, stderr=self.errors)
        self.clients = [None] * FRONTENDS
        for _ in range(200):
            try:
                socket.create_connection(('127.0.0.1', self.ports[-1])).close()
                break
            except OSError:
                time.sleep(.02)
        while self.lines(.1):  # of the start, and of the connection that was just tried
            pass

    def lines(self, wait):
        self.log.settimeout(wait)
        try:
            while True:
                line = re.sub(rb'^<\d+>\w+ +\d+ [\d:]+ \S+ ', b'', self.log.recv(65536))
                if not line.startswith(b'Proxy '):
                    return [line]
        except OSError:
            return []

    def ask(self, frontend, method, text):
        """(what the server got, what the client got, the log line)."""
        for attempt in range(2):
            got.clear()
            reused = self.clients[frontend] is not None
            if not reused:
                sock = socket.create_connection(('127.0.0.1', self.ports[frontend]))
                sock.settimeout(6)
                self.clients[frontend] = Reader(sock)
            reader = self.clients[frontend]
            try:
                reader.sock.sendall(text)
                result = reader.message(method == 'HEAD', True)
                break
            except (EOFError, OSError) as error:
                result = (repr(type(error)).encode(), reader.left)
                self.clients[frontend] = None
                if not reused or got:
                    break
        log = [re.sub(rb' +', b' ', line) for line in self.lines(1.5)]  # 3.4 joins blanks around what prints nothing
        reader = self.clients[frontend]
        if reader:
            reader.sock.settimeout(0.004 if re.search(rb'(?im)^connection: *close', result[0]) or b'<close>' in result[1] or method == 'HEAD' else 0.0005)
            try:
                closed = not reader.sock.recv(1, socket.MSG_PEEK)
            except OSError:
                closed = False
            reader.sock.settimeout(6)
            if closed:
                reader.sock.close()
                self.clients[frontend] = None
        return list(got), result, log


def mask(text, program):
    if isinstance(text, (list, tuple)):
        return [mask(t, program) for t in text]
    text = text.replace(program.folder.encode(), b'@FOLDER@')
    for number, port in enumerate(program.ports):
        text = re.sub(rb'\b%d\b' % port, b'@F%d@' % number, text)
    text = re.sub(rb'T (-?\d+(?:/\+?-?\d+)*) \|', lambda m: b'T ' + b'/'.join(b'-1' if t == b'-1' else b'n' for t in m[1].split(b'/')) + b' |', text)
    text = re.sub(rb'haproxy\[\d+\]|cfgproxy\[\d+\]', b'haproxy', text)
    return text


def main():
    global answer
    listener = socket.create_server(('127.0.0.1', 0), backlog=100)
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
    differences = 0
    with tempfile.TemporaryDirectory() as folder:
        text = configuration('@FOLDER@').replace('@SERVER@', str(listener.getsockname()[1]))
        programs = [Program(path, text, folder, name) for path, name in zip(PROGRAMS, ['ours', 'theirs'])]
        try:
            for number in range(COUNT):
                frontend = pick.randrange(FRONTENDS)
                method, asked = request()
                answer = response()
                began = time.monotonic()
                ours, theirs = [mask(program.ask(frontend, method, asked), program) for program in programs]
                if os.environ.get('SLOW') and time.monotonic() - began > 1:
                    print('slow:', time.monotonic() - began, asked[:80], answer[:60], ours, theirs)
                if ours == theirs:
                    continue
                differences += 1
                if differences <= int(os.environ.get('SHOW', 5)):
                    print(f'--- request {number} on f{frontend}: {asked!r}\n    answered: {answer!r}')
                    for what, a, b in zip(['server', 'client', 'log'], ours, theirs):
                        if a != b:
                            print(f'  {what} of ours:   {a}\n  {what} of theirs: {b}')
        finally:
            for program in programs:
                program.process.terminate()
                program.process.wait()
        if os.environ.get('KEEP'):
            os.system(f'cp {programs[0].folder}/cfg {os.environ["KEEP"]}')
    print(f'{COUNT} requests, {differences} differences')
    return 1 if differences else 0


if __name__ == '__main__':
    sys.exit(main())
