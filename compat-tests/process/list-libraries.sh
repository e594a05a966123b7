#!/bin/bash
# reference: also
# -dL prints the program and its libraries once the configuration is read.
. "$(dirname "$(readlink -f "$0")")/common.bash"
config $port one </dev/null >ok.cfg
"$program" -q -c -dL -f ok.cfg >list || fail "-dL ended with $?"
head -1 list | grep -q '^/' || fail "the program is not first: $(head -1 list)"
grep -q '/libc\.so\.6$' list || fail "no C library in the list"
grep -q '/libssl\.so' list || fail "no OpenSSL in the list"
while read -r file; do [ -f "$file" ] || fail "$file is no file"; done <list
"$program" -c -dL -f ok.cfg | grep -q '^List of loaded object files:$' || fail "no title"
echo nonsense >bad.cfg
[ -z "$("$program" -q -c -dL -f bad.cfg 2>/dev/null)" ] || fail "a list in spite of a bad file"
