#!/bin/bash
# reference: also
# A start with a file in error, or without listener, ends with exit code 1.
. "$(dirname "$(readlink -f "$0")")/common.bash"
{ config $port ok </dev/null; echo ' nonsense'; } >bad.cfg
"$program" -db -f bad.cfg >out 2>&1; [[ $? = 1 ]] || fail "errors: exit code"
printf 'backend be\n mode http\n' >none.cfg
"$program" -db -f none.cfg >out 2>&1; [[ $? = 1 ]] || fail "no listener: exit code"
grep -q "No enabled listener found (check for .bind. directives) ! Exiting\." out || fail "no listener: message"
"$program" -D -f bad.cfg >out 2>&1; [[ $? = 1 ]] || fail "errors with -D: exit code"
