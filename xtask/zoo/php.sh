#!/usr/bin/env bash
# A plain PHP application with sessions, under php-fpm and nginx.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { deb_version php-fpm; }
install() { debian nginx php-fpm; }
run() {
    local display=0 secure=1 php='fastcgi_pass unix:'$DIR'/php.sock; include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name; fastcgi_param HTTPS on;' expose=0
    site www && rm www/index.html
    cat >www/index.php <<'P'
<?php require __DIR__ . "/db.php"; session_start(); ?>
<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tidewater Ledger</title></head><body><h1>Tidewater Ledger</h1><p>Berths, fees and harbour dues: <?= berths() ?> berths.</p></body></html>
P
    echo '<?php function berths() { return 42; }' >www/db.php
    case $1 in
    right) ;;
    # phpinfo() left from the set-up.
    phpinfo) echo '<?php phpinfo();' >www/info.php && cp www/info.php www/phpinfo.php ;;
    # display_errors on, and the database is away.
    errors) display=1 && echo '<?php function berths() { return (new PDO("mysql:host=127.0.0.1;port=1;dbname=tide", "tide", "harbour"))->query("select 1"); }' >www/db.php ;;
    # nginx without PHP behind it hands the source out.
    source) php='default_type text/plain;' ;;
    cookie) secure=0 expose=1 ;;
    esac
    printf '[global]\ndaemonize = no\nerror_log = %s/fpm.log\npid = %s/fpm.pid\n[www]\nuser = root\ngroup = root\nlisten = %s/php.sock\npm = static\npm.max_children = 2\nphp_admin_value[expose_php] = %s\nphp_admin_value[display_errors] = %s\nphp_admin_value[session.save_path] = %s\nphp_admin_value[session.cookie_secure] = %s\nphp_admin_value[session.cookie_httponly] = %s\nphp_admin_value[session.cookie_samesite] = Lax\n' "$DIR" "$DIR" "$DIR" $expose $display "$DIR" $secure $secure >fpm.conf
    start fpm "$(ls /usr/sbin/php-fpm* | head -1)" -R -F -y "$DIR/fpm.conf"
    {
        nginx_head
        redirects
        echo "server { listen $IP:443 ssl http2; server_name $DOMAIN; $(tls) root $DIR/www; index index.php; $HEADERS"
        echo "location ~ \.php\$ { try_files \$uri =404; $php } } }"
    } >nginx.conf
    start nginx nginx -p "$DIR" -c "$DIR/nginx.conf"
    ready
}
zoo "$@"
