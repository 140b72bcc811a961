#!/usr/bin/env bash
# HAProxy ends TLS before a small web server (Python's, which stands for any).
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { deb_version haproxy; }
install() { debian haproxy; }
run() {
    site www
    local old='ssl-min-ver TLSv1.2' redirect='http-request redirect scheme https code 301 unless { ssl_fc }' alive=1
    case $1 in
    right) ;;
    # No server of the backend is up: HAProxy answers 503 itself.
    no-server) alive='' ;;
    no-redirect) redirect='' ;;
    tls10) old='ssl-min-ver TLSv1.0' ;;
    esac
    [ "$alive" ] && start app python3 -m http.server -d www -b "$IP" 3000
    cat "$CERT" "$KEY" >pair.pem
    cat >haproxy.cfg <<C
global
  ssl-default-bind-options $old no-tls-tickets
  ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384$([ "$1" = tls10 ] && echo ':ECDHE-ECDSA-AES128-SHA@SECLEVEL=0')
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend web
  bind $IP:80
  bind $IP:443 ssl crt pair.pem alpn h2,http/1.1
  $redirect
  http-request redirect prefix https://$DOMAIN code 301 if { hdr(host) -i www.$DOMAIN } { ssl_fc }
  http-after-response set-header Strict-Transport-Security max-age=31536000 if { ssl_fc }
  http-response set-header X-Content-Type-Options nosniff
  http-response del-header Server
  compression algo gzip
  compression type text/html text/css text/javascript application/javascript
  default_backend app
backend app
  server app1 $IP:3000 check
C
    [ "$alive" ] && up "http://$IP:3000/"
    start haproxy haproxy -db -f haproxy.cfg
    sleep 0.3
    ready
}
zoo "$@"
