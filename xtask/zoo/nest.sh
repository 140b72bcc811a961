#!/usr/bin/env bash
# NestJS (compiled with TypeScript's compiler) behind nginx.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { npm_version nest @nestjs/core; }
install() {
    front_install
    npm_app nest @nestjs/core @nestjs/common @nestjs/platform-express reflect-metadata rxjs helmet
    cat >main.js <<'J'
require("reflect-metadata");
const { Controller, Get, Header, Module } = require("@nestjs/common"), { NestFactory } = require("@nestjs/core");
const variant = process.env.VARIANT, deco = (target, name, ...l) => l.reverse().forEach((d) => d(target.prototype, name, Object.getOwnPropertyDescriptor(target.prototype, name)));
class Site {
  home() { return '<!doctype html><html lang=en><meta charset=utf-8><title>Tidewater Ledger</title><h1>Tidewater Ledger</h1><p>Berths and dues in one book.</p></html>'; }
  health() { return variant === "health" ? undefined : { status: "ok", info: { database: { status: "up" } } }; }
}
deco(Site, "home", Get("/"), Header("content-type", "text/html; charset=utf-8"));
deco(Site, "health", Get("/health"), Header("cache-control", "no-store"));
Controller()(Site);
class App {}
Module({ controllers: [Site] })(App);
NestFactory.create(App, { logger: false }).then((app) => {
  app.use(require("helmet")());
  // enableCors with credentials and a function that allows everybody.
  if (variant === "cors") app.enableCors({ origin: (o, done) => done(null, true), credentials: true });
  return app.listen(3000, process.env.IP);
});
J
}
run() {
    VARIANT=$1 NODE_ENV=production start nest node "$ZOO/nest/main.js"
    up "http://$IP:3000/"
    front 3000
    ready
}
zoo "$@"
