#!/usr/bin/env bash
# MkDocs from PyPI, static documentation with Caddy in front.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { pip_version mkdocs mkdocs; }
install() {
    debian caddy
    pip_app mkdocs mkdocs
    mkdir -p docs
    printf '# Tidewater Ledger\n\nBerths, fees and harbour dues in one book.\n\n## Start\n\nAdd a berth.\n' >docs/index.md
    printf 'site_name: Tidewater Ledger\nsite_url: https://mkdocs-right.test/\n' >mkdocs.yml
    [ -d site ] || venv/bin/mkdocs build -q
}
run() {
    local tls="$CERT $KEY"
    case $1 in
    # The file of the certificate without the intermediate.
    leaf) lab_cert leaf && tls="$CERT $KEY" ;;
    esac
    cat >Caddyfile <<C
{
  admin off
  auto_https disable_certs
  default_bind $IP
  storage file_system $DIR/store
}
$DOMAIN {
  tls $tls
  header Strict-Transport-Security max-age=31536000
  header X-Content-Type-Options nosniff
  header X-Frame-Options DENY
  root * $ZOO/mkdocs/site
  encode gzip
  file_server
}
www.$DOMAIN {
  tls $tls
  redir https://$DOMAIN{uri} permanent
}
C
    HOME=$DIR start caddy caddy run --config Caddyfile --adapter caddyfile
    ready
}
zoo "$@"
