#!/bin/bash
# What -dD and `check --verbose` say beside HAProxy's warnings, and that nothing of it is said without them.
set -u
program=$HAPROXY_PROGRAM
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failed=0
cat >file.cfg <<'END'
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
frontend web
    bind 127.0.0.1:18080
    acl used path_beg /u
    acl unused path_beg /a or /b
    acl doubtful path_beg /a path_end
    http-request deny if used doubtful
    use_backend app
    use_backend other if used
    default_backend other
backend app
    cookie C insert
    server one 127.0.0.1:18081 cookie a
    server two 127.0.0.1:18082 cookie a
    server three 127.0.0.1:18083 cookie a backup
backend other
backend lonely
backend table
    stick-table type ip size 10
global
END
wanted="file.cfg:9 acl 'unused' is declared and never used.
file.cfg:9 pattern 'or' looks like a failed attempt at using an operator inside a pattern list
file.cfg:10 pattern 'path_end' suspiciously looks like a known acl keyword
file.cfg:13 this 'use_backend' rule is never reached: the one at line 12 has no condition.
file.cfg:14 this 'default_backend' rule is never reached: the 'use_backend' rule at line 12 has no condition.
file.cfg:18 'server two' : same cookie value is set for a previous non-backup server in the same backend, it may break connection persistence
file.cfg:21 backend 'lonely' is declared and never used.
file.cfg:24 global section detected after a non-global one, the prevalence of their statements is unspecified"
told=$("$program" -dD -c -f file.cfg 2>&1 | sed -n 's/^\[DIAG\] .*parsing \[\([^]]*\)\] : /\1 /p' | sort -t: -k2n)
if [[ $told != "$(sort -t: -k2n <<<"$wanted")" ]]; then echo "-dD:"; diff <(sort -t: -k2n <<<"$wanted") <(echo "$told"); failed=1; fi
"$program" -c -f file.cfg 2>&1 | grep -q DIAG && { echo 'said without -dD'; failed=1; }
notes=$("$program" check --verbose file.cfg | grep -c '\[CFG\(405\|609\|610\|611\)\]')
[[ $notes == 7 ]] || { echo "check --verbose: $notes of 7"; failed=1; }
"$program" check file.cfg | grep -q 'never used' && { echo 'said without --verbose'; failed=1; }
"$program" -dW -dD -c -f file.cfg >/dev/null 2>&1 || { echo 'a suspicion counts as a warning'; failed=1; }
exit $failed
