#!/usr/bin/env bash
# Jekyll from Debian, a static site.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { deb_version jekyll; }
install() { debian nginx jekyll; }
run() {
    mkdir -p src/_layouts
    printf 'title: Tidewater Ledger\nurl: https://%s\n' "$DOMAIN" >src/_config.yml
    echo '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ site.title }}</title><link rel="canonical" href="{{ site.url }}{{ page.url }}"></head><body>{{ content }}</body></html>' >src/_layouts/default.html
    printf -- '---\nlayout: default\n---\n# Tidewater Ledger\n\nBerths, fees and harbour dues in one book.\n' >src/index.md
    jekyll build -q --disable-disk-cache -s src -d "$DIR/www" >jekyll.log 2>&1
    {
        nginx_head
        redirects
        # Mistake `headers`: HSTS of half a day and a policy that allows everything.
        [ "$1" = headers ] && HEADERS='add_header Strict-Transport-Security "max-age=43200"; add_header Content-Security-Policy "default-src * '"'unsafe-inline' 'unsafe-eval'"'";'
        echo "server { listen $IP:443 ssl http2; server_name $DOMAIN; $(tls) root $DIR/www; $HEADERS } }"
    } >nginx.conf
    # Mistake `temporary`: the redirects are 302.
    [ "$1" = temporary ] && sed -i 's/return 301/return 302/' nginx.conf
    start nginx nginx -p "$DIR" -c "$DIR/nginx.conf"
    ready
}
zoo "$@"
