//! What the tables of routes are made of: a line says a route's method, its path, and who may use it. The authorization
//! test goes through them, so a route cannot be added without saying who may use it.

use super::session;
use crate::app::App;
use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn;
use axum::routing::{MethodFilter, on};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody; previews too, whose address cannot be guessed.
    Anybody,
    /// Whoever has the secret of a link that works once.
    OneTimeLink,
    /// Whoever has the secret of a shared link, or a badge's public id.
    Shared,
    /// Whoever has an address that this instance has signed.
    SignedUrl,
    /// Whoever another site sends, where there is one.
    OidcCallback,
    /// Whose password was right, and whose second factor is still to come.
    SecondFactorPending,
    /// Whoever is signed in, on what is their own.
    Account,
    /// Whoever may comment on the project of the path.
    Comment,
    /// Whoever may read the workspace or the project of the path.
    Read,
    /// Whoever may scan the project of the path.
    Scan,
    /// Whoever may bring evidence about the project of the path.
    Push,
    /// Whoever may work on the project of the path.
    Work,
    /// Whoever may make projects.
    Create,
    /// Owners.
    Manage,
    /// Whoever runs the instance.
    Operate,
}

impl Access {
    /// Whether nobody gets in without a session, whatever else they must be.
    const fn needs_session(self) -> bool {
        match self {
            Self::Anybody | Self::OneTimeLink | Self::Shared | Self::SignedUrl | Self::OidcCallback | Self::SecondFactorPending => false,
            Self::Account
            | Self::Comment
            | Self::Read
            | Self::Scan
            | Self::Push
            | Self::Work
            | Self::Create
            | Self::Manage
            | Self::Operate => true,
        }
    }
}

/// A line of the table.
#[derive(Clone, Debug)]
#[cfg_attr(not(test), allow(dead_code, reason = "read by the authorization test"))]
pub struct Route {
    /// GET or POST.
    pub method: Method,
    /// With its parameters in braces.
    pub path: String,
    /// Who may use it.
    pub access: Access,
}

/// Routes while they are collected.
#[derive(Debug, Default)]
pub struct Table {
    /// What was added.
    #[cfg_attr(not(test), allow(dead_code, reason = "read by the authorization test"))]
    pub rows: Vec<Route>,
    /// The same for axum.
    pub router: Router<App>,
    /// Whether callers come with a token, which the gate of the API asks for, instead of a session.
    by_token: bool,
}

impl Table {
    /// For callers with a token.
    pub fn by_token() -> Self {
        Self { by_token: true, ..Self::default() }
    }
    /// Adds a route.
    pub fn add<H: Handler<T, App>, T: 'static>(mut self, method: Method, access: Access, path: &str, handler: H) -> Self {
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        let mut route = on(filter, handler);
        // The coarse part of the row is enforced here; the rest needs what the path names.
        if access.needs_session() && !self.by_token {
            route = route.route_layer(from_fn(session::required));
        }
        self.router = self.router.route(path, route);
        self.rows.push(Route { method, path: path.to_owned(), access });
        self
    }
    /// Adds a page.
    pub fn get<H: Handler<T, App>, T: 'static>(self, access: Access, path: &str, handler: H) -> Self {
        self.add(Method::GET, access, path, handler)
    }
    /// Adds a form.
    pub fn post<H: Handler<T, App>, T: 'static>(self, access: Access, path: &str, handler: H) -> Self {
        self.add(Method::POST, access, path, handler)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::settings::Raw;
    use axum::body::Body;
    use axum::http::{Request, StatusCode, header};
    use tower::ServiceExt;

    /// A handler that asks nobody anything.
    async fn open_to_all() -> &'static str {
        "in"
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_row_refuses_who_is_signed_out_whatever_its_handler_does() {
        let folder = std::env::temp_dir().join(format!("lr-routes-{}", std::process::id()));
        let flags = [("data_dir", Some(folder.display().to_string()))];
        let app = App::open(Raw::gather(&flags, None, std::iter::empty()).unwrap().settings().unwrap()).await.unwrap();
        let (open, closed) = (Access::OneTimeLink, Access::Comment);
        let table = Table::default().get(open, "/open", open_to_all).get(closed, "/closed", open_to_all).post(open, "/closed", open_to_all);
        let router = table.router.layer(session::layer(app.store.clone(), false)).with_state(app);
        for (method, path, want, to) in [
            ("GET", "/open", StatusCode::OK, ""),
            ("POST", "/closed", StatusCode::OK, ""),
            ("GET", "/closed", StatusCode::SEE_OTHER, "/sign-in?next=%2Fclosed"),
            ("PUT", "/closed", StatusCode::METHOD_NOT_ALLOWED, ""),
        ] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            let location = answer.headers().get(header::LOCATION).map_or("", |l| l.to_str().unwrap());
            assert_eq!((answer.status(), location), (want, to), "{method} {path}");
        }
    }
}
