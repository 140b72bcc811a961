#!/usr/bin/env bash
# Knot DNS as an authoritative server. Variants:
#   right      two addresses, a plain zone
#   signed     dnssec-signing on with a policy, DS of keymgr in the parent
#   rrl        mod-rrl with 5 answers a second, every second one over that truncated
#   subzone    app is a zone of its own on the same server
#   otherkey   signed, but the DS in the parent is that of the former key
#   wildcard   an address and a TXT at *, so that every name exists
#   caa        CAA lets nobody issue (";")
#   private    app points at the office's network, 10.0.0.5
#   dead6      AAAA records lead to an address where nothing listens
#   mxalias    the MX host is an alias (RFC 2181 section 10.3)
#   quickttl   every TTL is 5 seconds
set -euo pipefail
HERE=${HERE:-$(cd "$(dirname "$0")" && pwd)}
if [ "${1:-}" = install ]; then IP=127.90.0.1 LAB_DNS=127.0.0.1:53 DOMAIN=x.test; fi
. "$HERE/dns/common.sh"
if [ "${1:-}" = install ]; then
    install_packages knot nsd unbound ldnsutils bind9-dnsutils iproute2
    exit
fi
variant=$2
begin
ds='' extra='' modules='' more=''
# A public address that is this machine's own, so that the scan has a way to it and finds nobody.
SIX=2a02:6b8:0:1:0:90:${base##*.}:$last
case $variant in
right) zone >zone ;;
rrl)
    zone >zone
    modules='mod-rrl:
  - id: five
    rate-limit: 5
    slip: 2'
    extra='
    module: mod-rrl/five'
    ;;
subzone)
    zone | sed '/^app IN/d' >zone
    printf '%s\n' 'app IN NS ns1' 'app IN NS ns2' >>zone
    printf '%s\n' "\$ORIGIN app.$DOMAIN." '$TTL 3600' "@ IN SOA ns1.$DOMAIN. hostmaster.$DOMAIN. ( 1 7200 3600 1209600 300 )" "@ IN NS ns1.$DOMAIN." "@ IN NS ns2.$DOMAIN." "@ IN A $LAB_IP" >zone.app
    more="
  - domain: app.$DOMAIN
    storage: \"$DIR\"
    file: zone.app"
    ;;
signed | otherkey)
    zone >zone
    extra='
    dnssec-signing: on
    dnssec-policy: one'
    ;;
wildcard)
    # The shop's machine answers to every name.
    mkdir web && echo '<!doctype html><title>Shop</title><h1>Shop</h1>' >web/index.html
    start web python3 "$HERE/mail/https.py" "$NS1" "$CERT" "$KEY" web
    zone >zone
    printf '%s\n' "* IN A $NS1" '* IN TXT "site-verification=4f1a0c"' >>zone
    ;;
caa) { zone; echo '@ IN CAA 0 issue ";"'; } >zone ;;
private) zone | sed 's/^app IN A .*/app IN A 10.0.0.5/' >zone ;;
dead6)
    ip -6 addr add "$SIX/128" dev lo 2>/dev/null || true
    cleanup() { ip -6 addr del "$SIX/128" dev lo 2>/dev/null || true; }
    { zone; echo "@ IN AAAA $SIX"; echo "app IN AAAA $SIX"; } >zone
    ;;
mxalias) zone | sed "s/^mx IN A .*/mx IN CNAME app/" >zone ;;
quickttl) TTL=5 zone >zone ;;
*) echo "no variant $variant" >&2 && exit 2 ;;
esac
mkdir run store
cat >knot.conf <<C
server:
    rundir: "$DIR/run"
    listen: [ $NS1@53, $NS2@53 ]
    udp-workers: 1
    tcp-workers: 2
    background-workers: 1
database:
    storage: "$DIR/store"
log:
  - target: stderr
    any: info
policy:
  - id: one
    algorithm: ecdsap256sha256
    single-type-signing: on
    ksk-lifetime: 0
$modules
zone:
  - domain: $DOMAIN
    storage: "$DIR"
    file: zone
    zonefile-load: difference
    journal-content: all
    zonefile-sync: -1$extra$more
C
new_ds() {
    local key
    key=$(keymgr -c "$DIR/knot.conf" "$DOMAIN" generate algorithm=ECDSAP256SHA256 ksk=yes zsk=yes)
    keymgr -c "$DIR/knot.conf" "$DOMAIN" ds "$key" | grep ' 13 2 '
}
case $variant in
signed) ds=$(new_ds) ;;
otherkey)
    ds=$(new_ds)
    rm -rf store/*
    new_ds >/dev/null
    ;;
esac
surroundings "$ds"
start knot knotd -c "$DIR/knot.conf"
ready
