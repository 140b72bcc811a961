#!/usr/bin/env bash
# Postfix as the MX of a domain. Variants:
#   right       STARTTLS with a valid certificate (Postfix TLS readme: smtpd_tls_chain_files)
#   postscreen  postscreen before smtpd with its greeting in two parts, six seconds apart (POSTSCREEN_README)
#   helo        names that do not exist are refused at EHLO (reject_unknown_helo_hostname, smtpd_delay_reject = no)
#   oldtls      nothing newer than TLS 1.1, as a machine from 2012 has it
#   plain       smtpd_tls_security_level is not set: no STARTTLS
#   snakeoil    Debian's self-signed certificate of another name, as after installation
#   expired     the certificate has ended
#   stsexpired  the same, while MTA-STS enforces
#   stsleaf     cert.pem in place of fullchain.pem, while MTA-STS enforces
#   otherkey     STARTTLS is offered, the key file is another one's
# The rows mxgone, mxhalf and mxdead have a right server, and the mistake in the DNS.
set -euo pipefail
HERE=${HERE:-$(cd "$(dirname "$0")" && pwd)}
if [ "${1:-}" = install ]; then IP=127.90.0.1 DOMAIN=x.test; fi
. "$HERE/mail/common.sh"
if [ "${1:-}" = install ]; then
    install_packages postfix openssl
    exit
fi
variant=$2
begin
. "$HERE/mail/postfix.sh"
case $variant in
right | mxgone | mxhalf | mxdead) postfix_conf "$CERT" "$KEY" ;;
postscreen)
    postfix_conf "$CERT" "$KEY"
    sed -i "s/^$IP:25 .*/$IP:25 inet n - n - 1 postscreen\nsmtpd pass - - n - - smtpd\ndnsblog unix - - n - 0 dnsblog\ntlsproxy unix - - n - 0 tlsproxy/" postfix/conf/master.cf
    printf '%s\n' 'postscreen_greet_action = enforce' 'postscreen_access_list =' >>postfix/conf/main.cf
    ;;
helo)
    postfix_conf "$CERT" "$KEY"
    sed -i '/^disable_dns_lookups/d' postfix/conf/main.cf
    printf '%s\n' 'smtpd_helo_required = yes' 'smtpd_delay_reject = no' \
        'smtpd_helo_restrictions = reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname, reject_unknown_helo_hostname' >>postfix/conf/main.cf
    ;;
oldtls)
    postfix_conf "$CERT" "$KEY"
    printf '%s\n' 'smtpd_tls_protocols = <=TLSv1.1' 'smtpd_tls_ciphers = low' 'tls_low_cipherlist = ALL:@SECLEVEL=0' >>postfix/conf/main.cf
    ;;
plain) postfix_conf ;;
snakeoil) snakeoil && postfix_conf own.pem own.key ;;
expired) expired && postfix_conf own.pem own.key ;;
stsexpired)
    expired && postfix_conf own.pem own.key
    sts_policy "$MX"
    ;;
stsleaf)
    leaf && postfix_conf own.pem own.key
    sts_policy "$MX"
    ;;
otherkey) snakeoil && postfix_conf "$CERT" own.key ;;
*) echo "no variant $variant" >&2 && exit 2 ;;
esac
postfix_run
greets
wait
