#!/bin/bash
# What -c says and how it ends, and which mistakes on the command line end how.
# reference: also
. "$(dirname "$0")/common.sh"

write_config good.cfg "$(free_port)"
printf 'frontend main\n    mode http\n    bind 127.0.0.1:8080\n' >"$work/warns.cfg"
printf 'backend app\n    mode http\n    timeout server 1s\n    timeout connect 1s\n' >"$work/silent.cfg"
printf 'global\n    no-such-word\n' >"$work/wrong.cfg"
: >"$work/empty.cfg"
mkdir "$work/folder" "$work/bare"
cp "$work/good.cfg" "$work/folder/1.cfg"
cp "$work/silent.cfg" "$work/folder/2.cfg"
cp "$work/wrong.cfg" "$work/folder/.hidden.cfg"
cp "$work/wrong.cfg" "$work/folder/note.txt"

# run NAME STATUS ARGUMENT...: leaves what was printed in $out and $err
run() {
    local name=$1 status=$2; shift 2
    (cd "$work" && exec "$program" "$@") >"$work/out" 2>"$work/err"
    equal "$name: status" "$status" $?
    out=$(<"$work/out") err=$(<"$work/err")
}

run 'good file' 0 -c -f good.cfg
equal 'good file: stdout' 'Configuration file is valid' "$out"
equal 'good file: stderr' '' "$err"
run 'good file, quiet' 0 -c -q -f good.cfg
equal 'good file, quiet: stdout' '' "$out"
run 'good file, quiet but verbose' 0 -c -q -V -f good.cfg
equal 'good file, quiet but verbose: stdout' 'Configuration file is valid' "$out"

run 'warnings' 0 -c -f warns.cfg
equal 'warnings: stdout' $'Warnings were found.\nConfiguration file is valid' "$out"
matches 'warnings: stderr' '\[NOTICE\]   \([0-9]+\) : haproxy version is .*\[WARNING\]  \([0-9]+\) : config : missing timeouts' "$err"
run 'warnings, quiet' 0 -c -q -f warns.cfg
equal 'warnings, quiet: output' '' "$out$err"
run 'warnings are errors' 1 -c -dW -f warns.cfg
matches 'warnings are errors: stderr' "Some warnings were found and 'zero-warning' is set. Aborting." "$err"

run 'no listener' 2 -c -f silent.cfg
equal 'no listener: stdout' 'Configuration file has no error but will not start (no listener) => exit(2).' "$out"
run 'no listener, quiet' 2 -c -q -f silent.cfg
run 'empty file' 2 -c -f empty.cfg

run 'wrong file' 1 -c -f wrong.cfg
matches 'wrong file: stderr' "\[ALERT\]    \([0-9]+\) : config : parsing \[wrong.cfg:2\] : unknown keyword 'no-such-word'" "$err"
matches 'wrong file: the file is named' 'Error\(s\) found in configuration file : wrong.cfg' "$err"
run 'wrong file, quiet' 1 -c -q -f wrong.cfg
equal 'wrong file, quiet: output' '' "$out$err"

run 'missing file' 1 -c -f missing.cfg
matches 'missing file: stderr' 'Cannot open configuration file/directory missing.cfg : No such file or directory' "$err"
run 'a folder gives its *.cfg files only' 0 -c -f folder
run 'files behind --' 0 -c -- good.cfg silent.cfg
run 'an option behind -- is a file' 1 -c -- good.cfg -q
run 'a folder without files' 1 -c -f bare
matches 'a folder without files: usage' 'Usage : ' "$err"
run 'a folder to start in' 0 -C folder -c -f 1.cfg
run 'no folder to start in' 1 -C nowhere -c -f good.cfg
matches 'no folder to start in: stderr' 'Could not change to directory nowhere : No such file or directory' "$err"

run 'nothing to do' 1
matches 'nothing to do: usage' 'Usage : ' "$err"
run 'unknown option' 1 -zz
run 'a word that is no option' 1 -c -f good.cfg extra
run 'option without argument' 1 -c -f
run 'pids' 0 -c -f good.cfg -sf 999999 999998
run 'no pids' 0 -sf -c -f good.cfg
run 'a pid that is none' 1 -sf abc -c -f good.cfg
matches 'a pid that is none: stderr' '\-sf option: some bytes unconsumed in PID list \{abc\}' "$err"
run 'version' 0 -v
matches 'version: stdout' '^(HAProxy|cfgproxy) version [0-9]+\.[0-9]+' "$out"
run 'build options' 0 -vv
matches 'build options: features' $'\nFeature list : .*\\+EPOLL' "$out"
run 'condition that holds' 0 -cc 'version_atleast(2.0)'
HOME=/tmp run 'condition with a variable between quotes' 0 -cc 'streq("$HOME",/tmp)'
run 'condition with an open quote' 2 -cc "it's"
run 'condition that does not' 1 -cc 'streq(a,b)'
run 'condition that is none' 2 -cc 'foo('
run 'no listener, started' 1 -db -f silent.cfg
matches 'no listener, started: stderr' "No enabled listener found \(check for 'bind' directives\) ! Exiting." "$err"

ln -s "$program" "$work/haproxy"
if ! is_reference; then
    matches 'the version under the name haproxy' '^HAProxy version 3\.4\.0-' "$("$work/haproxy" -v)"
    run 'a check has no mode' 0 -Ws -S /run/x -c -q -f good.cfg
fi
finish
