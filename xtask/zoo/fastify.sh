#!/usr/bin/env bash
# Fastify with @fastify/static behind nginx.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { npm_version fastify fastify; }
install() {
    front_install
    npm_app fastify fastify @fastify/static @fastify/cors @fastify/helmet
    cat >app.js <<'J'
const variant = process.env.VARIANT, app = require("fastify")({ trustProxy: true });
app.register(require("@fastify/helmet"));
// origin: true gives every asking site its own name back.
if (variant === "cors") app.register(require("@fastify/cors"), { origin: true, credentials: true });
app.register(require("@fastify/static"), { root: process.env.DIR + "/www", dotfiles: variant === "dotfiles" ? "allow" : "ignore" });
app.get("/api/health", async (q, r) => { r.header("cache-control", "no-store"); return { status: "ok", checks: { database: "ok" } }; });
app.listen({ port: 3000, host: process.env.IP });
J
}
run() {
    site www
    printf 'DATABASE_URL=postgres://tide:harbour-2210@db.internal:5432/tide\nJWT_SECRET=9f1c2b7d4e8a\n' >www/.env
    VARIANT=$1 NODE_ENV=production start fastify node "$ZOO/fastify/app.js"
    up "http://$IP:3000/"
    front 3000
    ready
}
zoo "$@"
