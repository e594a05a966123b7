#!/usr/bin/env python3
# reference: none
"""Everything that HAProxy's -dKall lists is listed by cfgproxy: against the reference at hand, class by class.

What is missing on purpose stands in dump-exceptions.txt, one line each, and must really be missing. How a word is called
counts: signatures and types of the sample language are those of HAProxy 3.4, which are compared with fetches.tsv and
converters.tsv. HAPROXY_PROGRAM and REFERENCE_PROGRAM name the programs.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def dump(program):
    """The words by class; of the language of files with the section in front."""
    with tempfile.NamedTemporaryFile('w', suffix='.cfg') as file:
        file.write('global\n')
        file.flush()
        text = subprocess.run([program, '-dKall', '-q', '-c', '-f', file.name], capture_output=True, text=True, timeout=60).stdout
    classes, current, section = {}, None, ''
    for line in text.splitlines():
        title = re.match(r'# List of registered (.*):', line)
        if title:
            current = classes.setdefault(title[1], {})
            continue
        if re.match(r'#(?!pending)', line) or current is None:
            continue
        word = line.replace('#pending ', '')
        word = re.sub(r'^\[[ .Y]*\] ', '', word)
        if title is None and classes.get('configuration keywords') is current:
            if not word.startswith('\t'):
                section = word.strip()
                continue
            word = re.sub(r' \+-?\d+$', '', word.strip())
            word = re.sub(r'^((?:bind <addr>|server <name> <addr>)) ssl (?=\S)', r'\1 ', word)
            current[f'{section}: {word}'] = line
        else:
            name = re.match(r'(?:[^\s(:]|:(?=\S))+', word)[0] if 'sample' in list(classes)[-1] else word.strip()
            current[name] = word.strip()
    return classes


def names_only(words, title):
    """CLI commands are compared without the process that answers them, filters without their class names."""
    return {re.sub(r' \[.*\]$', '', w).strip() for w in words} if 'sample' not in title else set(words)


def facts(table, columns):
    """The signatures that the tables have for 3.4."""
    with open(os.path.join(HERE, table), encoding='utf-8') as file:
        rows = [line.rstrip('\n').split('\t') for line in file]
    head = rows.pop(0)
    return [dict(zip(head, row)) for row in rows]


def main():
    ours, theirs = dump(os.environ['HAPROXY_PROGRAM']), dump(os.environ['REFERENCE_PROGRAM'])
    missing = set()
    for title, words in theirs.items():
        have = names_only(ours.get(title, {}), title)
        # A section's words may be spread over more rows here: "stats" is many words, "tcp-request" too.
        for word in names_only(words, title):
            if word in have or any(h.startswith(word + ' ') for h in have):
                continue
            missing.add(f'{title}: {word}')
    fetches, converters = ours['sample fetch functions'], ours['sample converter functions']
    for row in facts('fetches.tsv', 4):
        call = row['fetch'] + row['args']
        if fetches.get(row['fetch']) != f"{call}: {row['type']}":
            missing.add(f"3.4 fetch: {call}: {row['type']}")
    for row in facts('converters.tsv', 4):
        call = row['converter'] + row['args']
        if converters.get(row['converter']) != f"{call}: {row['out']} => {row['in']}":
            missing.add(f"3.4 converter: {call}: {row['out']} => {row['in']}")
    with open(os.path.join(HERE, 'dump-exceptions.txt'), encoding='utf-8') as file:
        known = {line.rstrip('\n') for line in file if line.strip() and not line.startswith('#')}
    for line in sorted(missing - known):
        print('missing:', line)
    for line in sorted(known - missing):
        print('there now, strike it from dump-exceptions.txt:', line)
    sys.exit(missing != known)


main()
