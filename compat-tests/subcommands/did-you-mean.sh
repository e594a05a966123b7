#!/bin/bash
# cfgproxy check names the word that a wrong one was meant to be: one case for each kind of name.
set -u
program=$HAPROXY_PROGRAM
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failed=0

# meant KIND WORD CODE: standard input is a file in which WORD was meant where another stands.
meant() {
    cat >file.cfg
    local told code
    told=$("$program" check --offline file.cfg | sed -n "s/^  did you mean '\(.*\)'?$/\1/p" | head -1)
    if [[ $told != "$2" ]]; then echo "$1: told '$told', meant '$2'"; failed=1; fi
    code=$("$program" check --offline --format json file.cfg | tr -d ' \n' | grep -o "\"code\":\"$3\",[^}]*\"kind\":\"error\",[^}]*\"meant\":\"$2\"")
    for key in file line column length; do
        if [[ $code != *"\"$key\":"* ]]; then echo "$1: no '$key' with code $3 in JSON"; failed=1; fi
    done
    "$program" check --offline --format sarif file.cfg | grep -q "\"ruleId\": \"$3\"" ||
        { echo "$1: no rule $3 in SARIF"; failed=1; }
}

meant keyword maxconn CFG113 <<<$'global\n    maxcon 100'
meant section backend CFG101 <<<$'backen app\n    server s 127.0.0.1:80'
meant option httpchk CFG102 <<<$'backend app\n    option htpchk'
meant acl is_static CFG201 <<<$'frontend f\n    acl is_static path_beg /s\n    http-request deny if is_statik'
meant backend app CFG202 <<<$'frontend f\n    bind :80\n    use_backend apq if TRUE\nbackend app'
meant 'default backend' app CFG202 <<<$'frontend f\n    bind :80\n    default_backend ap\nbackend app'
meant server web1 CFG204 <<<$'backend app\n    server web1 127.0.0.1:80\n    use-server web2 if TRUE'
meant 'server of a fetch' web1 CFG204 <<<$'backend app\n    server web1 127.0.0.1:80\n    acl x srv_is_up(app/web2)'
meant fetch path CFG104 <<<$'frontend f\n    http-request set-header X %[pat]'
meant 'fetch of an acl' path_beg CFG104 <<<$'frontend f\n    acl x path_beq /a'
meant converter lower CFG105 <<<$'frontend f\n    http-request set-header X %[path,lowwer]'
meant action set-header CFG107 <<<$'frontend f\n    http-request set-hedder X y'
meant 'tcp action' accept CFG510 <<<$'frontend f\n    tcp-request content acept'
meant 'variable scope' txn CFG110 <<<$'frontend f\n    http-request set-var(tnx.a) int(1)'
meant userlist people CFG205 <<<$'userlist people\n    user joe insecure-password x\nbackend app\n    acl ok http_auth(peeple)'
meant algorithm roundrobin CFG109 <<<$'backend app\n    balance roundrobbin'
meant 'bind option' ssl CFG111 <<<$'frontend f\n    bind :80 ssll'
meant 'server option' check CFG112 <<<$'backend app\n    server s 127.0.0.1:80 chek'
meant 'defaults section' base CFG206 <<<$'defaults base\nfrontend f from basse'
meant 'frontend' web CFG203 <<<$'frontend web\n    bind :80\n    acl x fe_conn(wep) gt 1'

# Names are looked up though other lines are wrong, but for a name that a wrong line may have given.
all_findings() {
    cat >file.cfg
    local told; told=$("$program" check --offline file.cfg | grep -c ': error: ')
    if [[ $told != "$1" ]]; then echo "$2: $told errors, expected $1"; failed=1; fi
}
all_findings 2 'a wrong word and an unknown backend' \
    <<<$'frontend f\n    bind :80 ssll\n    use_backend apq if TRUE\nbackend app\n    server s 127.0.0.1:80'
all_findings 1 'a wrong server that is used' <<<$'backend app\n    server web :x\n    use-server web if TRUE'
all_findings 1 'a wrong table that is used' \
    <<<$'backend t\n    stick-table typ ip size 1k expire 1m\nbackend app\n    tcp-request content track-sc0 src table t'
exit $failed
