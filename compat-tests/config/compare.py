#!/usr/bin/env python3
"""Checks one configuration (-c -f) with HAProxy and with cfgproxy, and compares what they say.

usage: compare.py [--reference PROGRAM] CFGPROXY FILE...

Compared: the exit code, stdout, and the (severity, file, line) of each [ALERT] and [WARNING]. After an error at which the
reference stops reading, more messages are only told. A word that cfgproxy understands but does not execute yet is no error of
language: such messages count for nothing here, and a file with no other error is accepted. The words of the messages are
compared too; where they differ that is told but fails only if the file asks for it. Comments in the file's first lines:
    # text: exact           the words of the messages must be the same, too
    # reference: none       the reference does not read this era's words; what is expected stands here instead:
    # expect: exit N            the exit code
    # expect: line N            a message at this line (repeat for more; none: no message with a line is allowed)
    # arguments: ...        more arguments, such as -dW
Exit code: 0 all alike, 1 something differs.
"""
import argparse
import os
import re
import subprocess
import sys

PENDING = 'is understood but not executed yet by this version of cfgproxy'
PLACE = re.compile(r'\[([^\s:\[\]]+):(\d+)\]')


class Answer:
    """What one program said about one file."""

    def __init__(self, program, path, arguments):
        done = subprocess.run([program, '-c', '-f', path, *arguments], capture_output=True, text=True, errors='replace',
                              stdin=subprocess.DEVNULL, timeout=20, cwd=os.path.dirname(path))
        self.exit = done.returncode
        self.stdout = done.stdout
        self.places, self.texts, self.pending = [], [], False
        for line in done.stderr.splitlines():
            message = re.match(r'\[(ALERT|WARNING|NOTICE)\]\s*\((\d+)\)\s*:\s*(.*)', line)
            if not message:
                continue
            if message[1] == 'NOTICE':
                continue
            if PENDING in message[3]:
                self.pending = True
                continue
            place = PLACE.search(message[3])
            if place:
                self.places.append((message[1], os.path.basename(place[1]), int(place[2])))
            self.texts.append(f'[{message[1]}] {message[3].replace(str(path), os.path.basename(path))}')
        self.places = sorted(set(self.places))
        if self.pending and not any(t.startswith('[ALERT]') and 'found in' not in t for t in self.texts):
            # All that keeps the file from running is pending: as far as its language goes it is right.
            self.texts = [t for t in self.texts if not t.startswith('[ALERT]')]
            self.exit, self.stdout = 0, None
        # HAProxy stops reading at some errors; what stands behind them it does not judge.
        self.stopped_early = self.exit == 1 and 'Fatal errors found in configuration' not in done.stderr

    def lines(self):
        return sorted({line for _, _, line in self.places})


def head_of(path):
    """The marks in the leading comment lines: a list of (name, value)."""
    marks = []
    with open(path, encoding='utf-8', errors='replace') as file:
        for line in file:
            if not line.startswith('#'):
                break
            found = re.match(r'#\s*(text|reference|expect|arguments):\s*(.*?)\s*$', line)
            if found:
                marks.append((found[1], found[2]))
    return marks


def against_expectation(answer, marks):
    """The differences between an answer and what the file's head expects."""
    exits = [int(v.split()[1]) for n, v in marks if n == 'expect' and v.startswith('exit')]
    lines = sorted(int(v.split()[1]) for n, v in marks if n == 'expect' and v.startswith('line'))
    wrong = []
    if exits and answer.exit not in exits:
        wrong.append(f'exit code {answer.exit}, expected {exits[0]}')
    if 0 in exits and answer.stdout is not None and 'Configuration file is valid' not in answer.stdout:
        wrong.append('stdout does not say that the file is valid')
    if answer.lines() != lines:
        wrong.append(f'messages at lines {answer.lines()}, expected {lines}')
    return wrong


def against_reference(answer, reference, exact):
    """The differences between two answers; the second list holds those that are told only."""
    wrong, soft = [], []
    if answer.exit != reference.exit:
        wrong.append(f'exit code {answer.exit}, the reference {reference.exit}')
    for place in sorted(set(reference.places) - set(answer.places)):
        wrong.append('missing  {} at {}:{}'.format(*place))
    last = max(reference.lines(), default=0)
    for place in sorted(set(answer.places) - set(reference.places)):
        unjudged = reference.stopped_early and place[2] > last
        (soft if unjudged else wrong).append('too many {} at {}:{}'.format(*place))
    if answer.stdout is not None and answer.stdout != reference.stdout:
        wrong.append(f'stdout differs: {answer.stdout!r}, the reference {reference.stdout!r}')
    if answer.texts != reference.texts:
        differences = [f'- {t}' for t in reference.texts if t not in answer.texts]
        differences += [f'+ {t}' for t in answer.texts if t not in reference.texts]
        (wrong if exact and not reference.stopped_early and not answer.pending else soft).append('text differs\n      ' + '\n      '.join(differences or ['order']))
    return wrong, soft


def compare(program, reference, path):
    marks = head_of(path)
    arguments = [word for n, v in marks if n == 'arguments' for word in v.split()]
    answer = Answer(program, path, arguments)
    soft = []
    if ('reference', 'none') in marks:
        wrong = against_expectation(answer, marks)
    elif not os.access(reference, os.X_OK):
        print(f'{path}: no reference at {reference}')
        return 77
    else:
        wrong, soft = against_reference(answer, Answer(reference, path, arguments), ('text', 'exact') in marks)
    print(f'{path}: {"differs" if wrong else "alike"}')
    for line in wrong:
        print('   ', line)
    for line in soft:
        print('    (told only)', line)
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--reference', default='/usr/sbin/haproxy')
    parser.add_argument('program')
    parser.add_argument('files', nargs='+')
    arguments = parser.parse_args()
    results = [compare(os.path.abspath(arguments.program), arguments.reference, os.path.abspath(f)) for f in arguments.files]
    sys.exit(1 if 1 in results else max(results))


main()
