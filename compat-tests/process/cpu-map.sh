#!/bin/bash
# cpu-map: on which processors threads run.
# reference: 3.4
. "$(dirname "$(readlink -f "$0")")/common.bash"
mapfile -t processors < <(taskset -cp $$ | sed 's/.*: //' | tr , '\n' | awk -F- '{ for (i = $1; i <= (NF > 1 ? $2 : $1); ++i) print i }')
(( ${#processors[@]} >= 2 )) || exit 77
first=${processors[0]} second=${processors[1]}
allowed() { sed -n 's/^Cpus_allowed_list:\t//p' /proc/$pid/task/*/status | sort -u | tr '\n' ' '; }
try() {
    printf ' nbthread 2\n%s\n' "$1" | config $port one >a.cfg
    start -f a.cfg
    wait_until answers $port one || fail "not served"
    # Threads that serve nobody may run anywhere.
    for list in $2; do [[ " $(allowed)" = *" $list "* ]] || fail "$1: $(allowed)"; done
    kill -TERM $pid
    wait_until gone $pid
}
try " cpu-map 1 $second" "$second "
try " cpu-map auto:1/1-2 $first $second" "$first $second "
try " cpu-map 1/1 $second
 cpu-map 1/2 $second" "$second "
exit 0
