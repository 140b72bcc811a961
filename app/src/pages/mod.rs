//! One page, one file.

pub mod account;
pub mod admin;
pub mod api_docs;
pub mod assigned;
pub mod catalogue;
pub mod check;
pub mod dns_map;
pub mod error;
pub mod factors;
pub mod finding;
pub mod front;
pub mod how;
pub mod plan;
pub mod project_form;
pub mod portfolio;
pub mod portfolio_filter;
pub mod projects;
pub mod result;
pub mod risks;
pub mod running;
pub mod share;
pub mod tokens;
pub mod workspace;
