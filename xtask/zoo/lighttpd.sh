#!/usr/bin/env bash
# lighttpd with mod_openssl.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { deb_version lighttpd; }
install() { debian lighttpd lighttpd-mod-openssl; }
run() {
    site www
    local more='' redirect="url.redirect = ( \"\" => \"https://$DOMAIN\${url.path}\${qsa}\" ) url.redirect-code = 301"
    case $1 in
    right) ;;
    listing) more='dir-listing.activate = "enable"' && rm www/index.html ;;
    no-redirect) redirect='' ;;
    # A backup that the editor left, with the passwords of the configuration.
    backup) printf '<?php\n$db_user = "tide";\ndefine("DB_PASSWORD", "harbour-9921-ledger");\ndefine("DB_NAME", "tide");\ndefine("AUTH_KEY", "x7Gh3k");\n' >www/wp-config.php.bak ;;
    esac
    cat >lighttpd.conf <<C
server.modules = ( "mod_access", "mod_redirect", "mod_setenv", "mod_openssl", "mod_deflate" )
server.document-root = "$DIR/www"
server.bind = "$IP"
server.port = 80
server.tag = ""
server.errorlog = "$DIR/error.log"
index-file.names = ( "index.html" )
include_shell "/usr/share/lighttpd/create-mime.conf.pl"
deflate.mimetypes = ( "text/html", "text/css", "text/javascript", "application/javascript" )
deflate.allowed-encodings = ( "gzip" )
$more
\$SERVER["socket"] == "$IP:443" {
  ssl.engine = "enable"
  ssl.pemfile = "$CERT"
  ssl.privkey = "$KEY"
  ssl.openssl.ssl-conf-cmd = ("MinProtocol" => "TLSv1.2")
  setenv.add-response-header = ( "Strict-Transport-Security" => "max-age=31536000", "X-Content-Type-Options" => "nosniff", "X-Frame-Options" => "DENY" )
  \$HTTP["host"] == "www.$DOMAIN" { url.redirect = ( "" => "https://$DOMAIN\${url.path}\${qsa}" ) url.redirect-code = 301 }
}
\$HTTP["scheme"] == "http" { $redirect }
C
    start lighttpd lighttpd -D -f lighttpd.conf
    ready
}
zoo "$@"
