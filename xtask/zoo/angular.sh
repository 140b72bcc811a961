#!/usr/bin/env bash
# Angular, `ng build` served as static files.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { npm_version angular @angular/core; }
install() {
    front_install
    # The newest one that runs on Node 20.
    npm_app angular @angular/core@20 @angular/common@20 @angular/compiler@20 @angular/platform-browser@20 @angular/build@20 @angular/cli@20 @angular/compiler-cli@20 rxjs typescript@5.9 tslib
    mkdir -p src
    cat >angular.json <<'J'
{"version":1,"cli":{"analytics":false},"projects":{"shop":{"projectType":"application","root":"","sourceRoot":"src","architect":{"build":{"builder":"@angular/build:application","options":{"outputPath":"dist-right","index":"src/index.html","browser":"src/main.ts","tsConfig":"tsconfig.json","styles":["src/styles.css"],"polyfills":[]},"configurations":{"production":{"outputHashing":"all"},"development":{"outputPath":"dist-development","optimization":false,"sourceMap":true,"extractLicenses":false}},"defaultConfiguration":"production"}}}}}
J
    echo '{"compilerOptions":{"target":"ES2022","module":"preserve","moduleResolution":"bundler","strict":true,"experimentalDecorators":true,"skipLibCheck":true,"lib":["ES2022","dom"]},"files":["src/main.ts"]}' >tsconfig.json
    echo '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tidewater Ledger</title><base href="/"></head><body><app-root></app-root></body></html>' >src/index.html
    echo 'body { font: 16px/1.5 system-ui; }' >src/styles.css
    cat >src/main.ts <<'J'
import { Component, provideZonelessChangeDetection, signal } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
@Component({ selector: "app-root", template: `<h1>Tidewater Ledger</h1><button (click)="n.set(n() + 1)">{{ n() }} berths</button>` })
class App { n = signal(0); }
bootstrapApplication(App, { providers: [provideZonelessChangeDetection()] });
J
    local v
    for v in production development; do
        [ -d "dist-${v/production/right}" ] || timeout 280 npx ng build --configuration "$v" >build.log 2>&1 || { tail -5 build.log >&2 && return 1; }
    done
}
run() {
    {
        nginx_head
        redirects
        echo "server { listen $IP:443 ssl http2; server_name $DOMAIN; $(tls) root $ZOO/angular/dist-$1/browser; $HEADERS"
        # The hash of esbuild stands before the ending: main-5XKJQ2AB.js
        echo 'location ~ "-[0-9A-Z]{8}\.(js|css)$" { '"$HEADERS"' add_header Cache-Control "public, max-age=31536000, immutable"; }'
        echo 'location / { try_files $uri /index.html; } } }'
    } >nginx.conf
    start nginx nginx -p "$DIR" -c "$DIR/nginx.conf"
    ready
}
zoo "$@"
