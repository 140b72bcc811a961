#!/usr/bin/env bash
# React Router 7 as a framework (what was Remix), built and served by react-router-serve behind nginx.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { npm_version react_router react-router; }
install() {
    front_install
    local v=7.18.4
    npm_app react_router react-router@$v @react-router/node@$v @react-router/serve@$v @react-router/dev@$v react@19 react-dom@19 isbot vite@7
    npm pkg set type=module
    mkdir -p app
    printf 'import { reactRouter } from "@react-router/dev/vite";\nexport default { plugins: [reactRouter()] };\n' >vite.config.js
    printf 'export default { ssr: true };\n' >react-router.config.js
    printf 'import { index, route } from "@react-router/dev/routes";\nexport default [index("home.jsx"), route("login", "login.jsx")];\n' >app/routes.js
    cat >app/root.jsx <<'J'
import { Links, Meta, Outlet, Scripts, ScrollRestoration } from "react-router";
export function Layout({ children }) { return <html lang="en"><head><meta charSet="utf-8" /><Meta /><Links /></head><body>{children}<ScrollRestoration /><Scripts /></body></html>; }
export default function App() { return <Outlet />; }
J
    printf 'export const meta = () => [{ title: "Tidewater Ledger" }];\nexport default function Home() { return <main><h1>Tidewater Ledger</h1><p>Berths, fees and harbour dues in one book.</p><a href="/login">Sign in</a></main>; }\n' >app/home.jsx
    cat >app/login.jsx <<'J'
import { createCookieSessionStorage, data } from "react-router";
export async function loader({ request }) {
  const open = process.env.COOKIE === "1";
  const store = createCookieSessionStorage({ cookie: { name: "__session", secrets: ["harbour"], path: "/", sameSite: "lax", secure: !open, httpOnly: !open } });
  const session = await store.getSession(request.headers.get("cookie"));
  session.set("seen", 1);
  return data({}, { headers: { "Set-Cookie": await store.commitSession(session) } });
}
export default function Login() { return <form method="post"><h1>Sign in</h1><input name="mail" /><input name="password" type="password" /><button>Go</button></form>; }
J
    [ -e build/server/index.js ] || timeout 280 npx react-router build >build.log 2>&1 || { tail -5 build.log >&2 && return 1; }
}
run() {
    local cookie='' env=production
    case $1 in cookie) cookie=1 ;; dead) ;; esac
    if [ "$1" = dead ]; then
        # The process ended in the night and nothing starts it again.
        front 3000
        ready
        return
    fi
    (cd "$ZOO/react_router" && HOST=$IP PORT=3000 NODE_ENV=$env COOKIE=$cookie exec npx react-router-serve build/server/index.js) >"$DIR/serve.log" 2>&1 &
    children+=($!)
    up "http://$IP:3000/"
    front 3000
    ready
}
zoo "$@"
