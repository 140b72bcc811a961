#!/usr/bin/env bash
# Astro, a static build.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { npm_version astro astro; }
install() {
    front_install
    npm_app astro astro@5
    mkdir -p src/pages src/layouts
    echo 'import { defineConfig } from "astro/config"; export default defineConfig({ outDir: process.env.OUT, build: { inlineStylesheets: "never" } });' >astro.config.mjs
    cat >src/pages/index.astro <<'J'
---
const mixed = process.env.OUT === "./dist-mixed";
---
<html lang="en"><head><meta charset="utf-8" /><title>Tidewater Ledger</title><meta name="viewport" content="width=device-width" />
{mixed && <script is:inline src="http://cdn.tidewater-assets.test/chat/widget.js"></script>}</head>
<body><h1>Tidewater Ledger</h1><p>Berths, fees and harbour dues in one book.</p><button id="b">Try it</button>
<script>document.querySelector("#b").addEventListener("click", () => import("../more.js").then((m) => m.go()));</script></body></html>
<style>body { font: 16px/1.5 system-ui; max-width: 40rem; margin: 3rem auto; } h1 { color: #123a5a; }</style>
J
    echo 'export const go = () => { location.hash = "trial"; };' >src/more.js
    for v in right mixed; do [ -d "dist-$v" ] || OUT=./dist-$v timeout 200 npx astro build >build.log 2>&1 || { tail -5 build.log >&2 && return 1; }; done
}
run() {
    {
        nginx_head
        redirects
        echo "server { listen $IP:443 ssl http2; server_name $DOMAIN; $(tls) root $ZOO/astro/dist-$1; $HEADERS error_page 404 /404.html;"
        echo "location /_astro/ { $HEADERS add_header Cache-Control \"public, max-age=31536000, immutable\"; } } }"
    } >nginx.conf
    start nginx nginx -p "$DIR" -c "$DIR/nginx.conf"
    ready
}
zoo "$@"
