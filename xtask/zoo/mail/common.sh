# What the mail inhabitants share; sourced by postfix.sh, exim.sh, opensmtpd.sh and dovecot.sh.
# The mail server listens at IP:25 as mx.DOMAIN. Records stand in the lab's DNS (the row's dns column);
# the web site is the lab's. A policy of MTA-STS is served at IP:443 as mta-sts.DOMAIN.

MX=mx.$DOMAIN
export PATH=$PATH:/usr/sbin:/sbin

install_packages() {
    local missing=() p
    for p in "$@"; do dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok' || missing+=("$p"); done
    [ ${#missing[@]} = 0 ] && return
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -y -qq install --no-install-recommends "${missing[@]}" >/dev/null
    for p in postfix dovecot; do systemctl disable --now "$p" >/dev/null 2>&1 || true; done
}
# unpack FOLDER PACKAGE…: Debian's mail servers exclude each other, so all but Postfix are only unpacked.
unpack() {
    local to=$ZOO/$1
    shift
    [ -e "$to/.done" ] && return
    mkdir -p "$to/deb" && cd "$to/deb"
    apt-get -qq download "$@" 2>/dev/null
    for deb in ./*.deb; do dpkg -x "$deb" "$to"; done
    touch "$to/.done"
}
account() { getent passwd "$1" >/dev/null || useradd --system --no-create-home --shell /usr/sbin/nologin --user-group "$1"; }

children=()
cleanup() { :; }
end() {
    trap - TERM EXIT INT
    kill "${children[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    cleanup
    exit 0
}
begin() {
    mkdir -p "$DIR" && cd "$DIR" && rm -rf ./*
    chmod 755 "$DIR"
    printf -- '--also\napp.%s\n' "$DOMAIN" >scan.args
    trap end TERM EXIT INT
}
start() {
    local name=$1
    shift
    "$@" >"$DIR/$name.log" 2>&1 &
    children+=($!)
}
greets() { # Waits until IP:25 greets.
    local line=''
    for _ in $(seq 100); do
        line=$(timeout 8 bash -c "exec 3<>/dev/tcp/$IP/25 && head -c 3 <&3" 2>/dev/null || true)
        [ "$line" = 220 ] && touch "$DIR/ready" && return
        sleep 0.1
    done
    echo "nothing greets at $IP:25" >&2
    return 1
}
# A certificate that is its own authority, as Debian's ssl-cert makes it: for the machine's name.
snakeoil() { openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost" -keyout own.key -out own.pem 2>/dev/null; }
# A certificate for MX from the lab's authority that ended yesterday.
expired() {
    curl -sf -H 'content-type: application/json' "http://$LAB_CONTROL/cert" -d "{\"hosts\":[\"$MX\"],\"kind\":\"expired\"}" |
        python3 -c 'import json,sys; c = json.load(sys.stdin); open("own.pem", "w").write(c["cert"]); open("own.key", "w").write(c["key"])'
}
# The chain without its intermediate.
leaf() { sed '/-----END CERTIFICATE-----/q' "$CERT" >own.pem && cp "$KEY" own.key; }
# sts_record: the TXT record that announces a policy; it holds semicolons, so the table's column can't.
sts_record() {
    curl -sf -H 'content-type: application/json' "http://$LAB_CONTROL/record" \
        -d "{\"name\":\"_mta-sts.$DOMAIN\",\"rtype\":\"TXT\",\"values\":[\"v=STSv1; id=20261101\"]}"
}
# sts_policy MX-PATTERN: announces and serves an enforced policy of MTA-STS.
sts_policy() {
    sts_record
    mkdir -p web/.well-known
    printf 'version: STSv1\r\nmode: enforce\r\nmx: %s\r\nmax_age: 604800\r\n' "$1" >web/.well-known/mta-sts.txt
    start sts python3 "$HERE/mail/https.py" "$IP" "$CERT" "$KEY" web
}
