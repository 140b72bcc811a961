#!/usr/bin/env bash
# Varnish behind hitch (TLS), before nginx with the site, as Varnish's documentation advises.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { echo "$(deb_version varnish), hitch $(deb_version hitch)"; }
install() { debian varnish hitch nginx gcc libc6-dev; }
run() {
    site www
    local to_https='if (req.http.X-Forwarded-Proto != "https") { return (synth(750)); }' app='' protocol='set req.http.X-Forwarded-Proto = "https";'
    case $1 in
    right) ;;
    # The application redirects to https by X-Forwarded-Proto, which Varnish does not pass on.
    loop) to_https='' protocol='' app='if ($http_x_forwarded_proto != "https") { return 301 https://$host$request_uri; }' ;;
    # The backend is down: Varnish's “Error 503 Backend fetch failed”.
    backend) app='return 444;' ;;
    esac
    {
        nginx_head
        echo "server { listen $IP:3000; root $DIR/www; add_header X-Content-Type-Options nosniff; $app } }"
    } >nginx.conf
    start nginx nginx -p "$DIR" -c "$DIR/nginx.conf"
    cat >default.vcl <<V
vcl 4.1;
backend app { .host = "$IP"; .port = "3000"; }
sub vcl_recv {
  unset req.http.X-Forwarded-Proto;
  if (local.socket == "tls") { $protocol }
  if (req.http.host == "www.$DOMAIN" && local.socket == "tls") { return (synth(751)); }
  $to_https
}
sub vcl_synth {
  if (resp.status == 750) { set resp.status = 301; set resp.reason = "Moved"; set resp.http.Location = "https://" + req.http.host + req.url; return (deliver); }
  if (resp.status == 751) { set resp.status = 301; set resp.reason = "Moved"; set resp.http.Location = "https://$DOMAIN" + req.url; set resp.http.Strict-Transport-Security = "max-age=31536000"; return (deliver); }
}
sub vcl_deliver { set resp.http.Strict-Transport-Security = "max-age=31536000"; unset resp.http.Via; unset resp.http.X-Varnish; }
V
    start varnish varnishd -F -n "$DIR/varnish" -f "$DIR/default.vcl" -a "http=$IP:80,HTTP" -a "tls=$IP:6443,PROXY" -s malloc,32m
    cat "$CERT" "$KEY" >pair.pem
    cat >hitch.conf <<C
frontend = "[$IP]:443"
backend = "[$IP]:6443"
pem-file = "$DIR/pair.pem"
write-proxy-v2 = on
tls-protos = TLSv1.2 TLSv1.3
ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"
alpn-protos = "http/1.1"
workers = 1
daemon = off
user = "root"
C
    up "http://$IP/"
    start hitch hitch --config=hitch.conf
    ready
}
zoo "$@"
