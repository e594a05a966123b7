#!/bin/bash
# reference: also
# -v tells the version and leaves with 0; -vv tells more; called haproxy, the line begins as HAProxy's.
. "$(dirname "$(readlink -f "$0")")/common.bash"
ln -s "$program" haproxy
./haproxy -v >out 2>&1 || fail "-v: exit code"
head -1 out | grep -qE '^HAProxy version [2-9]\.[0-9]+[.-]' || fail "-v: first line"
./haproxy -vv >out 2>&1 || fail "-vv: exit code"
head -1 out | grep -qE '^HAProxy version ' || fail "-vv: first line"
