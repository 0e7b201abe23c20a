#!/usr/bin/env bash
# Makes the certificates of the tests anew: an authority, certificates of clients, one of another authority and one that
# signed itself. They hold for a hundred years; nothing is kept of their keys, which no test needs.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$work/$1.key"; }
authority() {
    key "$1"
    openssl req -x509 -new -key "$work/$1.key" -days 36500 -subj "/C=VN/O=$1" -out "$work/$1.pem" \
        -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign
}
client() { # name, authority, subject, alternative names, days
    key "$1"
    openssl req -new -key "$work/$1.key" -subj "$3" -utf8 -out "$work/$1.csr"
    printf 'extendedKeyUsage=clientAuth\nsubjectAltName=%s\n' "$4" > "$work/$1.ext"
    openssl x509 -req -in "$work/$1.csr" -CA "$work/$2.pem" -CAkey "$work/$2.key" -days "$5" -extfile "$work/$1.ext" \
        -out "$1.pem" 2>/dev/null
}
authority trusted
authority other
cp "$work/trusted.pem" authority.pem
names='DNS:mtls.bank.example,URI:urn:bank,IP:192.0.2.80,email:it@bank.example'
client named trusted '/C=VN/O=Ngân hàng, Ví dụ/CN=bank.example' "$names" 36500
client neighbour trusted '/C=VN/O=Ngân hàng, Ví dụ/CN=neighbour.example' 'DNS:neighbour.example' 36500
client stranger other '/C=VN/O=Ngân hàng, Ví dụ/CN=bank.example' "$names" 36500
client ended trusted '/C=VN/O=Ngân hàng, Ví dụ/CN=bank.example' "$names" 0
key own
openssl req -x509 -new -key "$work/own.key" -days 36500 -subj "/CN=own" -out own.pem
