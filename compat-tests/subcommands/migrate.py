#!/usr/bin/env python3
"""Files of the 1.x era, migrated, are files that a HAProxy of today accepts.

Taken are the files of compat-tests/config that HAProxy 1.5 accepts, which accepted-by-1.5.txt lists. A file with a word that has no
modern form is told by status 1, and its other words must have been changed. HAPROXY_PROGRAM is the program under test,
REFERENCE_PROGRAM the HAProxy.
"""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM, REFERENCE = os.environ['HAPROXY_PROGRAM'], os.environ['REFERENCE_PROGRAM']
failures = []


def accepted_by_old():
    with open(os.path.join(HERE, 'accepted-by-1.5.txt'), encoding='utf-8') as file:
        return [os.path.join(HERE, '..', 'config', line.strip()) for line in file if not line.startswith('#')]


def verdict_of(file, path):
    """What the reference says of a file, in the folder of `path`, whose other files it may name."""
    return subprocess.run([REFERENCE, '-c', '-f', file], capture_output=True, timeout=60, text=True, errors='replace',
                          cwd=os.path.dirname(path))


def check(path, folder):
    """Gives 1 if there was something to migrate."""
    name = os.path.relpath(path, HERE)
    done = subprocess.run([PROGRAM, 'migrate', path], capture_output=True, timeout=60)
    if done.returncode == 2:
        # What HAProxy 1.5 took in silence, words too many and quotes never closed, is an error of the file: nobody can say what
        # it should have meant. But then it must be one for HAProxy, too.
        if verdict_of(path, path).returncode in (0, 2):
            failures.append(f'{name}: not migrated: {done.stderr.decode(errors="replace")}')
        return 0
    result = os.path.join(folder, 'new.cfg')
    with open(result, 'wb') as file:
        file.write(done.stdout)
    verdict = verdict_of(result, path)
    # migrate does not ask for the files that a configuration names; the reference does.
    lacks_file = 'failed to open pattern file' in verdict.stderr
    if done.returncode == 0 and verdict.returncode not in (0, 2) and not lacks_file:
        failures.append(f'{name}: the reference refuses the result:\n{verdict.stderr}')
    if done.returncode == 1 and b'left as it is' not in done.stderr:
        failures.append(f'{name}: status 1 without a reason')
    again = subprocess.run([PROGRAM, 'migrate', result], capture_output=True, timeout=60)
    if again.stdout != done.stdout:
        failures.append(f'{name}: migrated twice it is another file')
    return 1


def main():
    files = accepted_by_old()
    with tempfile.TemporaryDirectory() as folder:
        migrated = sum(check(path, folder) for path in files)
    print('\n'.join(failures))
    print(migrated, 'of', len(files), 'files migrated')
    sys.exit(1 if failures or migrated < 80 else 0)


main()
