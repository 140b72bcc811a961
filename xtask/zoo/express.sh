#!/usr/bin/env bash
# Express with sessions behind nginx, by its guide to production.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { npm_version express express; }
install() {
    front_install
    npm_app express express express-session helmet cors
    cat >app.js <<'J'
const express = require("express"), session = require("express-session"), helmet = require("helmet"), cors = require("cors");
const variant = process.env.VARIANT, app = express();
if (variant === "errors") process.env.NODE_ENV = "development";
if (variant !== "cookie") app.set("trust proxy", 1);
if (variant !== "bare") { app.disable("x-powered-by"); app.use(helmet()); }
if (variant === "cors") app.use(cors({ origin: true, credentials: true }));
const cookie = variant === "cookie" ? { secure: false, httpOnly: false } : { secure: true, httpOnly: true, sameSite: "lax" };
app.use(session({ secret: "harbour", resave: false, saveUninitialized: true, cookie }));
const page = (t, b) => `<!doctype html><html lang=en><meta charset=utf-8><title>${t}</title><h1>${t}</h1>${b}</html>`;
app.get("/", (q, r) => r.send(page("Tidewater Ledger", "<p>Berths and harbour dues in one book, for ports of every size.</p><a href=/login>Sign in</a>")));
app.get("/login", (q, r) => r.send(page("Sign in", "<form method=post><input name=mail type=email><input name=password type=password><button>Go</button></form>")));
app.get("/health", (q, r) => r.set("cache-control", "no-store").json({ status: "ok", checks: { database: "ok" }, version: "1.4.2" }));
app.get("/api/berths", (q, r) => r.set("cache-control", "private, no-store").json([{ id: 1, name: "North quay" }]));
if (variant === "errors") app.use((q, r, next) => next(new Error("Cannot read properties of undefined (reading 'tenant')")));
else app.use((q, r) => r.status(404).send(page("Not found", "")));
app.listen(3000, process.env.IP);
J
}
run() {
    local env=production
    # Without NODE_ENV Express shows stack traces.
    [ "$1" = errors ] && env=development
    VARIANT=$1 NODE_ENV=$env start express node "$ZOO/express/app.js"
    up "http://$IP:3000/"
    front 3000
    ready
}
zoo "$@"
