#!/bin/sh
# Certificates for one test, made on the fly into the directory $1: two authorities, of which the tests trust `ca`, and
# what they signed. All are valid for a day, but `expired`, which ended yesterday.
set -eu
cd "$1"
exec >certificates.log 2>&1

new_key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'

# authority NAME
authority() {
    openssl req -x509 $new_key -days 1 -subj "/CN=$1 of a test" -keyout "$1.key" -out "$1.pem"
}

# signed NAME AUTHORITY DAYS ALTERNATIVE-NAMES
signed() {
    openssl req $new_key -subj "/CN=$1" -keyout "$1.key" -out "$1.csr"
    printf 'subjectAltName=%s\n' "$4" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days "$3" -extfile "$1.ext" \
        -out "$1.pem"
}

umask 077
authority ca
authority other
signed server ca 1 DNS:localhost,IP:127.0.0.1
signed elsewhere ca 1 DNS:elsewhere.example
signed expired ca -1 DNS:localhost,IP:127.0.0.1
signed stranger other 1 DNS:localhost,IP:127.0.0.1
signed client ca 1 DNS:client.example
