//! Signing in by another site: OpenID Connect with discovery, PKCE, state and nonce.

use crate::settings::Settings;
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

/// The provider may take so long.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer of the provider.
const MOST: usize = 1024 * 1024;

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
    let answer = http.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body).send().await.map_err(wrong)?;
    let mut out = http::Response::builder().status(answer.status());
    if let Some(headers) = out.headers_mut() {
        headers.clone_from(answer.headers());
    }
    let bytes = answer.bytes().await.map_err(wrong)?;
    if bytes.len() > MOST {
        return Err(std::io::Error::other("the answer is too long"));
    }
    out.body(bytes.to_vec()).map_err(std::io::Error::other)
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
