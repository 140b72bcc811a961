#!/usr/bin/env bash
# Tomcat with a small JSP application behind nginx.
set -euo pipefail
. "$(dirname "$0")/front.sh"
version() { deb_version tomcat10; }
install() { debian nginx tomcat10 default-jre-headless; }
run() {
    mkdir -p base/conf base/webapps base/logs base/temp base/work
    cp -r /etc/tomcat10/*.xml /etc/tomcat10/*.properties base/conf/
    sed -i "s/port=\"8080\"/port=\"3000\" address=\"$IP\"/; s/<Server port=\"8005\"/<Server port=\"-1\"/; s/<Server port=\"-1\" shutdown/<Server port=\"-1\" shutdown/" base/conf/server.xml
    # Behind a proxy that ends TLS: RemoteIpValve reads X-Forwarded-Proto.
    [ "$1" = right ] && sed -i 's#</Host>#<Valve className="org.apache.catalina.valves.RemoteIpValve" protocolHeader="x-forwarded-proto" /><Valve className="org.apache.catalina.valves.ErrorReportValve" showReport="false" showServerInfo="false" /></Host>#' base/conf/server.xml
    if [ "$1" = welcome ]; then
        # Debian's “It works !” of the root application.
        cp -r /var/lib/tomcat10/webapps/ROOT base/webapps/ROOT
    else
        mkdir -p base/webapps/ROOT/WEB-INF
        cat >base/webapps/ROOT/index.jsp <<'J'
<%@ page contentType="text/html; charset=UTF-8" session="true" %>
<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tidewater Ledger</title></head><body><h1>Tidewater Ledger</h1><p>Berths, fees and harbour dues in one book, since <%= 1998 + 1 %>.</p></body></html>
J
        # SameSite comes from the cookie processor of the context.
        mkdir -p base/webapps/ROOT/META-INF && echo '<Context><CookieProcessor sameSiteCookies="lax" /></Context>' >base/webapps/ROOT/META-INF/context.xml
        echo '<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="5.0"><session-config><cookie-config><http-only>true</http-only>'"$([ "$1" = right ] && echo '<secure>true</secure>')"'</cookie-config></session-config></web-app>' >base/webapps/ROOT/WEB-INF/web.xml
    fi
    CATALINA_BASE=$DIR/base CATALINA_HOME=/usr/share/tomcat10 start tomcat /usr/share/tomcat10/bin/catalina.sh run
    for _ in $(seq 400); do [ "$(curl -s -o /dev/null -w '%{http_code}' "http://$IP:3000/")" = 200 ] && break || sleep 0.1; done
    front 3000
    ready
}
zoo "$@"
