#!/bin/bash
# reference: also
# -f may be repeated and may be a folder, whose .cfg files are read in the order of their names; -- ends the options.
. "$(dirname "$(readlink -f "$0")")/common.bash"
config $port one </dev/null >whole.cfg
head -6 whole.cfg >head.cfg
tail -n +7 whole.cfg >tail.cfg
"$program" -c -f head.cfg -f tail.cfg >out 2>&1 || fail "two files"
"$program" -c -- head.cfg tail.cfg >out 2>&1 || fail "files after --"
mkdir folder; cp head.cfg folder/10-head.cfg; cp tail.cfg folder/20-tail.cfg; echo nonsense >folder/30-other.txt; echo nonsense >folder/.hidden.cfg
"$program" -c -f folder >out 2>&1 || fail "a folder"
start -f folder
wait_until answers $port one || fail "a folder: not served"
