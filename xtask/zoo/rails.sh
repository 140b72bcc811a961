#!/usr/bin/env bash
# Rails from Debian's gems under Puma behind nginx.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { deb_version ruby-railties; }
install() { debian nginx ruby-railties ruby-actionpack ruby-actionview puma; }
run() {
    local env=production
    # RAILS_ENV was never set on the server.
    [ "$1" = development ] && env=development
    mkdir -p log tmp
    cat >config.ru <<'R'
require "rails"
require "action_controller/railtie"
class Shop < Rails::Application
  config.root = __dir__
  config.load_defaults 6.1
  config.eager_load = Rails.env.production?
  config.consider_all_requests_local = Rails.env.development?
  config.secret_key_base = "harbour-4411" * 8
  config.force_ssl = ENV["VARIANT"] == "right"
  config.hosts.clear
  config.logger = Logger.new($stderr)
  config.session_store :cookie_store, key: "_shop_session"
  routes.append { root to: "home#index" }
end
class HomeController < ActionController::Base
  def index
    session[:seen] = 1
    render html: '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tidewater Ledger</title></head><body><h1>Tidewater Ledger</h1><p>Berths, fees and harbour dues in one book.</p></body></html>'.html_safe
  end
end
Shop.initialize!
run Shop
R
    VARIANT=$1 RAILS_ENV=$env RACK_ENV=$env start rails puma -b "tcp://$IP:3000" -t 1:3 -e "$env" config.ru
    up "http://$IP:3000/"
    front 3000
    ready
}
zoo "$@"
