#!/bin/bash
# reference: also
# An unknown option, or no file at all, prints the usage and ends with exit code 1.
. "$(dirname "$(readlink -f "$0")")/common.bash"
"$program" -Z >out 2>&1; [[ $? = 1 ]] || fail "unknown option: exit code"
grep -q '^Usage : ' out || fail "unknown option: no usage"
"$program" >out 2>&1; [[ $? = 1 ]] || fail "no file: exit code"
