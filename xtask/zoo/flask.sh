#!/usr/bin/env bash
# Flask under gunicorn behind nginx.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { pip_version flask flask; }
install() {
    front_install
    pip_app flask flask gunicorn
    cat >app.py <<'P'
import os
from flask import Flask, session
from werkzeug.middleware.proxy_fix import ProxyFix
app = Flask(__name__, static_folder=None)
app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)
variant = os.environ["VARIANT"]
app.config.update(SECRET_KEY="harbour", SESSION_COOKIE_SECURE=variant != "cookie", SESSION_COOKIE_HTTPONLY=variant != "cookie", SESSION_COOKIE_SAMESITE="Lax")
@app.get("/")
def home():
    session["seen"] = 1
    if variant == "crash":
        return {}["tenant"]
    return '<!doctype html><html lang="en"><meta charset="utf-8"><title>Tidewater Ledger</title><h1>Tidewater Ledger</h1><p>Berths, fees and harbour dues in one book.</p></html>'
@app.get("/health")
def health():
    return {"status": "ok", "checks": {"database": "ok"}}, 200, {"cache-control": "no-store"}
P
}
run() {
    export VARIANT=$1
    local bin=$ZOO/flask/venv/bin
    cd "$ZOO/flask"
    case $1 in
    # `flask run --debug` behind the proxy, and an error on the front page: Werkzeug's debugger.
    debugger) VARIANT=crash start flask "$bin/flask" --app app run --debug --no-reload -h "$IP" -p 3000 ;;
    *) start flask "$bin/gunicorn" -w 1 -b "$IP:3000" app:app ;;
    esac
    cd "$DIR"
    up "http://$IP:3000/"
    front 3000
    ready
}
zoo "$@"
