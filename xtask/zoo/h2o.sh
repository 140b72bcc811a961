#!/usr/bin/env bash
# H2O as a file server.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { deb_version h2o; }
install() { debian h2o; }
run() {
    site www
    local http="paths: { /: { redirect: { status: 301, url: \"https://$DOMAIN/\" } } }" dir=OFF
    case $1 in
    right) ;;
    listing) dir=ON && rm www/index.html ;;
    # Every path of http goes to the front page.
    no-redirect) http="paths: { /: { file.dir: $DIR/www } }" ;;
    esac
    cat >h2o.conf <<C
user: root
pid-file: $DIR/pid
error-log: $DIR/error.log
num-threads: 1
send-server-name: OFF
compress: [gzip]
file.dirlisting: $dir
listen: &ssl
  host: $IP
  port: 443
  ssl: { certificate-file: $CERT, key-file: $KEY, minimum-version: TLSv1.2, cipher-suite: "ECDHE+AESGCM:ECDHE+CHACHA20", cipher-preference: server, ocsp-update-interval: 0 }
hosts:
  "$DOMAIN:443":
    listen: { host: $IP, port: 443, ssl: { certificate-file: $CERT, key-file: $KEY, minimum-version: TLSv1.2, ocsp-update-interval: 0 } }
    header.set: "strict-transport-security: max-age=31536000"
    header.add: "x-content-type-options: nosniff"
    paths: { /: { file.dir: $DIR/www } }
  "www.$DOMAIN:443":
    listen: { host: $IP, port: 443, ssl: { certificate-file: $CERT, key-file: $KEY, minimum-version: TLSv1.2, ocsp-update-interval: 0 } }
    header.set: "strict-transport-security: max-age=31536000"
    paths: { /: { redirect: { status: 301, url: "https://$DOMAIN/" } } }
  "$DOMAIN:80":
    listen: { host: $IP, port: 80 }
    $http
  "www.$DOMAIN:80":
    listen: { host: $IP, port: 80 }
    $http
C
    sed -i '/^listen: &ssl/,/ocsp-update-interval: 0 }$/d' h2o.conf
    start h2o h2o -m worker -c h2o.conf
    ready
}
zoo "$@"
