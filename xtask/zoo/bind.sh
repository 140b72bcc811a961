#!/usr/bin/env bash
# BIND 9 as an authoritative server. Variants:
#   right        two servers, a plain zone
#   signed       dnssec-policy default, DS in the parent (BIND 9 ARM, DNSSEC guide)
#   rrl          rate-limit { responses-per-second 5; }, as advised against amplification
#   case         names typed with capitals, which BIND gives back as typed (RFC 4343)
#   hosted       _dmarc, the DKIM key and the return path are aliases of a service's names
#   orphan       ns2 is a secondary that has never reached its primary
#   split        ns2 is a second primary with an older copy of the zone that nobody updates
#   stale        the same with an address that is still right; only the record for mail signatures is missing
#   expired      signed by hand with dnssec-signzone, never again; the signatures have ended
#   beside       a CNAME typed beside other records: named rejects the whole zone file
#   lame         ns2 runs, but nobody added the zone to it
set -euo pipefail
HERE=${HERE:-$(cd "$(dirname "$0")" && pwd)}
if [ "${1:-}" = install ]; then IP=127.90.0.1 LAB_DNS=127.0.0.1:53 DOMAIN=x.test; fi
. "$HERE/dns/common.sh"
if [ "${1:-}" = install ]; then
    install_packages bind9 bind9-utils bind9-dnsutils nsd unbound ldnsutils iproute2
    exit
fi
variant=$2
begin
# named listens only on addresses that it finds on an interface; 127.0.0.1/8 doesn't show it these.
for a in "$NS1" "$NS2"; do ip addr add "$a/32" dev lo 2>/dev/null || true; done
cleanup() { for a in "$NS1" "$NS2"; do ip addr del "$a/32" dev lo 2>/dev/null || true; done; }

# conf NAME ADDRESSES ZONE-STATEMENT
conf() {
    mkdir -p "$1"
    cat >"$1/named.conf" <<C
options {
    directory "$DIR/$1";
    listen-on port 53 { $2 };
    listen-on-v6 { none; };
    pid-file "$DIR/$1/named.pid";
    session-keyfile "$DIR/$1/session.key";
    recursion no;
    allow-transfer { none; };
    dnssec-validation no;
    ${OPTIONS:-}
};
controls { };
$3
C
}
primary() { echo "zone \"$DOMAIN\" { type primary; file \"zone\"; ${1:-} };"; }
second() { start second named -f -g -n 1 -c "$DIR/second/named.conf"; }

ds=''
conf one "$NS1; $NS2;" "$(primary)"
case $variant in
right) zone >one/zone ;;
rrl)
    OPTIONS='rate-limit { responses-per-second 5; window 5; };' conf one "$NS1; $NS2;" "$(primary)"
    zone >one/zone
    ;;
case)
    zone | sed "s/^www IN/WWW IN/; s/^mx IN/Mx IN/; s/^_dmarc IN/_DMARC IN/; s/^s1._domainkey/S1._DomainKey/; s/^@ IN MX .*/@ IN MX 10 MX.${DOMAIN^^}./; s/CNAME .*/CNAME ${DOMAIN^^}./" >one/zone
    ;;
hosted)
    zone | sed '/^_dmarc/d; /^s1._domainkey/d; /^send /d' >one/zone
    zone | sed -n 's/^_dmarc /policy.mailer /p; s/^s1._domainkey /key1.mailer /p; s/^send /bounce.mailer /p' >>one/zone
    printf '%s\n' '_dmarc IN CNAME policy.mailer' 's1._domainkey IN CNAME key1.mailer' 'send IN CNAME bounce.mailer' >>one/zone
    ;;
orphan)
    conf one "$NS1;" "$(primary)"
    conf second "$NS2;" "zone \"$DOMAIN\" { type secondary; file \"zone\"; primaries { 127.90.255.252; }; };"
    zone >one/zone
    second
    ;;
signed)
    mkdir -p one/keys
    conf one "$NS1; $NS2;" "$(primary 'dnssec-policy default; inline-signing yes; key-directory "keys";')"
    key=$(dnssec-keygen -q -K one/keys -k default "$DOMAIN")
    ds=$(dnssec-dsfromkey -2 "one/keys/$key.key")
    zone >one/zone
    ;;
split | stale)
    conf one "$NS1;" "$(primary)"
    conf second "$NS2;" "$(primary)"
    zone >one/zone
    zone | sed "s/2026112701/2025030401/; /_domainkey/d" >second/zone
    # The old host's address.
    if [ "$variant" = split ]; then sed -i "s/^@ IN A .*/@ IN A 127.90.255.250/" second/zone; fi
    second
    ;;
expired)
    zone >one/plain
    (
        cd one
        key=$(dnssec-keygen -q -a ECDSAP256SHA256 -f KSK "$DOMAIN")
        cat "$key.key" >>plain
        dnssec-signzone -z -P -o "$DOMAIN" -s "$(date -ud '-60 days' +%Y%m%d%H%M%S)" -e "$(date -ud '-20 days' +%Y%m%d%H%M%S)" -f zone plain "$key" >/dev/null 2>&1
    )
    ds=$(dnssec-dsfromkey -2 one/K*.key)
    ;;
beside)
    { zone; echo "app IN CNAME acme.host.example."; } >one/zone
    ;;
lame)
    conf one "$NS1;" "$(primary)"
    conf second "$NS2;" ''
    zone >one/zone
    second
    ;;
*) echo "no variant $variant" >&2 && exit 2 ;;
esac
surroundings "$ds"
start bind named -f -g -n 1 -c "$DIR/one/named.conf"
ready
