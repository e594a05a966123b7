#!/usr/bin/env python3
"""Lists the compatibility tests for meson, one a line: kind, name, file, run on the reference? run on cfgproxy? (yes or no).
The configurations of a folder are one test; their files stand between bars.

usage: list_tests.py REFERENCE

A comment among the first lines of a test says where it cannot be run on the reference:
    # reference: none     words of an era that no reference program at hand reads
    # reference: 3.4      behaviour that came with HAProxy 3.4 (any version number); run if REFERENCE is that recent
    # reference: also     scripts only: run on the reference too (by default only on cfgproxy)
and where it cannot yet be run on cfgproxy:
    # cfgproxy: later     it needs a word that cfgproxy refuses as pending; take the mark away with the word
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def version_of(program):
    """The (major, minor) that `program -v` tells; (0, 0) if it does not run."""
    try:
        text = subprocess.run([program, '-v'], capture_output=True, text=True).stdout
    except OSError:
        return 0, 0
    found = re.search(r'version (\d+)\.(\d+)', text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def mark_of(path, which):
    """What follows `# reference:` or `# cfgproxy:` in the first eight lines, or ''."""
    with open(path, encoding='latin-1') as file:  # configurations under test hold any bytes
        for _, line in zip(range(8), file):
            found = re.match(rf'#\s*{which}:\s*(\S+)', line)
            if found:
                return found[1]
    return ''


def runs_on_reference(kind, mark, version):
    if version == (0, 0) or mark == 'none':
        return False
    if re.fullmatch(r'\d+\.\d+', mark):
        return version >= tuple(map(int, mark.split('.')))
    return kind == 'vtc' or mark == 'also'


def main():
    version = version_of(sys.argv[1])
    configurations = {}
    for folder, folders, files in os.walk(HERE):
        folders[:] = sorted(f for f in folders if folder != HERE or f != 'tools')
        for file in sorted(files):
            path = os.path.join(folder, file)
            if folder == HERE:
                continue
            if file.endswith('.vtc'):
                kind = 'vtc'
            elif file.endswith('.cfg') and os.path.relpath(folder, HERE).split(os.sep)[0] == 'config':
                kind = 'config'
            elif file.endswith(('.sh', '.py')) and file != 'compare.py' and os.access(path, os.X_OK):
                kind = 'script'
            else:
                continue
            name = os.path.splitext(os.path.relpath(path, HERE))[0]
            reference = 'yes' if runs_on_reference(kind, mark_of(path, 'reference'), version) else 'no'
            cfgproxy = 'no' if mark_of(path, 'cfgproxy') == 'later' else 'yes'
            if kind == 'config':
                if cfgproxy == 'yes':
                    configurations.setdefault(os.path.dirname(name), []).append(path)
                continue
            print(kind, name, path, reference, cfgproxy, sep='\t')
    for name, files in sorted(configurations.items()):
        print('config', name, '|'.join(files), 'yes', 'yes', sep='\t')


main()
