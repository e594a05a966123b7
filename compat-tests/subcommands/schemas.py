#!/usr/bin/env python3
"""What the subcommands print for machines is what it is said to be: dumps fit the schema in man/, and read back they give the
same dump; check's SARIF has the shape of SARIF 2.1.0 and its JSON names the same places.

HAPROXY_PROGRAM names the program under test.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, '..', '..')
PROGRAM = os.environ['HAPROXY_PROGRAM']
failures = []


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, errors='surrogateescape', timeout=60, cwd=ROOT)


def expect(truth, what):
    if not truth:
        failures.append(what)


def problems(value, schema, root, where='$'):
    """What in `value` does not fit; knows as much of JSON Schema as the file in man/ uses."""
    if '$ref' in schema:
        target = root
        for part in schema['$ref'].removeprefix('#/').split('/'):
            target = target[part]
        yield from problems(value, target, root, where)
    if 'const' in schema and value != schema['const']:
        yield f'{where} is not {schema["const"]!r}'
    if 'enum' in schema and value not in schema['enum']:
        yield f'{where} is none of {schema["enum"]}'
    if 'oneOf' in schema and sum(not list(problems(value, s, root)) for s in schema['oneOf']) != 1:
        yield f'{where} fits not exactly one form'
    if 'type' in schema:
        kinds = {'object': dict, 'array': list, 'string': str, 'integer': int, 'boolean': bool}
        wanted = schema['type'] if isinstance(schema['type'], list) else [schema['type']]
        if not any(isinstance(value, kinds[t]) and (t != 'integer' or not isinstance(value, bool)) for t in wanted):
            yield f'{where} is no {wanted}'
            return
    if 'minimum' in schema and value < schema['minimum']:
        yield f'{where} is below {schema["minimum"]}'
    if 'pattern' in schema and not re.search(schema['pattern'], value):
        yield f'{where} does not match'
    if isinstance(value, dict):
        for name in schema.get('required', []):
            if name not in value:
                yield f'{where} lacks {name}'
        for name, member in value.items():
            if name in schema.get('properties', {}):
                yield from problems(member, schema['properties'][name], root, f'{where}.{name}')
            elif schema.get('additionalProperties') is False:
                yield f'{where} has {name}'
    if isinstance(value, list) and 'items' in schema:
        for i, item in enumerate(value):
            yield from problems(item, schema['items'], root, f'{where}[{i}]')


def without_places(dump):
    """A dump without what changes when it is printed and read again."""
    if isinstance(dump, dict):
        return {k: without_places(v) for k, v in dump.items() if k not in ('line', 'column', 'file', 'files')}
    return [without_places(v) for v in dump] if isinstance(dump, list) else dump


def check_dump(path, schema, folder):
    done = run('dump', '--json', path)
    if done.returncode != 0:
        return False
    dump = json.loads(done.stdout)
    for problem in problems(dump, schema, schema):
        failures.append(f'{path}: {problem}')
    saved, printed = os.path.join(folder, 'dump.json'), os.path.join(folder, 'printed.cfg')
    with open(saved, 'w', errors='surrogateescape') as file:
        file.write(done.stdout)
    back = run('dump', '--haproxy', saved)
    expect(back.returncode == 0, f'{path}: dump --haproxy: status {back.returncode} {back.stderr}')
    expect(back.stdout == run('dump', '--haproxy', path).stdout, f'{path}: the dump prints otherwise than the file')
    with open(printed, 'w', errors='surrogateescape') as file:
        file.write(back.stdout)
    again = run('dump', printed)
    expect(again.returncode == 0, f'{path}: what was printed is refused: {again.stderr}')
    if again.returncode == 0:
        expect(without_places(json.loads(again.stdout)) == without_places(dump), f'{path}: not the same when read back')
    return True


def check_findings(path):
    plain = json.loads(run('check', '--format', 'json', path).stdout)
    sarif = json.loads(run('check', '--format', 'sarif', path).stdout)
    human = run('check', path)
    expect(sarif['version'] == '2.1.0' and sarif['$schema'], f'{path}: not SARIF 2.1.0')
    (only,) = sarif['runs']
    rules = only['tool']['driver']['rules']
    ids = [rule['id'] for rule in rules]
    expect(len(ids) == len(set(ids)), 'two rules of SARIF have one id')
    expect(len(only['results']) == len(plain['findings']), f'{path}: SARIF and JSON differ')
    for result, finding in zip(only['results'], plain['findings']):
        expect(rules[result['ruleIndex']]['id'] == result['ruleId'] == finding['code'], f'{path}: a rule is not its own')
        expect(result['level'] in ('error', 'warning', 'note') and result['message']['text'], f'{path}: a result lacks something')
        for location in result.get('locations', []):
            region = location['physicalLocation'].get('region')
            expect(location['physicalLocation']['artifactLocation']['uri'], f'{path}: no uri')
            if region:
                expect(region['startLine'] == finding['line'], f'{path}: another line')
                expect(1 <= region['startColumn'] <= region['endColumn'], f'{path}: columns {region}')
    wrong = plain['counts']['error'] + plain['counts']['pending']
    expect(human.returncode == (1 if wrong else 0), f'{path}: status {human.returncode} with {wrong} errors')
    language = run('check', '--language', path).returncode
    expect(language == (1 if plain['counts']['error'] else 0), f'{path}: --language gives {language}')


def main():
    with open(os.path.join(ROOT, 'man', 'cfgproxy-dump.schema.json'), encoding='utf-8') as file:
        schema = json.load(file)
    expect(list(problems({'format': 'x'}, schema, schema)), 'the schema accepts anything')
    files = sorted(glob.glob(os.path.join(HERE, '..', 'config', '*', '*.cfg')))
    with tempfile.TemporaryDirectory() as folder:
        dumped = sum(check_dump(os.path.relpath(path, ROOT), schema, folder) for path in files[::3])
    expect(dumped > 10, f'only {dumped} files were dumped')
    for path in files[::3]:
        check_findings(os.path.relpath(path, ROOT))
    print('\n'.join(failures[:40]))
    sys.exit(1 if failures else 0)


main()
