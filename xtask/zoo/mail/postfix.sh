# Postfix with its own configuration and queue; sourced by postfix.sh and dovecot.sh.

# postfix_conf [CERT KEY]
postfix_conf() {
    mkdir -p postfix/conf postfix/data postfix/spool
    chown postfix postfix/data
    cat >postfix/conf/main.cf <<C
compatibility_level = 3.6
queue_directory = $DIR/postfix/spool
data_directory = $DIR/postfix/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
maillog_file = /dev/stdout
myhostname = $MX
mydomain = $DOMAIN
mydestination = $DOMAIN
mynetworks = 127.0.0.1/32
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
smtpd_banner = \$myhostname ESMTP
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
disable_dns_lookups = yes
C
    if [ $# = 2 ]; then
        cat "$2" "$1" >postfix/conf/chain.pem
        chmod 600 postfix/conf/chain.pem
        cat >>postfix/conf/main.cf <<C
smtpd_tls_security_level = may
smtpd_tls_chain_files = $DIR/postfix/conf/chain.pem
C
    fi
    cat >postfix/conf/master.cf <<C
$IP:25    inet  n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
local     unix  - n n - - local
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
C
}
postfix_run() {
    start postfix postfix -c "$DIR/postfix/conf" start-fg
    cleanup() { postfix -c "$DIR/postfix/conf" abort >/dev/null 2>&1 || true; }
}
