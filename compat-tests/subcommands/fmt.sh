#!/bin/bash
# cfgproxy fmt: standard input, --check, --in-place; mode and link of a file that is replaced stay, a tidy one is not touched.
set -u
program=$HAPROXY_PROGRAM
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failed=0
expect() { if [[ $2 != "$3" ]]; then echo "$1: got '$2', expected '$3'"; failed=1; fi; }

printf 'global\ndaemon\n' >untidy.cfg
printf 'global\n    daemon\n' >tidy.cfg
expect 'standard input' "$("$program" fmt <untidy.cfg; echo $?)" "$(cat tidy.cfg; echo 0)"
expect 'a dash' "$("$program" fmt - <untidy.cfg)" "$(cat tidy.cfg)"
expect 'a file' "$("$program" fmt untidy.cfg)" "$(cat tidy.cfg)"
expect '--check' "$("$program" fmt --check untidy.cfg tidy.cfg; echo $?)" $'untidy.cfg\n1'
expect '--check of a tidy file' "$("$program" fmt --check tidy.cfg; echo $?)" 0
expect 'a file that is not there' "$("$program" fmt none.cfg 2>&1; echo $?)" $'haproxy fmt: none.cfg: No such file or directory\n2'

chmod 640 untidy.cfg
ln -s untidy.cfg link.cfg
before=$(stat -c %i tidy.cfg)
"$program" fmt --in-place link.cfg tidy.cfg
expect 'status of --in-place' $? 0
expect '--in-place' "$(cat untidy.cfg)" "$(cat tidy.cfg)"
expect 'the mode' "$(stat -c %a untidy.cfg)" 640
expect 'the link' "$(readlink link.cfg)" untidy.cfg
expect 'a tidy file is left alone' "$(stat -c %i tidy.cfg)" "$before"
expect 'nothing is left over' "$(ls | wc -l)" 3
"$program" fmt --bogus 2>/dev/null
expect 'an unknown option' $? 2
exit $failed
