#!/usr/bin/env bash
# Django with its admin, gunicorn and WhiteNoise behind nginx, by the deployment checklist.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { pip_version django django; }
install() {
    front_install
    pip_app django 'django<6' gunicorn whitenoise
    mkdir -p shop
    cat >shop/settings.py <<'P'
import os
from pathlib import Path
V = os.environ.get("VARIANT", "right")
BASE = Path(os.environ.get("DIR", "."))
DEBUG = V == "debug"
SECRET_KEY = "b7-harbour-4411-long-enough-to-be-a-key-of-django-0001"
ALLOWED_HOSTS = ["*"] if DEBUG else [os.environ.get("DOMAIN", "x.test")]
# The mistake `hosts`: nobody added the new name, so Django answers 400 to everybody.
if V == "hosts":
    ALLOWED_HOSTS = ["old-name.test"]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "whitenoise.middleware.WhiteNoiseMiddleware", "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware", "django.middleware.clickjacking.XFrameOptionsMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {"context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]}}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE / "db.sqlite3"}}
STATIC_URL, STATIC_ROOT = "/static/", BASE / "static"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31536000
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = V != "cookie"
SESSION_COOKIE_HTTPONLY = V != "cookie"
P
    cat >shop/urls.py <<'P'
from django.contrib import admin
from django.http import HttpResponse, JsonResponse
from django.urls import path
def home(request):
    request.session["seen"] = 1
    return HttpResponse('<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tidewater Ledger</title></head><body><h1>Tidewater Ledger</h1><p>Berths, fees and harbour dues in one book.</p><a href="/admin/">Staff</a></body></html>')
def health(request):
    return JsonResponse({"status": "ok", "checks": {"database": "ok"}}, headers={"Cache-Control": "no-store"})
urlpatterns = [path("", home), path("health", health), path("admin/", admin.site.urls)]
P
    printf 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\nfrom django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n' >shop/wsgi.py
    touch shop/__init__.py
}
run() {
    export VARIANT=$1 DIR DOMAIN PYTHONPATH=$ZOO/django DJANGO_SETTINGS_MODULE=shop.settings
    local bin=$ZOO/django/venv/bin
    "$bin/django-admin" migrate -v0
    "$bin/django-admin" collectstatic --noinput -v0
    start django "$bin/gunicorn" -w 1 -b "$IP:3000" shop.wsgi
    up "http://$IP:3000/"
    front 3000 "client_max_body_size 5m;"
    # Django sends HSTS, nosniff and X-Frame-Options itself.
    sed -i "/server_name $DOMAIN;.*ssl_certificate/!b; s/add_header [^;]*;//g; t" nginx.conf
    ready
}
zoo "$@"
