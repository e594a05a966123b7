#!/usr/bin/env python3
"""Fails when a source file includes a header of a higher layer than its own (lib/layers.txt)."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
order = [l for l in (root / 'lib/layers.txt').read_text().split('\n') if l and not l.startswith('#')]
rank = {name: i for i, name in enumerate(order)}
errors = 0
files = [p for top in ('lib', 'daemon') for p in (root / top).rglob('*') if p.suffix in ('.cc', '.h')]
for path in sorted(files):
    layer = path.relative_to(root / 'lib').parts[0] if (root / 'lib') in path.parents else 'daemon'
    if layer == 'precompiled':  # read before files of all layers; it belongs to none
        continue
    for number, line in enumerate(path.read_text().split('\n'), 1):
        found = re.match(r'\s*#\s*include\s+"([a-z_]+)/', line)
        if found and rank.get(found[1], 99) > rank[layer]:
            print(f'{path.relative_to(root)}:{number}: {layer} may not include {found[1]}')
            errors += 1
print(f'{len(files)} files, {errors} wrong includes')
sys.exit(errors > 0 or len(files) == 0)
