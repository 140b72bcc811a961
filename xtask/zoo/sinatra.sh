#!/usr/bin/env bash
# Sinatra from Debian under Puma behind nginx.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { deb_version ruby-sinatra; }
install() { debian nginx ruby-sinatra puma; }
run() {
    local env=production
    # Sinatra's environment is development unless somebody says otherwise.
    [ "$1" = development ] && env=development
    cat >config.ru <<'R'
require "sinatra/base"
class Shop < Sinatra::Base
  configure { set :sessions, key: "rack.session", secure: ENV["VARIANT"] != "cookie", httponly: ENV["VARIANT"] != "cookie", same_site: :lax; set :session_secret, "harbour-4411" * 8 }
  get "/" do
    session[:seen] = 1
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tidewater Ledger</title></head><body><h1>Tidewater Ledger</h1><p>Berths, fees and harbour dues in one book.</p></body></html>'
  end
end
run Shop
R
    VARIANT=$1 RACK_ENV=$env APP_ENV=$env start sinatra puma -b "tcp://$IP:3000" -t 1:3 -e "$env" config.ru
    up "http://$IP:3000/"
    front 3000
    ready
}
zoo "$@"
