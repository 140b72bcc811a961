#!/usr/bin/env bash
# Dovecot behind Postfix by LMTP, the usual pair. A mail is delivered into the Maildir before it counts as up.
# Variants:
#   right       STARTTLS with a valid certificate
#   sts         and an enforced MTA-STS policy that names the MX (RFC 8461)
#   stsforeign  the enforced policy still names the former provider's hosts
#   stsnohost   the record of MTA-STS stands, nobody serves the policy
set -euo pipefail
HERE=${HERE:-$(cd "$(dirname "$0")" && pwd)}
if [ "${1:-}" = install ]; then IP=127.90.0.1 DOMAIN=x.test; fi
. "$HERE/mail/common.sh"
if [ "${1:-}" = install ]; then
    install_packages postfix dovecot-lmtpd swaks libnet-ssleay-perl openssl
    exit
fi
variant=$2
begin
. "$HERE/mail/postfix.sh"
postfix_conf "$CERT" "$KEY"
case $variant in
right) ;;
stsnohost) sts_record ;;
sts) sts_policy "$MX" ;;
stsforeign) sts_policy '*.mail.protection.outlook.com' ;;
*) echo "no variant $variant" >&2 && exit 2 ;;
esac
mkdir -p dovecot mail
chown mail:mail mail
cat >dovecot/dovecot.conf <<C
protocols = lmtp
base_dir = $DIR/dovecot/run
state_dir = $DIR/dovecot/state
log_path = /dev/stderr
ssl = no
mail_location = maildir:$DIR/mail/%n
first_valid_uid = 1
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=mail gid=mail home=$DIR/mail/%n allow_all_users=yes
}
service lmtp {
  unix_listener $DIR/postfix/spool/dovecot-lmtp {
    user = postfix
    group = postfix
    mode = 0600
  }
}
C
echo "mailbox_transport = lmtp:unix:$DIR/postfix/spool/dovecot-lmtp" >>postfix/conf/main.cf
start dovecot dovecot -F -c "$DIR/dovecot/dovecot.conf"
for _ in $(seq 50); do [ -S postfix/spool/dovecot-lmtp ] && break || sleep 0.1; done
postfix_run
greets
rm ready
swaks --server "$IP" --from zoo@example.com --to "support@$DOMAIN" --tls >swaks.log
for _ in $(seq 100); do ls mail/support/new/* >/dev/null 2>&1 && break || sleep 0.1; done
ls mail/support/new/* >/dev/null
touch ready
wait
