//! The operations of the API, a line each: who may use it, method, path, handler. Router, authorization test and OpenAPI
//! description are made from it. Whoever has no token is turned away before.

use super::{code, evidence, findings, import, members, projects, scans};
use crate::web::table::{Access, Table};
use axum::http::Method;
use utoipa::OpenApi;

macro_rules! operations {
    ($($access:ident $method:ident $path:literal => $module:ident::$handler:ident,)+) => {
        /// Their routes.
        pub fn table() -> Table {
            Table::by_token()$(.add(Method::$method, Access::$access, $path, $module::$handler))+
        }

        /// Their description.
        #[derive(OpenApi)]
        #[openapi(
            info(
                title = "Launch Ready",
                description = "Every answer is JSON. Errors are problem details (RFC 9457) with a trace id and, for fields, JSON pointers. Lists come in parts: pass `next` as `cursor`. Send `Idempotency-Key` with what creates something, and it is done once however often it is sent. A token may send 600 requests a minute; the `RateLimit` header says how many are left."
            ),
            paths($($module::$handler),+)
        )]
        pub struct Description;
    };
}

operations! {
    Read GET "/api/v1/workspace" => members::workspace,
    Read GET "/api/v1/members" => members::members,
    Manage PUT "/api/v1/members/{account}" => members::set_role,
    Manage DELETE "/api/v1/members/{account}" => members::remove,
    Manage GET "/api/v1/invitations" => members::invitations,
    Manage POST "/api/v1/invitations" => members::invite,
    Manage DELETE "/api/v1/invitations/{invitation}" => members::revoke,
    Manage GET "/api/v1/log" => members::log,
    Read GET "/api/v1/tokens" => members::tokens,
    Account DELETE "/api/v1/tokens/{token}" => members::end_token,
    Read GET "/api/v1/export" => code::export,
    Create POST "/api/v1/apply" => code::apply,
    Create POST "/api/v1/import" => import::import,
    Read GET "/api/v1/projects" => projects::list,
    Create POST "/api/v1/projects" => projects::create,
    Read GET "/api/v1/projects/{project}" => projects::show,
    Work PATCH "/api/v1/projects/{project}" => projects::change,
    Work POST "/api/v1/projects/{project}/archive" => projects::archive,
    Work POST "/api/v1/projects/{project}/restore" => projects::restore,
    Push POST "/api/v1/projects/{project}/evidence" => evidence::push,
    Read GET "/api/v1/projects/{project}/ledger" => evidence::ledger,
    Read GET "/api/v1/projects/{project}/scans" => scans::list,
    Scan POST "/api/v1/projects/{project}/scans" => scans::start,
    Read GET "/api/v1/projects/{project}/scans/{scan}" => scans::show,
    Scan POST "/api/v1/projects/{project}/scans/{scan}/cancel" => scans::cancel,
    Read GET "/api/v1/projects/{project}/scans/{scan}/events" => scans::events,
    Read GET "/api/v1/projects/{project}/scans/{scan}/report.{format}" => scans::report,
    Read GET "/api/v1/projects/{project}/scans/{scan}/plan" => scans::plan,
    Read GET "/api/v1/projects/{project}/scans/{scan}/findings" => findings::list,
    Read GET "/api/v1/projects/{project}/scans/{scan}/findings/{check}" => findings::show,
    Scan POST "/api/v1/projects/{project}/scans/{scan}/findings/{check}/recheck" => findings::recheck,
    Read GET "/api/v1/projects/{project}/scans/{scan}/findings/{check}/comments" => findings::comments,
    Comment POST "/api/v1/projects/{project}/scans/{scan}/findings/{check}/comments" => findings::comment,
    Work PUT "/api/v1/projects/{project}/scans/{scan}/findings/{check}/assignment" => findings::assign,
}
