#!/usr/bin/env bash
# Nuxt, `nuxt build` and its Node server behind nginx.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { npm_version nuxt nuxt; }
install() {
    front_install
    npm_app nuxt nuxt@4
    mkdir -p app/pages
    cat >nuxt.config.ts <<'J'
const api = process.env.API_BASE;
export default defineNuxtConfig({ telemetry: false, nitro: { output: { dir: process.env.OUT } }, runtimeConfig: { public: { apiBase: api } }, app: { head: { title: "Tidewater Ledger", htmlAttrs: { lang: "en" } } } });
J
    echo '<template><NuxtPage /></template>' >app/app.vue
    cat >app/pages/index.vue <<'J'
<script setup>
const config = useRuntimeConfig(), n = ref(0);
onMounted(() => { fetch(config.public.apiBase + "/prices").catch(() => {}); });
</script>
<template><main><h1>Tidewater Ledger</h1><p>Berths, fees and harbour dues in one book.</p><button @click="n++">{{ n }} berths</button></main></template>
J
    [ -e out/server/index.mjs ] || OUT=out API_BASE=/api timeout 290 npx nuxt build >build.log 2>&1 || { tail -5 build.log >&2 && return 1; }
}
run() {
    # Nuxt reads NUXT_PUBLIC_* when it starts; a developer's value was deployed.
    [ "$1" = localhost ] && export NUXT_PUBLIC_API_BASE=http://localhost:8080/api
    HOST=$IP PORT=3000 NODE_ENV=production start nuxt node "$ZOO/nuxt/out/server/index.mjs"
    up "http://$IP:3000/"
    front 3000
    ready
}
zoo "$@"
