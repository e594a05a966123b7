#!/bin/bash
# reference: also
# -C FOLDER is entered before the files are read.
. "$(dirname "$(readlink -f "$0")")/common.bash"
mkdir sub; config $port one </dev/null >sub/a.cfg
"$program" -C sub -c -f a.cfg >out 2>&1 || fail "-C"
