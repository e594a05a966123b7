#!/bin/bash
# cfgproxy check: statuses, what stays the same in all releases, --offline, standard input.
set -u
program=$HAPROXY_PROGRAM
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failed=0
expect() { if [[ $2 != "$3" ]]; then echo "$1: got '$2', expected '$3'"; failed=1; fi; }

cat >good.cfg <<'END'
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
frontend web
    bind 127.0.0.1:18080
    default_backend app
backend app
    server one 127.0.0.1:18081
END
expect 'a good file' "$("$program" check good.cfg; echo $?)" $'defaults of HAProxy 3.4: it accepts every word\nno complaints\n0'
expect 'standard input' "$("$program" check - <good.cfg; echo $?)" $'defaults of HAProxy 3.4: it accepts every word\nno complaints\n0'

sed 's/default_backend app/default_backend apq/' good.cfg >bad.cfg
expect 'a bad file' "$("$program" check bad.cfg; echo $?)" "bad.cfg:8:21: error: Proxy 'web': unable to find required default_backend: 'apq'. [CFG202]
      default_backend apq
                      ^^^
  did you mean 'app'?
  expected: default_backend <backend>
1 error
1"

# The era, and the line that tells it.
{ cat good.cfg; echo '    option forceclose'; } >old.cfg
old="defaults of HAProxy 2.4: later releases do not accept 'option forceclose'"
expect 'an old file' "$("$program" check old.cfg; echo $?)" "old.cfg:11:12: $old
no complaints
0"
expect 'an old file in JSON' "$("$program" check --format json old.cfg | tr -d ' \n' | grep -o '"era":{[^}]*}')" \
    "\"era\":{\"release\":\"2.4\",\"reason\":\"${old// /}\",\"file\":\"old.cfg\",\"line\":11,\"column\":12}"
expect 'an era by option' "$("$program" check --era 1.8 old.cfg | head -1)" "defaults of HAProxy 1.8: '--era' says so"
"$program" check --era 9 old.cfg >/dev/null 2>&1
expect 'no such era' $? 2

# Five times the same: three are shown.
for i in 1 2 3 4 5; do echo '    tiemout client 1s'; done >>good.cfg
expect 'many of one kind' "$("$program" check good.cfg | grep -c '\[CFG113\]')" 3
expect 'the rest is counted' "$("$program" check good.cfg | grep 'the same')" '  ... the same at 2 places more: lines 14, 15'

printf 'global\n    user nobody-has-this-name\n    group nor-this\nbackend b\n    server s no.such.host.invalid:80\n' >away.cfg
"$program" check away.cfg >/dev/null
expect 'a user of another machine' $? 1
"$program" check --offline --format json away.cfg | grep -q '"kind": "error"' && { echo '--offline asks for users or hosts'; failed=1; }

"$program" check --format yaml away.cfg >/dev/null 2>&1
expect 'an unknown format' $? 2
"$program" check none.cfg >/dev/null
expect 'a file that is not there' $? 1
"$program" check >/dev/null 2>&1
expect 'no file' $? 2
printf 'listen a\n    bind 127.0.0.1:18080\n' >warns.cfg
"$program" check warns.cfg >/dev/null
expect 'warnings' $? 0
"$program" check --zero-warning warns.cfg >/dev/null
expect 'warnings with --zero-warning' $? 1
exit $failed
