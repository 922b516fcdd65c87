#!/bin/sh
# The rules are pure: a program that links them must not need the network, HTTP, JSON at large or the screen.
# check_links.sh PROGRAM...: fails when one of them loads such a library.
set -eu
for program in "$@"; do
    needed=$(readelf -d "$program" | grep NEEDED)
    echo "$needed" | grep -q 'libc\.so' # it was read at all
    if echo "$needed" | grep -E 'lib(nats|curl|ncurses|tinfo|microhttpd|INIReader|inih|cjson)'; then
        echo "$program links more than the vocabulary" >&2
        exit 1
    fi
done
