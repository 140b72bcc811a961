#!/usr/bin/env bash
# Apache httpd with Debian's modules.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { deb_version apache2; }
install() { debian apache2; }
run() {
    site www
    local options='-Indexes' tokens='ServerTokens Prod' hsts='Header always set Strict-Transport-Security "max-age=31536000"' more=''
    case $1 in
    right) ;;
    # Debian's default for /var/www: Options Indexes, here with a folder of backups.
    listing) options='Indexes' && mkdir -p www/backup www/uploads && echo x >www/uploads/list.csv && echo x >www/backup/site.zip ;;
    welcome) cp /usr/share/apache2/default-site/index.html www/index.html ;;
    tokens) tokens='ServerTokens OS' ;;
    # mod_status open to all, as in many guides, and an old dump beside the site.
    dump) printf -- '-- MySQL dump 10.19  Distrib 10.6.12-MariaDB\nCREATE TABLE `users` (`id` int);\nINSERT INTO `users` VALUES (1);\n' >www/backup.sql ;;
    # HSTS switched off again after trouble.
    hsts-off) hsts='Header always set Strict-Transport-Security "max-age=0"' ;;
    esac
    cat >apache.conf <<A
ServerName $DOMAIN
ServerRoot /usr/lib/apache2
PidFile $DIR/pid
ErrorLog $DIR/error.log
$tokens
ServerSignature Off
User www-data
Group www-data
Listen $IP:80
Listen $IP:443
$(for m in mpm_event authz_core authn_core dir mime alias headers rewrite ssl socache_shmcb http2 deflate filter autoindex expires; do echo "LoadModule ${m}_module modules/mod_$m.so"; done)
Mutex file:$DIR default
TypesConfig /etc/mime.types
SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLSessionCache shmcb:$DIR/cache(512000)
SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20
Protocols h2 http/1.1
AddDefaultCharset UTF-8
AddOutputFilterByType DEFLATE text/html text/css application/javascript text/javascript application/json image/svg+xml
DocumentRoot $DIR/www
<Directory $DIR/www>
  Options $options
  DirectoryIndex index.html
  Require all granted
</Directory>
<VirtualHost $IP:80>
  ServerName $DOMAIN
  ServerAlias www.$DOMAIN
  Redirect permanent / https://$DOMAIN/
</VirtualHost>
<VirtualHost $IP:443>
  ServerName $DOMAIN
  SSLEngine on
  SSLCertificateFile $CERT
  SSLCertificateKeyFile $KEY
  $hsts
  Header always set X-Content-Type-Options nosniff
  Header always set Content-Security-Policy "default-src 'self'; frame-ancestors 'none'"
  $more
</VirtualHost>
<VirtualHost $IP:443>
  ServerName www.$DOMAIN
  SSLEngine on
  SSLCertificateFile $CERT
  SSLCertificateKeyFile $KEY
  $hsts
  Redirect permanent / https://$DOMAIN/
</VirtualHost>
A
    start apache apache2 -DFOREGROUND -f "$DIR/apache.conf"
    ready
}
zoo "$@"
