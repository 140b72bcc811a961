#!/usr/bin/env bash
# Exim as the MX of a domain. Variants:
#   right      STARTTLS with a valid certificate (Exim specification, chapter 43)
#   delay      every connection waits four seconds before the greeting, against impatient spammers
#   plain      tls_advertise_hosts is empty: no STARTTLS
#   own        no certificate is set: Exim makes itself one that nobody trusts
#   unreadable the key belongs to root, Exim runs as Debian-exim: it offers STARTTLS and declines it
# The row mxalias has a right server, and the mistake in the DNS.
set -euo pipefail
HERE=${HERE:-$(cd "$(dirname "$0")" && pwd)}
if [ "${1:-}" = install ]; then IP=127.90.0.1 DOMAIN=x.test; fi
. "$HERE/mail/common.sh"
if [ "${1:-}" = install ]; then
    install_packages libdb5.3 libgnutls-dane0 libidn12 libnsl2 libpcre2-8-0 openssl
    unpack exim exim4-daemon-light exim4-base
    account Debian-exim
    exit
fi
variant=$2
begin
mkdir spool
cp "$CERT" cert.pem && cp "$KEY" key.pem
chown -R Debian-exim:Debian-exim spool key.pem
chmod 600 key.pem
case $variant in
right | mxalias) tls="tls_certificate = $DIR/cert.pem
tls_privatekey = $DIR/key.pem" ;;
delay)
    tls="tls_certificate = $DIR/cert.pem
tls_privatekey = $DIR/key.pem
acl_smtp_connect = connect"
    acl='connect:
  accept delay = 4s'
    ;;
plain) tls='tls_advertise_hosts =' ;;
own) tls='' ;;
unreadable)
    chown root key.pem
    tls="tls_certificate = $DIR/cert.pem
tls_privatekey = $DIR/key.pem"
    ;;
*) echo "no variant $variant" >&2 && exit 2 ;;
esac
cat >exim.conf <<C
primary_hostname = $MX
spool_directory = $DIR/spool
log_file_path = $DIR/spool/%slog
pid_file_path = $DIR/exim.pid
daemon_smtp_ports = 25
local_interfaces = $IP
domainlist local_domains = $DOMAIN
host_lookup =
disable_ipv6 = true
$tls
acl_smtp_rcpt = rcpt
begin acl
${acl:-}
rcpt:
  accept domains = +local_domains
  deny message = relay not permitted
begin routers
local:
  driver = accept
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = $DIR/spool/\$local_part_data
  maildir_format
  user = Debian-exim
C
chmod 644 exim.conf
start exim "$ZOO/exim/usr/sbin/exim4" -bdf -C "$DIR/exim.conf"
greets
wait
