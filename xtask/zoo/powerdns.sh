#!/usr/bin/env bash
# PowerDNS Authoritative Server with its SQLite backend, filled with pdnsutil. Variants:
#   right      two addresses, a plain zone
#   signed     pdnsutil secure-zone, DS of pdnsutil export-zone-ds in the parent
#   unrectified signed; app was added straight into the database with auth=0, as glue has it: nobody is given it
#   alias      ALIAS at the apex, expanded by the server (expand-alias=yes)
#   apexcname  a CNAME at the apex beside SOA, NS, MX and TXT, written into the database by a panel
#   spftwo     a second SPF record for the newsletter service
#   spften     SPF with thirteen look-ups
#   dmarctypo  "p=quarentine"
#   dkimcut    the key was cut at 255 bytes and the rest is missing
#   spfcut     an SPF record in two strings, without the blank between them
#   returnpath the return path has its MX and no SPF
#   nodmarc    no DMARC record
set -euo pipefail
HERE=${HERE:-$(cd "$(dirname "$0")" && pwd)}
if [ "${1:-}" = install ]; then IP=127.90.0.1 LAB_DNS=127.0.0.1:53 DOMAIN=x.test; fi
. "$HERE/dns/common.sh"
if [ "${1:-}" = install ]; then
    install_packages pdns-server pdns-backend-sqlite3 sqlite3 nsd unbound ldnsutils bind9-dnsutils
    exit
fi
variant=$2
begin
sql='' ds='' more=''
case $variant in
right | signed | unrectified) zone >zone ;;
alias)
    zone | sed "s/^@ IN A .*/@ IN ALIAS app.$DOMAIN./; s/^www IN .*/www IN CNAME app/" >zone
    more="expand-alias=yes
resolver=$RESOLVER:53"
    ;;
apexcname)
    zone | sed '/^@ IN A /d' >zone
    sql="insert into records (domain_id, name, type, content, ttl, auth) select id, name, 'CNAME', 'www.' || name, 3600, 1 from domains;
delete from records where name = 'www.$DOMAIN';
insert into records (domain_id, name, type, content, ttl, auth) select id, 'www.' || name, 'A', '$LAB_IP', 3600, 1 from domains;"
    ;;
spftwo) { zone; echo '@ IN TXT "v=spf1 ip4:192.0.2.7 -all"'; } >zone ;;
spften)
    zone | sed 's/^@ IN TXT .*/@ IN TXT "v=spf1 mx include:_spf1 include:_spf2 ~all"/' |
        sed "s/include:_spf\([12]\)/include:_spf\1.$DOMAIN/g" >zone
    for i in 1 2; do
        printf '_spf%s IN TXT "v=spf1' $i
        for j in 1 2 3 4 5; do printf ' a:out%s%s.%s' $i $j "$DOMAIN"; done
        printf ' ~all"\n'
        for j in 1 2 3 4 5; do echo "out$i$j IN A 192.0.2.$i$j"; done
    done >>zone
    ;;
dmarctypo) zone | sed 's/p=quarantine/p=quarentine/' >zone ;;
dkimcut)
    zone | sed '/^s1._domainkey/d' >zone
    echo "s1._domainkey IN TXT \"${DKIM:0:255}\"" >>zone
    ;;
spfcut) zone | sed 's/^@ IN TXT .*/@ IN TXT ( "v=spf1 mx" "ip4:192.0.2.0\/24" "~all" )/' >zone ;;
returnpath) zone | sed '/^send IN TXT/d' >zone ;;
nodmarc) zone | sed '/^_dmarc/d' >zone ;;
*) echo "no variant $variant" >&2 && exit 2 ;;
esac
cat >pdns.conf <<C
launch=gsqlite3
gsqlite3-database=$DIR/pdns.db
gsqlite3-dnssec=yes
local-address=$NS1, $NS2
local-port=53
socket-dir=$DIR
receiver-threads=1
distributor-threads=1
daemon=no
guardian=no
disable-syslog=yes
version-string=anonymous
$more
C
schema=/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql
[ -e "$schema" ] || schema=/usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql
sqlite3 pdns.db <"$schema"
pdnsutil="pdnsutil --config-dir=$DIR"
$pdnsutil load-zone "$DOMAIN" zone >load.log 2>&1
if [ -n "$sql" ]; then sqlite3 pdns.db "$sql"; fi
if [ "$variant" = signed ] || [ "$variant" = unrectified ]; then
    $pdnsutil secure-zone "$DOMAIN" >>load.log 2>&1
    ds=$($pdnsutil export-zone-ds "$DOMAIN" 2>/dev/null | grep ' 13 2 ' | sed 's/;.*//')
fi
$pdnsutil rectify-zone "$DOMAIN" >>load.log 2>&1
if [ "$variant" = unrectified ]; then
    sqlite3 pdns.db "delete from records where name = 'app.$DOMAIN';
insert into records (domain_id, name, type, content, ttl, auth) select id, 'app.' || name, 'A', '$LAB_IP', 3600, 0 from domains;"
fi
surroundings "$ds"
start pdns pdns_server --config-dir="$DIR"
ready
