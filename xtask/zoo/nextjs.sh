#!/usr/bin/env bash
# Next.js, `next build` and `next start` behind nginx.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { npm_version next next; }
install() {
    front_install
    npm_app next next@15 react@19 react-dom@19
    mkdir -p app/about app/api/health
    cat >app/layout.js <<'J'
export const metadata = { title: "Tidewater Ledger", description: "Accounts for small harbours" };
export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html>; }
J
    cat >app/page.js <<'J'
import Link from "next/link";
import Counter from "./counter";
export default function Page() { return <main><h1>Tidewater Ledger</h1><p>Berths, fees and harbour dues in one book.</p><Counter /><Link href="/about">About</Link></main>; }
J
    printf '"use client";\nimport { useState } from "react";\nexport default function Counter() { const [n, set] = useState(0); return <button onClick={() => set(n + 1)}>{n} berths</button>; }\n' >app/counter.js
    printf 'export default function About() { return <main><h1>About us</h1></main>; }\n' >app/about/page.js
    printf 'export const dynamic = "force-dynamic";\nexport function GET() { return Response.json({ status: "ok", checks: { database: "ok" } }, { headers: { "cache-control": "no-store" } }); }\n' >app/api/health/route.js
    local v
    for v in right maps; do
        echo "module.exports = { distDir: process.env.DIST || 'dist-$v', poweredByHeader: false, productionBrowserSourceMaps: $([ $v = maps ] && echo true || echo false), eslint: { ignoreDuringBuilds: true } };" >next.config.js
        [ -e "dist-$v/BUILD_ID" ] || timeout 280 npx next build >build.log 2>&1 || { tail -5 build.log >&2 && return 1; }
    done
    echo "module.exports = { distDir: process.env.DIST, poweredByHeader: process.env.POWERED === '1' };" >next.config.js
}
run() {
    local command=start dist=dist-right powered=''
    case $1 in
    dev) command=dev dist=dist-dev ;;
    maps) dist=dist-maps ;;
    powered) powered=1 ;;
    esac
    (cd "$ZOO/next" && DIST=$dist POWERED=$powered exec node node_modules/next/dist/bin/next $command -H "$IP" -p 3000) >"$DIR/next.log" 2>&1 &
    children+=($!)
    up "http://$IP:3000/"
    front 3000
    ready
}
zoo "$@"
