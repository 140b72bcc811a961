#!/usr/bin/env bash
# A single-page app: Vite, React and supabase-js, built for production and served as static files.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { echo "vite $(npm_version vite vite), supabase-js $(npm_version vite @supabase/supabase-js)"; }
install() {
    front_install
    npm_app vite vite@7 @vitejs/plugin-react@5 react react-dom @supabase/supabase-js
    mkdir -p src
    cat >index.html <<'H'
<!doctype html>
<html lang="en"><head><meta charset="UTF-8" /><meta name="viewport" content="width=device-width, initial-scale=1.0" /><title>Tidewater Ledger</title></head>
<body><div id="root"></div><script type="module" src="/src/main.jsx"></script></body></html>
H
    # The form of Supabase's keys: a JWT whose payload names the role; signed with nonsense.
    local head body sign
    key() {
        head=$(printf '{"alg":"HS256","typ":"JWT"}' | base64 -w0 | tr -d = | tr +/ -_)
        body=$(printf '{"iss":"supabase","ref":"qzvtkxwmhrplncbadfge","role":"%s","iat":1748736000,"exp":2064312000}' "$1" | base64 -w0 | tr -d = | tr +/ -_)
        sign=$(printf '%s' "$1 of the zoo" | sha256sum | cut -c1-64 | xxd -r -p | base64 -w0 | tr -d = | tr +/ -_)
        echo "$head.$body.$sign"
    }
    cat >src/main.jsx <<'J'
import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { createClient } from "@supabase/supabase-js";
const supabase = createClient(import.meta.env.VITE_SUPABASE_URL, import.meta.env.VITE_SUPABASE_KEY);
const api = import.meta.env.VITE_API_URL;
function App() {
  const [berths, set] = useState([]);
  useEffect(() => { supabase.from("berths").select().then(({ data }) => set(data ?? [])); fetch(api + "/v1/prices").catch(() => {}); }, []);
  return <main><h1>Tidewater Ledger</h1><ul>{berths.map((b) => <li key={b.id}>{b.name}</li>)}</ul></main>;
}
createRoot(document.getElementById("root")).render(<StrictMode><App /></StrictMode>);
J
    local v
    for v in right service-key localhost maps; do
        echo "import { defineConfig } from 'vite'; import react from '@vitejs/plugin-react'; export default defineConfig({ plugins: [react()], build: { outDir: 'dist-$v', sourcemap: $([ $v = maps ] && echo true || echo false) } });" >vite.config.js
        {
            echo "VITE_SUPABASE_URL=https://qzvtkxwmhrplncbadfge.supabase.co"
            echo "VITE_SUPABASE_KEY=$(key "$([ $v = service-key ] && echo service_role || echo anon)")"
            echo "VITE_API_URL=$([ $v = localhost ] && echo http://localhost:8000 || echo /api)"
        } >.env.production
        [ -d "dist-$v" ] || timeout 200 npx vite build --logLevel error >&2
    done
}
run() {
    local v=$1 main policy=''
    case $1 in no-cache) v=right main='add_header Cache-Control "no-store" always;' ;; dev) v=right ;; *) main='' ;; esac
    if [ "$1" = dev ]; then
        # `vite` itself left running behind the proxy, with its client and its sources.
        (cd "$ZOO/vite" && exec npx vite --host "$IP" --port 3000 --strictPort) >"$DIR/vite.log" 2>&1 &
        children+=($!)
        up "http://$IP:3000/" localhost
        front 3000 'set $x 1;'
        sed -i "s/proxy_set_header Host \$host;/proxy_set_header Host localhost;/" nginx.conf
        ready
        return
    fi
    {
        nginx_head
        redirects
        echo "server { listen $IP:443 ssl http2; server_name $DOMAIN; $(tls) root $ZOO/vite/dist-$v; $HEADERS $main"
        echo "location /assets/ { $HEADERS ${main:-add_header Cache-Control \"public, max-age=31536000, immutable\";} }"
        echo 'location / { try_files $uri /index.html; } } }'
    } >nginx.conf
    start nginx nginx -p "$DIR" -c "$DIR/nginx.conf"
    ready
}
zoo "$@"
