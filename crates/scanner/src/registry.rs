//! RDAP (RFC 9082, 9083) and a certificate-transparency search.

use crate::http::Http;
use crate::util::now;
use readiness::evidence::{CtLog, LoggedCertificate, Rdap, RdapOutcome, Registration};
use serde_json::Value;
use std::time::Duration;

/// Bytes of an RDAP answer.
const MAX_RDAP: usize = 512 * 1024;
/// Bytes of a search in the logs.
const MAX_CT: usize = 8 * 1024 * 1024;
/// Certificates that are kept.
const MAX_CERTIFICATES: usize = 400;
/// The logs' search engines are slow; a scan does not wait longer.
const CT_TIME: Duration = Duration::from_secs(8);
const THIRTEEN_MONTHS_MS: i64 = 396 * 86_400_000;

/// The RDAP server of a domain's ending: the longest that fits. Lines of `server TAB endings`.
pub fn server_for<'a>(bootstrap: &'a str, domain: &str) -> Option<&'a str> {
    let rows = bootstrap.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t'));
    rows.flat_map(|(server, endings)| endings.split(' ').map(move |e| (server, e)))
        .filter(|(_, e)| domain == *e || domain.strip_suffix(e).is_some_and(|r| r.ends_with('.')))
        .max_by_key(|(_, e)| e.len())
        .map(|(server, _)| server)
}

/// Reads IANA's own format (RFC 9224) into the lines that [`server_for`] reads.
pub fn bootstrap_lines(json: &str) -> Result<String, String> {
    let value: Value = serde_json::from_str(json).map_err(|e| format!("it is not JSON: {e}"))?;
    let services = value.get("services").and_then(Value::as_array).ok_or("it has no services")?;
    let mut out = String::new();
    for service in services {
        let part = |i: usize| service.get(i).and_then(Value::as_array).map(|a| a.iter().filter_map(Value::as_str).collect::<Vec<_>>());
        let (Some(endings), Some(servers)) = (part(0), part(1)) else { continue };
        let Some(server) = servers.iter().find(|s| s.starts_with("https")).or_else(|| servers.first()) else { continue };
        out.push_str(&format!("{server}\t{}\n", endings.join(" ").to_ascii_lowercase()));
    }
    if out.is_empty() { Err("it names no server".into()) } else { Ok(out) }
}

/// Asks the registry, and the registrar if the registry refers to one.
pub async fn registration(http: &Http, bootstrap: &str, domain: &str) -> Registration {
    let at = now();
    let done = |source: String, outcome| Registration { domain: domain.to_owned(), source, at, outcome };
    let Some(server) = server_for(bootstrap, domain) else {
        return done("IANA's bootstrap registry".into(), RdapOutcome::NoServer);
    };
    let url = format!("{}/domain/{domain}", server.trim_end_matches('/'));
    let outcome = match http.load_trusted(&url, MAX_RDAP).await {
        Err(why) => RdapOutcome::Unknown(why),
        Ok((404, _)) => RdapOutcome::NotRegistered,
        Ok((200, bytes)) => match serde_json::from_slice::<Value>(&bytes) {
            Err(_) => RdapOutcome::Unknown("the answer is not JSON".into()),
            Ok(json) => {
                let mut found = read(&json);
                if let Some(referral) = referral(&json, &url)
                    && let Ok((200, bytes)) = http.load_trusted(&referral, MAX_RDAP).await
                    && let Ok(json) = serde_json::from_slice::<Value>(&bytes)
                {
                    let other = read(&json);
                    found.registrar = found.registrar.or(other.registrar);
                    // The registry's word counts; what it leaves out the registrar may know.
                    found.expires = found.expires.or(other.expires);
                    for s in other.status {
                        if !found.status.contains(&s) && s.starts_with("client") {
                            found.status.push(s);
                        }
                    }
                    found.referral = Some(referral);
                }
                RdapOutcome::Found(found)
            }
        },
        Ok((status, _)) => RdapOutcome::Unknown(format!("the registry answered {status}")),
    };
    done(url, outcome)
}

fn referral(json: &Value, own: &str) -> Option<String> {
    json.get("links")?
        .as_array()?
        .iter()
        .filter(|l| l.get("rel").and_then(Value::as_str) == Some("related"))
        .filter(|l| l.get("type").and_then(Value::as_str).is_some_and(|t| t.contains("rdap")))
        .filter_map(|l| l.get("href")?.as_str())
        .find(|h| *h != own && h.starts_with("https://"))
        .map(str::to_owned)
}

/// Reads the parts of an RDAP answer that matter.
pub(crate) fn read(json: &Value) -> Rdap {
    let list = |key: &str| json.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let event = |action: &str| {
        list("events")
            .iter()
            .find(|e| e.get("eventAction").and_then(Value::as_str).is_some_and(|a| a.eq_ignore_ascii_case(action)))
            .and_then(|e| readiness::time::parse_rfc3339(e.get("eventDate")?.as_str()?))
    };
    let word = |v: &Value| v.as_str().map(|s| s.chars().filter(|c| !c.is_control()).take(120).collect::<String>());
    let registrar = list("entities")
        .iter()
        .find(|e| e.get("roles").and_then(Value::as_array).is_some_and(|r| r.iter().any(|r| r.as_str() == Some("registrar"))))
        .and_then(|e| {
            let card = e.get("vcardArray")?.get(1)?.as_array()?;
            card.iter().find(|p| p.get(0).and_then(Value::as_str) == Some("fn")).and_then(|p| word(p.get(3)?))
        });
    Rdap {
        expires: event("expiration"),
        registered: event("registration"),
        status: list("status").iter().filter_map(word).map(|s| s.to_ascii_lowercase()).take(20).collect(),
        registrar,
        nameservers: list("nameservers").iter().filter_map(|n| word(n.get("ldhName")?)).map(|n| n.to_ascii_lowercase()).take(20).collect(),
        referral: None,
    }
}

/// Searches the logs. `{domain}` in the address stands for the registrable domain; the answer has
/// the form of crt.sh's JSON.
pub async fn ct(http: &Http, template: &str, domain: &str) -> CtLog {
    let at = now();
    let source = template.replace("{domain}", domain);
    let mut log = CtLog { source: source.clone(), at, certificates: vec![], error: None, truncated: false };
    match tokio::time::timeout(CT_TIME, http.load_trusted(&source, MAX_CT)).await {
        Err(_) => log.error = Some(format!("no answer within {} s", CT_TIME.as_secs())),
        Ok(Err(why)) => log.error = Some(why),
        Ok(Ok((200, bytes))) => match serde_json::from_slice::<Vec<Value>>(&bytes) {
            Err(_) => log.error = Some("the answer is not a list of certificates".into()),
            Ok(rows) => {
                let mut all: Vec<LoggedCertificate> = rows.iter().filter_map(|r| certificate(r, at)).collect();
                all.sort_by(|a, b| b.not_before.cmp(&a.not_before).then_with(|| a.names.cmp(&b.names)));
                all.dedup();
                log.truncated = all.len() > MAX_CERTIFICATES;
                all.truncate(MAX_CERTIFICATES);
                log.certificates = all;
            }
        },
        Ok(Ok((status, _))) => log.error = Some(format!("it answered {status}")),
    }
    log
}

fn certificate(row: &Value, now: i64) -> Option<LoggedCertificate> {
    let text = |key: &str| row.get(key).and_then(Value::as_str);
    let not_before = readiness::time::parse_rfc3339(text("not_before")?)?;
    if not_before < now - THIRTEEN_MONTHS_MS {
        return None;
    }
    let mut names: Vec<String> = text("name_value")?
        .lines()
        .map(|n| n.trim().trim_end_matches('.').to_ascii_lowercase())
        .filter(|n| {
            n.len() < 254 && !n.is_empty() && n.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'*' | b'_'))
        })
        .take(100)
        .collect();
    names.sort();
    names.dedup();
    let issuer = text("issuer_name").unwrap_or("").chars().filter(|c| !c.is_control()).take(200).collect();
    Some(LoggedCertificate { names, issuer, not_before, not_after: readiness::time::parse_rfc3339(text("not_after")?)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_ending_decides() {
        let table = "# x\nhttps://a/\tcom net\nhttps://b/\tuk co.uk\n";
        assert_eq!(server_for(table, "acme.com"), Some("https://a/"));
        assert_eq!(server_for(table, "acme.co.uk"), Some("https://b/"));
        assert_eq!(server_for(table, "acmecom"), None);
        assert_eq!(server_for(readiness::RDAP_BOOTSTRAP, "acme.com"), Some("https://rdap.verisign.com/com/v1/"));
        let lines = bootstrap_lines(r#"{"services":[[["COM"],["http://x/","https://y/"]]]}"#).unwrap();
        assert_eq!(server_for(&lines, "a.com"), Some("https://y/"));
        assert!(bootstrap_lines("{}").is_err() && bootstrap_lines("x").is_err());
    }

    #[test]
    fn answers_are_read_and_cleaned() {
        let json = serde_json::json!({
            "status": ["client transfer prohibited"],
            "events": [{"eventAction": "expiration", "eventDate": "2027-01-02T03:04:05Z"}],
            "entities": [{"roles": ["registrar"], "vcardArray": ["vcard", [["fn", {}, "text", "Porkbun\u{1b}[31m LLC"]]]}],
            "links": [{"rel": "related", "type": "application/rdap+json", "href": "https://rdap.porkbun.test/domain/a.com"}]
        });
        let r = read(&json);
        assert_eq!(r.registrar.as_deref(), Some("Porkbun[31m LLC"));
        assert_eq!(r.expires.map(readiness::time::date).as_deref(), Some("2027-01-02"));
        assert_eq!(referral(&json, "x").as_deref(), Some("https://rdap.porkbun.test/domain/a.com"));
        assert_eq!(read(&Value::Null), Rdap::default());
    }

    #[test]
    fn logged_names_are_cleaned_and_old_ones_left_out() {
        let row = |from: &str| serde_json::json!({"issuer_name": "C=US, O=Let's Encrypt, CN=R12", "name_value": "*.a.com\nAPP.a.com\n<script>", "not_before": from, "not_after": "2026-12-01T00:00:00"});
        let now = 1_795_570_647_000;
        assert_eq!(certificate(&row("2026-10-01T00:00:00"), now).unwrap().names, ["*.a.com", "app.a.com"]);
        assert!(certificate(&row("2024-10-01T00:00:00"), now).is_none());
    }
}
