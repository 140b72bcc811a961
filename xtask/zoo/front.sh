# What the web inhabitants share; sourced by their scripts.
#
# A script sets `title` (how to tell the version: a function `version`) and defines `install` and `run VARIANT`;
# its last line is `zoo "$@"`. In `run`, DIR is empty and the current folder, `start` starts a program that
# ends with the script, and `ready [PATH]` tells the frame that all is up, then waits.
# `front PORT` puts nginx before an application, as its documentation advises: TLS by Mozilla's intermediate
# profile, http and www redirected, HSTS and the usual headers, and gzip.

HERE=${HERE:-$(cd "$(dirname "$0")" && pwd)}
ZOO=${ZOO:-$HERE/../../target/zoo}
mkdir -p "$ZOO"
ZOO=$(cd "$ZOO" && pwd)
export PATH=$PATH:/usr/sbin:/sbin DEBIAN_FRONTEND=noninteractive
export npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false NEXT_TELEMETRY_DISABLED=1 ASTRO_TELEMETRY_DISABLED=1 NUXT_TELEMETRY_DISABLED=1 CI=1

# debian PACKAGE…: what is missing, without leaving a service running that was not before.
debian() {
    local missing=() p
    for p in "$@"; do dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok' || missing+=("$p"); done
    [ ${#missing[@]} = 0 ] && return
    # Package scripts ask this file before they start a service.
    [ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d && trap 'rm -f /usr/sbin/policy-rc.d' EXIT; }
    local tell=("${missing[@]}")
    if ! apt-get -o DPkg::Lock::Timeout=600 -y -qq install --no-install-recommends "${tell[@]}" >"$ZOO/apt.log" 2>&1; then
        # The lists may be old.
        apt-get -o DPkg::Lock::Timeout=600 -qq update >/dev/null 2>&1 || true
        apt-get -o DPkg::Lock::Timeout=600 -y -qq install --no-install-recommends "${tell[@]}" >"$ZOO/apt.log" 2>&1 || { grep -m1 '^E:\|Depends' "$ZOO/apt.log" >&2 && return 1; }
    fi
}
# npm_app NAME PACKAGE…: a folder of its own in ZOO with these packages; its path is in APP.
npm_app() {
    APP=$ZOO/$1
    shift
    mkdir -p "$APP" && cd "$APP"
    [ -e package.json ] || echo '{"name":"shop","private":true,"version":"1.0.0"}' >package.json
    [ "$(cat .have 2>/dev/null)" = "$*" ] && return
    timeout 300 npm install --silent --no-progress "$@" >npm.log 2>&1 || { tail -3 npm.log >&2 && return 1; }
    echo "$*" >.have
}
npm_version() { node -p "require('$ZOO/$1/node_modules/$2/package.json').version"; }
# pip_app NAME PACKAGE…: the same for Python.
pip_app() {
    APP=$ZOO/$1
    shift
    [ -x "$APP/venv/bin/pip" ] || python3 -m venv "$APP/venv"
    cd "$APP"
    [ "$(cat .have 2>/dev/null)" = "$*" ] && return
    timeout 300 venv/bin/pip install -q --disable-pip-version-check "$@"
    echo "$*" >.have
}
pip_version() { "$ZOO/$1/venv/bin/python" -c "import importlib.metadata as m; print(m.version('$2'))"; }
deb_version() { dpkg-query -W -f '${Version}' "$1"; }
# changed FILE…: whether these differ from the last time that `built` was called here; builds are kept by it.
changed() { [ "$(cat "$@" 2>/dev/null | sha256sum)" != "$(cat .built 2>/dev/null)" ]; }
built() { cat "$@" | sha256sum >.built; }

children=()
end() {
    trap - TERM EXIT INT
    kill "${children[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    exit 0
}
start() { # start NAME COMMAND…: in the background, with a log in DIR.
    local name=$1
    shift
    "$@" >"$DIR/$name.log" 2>&1 &
    children+=($!)
}
up() { # up URL [HOST]: waits until something answers there, whatever it says.
    for _ in $(seq 600); do
        curl -sko /dev/null -m 30 --resolve "$DOMAIN:443:$IP" -H "Host: ${2:-$DOMAIN}" "$1" && return
        sleep 0.1
    done
    tail -n 3 "$DIR"/*.log >&2
    return 1
}
ready() {
    up "https://$DOMAIN${1:-/}"
    touch "$DIR/ready"
    wait
}
# lab_cert KIND: another certificate into cert.pem and key.pem (expired, self-signed, leaf).
lab_cert() {
    curl -sf -H 'content-type: application/json' -d "{\"hosts\":[\"$DOMAIN\",\"www.$DOMAIN\"],\"kind\":\"$1\"}" "http://$LAB_CONTROL/cert" >cert.json
    node -e 'const c=JSON.parse(fs.readFileSync("cert.json"));fs.writeFileSync("cert.pem",c.cert);fs.writeFileSync("key.pem",c.key)'
    CERT=$DIR/cert.pem KEY=$DIR/key.pem
}
# A small site of static files, as a company's first page: site FOLDER.
site() {
    mkdir -p "$1/assets" "$1/images"
    cat >"$1/index.html" <<P
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Tidewater Ledger</title>
<meta name="description" content="Accounts for small harbours"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/assets/main.css"><script defer src="/assets/main.js"></script></head>
<body><h1>Tidewater Ledger</h1><p>Berths, fees and harbour dues in one book. Try it for a month.</p><a href="/about.html">About us</a></body></html>
P
    sed 's/<h1>.*<\/h1>/<h1>About us<\/h1>/' "$1/index.html" >"$1/about.html"
    printf 'body{font:16px/1.5 system-ui;margin:3rem auto;max-width:40rem}\n%.0s' $(seq 60) >"$1/assets/main.css"
    echo 'document.querySelector("h1").addEventListener("click",()=>{location.hash="top"});' >"$1/assets/main.js"
    printf 'User-agent: *\nAllow: /\n' >"$1/robots.txt"
    printf '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>' >"$1/images/logo.svg"
}

# The head of an nginx configuration that runs as a program of ours.
nginx_head() {
    cat <<N
daemon off; pid $DIR/nginx.pid; error_log $DIR/nginx.error; worker_processes 1; user root;
events { worker_connections 256; }
http {
  include /etc/nginx/mime.types; default_type application/octet-stream; access_log off; server_tokens off;
  client_body_temp_path $DIR/tmp1; proxy_temp_path $DIR/tmp2; fastcgi_temp_path $DIR/tmp3; uwsgi_temp_path $DIR/tmp4; scgi_temp_path $DIR/tmp5;
  gzip on; gzip_vary on; gzip_proxied any; gzip_types text/css application/javascript text/javascript application/json image/svg+xml;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers off;
  ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384;
  map \$http_upgrade \$connection_upgrade { default upgrade; '' close; }
N
}
tls() { echo "ssl_certificate $CERT; ssl_certificate_key $KEY;"; }
# http and www lead to https://DOMAIN.
redirects() {
    cat <<N
  server { listen $IP:80; server_name $DOMAIN www.$DOMAIN; return 301 https://\$host\$request_uri; }
  server { listen $IP:443 ssl http2; server_name www.$DOMAIN; $(tls) add_header Strict-Transport-Security "max-age=31536000" always; return 301 https://$DOMAIN\$request_uri; }
N
}
HEADERS='add_header Strict-Transport-Security "max-age=31536000" always; add_header X-Content-Type-Options nosniff always; add_header X-Frame-Options SAMEORIGIN always; add_header Referrer-Policy strict-origin-when-cross-origin always;'
PROXY='proxy_http_version 1.1; proxy_set_header Host $host; proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; proxy_read_timeout 60s;'
# front PORT [MORE]: MORE are further lines of the server block.
front() {
    {
        nginx_head
        redirects
        echo "  server { listen $IP:443 ssl http2; server_name $DOMAIN; $(tls) $HEADERS"
        echo "    ${2:-}"
        echo "    location / { proxy_pass http://$IP:$1; $PROXY } } }"
    } >nginx.conf
    start nginx nginx -p "$DIR" -c "$DIR/nginx.conf"
}
front_install() { debian nginx; }

zoo() {
    case ${1:-} in
    install) install ;;
    version) version ;;
    run)
        cd "$DIR"
        rm -rf ./*
        trap end TERM EXIT INT
        run "$2"
        ;;
    *) echo "usage: $0 install | run VARIANT | version" >&2 && exit 2 ;;
    esac
}
