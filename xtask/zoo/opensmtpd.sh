#!/usr/bin/env bash
# OpenSMTPD as the MX of a domain. Variants:
#   tls    `listen … tls pki …` with a valid certificate, as smtpd.conf(5) tells: Debian 12's version offers
#          STARTTLS and fails at it with every key, being too old for its OpenSSL (OpenSMTPD's issue 1239)
#   plain  `listen on …` without tls
# The rows nullmx and mxaddress have a plain server, and the mistake in the DNS.
set -euo pipefail
HERE=${HERE:-$(cd "$(dirname "$0")" && pwd)}
if [ "${1:-}" = install ]; then IP=127.90.0.1 DOMAIN=x.test; fi
. "$HERE/mail/common.sh"
if [ "${1:-}" = install ]; then
    install_packages libdb5.3 'libevent-2.1-7' libpam0g openssl
    unpack opensmtpd opensmtpd
    account opensmtpd
    account opensmtpq
    mkdir -p /var/lib/opensmtpd/empty
    exit
fi
variant=$2
begin
cp "$CERT" cert.pem && cp "$KEY" key.pem && chmod 600 key.pem
case $variant in
tls) listen="listen on $IP port 25 tls pki $MX hostname $MX" ;;
plain | nullmx | mxaddress) listen="listen on $IP port 25 hostname $MX" ;;
*) echo "no variant $variant" >&2 && exit 2 ;;
esac
cat >smtpd.conf <<C
pki $MX cert "$DIR/cert.pem"
pki $MX key "$DIR/key.pem"
$listen
action "inbox" maildir "$DIR/mail/%{rcpt.user}"
match from any for domain "$DOMAIN" action "inbox"
C
start smtpd "$ZOO/opensmtpd/usr/sbin/smtpd" -d -f "$DIR/smtpd.conf"
greets
wait
