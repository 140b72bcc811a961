#!/usr/bin/env bash
# NSD as an authoritative server. Variants:
#   right      two addresses, a plain zone
#   signed     ldns-signzone with NSEC3, DS in the parent
#   alg7, alg8, alg14, alg15  signed with RSA/SHA-1, RSA/SHA-256, ECDSA P-384, Ed25519
#   rollover   signed; the parent has a second DS already, of the next key, which isn't published yet
#   ending     signed by hand; the signatures end in three hours
#   partly     the signatures of the SOA and the keys are fresh, that of the apex' address has ended
#   many       thirty TXT records at the apex: the answer doesn't fit a datagram and comes by TCP
#   lone       one name server only
#   silent     ns2's machine is gone; the delegation still names it
#   moved      the registry still names the old host's second server
#   glue       ns2 has moved to another address, the glue at the registry has not
#   dangling   app is an alias of a host that its platform no longer has
#   week       every TTL is a week
#   nowww      nobody made a record for www
set -euo pipefail
HERE=${HERE:-$(cd "$(dirname "$0")" && pwd)}
if [ "${1:-}" = install ]; then IP=127.90.0.1 LAB_DNS=127.0.0.1:53 DOMAIN=x.test; fi
. "$HERE/dns/common.sh"
if [ "${1:-}" = install ]; then
    install_packages nsd ldnsutils unbound bind9-dnsutils
    exit
fi
variant=$2
begin
addresses="$NS1 $NS2" ds=''
case $variant in
right) zone >zone ;;
signed)
    zone >plain
    key=$(ldns-keygen -r /dev/urandom -a ECDSAP256SHA256 -k "$DOMAIN")
    ldns-signzone -n -e "$(date -ud '+20 days' +%Y%m%d%H%M%S)" -f zone plain "$key"
    ds=$(cat "$key.ds")
    ;;
alg*)
    zone >plain
    names=([7]=RSASHA1-NSEC3-SHA1 [8]=RSASHA256 [14]=ECDSAP384SHA384 [15]=ED25519)
    key=$(ldns-keygen -r /dev/urandom -a "${names[${variant#alg}]}" -b 2048 -k "$DOMAIN")
    ldns-signzone -n -e "$(date -ud '+20 days' +%Y%m%d%H%M%S)" -f zone plain "$key"
    ds=$(cat "$key.ds")
    ;;
rollover)
    zone >plain
    key=$(ldns-keygen -r /dev/urandom -a ECDSAP256SHA256 -k "$DOMAIN")
    ldns-signzone -e "$(date -ud '+20 days' +%Y%m%d%H%M%S)" -f zone plain "$key"
    ds=$(cat "$key.ds")
    next=$(ldns-keygen -r /dev/urandom -a ECDSAP256SHA256 -k "$DOMAIN")
    ds="$ds
$(cat "$next.ds")"
    ;;
ending)
    zone >plain
    key=$(ldns-keygen -r /dev/urandom -a ECDSAP256SHA256 -k "$DOMAIN")
    ldns-signzone -e "$(date -ud '+3 hours' +%Y%m%d%H%M%S)" -f zone plain "$key"
    ds=$(cat "$key.ds")
    ;;
partly)
    zone >plain
    key=$(ldns-keygen -r /dev/urandom -a ECDSAP256SHA256 -k "$DOMAIN")
    ldns-signzone -i "$(date -ud '-40 days' +%Y%m%d%H%M%S)" -e "$(date -ud '-10 days' +%Y%m%d%H%M%S)" -f old plain "$key"
    ldns-signzone -e "$(date -ud '+20 days' +%Y%m%d%H%M%S)" -f new plain "$key"
    old=$(awk -v d="$DOMAIN." '$1 == d && $4 == "RRSIG" && $5 == "A"' old)
    awk -v d="$DOMAIN." -v old="$old" '$1 == d && $4 == "RRSIG" && $5 == "A" { print old; next } { print }' new >zone
    ds=$(cat "$key.ds")
    ;;
many)
    zone >zone
    for i in $(seq 30); do echo "@ IN TXT \"service$i-site-verification=4f1a0c7d9be24a53a6c1f00${i}77aa\""; done >>zone
    ;;
lone)
    zone | sed '/ns2/d' >zone
    addresses=$NS1
    DELEGATION="$DOMAIN. IN NS ns1.$DOMAIN.
ns1.$DOMAIN. IN A $NS1"
    ;;
silent)
    zone >zone
    addresses=$NS1
    ;;
moved)
    zone >zone
    DELEGATION="$DOMAIN. IN NS ns1.$DOMAIN.
$DOMAIN. IN NS ns2.oldhost.$UP.
ns1.$DOMAIN. IN A $NS1
ns2.oldhost.$UP. IN A $NS2"
    ;;
glue)
    zone >zone
    DELEGATION="$DOMAIN. IN NS ns1.$DOMAIN.
$DOMAIN. IN NS ns2.$DOMAIN.
ns1.$DOMAIN. IN A $NS1
ns2.$DOMAIN. IN A 127.90.255.251"
    ;;
dangling) zone | sed 's/^app IN A .*/app IN CNAME acme-prod-7f3.azurewebsites.net./' >zone ;;
week) TTL=604800 zone >zone ;;
nowww) zone | sed '/^www /d' >zone ;;
*) echo "no variant $variant" >&2 && exit 2 ;;
esac
{
    echo 'server:'
    for a in $addresses; do echo "    ip-address: $a@53"; done
    cat <<C
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "$DIR"
    pidfile: "$DIR/nsd.pid"
    database: ""
    zonelistfile: "$DIR/nsd.list"
    xfrdfile: "$DIR/nsd.xfrd"
    xfrdir: "$DIR"
remote-control:
    control-enable: no
zone:
    name: $DOMAIN
    zonefile: zone
C
} >nsd.conf
surroundings "$ds"
start nsd nsd -d -c "$DIR/nsd.conf"
ready
