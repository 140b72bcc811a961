#!/usr/bin/env bash
# SvelteKit with adapter-node behind nginx.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { npm_version sveltekit @sveltejs/kit; }
install() {
    front_install
    npm_app sveltekit @sveltejs/kit@2 @sveltejs/adapter-node@5 svelte@5 vite@8 @sveltejs/vite-plugin-svelte@7
    npm pkg set type=module
    mkdir -p src/routes/login
    cat >svelte.config.js <<'J'
import adapter from "@sveltejs/adapter-node";
export default { kit: { adapter: adapter({ out: "build" }) } };
J
    printf 'import { sveltekit } from "@sveltejs/kit/vite";\nexport default { plugins: [sveltekit()] };\n' >vite.config.js
    cat >src/app.html <<'H'
<!doctype html>
<html lang="en"><head><meta charset="utf-8" /><meta name="viewport" content="width=device-width, initial-scale=1" />%sveltekit.head%</head>
<body data-sveltekit-preload-data="hover"><div style="display: contents">%sveltekit.body%</div></body></html>
H
    # The server reads ROBOTS as a staging does.
    printf 'import { env } from "$env/dynamic/private";\nexport const load = () => ({ robots: env.ROBOTS ?? "" });\n' >src/routes/+layout.server.js
    printf '<script>let { data, children } = $props();</script>\n<svelte:head><title>Tidewater Ledger</title>{#if data.robots}<meta name="robots" content={data.robots} />{/if}</svelte:head>\n{@render children()}\n' >src/routes/+layout.svelte
    printf '<script>let n = $state(0);</script>\n<h1>Tidewater Ledger</h1><p>Berths, fees and harbour dues in one book.</p><button onclick={() => n++}>{n} berths</button><a href="/login">Sign in</a>\n' >src/routes/+page.svelte
    printf '<h1>Sign in</h1><form method="post"><input name="mail"><input name="password" type="password"><button>Go</button></form>\n' >src/routes/login/+page.svelte
    printf 'export const load = ({ cookies, url }) => { cookies.set("session", "4f1c9a7be2", { path: "/", secure: process.env.COOKIE !== "1", httpOnly: process.env.COOKIE !== "1" }); };\n' >src/routes/login/+page.server.js
    [ -d build ] || timeout 280 npx vite build >build.log 2>&1 || { tail -5 build.log >&2 && return 1; }
}
run() {
    local robots='' cookie=''
    case $1 in noindex) robots='noindex, nofollow' ;; cookie) cookie=1 ;; esac
    HOST=$IP PORT=3000 ORIGIN=https://$DOMAIN ROBOTS=$robots COOKIE=$cookie start svelte node "$ZOO/sveltekit/build/index.js"
    up "http://$IP:3000/"
    front 3000
    ready
}
zoo "$@"
