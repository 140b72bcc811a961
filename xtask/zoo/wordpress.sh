#!/usr/bin/env bash
# WordPress from Debian with MariaDB, php-fpm and nginx.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { deb_version wordpress; }
install() { debian nginx php-fpm php-mysql mariadb-server mariadb-client wordpress wordpress-theme-twentytwentythree; }
run() {
    local base=https://$DOMAIN
    cp -rL /usr/share/wordpress www
    mariadb-install-db --no-defaults --user=root --datadir="$DIR/db" --auth-root-authentication-method=normal >/dev/null
    start mariadb mariadbd --no-defaults --user=root --datadir="$DIR/db" --socket="$DIR/db.sock" --pid-file="$DIR/db.pid" --skip-networking --innodb-buffer-pool-size=32M
    for _ in $(seq 300); do mariadb --no-defaults -S db.sock -u root -e 'create database wp' 2>/dev/null && break || sleep 0.1; done
    cat >www/wp-config.php <<P
<?php
define('DB_NAME', 'wp'); define('DB_USER', 'root'); define('DB_PASSWORD', ''); define('DB_HOST', 'localhost:$DIR/db.sock'); define('DB_CHARSET', 'utf8mb4');
foreach (['AUTH_KEY','SECURE_AUTH_KEY','LOGGED_IN_KEY','NONCE_KEY','AUTH_SALT','SECURE_AUTH_SALT','LOGGED_IN_SALT','NONCE_SALT'] as \$k) define(\$k, 'harbour-' . \$k . '-9931');
\$table_prefix = 'wp_';
define('WP_DEBUG', $([ "$1" = debug ] && echo true || echo false)); define('WP_DEBUG_DISPLAY', true); define('DISALLOW_FILE_EDIT', true);
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HOME', '$base'); define('WP_SITEURL', '$base');
if ((\$_SERVER['HTTPS'] ?? '') === 'on') define('FORCE_SSL_ADMIN', true);
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
P
    case $1 in
    # An editor's copy of the configuration.
    backup) cp www/wp-config.php www/wp-config.php.bak ;;
    # “Discourage search engines” left ticked.
    esac
    local public=1
    [ "$1" = noindex ] && public=0
    php -d error_reporting=0 -d memory_limit=256M -r '
      $_SERVER["HTTP_HOST"] = $argv[1]; $_SERVER["HTTPS"] = "on"; $_SERVER["SERVER_PROTOCOL"] = "HTTP/1.1"; $_SERVER["REQUEST_METHOD"] = "GET"; define("WP_INSTALLING", true);
      require "www/wp-load.php"; require ABSPATH . "wp-admin/includes/upgrade.php"; add_filter("pre_wp_mail", "__return_true");
      wp_install("Tidewater Ledger", "skipper", "a@" . $argv[1], (int) $argv[2], "", "harbour-9931-long");
      update_option("permalink_structure", "/%postname%/");' "$DOMAIN" "$public" >"$DIR/install.log" 2>&1
    printf '[global]\ndaemonize = no\nerror_log = %s/fpm.log\npid = %s/fpm.pid\n[www]\nuser = root\ngroup = root\nlisten = %s/php.sock\npm = static\npm.max_children = 4\nphp_admin_value[expose_php] = 0\nphp_admin_value[display_errors] = %s\nphp_admin_value[opcache.enable] = 1\n' "$DIR" "$DIR" "$DIR" "$([ "$1" = debug ] && echo 1 || echo 0)" >fpm.conf
    # A plugin that calls what is gone, with errors shown.
    [ "$1" = debug ] && mkdir -p www/wp-content/mu-plugins && echo '<?php add_action("wp_footer", function () { echo $undefined_berth["name"]; tide_missing(); });' >www/wp-content/mu-plugins/tide.php
    # A theme's style sheet with a fixed http:// address (WordPress mends those it builds itself).
    [ "$1" = http ] && mkdir -p www/wp-content/mu-plugins && echo 'h1{color:#123}' >www/wp-content/tide.css && echo "<?php add_action('wp_enqueue_scripts', function () { wp_enqueue_style('tide', 'http://$DOMAIN/wp-content/tide.css'); });" >www/wp-content/mu-plugins/tide.php
    start fpm "$(ls /usr/sbin/php-fpm* | head -1)" -R -F -y "$DIR/fpm.conf"
    {
        nginx_head
        redirects
        echo "server { listen $IP:443 ssl http2; server_name $DOMAIN; $(tls) root $DIR/www; index index.php; $HEADERS"
        echo 'location / { try_files $uri $uri/ /index.php?$args; }'
        echo 'location ~ /\. { deny all; }'
        echo "location ~ \.php\$ { try_files \$uri =404; include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name; fastcgi_param HTTPS on; fastcgi_pass unix:$DIR/php.sock; } } }"
    } >nginx.conf
    start nginx nginx -p "$DIR" -c "$DIR/nginx.conf"
    ready
}
zoo "$@"
