#!/usr/bin/env bash
# Koa behind nginx.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { npm_version koa koa; }
install() {
    front_install
    npm_app koa koa
    cat >app.js <<'J'
const Koa = require("koa"), variant = process.env.VARIANT, app = new Koa({ proxy: true, keys: ["harbour"] });
app.use(async (c) => {
  if (c.path === "/robots.txt") { c.body = variant === "robots" ? "User-agent: *\nDisallow: /\n" : "User-agent: *\nDisallow: /account\n"; return; }
  // A cookie that scripts can read and that http carries.
  c.cookies.set("sessionid", "4f1c9a7be2", variant === "cookie" ? { secure: false, httpOnly: false, signed: false } : { secure: true, sameSite: "lax", signed: false });
  if (c.path !== "/" && c.path !== "/login") return;
  c.type = "text/html; charset=utf-8";
  c.body = `<!doctype html><html lang=en><meta charset=utf-8><title>Tidewater Ledger</title><h1>Tidewater Ledger</h1><p>Berths and harbour dues in one book.</p>${c.path === "/login" ? "<form method=post><input type=password name=p></form>" : "<a href=/login>Sign in</a>"}</html>`;
});
app.listen(3000, process.env.IP);
J
}
run() {
    # Koa trusts X-Forwarded-Proto with proxy: true, and then sets Secure.
    VARIANT=$1 NODE_ENV=production start koa node "$ZOO/koa/app.js"
    up "http://$IP:3000/robots.txt"
    front 3000
    ready /robots.txt
}
zoo "$@"
