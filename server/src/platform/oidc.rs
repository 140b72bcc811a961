//! Signing in by another site: OpenID Connect with discovery, PKCE, state and nonce.

use super::settings::Settings;
use futures::future::BoxFuture;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::OnceCell;

/// The provider may take so long for an answer, to the end of its body.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer of the provider: its description, its keys, a token.
const MOST: usize = 256 * 1024;

type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// A provider, asked for its description at the first sign-in.
#[derive(Debug)]
pub struct Provider {
    /// Its address, as identities are kept under it.
    pub issuer: String,
    /// What people call it.
    pub name: String,
    id: String,
    secret: SecretString,
    back: String,
    http: reqwest::Client,
    client: OnceCell<Client>,
}

/// What is kept in the session while somebody is at the provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Away {
    state: String,
    nonce: String,
    verifier: String,
    /// Where to go afterwards.
    pub next: String,
    /// Whether to bind the account that is signed in, rather than to sign in.
    pub bind: bool,
}

/// Who somebody is, by the provider's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Never changes there.
    pub subject: String,
    /// If it says so and has proved it.
    pub email: Option<String>,
}

/// How the library asks.
fn asker(http: reqwest::Client) -> impl Fn(HttpRequest) -> BoxFuture<'static, Result<HttpResponse, std::io::Error>> + Send + Sync {
    move |request| Box::pin(ask(http.clone(), request))
}

async fn ask(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, std::io::Error> {
    let wrong = |e: reqwest::Error| std::io::Error::other(e.without_url());
    let (parts, body) = request.into_parts();
    let mut answer = http.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body).send().await.map_err(wrong)?;
    let mut out = http::Response::builder().status(answer.status());
    if let Some(headers) = out.headers_mut() {
        headers.clone_from(answer.headers());
    }
    // Counted as it comes, so that an answer without end takes no more memory than a good one.
    let mut bytes = vec![];
    while let Some(chunk) = answer.chunk().await.map_err(wrong)? {
        if bytes.len() + chunk.len() > MOST {
            return Err(std::io::Error::other("the answer is too long"));
        }
        bytes.extend_from_slice(&chunk);
    }
    out.body(bytes).map_err(std::io::Error::other)
}

impl Provider {
    /// By the settings `oidc_*`; none without an issuer.
    ///
    /// # Errors
    /// A sentence.
    pub fn new(settings: &Settings) -> Result<Option<Self>, String> {
        if settings.oidc_issuer.is_empty() {
            return Ok(None);
        }
        // Redirects of a provider could lead into a private network (RFC 6749 has none on these endpoints).
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build().map_err(|e| e.to_string())?;
        Ok(Some(Self {
            issuer: settings.oidc_issuer.clone(),
            name: settings.oidc_name.clone(),
            id: settings.oidc_client_id.clone(),
            secret: settings.oidc_client_secret.clone(),
            back: format!("{}/sign-in/oidc/back", settings.public_url),
            http,
            client: OnceCell::new(),
        }))
    }

    async fn client(&self) -> Result<&Client, String> {
        self.client
            .get_or_try_init(|| async {
                let issuer = IssuerUrl::new(self.issuer.clone()).map_err(|e| format!("oidc_issuer: {e}"))?;
                let metadata = CoreProviderMetadata::discover_async(issuer, &asker(self.http.clone()))
                    .await
                    .map_err(|e| format!("discovery: {e:?}"))?;
                let back = RedirectUrl::new(self.back.clone()).map_err(|e| e.to_string())?;
                let secret = Some(self.secret.expose_secret()).filter(|s| !s.is_empty()).map(|s| ClientSecret::new(s.to_owned()));
                Ok(CoreClient::from_provider_metadata(metadata, ClientId::new(self.id.clone()), secret).set_redirect_uri(back))
            })
            .await
    }

    /// Where to send somebody, and what to remember meanwhile.
    ///
    /// # Errors
    /// If the provider does not answer.
    pub async fn begin(&self, next: &str, bind: bool) -> Result<(String, Away), String> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = self
            .client()
            .await?
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("email".into()))
            .set_pkce_challenge(challenge)
            .url();
        let away = Away {
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
            next: next.to_owned(),
            bind,
        };
        Ok((url.to_string(), away))
    }

    /// Who came back with this code.
    ///
    /// # Errors
    /// If state, code, signature, audience, issuer, age or nonce do not hold.
    pub async fn finish(&self, away: &Away, state: &str, code: &str) -> Result<Person, String> {
        if away.state != state {
            return Err("the state is another one".into());
        }
        let client = self.client().await?;
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|e| format!("{e:?}"))?
            .set_pkce_verifier(PkceCodeVerifier::new(away.verifier.clone()))
            .request_async(&asker(self.http.clone()))
            .await
            .map_err(|e| format!("the code: {e:?}"))?;
        let token = answer.id_token().ok_or("there is no id token")?;
        let claims =
            token.claims(&client.id_token_verifier(), &Nonce::new(away.nonce.clone())).map_err(|e| format!("the id token: {e:?}"))?;
        let email = claims.email().filter(|_| claims.email_verified() == Some(true)).map(|e| e.to_string());
        Ok(Person { subject: claims.subject().to_string(), email })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::settings::Raw;
    use axum::Router;
    use axum::body::{Body, Bytes};
    use axum::http::Uri;
    use serde_json::json;
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A provider that never ends its answer at this path, and how many bytes of it were taken.
    async fn provider(endless: &'static str) -> (Provider, Arc<AtomicUsize>) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = format!("http://{}", listener.local_addr().unwrap());
        let (issuer, taken) = (at.clone(), Arc::new(AtomicUsize::new(0)));
        let count = taken.clone();
        let answer = move |uri: Uri| {
            let (at, count) = (at.clone(), count.clone());
            async move {
                let body = match uri.path() {
                    path if path == endless => Body::from_stream(futures::stream::repeat_with(move || {
                        count.fetch_add(65_536, Ordering::Relaxed);
                        Ok::<_, Infallible>(Bytes::from_static(&[b' '; 65_536]))
                    })),
                    "/.well-known/openid-configuration" => Body::from(
                        json!({
                            "issuer": at, "authorization_endpoint": format!("{at}/ask"), "token_endpoint": format!("{at}/token"),
                            "jwks_uri": format!("{at}/keys"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
                            "id_token_signing_alg_values_supported": ["RS256"],
                        })
                        .to_string(),
                    ),
                    _ => Body::from(json!({ "keys": [] }).to_string()),
                };
                ([("content-type", "application/json")], body)
            }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await.unwrap() });
        let flags = [("oidc_issuer", Some(issuer)), ("oidc_client_id", Some("us".to_owned()))];
        let settings = Raw::gather(&flags, None, std::iter::empty()).unwrap().settings().unwrap();
        (Provider::new(&settings).unwrap().unwrap(), taken)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_answer_without_end_is_cut_off() {
        for endless in ["/.well-known/openid-configuration", "/keys"] {
            let (provider, taken) = provider(endless).await;
            let why = provider.begin("/", false).await.unwrap_err();
            assert!(why.contains("too long"), "{endless}: {why}");
            // What the sockets between hold is taken too.
            assert!(taken.load(Ordering::Relaxed) < 64 * 1024 * 1024, "{endless}: {taken:?}");
        }
        let (provider, taken) = provider("/token").await;
        let (_, away) = provider.begin("/", false).await.unwrap();
        let why = provider.finish(&away, &away.state, "code").await.unwrap_err();
        assert!(why.contains("too long"), "{why}");
        assert!(taken.load(Ordering::Relaxed) < 64 * 1024 * 1024, "{taken:?}");
    }
}
