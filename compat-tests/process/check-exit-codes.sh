#!/bin/bash
# reference: also
# -c: 0 for a good file, 1 for errors, 2 when there is no listener; what goes to stdout and what to stderr.
. "$(dirname "$(readlink -f "$0")")/common.bash"
config $port ok </dev/null >good.cfg
"$program" -c -f good.cfg >stdout 2>stderr; [[ $? = 0 ]] || fail "a good file: exit code"
[[ $(<stdout) = 'Configuration file is valid' ]] || fail "a good file: stdout"
"$program" -q -c -f good.cfg >stdout 2>&1; [[ $? = 0 && ! -s stdout ]] || fail "-q is not quiet"
{ config $port ok </dev/null; echo ' nonsense'; } >bad.cfg
"$program" -c -f bad.cfg >stdout 2>stderr; [[ $? = 1 ]] || fail "errors: exit code"
grep -q '^\[ALERT\] *([0-9]*) : config : parsing \[bad.cfg:10\] : ' stderr || fail "errors: stderr"
[[ ! -s stdout ]] || fail "errors: stdout"
printf 'backend be\n mode http\n' >none.cfg
"$program" -c -f none.cfg >stdout 2>stderr; [[ $? = 2 ]] || fail "no listener: exit code"
"$program" -c -f /no/such/file >stdout 2>stderr; [[ $? = 1 ]] || fail "no file: exit code"
