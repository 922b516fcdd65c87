#!/bin/sh
# check_hardening.sh PROGRAM: reads off the binary that it was built as cmake/flags.cmake says.
set -eu
program=$1
has() {
    "$@" || { echo "$program: not found: $*" >&2; exit 1; }
}
has sh -c "readelf -h '$program' | grep -q 'Type:.*DYN'"                   # position independent
has sh -c "readelf -lW '$program' | grep -q GNU_RELRO"                     # relocations read-only,
has sh -c "readelf -dW '$program' | grep -Eq 'BIND_NOW|FLAGS.*NOW'"        # all of them, at start
has sh -c "readelf -lW '$program' | grep GNU_STACK | grep -qv 'RWE'"       # no executable stack
has sh -c "readelf -sW '$program' | grep -q __stack_chk_fail"              # stack protector
has sh -c "readelf -sW '$program' | grep -Eq '__[a-z]+_chk(@|$)'"          # fortified calls
