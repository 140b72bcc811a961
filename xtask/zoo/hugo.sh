#!/usr/bin/env bash
# Hugo, a static site.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { deb_version hugo; }
install() { debian nginx hugo; }
run() {
    mkdir -p src/layouts src/content src/assets
    cat >src/layouts/index.html <<'H'
<!doctype html><html lang="{{ site.LanguageCode }}"><head><meta charset="utf-8"><title>{{ site.Title }}</title><link rel="canonical" href="{{ .Permalink }}">
{{ $css := resources.Get "main.css" | minify | fingerprint }}<link rel="stylesheet" href="{{ $css.RelPermalink }}" integrity="{{ $css.Data.Integrity }}"></head><body><h1>{{ site.Title }}</h1><p>Berths, fees and harbour dues in one book.</p></body></html>
H
    printf 'body{font:16px/1.5 system-ui}\n%.0s' $(seq 90) >src/assets/main.css
    printf 'title = "Tidewater Ledger"\nlanguageCode = "en"\ndisableKinds = ["taxonomy", "term"]\nenableRobotsTXT = true\n' >src/config.toml
    if [ "$1" = server ]; then
        # `hugo server` left running as the site, with live reload and its own address in the pages.
        start hugo hugo server -s src --bind "$IP" -p 3000 --baseURL "http://localhost:3000/"
        up "http://$IP:3000/"
        front 3000
    else
        local base=https://$DOMAIN/
        # The example's baseURL was never changed.
        [ "$1" = baseurl ] && base=http://example.org/
        hugo -s src -d "$DIR/www" --baseURL "$base" --quiet
        {
            nginx_head
            redirects
            echo "server { listen $IP:443 ssl http2; server_name $DOMAIN; $(tls) root $DIR/www; $HEADERS } }"
        } >nginx.conf
        start nginx nginx -p "$DIR" -c "$DIR/nginx.conf"
    fi
    ready
}
zoo "$@"
