#!/usr/bin/env bash
# nginx with a site of static files.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { deb_version nginx; }
install() { debian nginx; }
run() {
    site www
    local main="root $DIR/www; index index.html; location /assets/ { $HEADERS expires 1h; }" head=$HEADERS http='' extra=''
    case $1 in
    right) ;;
    # autoindex on for the whole site, and the repository's .env and .git copied with it.
    listing) rm www/index.html && main="$main autoindex on;" ;;
    dotenv) printf 'APP_ENV=production\nAPP_KEY=base64:h3uQ0ZbqS4k1lqv2sPz8eA==\nDB_PASSWORD=tide-4411-harbour\nMAIL_HOST=smtp.tidewater.example\n' >www/.env ;;
    gitdir) (cd www && git init -q && git add . && git -c user.email=a@b.c -c user.name=a commit -qm First) ;;
    # The page of Debian's package, as after `apt install nginx`.
    welcome) cp /usr/share/nginx/html/index.html www/index.html ;;
    expired) lab_cert expired ;;
    leaf) lab_cert leaf ;;
    self-signed) lab_cert self-signed ;;
    # Old versions switched on for an old till (OpenSSL 3 needs the security level lowered as well).
    tls10) extra='ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers DEFAULT@SECLEVEL=0;' ;;
    no-redirect) http="server { listen $IP:80; server_name $DOMAIN www.$DOMAIN; $main }" ;;
    # Nothing told about headers, names or compression.
    bare) head='' extra='server_tokens on; gzip off;' ;;
    # The upstream application is not running.
    bad-gateway) main="location / { proxy_pass http://$IP:3999; }" ;;
    # http goes to www, www to the bare name, which goes to www.
    circle) main="return 301 https://www.$DOMAIN\$request_uri;" ;;
    # One server block without server_name, so that both names show the site.
    two-sites) http="server { listen $IP:80; return 301 https://\$host\$request_uri; } server { listen $IP:443 ssl http2; server_name www.$DOMAIN; $(tls) $head $main }" ;;
    esac
    {
        nginx_head | { [ "$extra" ] && sed '/ssl_protocols\|ssl_ciphers/d; s/gzip on;/gzip_static off;/; s/server_tokens off;//' || cat; }
        [ "$extra" ] && { case $extra in *ssl_protocols*) echo "gzip on; gzip_types text/css;" ;; esac; echo "$extra"; }
        [ "$http" ] && echo "$http" || true
        case $1 in two-sites) ;; no-redirect) redirects | sed '/:80;/d' ;; *) redirects ;; esac
        echo "server { listen $IP:443 ssl http2; server_name $DOMAIN; $(tls) $head $main } }"
    } >nginx.conf
    start nginx nginx -p "$DIR" -c "$DIR/nginx.conf"
    ready
}
zoo "$@"
