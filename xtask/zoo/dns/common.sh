# What the DNS inhabitants share; sourced by bind.sh, nsd.sh, knot.sh and powerdns.sh.
#
# Around the software under test stands a small internet, on the addresses next to IP:
#   IP    ns1, the software under test       IP+2  the parent zone `test` (NSD), with glue and DS
#   IP+1  ns2, the same software             IP+3  a recursive resolver (unbound), the scan's --resolver
# The resolver walks from the parent down as on the internet; `nic.test` and everything else it asks the
# lab. With a signed parent it validates, and the scan gets the parent's key as --trust-anchor.
# Web and mail hosts of the zone are the lab's, where the frame has put up a good site for DOMAIN.
# What the scan must be told stands in $DIR/scan.args when the server at IP:53 answers.

base=${IP%.*} last=${IP##*.}
NS1=$IP NS2=$base.$((last + 1)) PARENT=$base.$((last + 2)) RESOLVER=$base.$((last + 3))
LAB_IP=${LAB_DNS%:*} LAB_PORT=${LAB_DNS##*:}
UP=${DOMAIN#*.}
export PATH=$PATH:/usr/sbin:/sbin

# install_packages PACKAGE…: what is missing, without starting anything.
install_packages() {
    local missing=() p
    for p in "$@"; do dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok' || missing+=("$p"); done
    [ ${#missing[@]} = 0 ] && return
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -y -qq install --no-install-recommends "${missing[@]}" >/dev/null
    for p in named bind9 nsd knot pdns unbound; do systemctl disable --now "$p" >/dev/null 2>&1 || true; done
}

children=()
cleanup() { :; } # What a script has to undo besides.
end() {
    trap - TERM EXIT INT
    kill "${children[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    cleanup
    exit 0
}
begin() { # An empty folder, and nothing left running afterwards.
    mkdir -p "$DIR" && cd "$DIR" && rm -rf ./*
    trap end TERM EXIT INT
}
start() { # start NAME COMMAND…: in the background, with a log.
    local name=$1
    shift
    "$@" >"$DIR/$name.log" 2>&1 &
    children+=($!)
}
answers() { # answers ADDRESS NAME: waits until a server there answers.
    for _ in $(seq 100); do
        case $(dig +time=1 +tries=1 @"$1" "$2" SOA 2>/dev/null || true) in *'status: '*) return ;; esac
        sleep 0.1
    done
    echo "no answer from $1" >&2
    return 1
}

DKIM='v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsqh7teMknTzXXO0zV/QyJEWBPamg8qiH9lL84VllIzvREE2AX9QLhlx4US5fZhiepm6VAj0XLY47SzzM2HJC7GBtCSAYmTMkph4GzejL6P4mdl+zUb7gZGc26XW7LFa+jTwcC5tpo4kSW85nMDp+hVBTrNcvYEC1e8+9ALQc1wF6eIuwVsqlw/7QcPJ9T2UrRNuNDKpzdUa7u5AxjjRR/zaw26XhGRLMZUuFKSKz2GPClZIrK3RW7Y9utU1I+FXSSzpRij0jEw7NvOi00d4IjMuAmf7sPd9JDf7h8DMp0nbvwErdK+/aaiNJotAyDI7FqJoqsNd9XvA0qSuPfHNVowIDAQAB'

# The zone as an administrator would write it, on standard output. A mistake edits the text.
zone() {
    cat <<Z
\$ORIGIN $DOMAIN.
\$TTL ${TTL:-3600}
@ IN SOA ns1 hostmaster ( 2026112701 7200 3600 1209600 300 )
@ IN NS ns1
@ IN NS ns2
ns1 IN A $NS1
ns2 IN A $NS2
@ IN A $LAB_IP
www IN CNAME $DOMAIN.
app IN A $LAB_IP
mx IN A $LAB_IP
@ IN MX 10 mx
@ IN TXT "v=spf1 mx ~all"
_dmarc IN TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@$DOMAIN"
s1._domainkey IN TXT ( "${DKIM:0:255}" "${DKIM:255}" )
send IN MX 10 feedback-smtp.eu-west-1.amazonses.com.
send IN TXT "v=spf1 include:amazonses.com ~all"
Z
}

# surroundings [DS lines]: the parent and the resolver. The delegation is ns1 and ns2 with glue unless
# the variable DELEGATION holds other lines; with DS lines the parent is signed and the resolver validates.
surroundings() {
    local ds=${1:-} modules=iterator anchor=''
    cat >parent.zone <<Z
\$ORIGIN $UP.
\$TTL 3600
@ IN SOA a.parent hostmaster.parent 1 7200 3600 1209600 300
@ IN NS a.parent
a.parent IN A $PARENT
nic IN NS a.nic
a.nic IN A $LAB_IP
${DELEGATION:-$DOMAIN. IN NS ns1.$DOMAIN.
$DOMAIN. IN NS ns2.$DOMAIN.
ns1.$DOMAIN. IN A $NS1
ns2.$DOMAIN. IN A $NS2}
$ds
Z
    if [ -n "$ds" ]; then
        local key
        key=$(ldns-keygen -r /dev/urandom -a ECDSAP256SHA256 -k "$UP")
        ldns-signzone -e "$(date -ud '+20 days' +%Y%m%d%H%M%S)" -f parent.signed parent.zone "$key"
        mv parent.signed parent.zone
        sed 's/\tIN\tDNSKEY/ 300 IN DNSKEY/; s/;.*//' "$key.key" >anchor.key
        modules='validator iterator' anchor="trust-anchor-file: $DIR/anchor.key"
        printf -- '--trust-anchor\n%s\n' "$DIR/anchor.key" >scan.args
    fi
    # With --resolver the scan asks nobody else; without it it would ask each of the zone's servers too.
    printf -- '--resolver\n%s:53\n--resolver=%s:53\n--resolver=%s:53\n--also\napp.%s\n' "$RESOLVER" "$NS1" "$NS2" "$DOMAIN" >>scan.args
    cat >parent.conf <<C
server:
    ip-address: $PARENT@53
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "$DIR"
    pidfile: "$DIR/parent.pid"
    database: ""
    zonelistfile: "$DIR/parent.list"
    xfrdfile: "$DIR/parent.xfrd"
    xfrdir: "$DIR"
remote-control:
    control-enable: no
zone:
    name: $UP
    zonefile: parent.zone
C
    start parent nsd -d -c "$DIR/parent.conf"
    cat >unbound.conf <<C
server:
    interface: $RESOLVER
    outgoing-interface: $RESOLVER
    access-control: 127.0.0.0/8 allow
    do-not-query-localhost: no
    do-ip6: no
    do-daemonize: no
    username: ""
    chroot: ""
    directory: "$DIR"
    pidfile: "$DIR/unbound.pid"
    use-syslog: no
    logfile: ""
    num-threads: 1
    cache-max-ttl: 2000000
    local-zone: "test." nodefault
    module-config: "$modules"
    $anchor
remote-control:
    control-enable: no
stub-zone:
    name: "$UP."
    stub-addr: $PARENT
stub-zone:
    name: "nic.test."
    stub-addr: $LAB_IP@$LAB_PORT
forward-zone:
    name: "."
    forward-addr: $LAB_IP@$LAB_PORT
C
    start unbound unbound -d -c "$DIR/unbound.conf"
    answers "$PARENT" "$UP"
    answers "$RESOLVER" "$UP"
}

ready() { # After the server under test has answered.
    answers "$NS1" "$DOMAIN"
    touch "$DIR/ready"
    wait
}
