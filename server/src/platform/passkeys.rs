//! Passkeys (WebAuthn), by the address of the site.

use webauthn_rs::{Webauthn, WebauthnBuilder};

/// Who asks for passkeys; none where the site's address is a number, which they do not allow. On loopback a site is
/// `localhost` to passkeys, whatever number it listens on.
#[must_use]
pub fn relying_party(public_url: &str) -> Option<Webauthn> {
    let mut origin = url::Url::parse(public_url).ok()?;
    if matches!(origin.host_str(), Some("127.0.0.1" | "[::1]")) {
        origin.set_host(Some("localhost")).ok()?;
    }
    let name = origin.domain()?.to_owned();
    WebauthnBuilder::new(&name, &origin).ok()?.rp_name("Launch Ready").build().ok()
}
