#!/usr/bin/env bash
# FastAPI under uvicorn behind nginx.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { pip_version fastapi fastapi; }
install() {
    front_install
    pip_app fastapi fastapi uvicorn
    cat >app.py <<'P'
import os
from fastapi import FastAPI, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse
variant = os.environ["VARIANT"]
app = FastAPI(title="Tidewater Ledger", docs_url=None, redoc_url=None, openapi_url=None)
# What many answers on the web advise: with credentials, Starlette gives the asking origin back.
if variant == "cors":
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True, allow_methods=["*"], allow_headers=["*"])
@app.get("/", response_class=HTMLResponse)
def home(response: Response):
    response.set_cookie("session", "4f1c9a7be2", secure=variant != "cookie", httponly=variant != "cookie", samesite="lax")
    return '<!doctype html><html lang="en"><meta charset="utf-8"><title>Tidewater Ledger</title><h1>Tidewater Ledger</h1><p>Berths, fees and harbour dues in one book.</p></html>'
@app.get("/health")
def health(response: Response):
    response.headers["cache-control"] = "no-store"
    # The database is gone, and the endpoint says so with an error.
    if variant == "unhealthy":
        response.status_code = 503
        return {"status": "fail", "checks": {"database": "fail"}}
    return {"status": "ok", "checks": {"database": "ok"}}
P
}
run() {
    cd "$ZOO/fastapi"
    VARIANT=$1 start fastapi venv/bin/uvicorn app:app --host "$IP" --port 3000 --proxy-headers --forwarded-allow-ips '*'
    cd "$DIR"
    up "http://$IP:3000/"
    front 3000
    ready
}
zoo "$@"
