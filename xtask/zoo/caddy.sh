#!/usr/bin/env bash
# Caddy as a file server and as a proxy.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { deb_version caddy; }
install() { debian caddy; }
run() {
    site www
    local body="root * $DIR/www
  encode gzip zstd
  file_server" more=''
    case $1 in
    right) ;;
    # `file_server browse` without an index page.
    browse) body="${body/file_server/file_server browse}" && mkdir www/files && mv www/index.html www/files/ && echo x >www/files/prices.csv ;;
    # Nobody listens behind reverse_proxy.
    bad-gateway) body="reverse_proxy $IP:3999" ;;
    # The usual snippet to allow every origin, with cookies.
    cors) more='header Access-Control-Allow-Origin {header.Origin}
  header Access-Control-Allow-Credentials true' ;;
    # A staging that was made live with its X-Robots-Tag.
    noindex) more='header X-Robots-Tag "noindex, nofollow"' ;;
    esac
    cat >Caddyfile <<C
{
  admin off
  auto_https disable_certs
  default_bind $IP
  skip_install_trust
  storage file_system $DIR/store
}
$DOMAIN {
  tls $CERT $KEY
  header Strict-Transport-Security max-age=31536000
  header X-Content-Type-Options nosniff
  header X-Frame-Options DENY
  header -Server
  $more
  $body
}
www.$DOMAIN {
  tls $CERT $KEY
  header Strict-Transport-Security max-age=31536000
  redir https://$DOMAIN{uri} permanent
}
C
    HOME=$DIR start caddy caddy run --config Caddyfile --adapter caddyfile
    ready
}
zoo "$@"
