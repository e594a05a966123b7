#!/bin/bash
# -dC (2.7) prints what was read, -dA (3.2) packs up what runs; -4, -dc and -dt say why they change nothing.
. "$(dirname "$(readlink -f "$0")")/common.bash"
config $port one </dev/null >ok.cfg
echo ' # a comment' >>ok.cfg
"$program" -q -c -dC -f ok.cfg >list || fail "-dC ended with $?"
[ "$(sed -n 1p list)" = "global " ] || fail "first line: $(sed -n 1p list)"
grep -q "^	bind 127.0.0.1:$port \$" list || fail "no bind line in the dump"
grep -q '#' list && fail "a comment in the dump"
"$program" -q -c -dCkey -f ok.cfg >out 2>&1 && fail "an anonymized dump without anonymizing"
"$program" -q -c -dA"$dir/libs.tar" -f ok.cfg || fail "-dA ended with $?"
tar -tf libs.tar | grep -q '/libc\.so\.6$' || fail "no C library in the archive"
tar -xf libs.tar || fail "the archive is broken"
cmp -s "./$(tar -tf libs.tar | head -1)" "$(readlink -f "$program")" || fail "the program is not first in the archive"
"$program" -q -c -dA/nonexistent/libs.tar -f ok.cfg && fail "-dA into nowhere"
for option in -4 -dc -dt; do
    "$program" $option -c -f ok.cfg >out 2>&1 || fail "$option ended with $?"
    grep -q "NOTICE.*$option" out || fail "no word about $option"
done
exit 0
