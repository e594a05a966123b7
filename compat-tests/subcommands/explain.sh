#!/bin/sh
# cfgproxy explain and cfgproxy test, as people and tools call them.
: "${HAPROXY_PROGRAM:?}"
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
failed=0
problem() { echo "FAILED: $*"; failed=1; }

cat > "$dir/a.cfg" <<'CFG'
defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend web
    bind 127.0.0.1:8080
    acl old path_beg -i /Old
    acl odd req.hdr(x-a) -m str "a b" c
    http-request set-header X-Text "two words" if old
    http-request deny if odd
    default_backend app
backend app
    server s 127.0.0.1:8081
CFG
cat > "$dir/a.cfgtest" <<'CFG'
config a.cfg
test good
    request GET http://h:8080/old
    expect status 200
test bad
    request GET http://h:8080/old
    expect status 404
CFG

# A method alone is half a request; a URL alone is asked for with GET.
for request in GET POST ''; do
    "$HAPROXY_PROGRAM" explain -f "$dir/a.cfg" $request > "$dir/out" 2>&1
    [ $? = 2 ] || problem "explain '$request' is no usage error: $(cat "$dir/out")"
done
for request in /old http://h:8080/old 'GET /old' '*'; do
    "$HAPROXY_PROGRAM" explain -f "$dir/a.cfg" "$request" > "$dir/out" 2>&1 ||
        problem "explain '$request': $(cat "$dir/out")"
done

# What is shown reads as the file does: quotes, and that case does not count.
"$HAPROXY_PROGRAM" explain -f "$dir/a.cfg" 'GET /oLD/x' -H 'X-A: q' > "$dir/out"
for text in 'http-request set-header X-Text "two words" if old' 'matches -m beg -i /Old' 'matches none of -m str "a b" c'; do
    grep -qF -- "$text" "$dir/out" || problem "explain does not show: $text"
done
"$HAPROXY_PROGRAM" explain -f "$dir/a.cfg" --json 'GET /old' | grep -q '"ignore_case": true' || problem "no ignore_case in JSON"

# Results of tests for tools.
"$HAPROXY_PROGRAM" test --json "$dir/a.cfgtest" > "$dir/out"
[ $? = 1 ] || problem "a failed test does not exit with 1"
python3 - "$dir/out" <<'PY' || problem "test --json: $(cat "$dir/out")"
import json, sys
told = json.load(open(sys.argv[1]))
tests = told['files'][0]['tests']
assert [t['passed'] for t in tests] == [True, False], tests
assert tests[0]['name'] == 'good' and tests[1]['line'] == 5 and 'status 404' in tests[1]['problems'][0], tests
assert (told['passed'], told['failed']) == (1, 1), told
assert told['files'][0]['rules'] == 3 and len(told['files'][0]['never']) == 1, told
PY
exit $failed
