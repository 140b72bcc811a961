#!/usr/bin/env bash
# Eleventy, a static build.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { npm_version eleventy @11ty/eleventy; }
install() {
    front_install
    npm_app eleventy @11ty/eleventy
    mkdir -p src
    printf -- '---\ntitle: Tidewater Ledger\n---\n<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head><body><h1>{{ title }}</h1><p>Berths, fees and harbour dues in one book.</p></body></html>\n' >src/index.njk
    [ -d dist ] || timeout 100 npx eleventy --input=src --output=dist >&2
}
run() {
    cp -r "$ZOO/eleventy/dist" www
    case $1 in
    # The folder of the repository is the web root.
    gitdir) (cd www && git init -q && git add . && git -c user.email=a@b.c -c user.name=a commit -qm First) ;;
    # Lorem ipsum of the starter left in.
    starter) sed -i 's/<p>.*<\/p>/<p>Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.<\/p>/' www/index.html ;;
    esac
    {
        nginx_head
        redirects
        echo "server { listen $IP:443 ssl http2; server_name $DOMAIN; $(tls) root $DIR/www; $HEADERS } }"
    } >nginx.conf
    start nginx nginx -p "$DIR" -c "$DIR/nginx.conf"
    ready
}
zoo "$@"
