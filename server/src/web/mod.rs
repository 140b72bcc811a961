//! The web: handlers by resource, the table of routes, and the server around them.

mod account;
mod admin;
mod api;
mod assets;
#[cfg(test)]
mod authorization_test;
mod calendar;
mod comments;
#[cfg(debug_assertions)]
mod dev;
mod error;
mod finding;
mod front;
mod guard;
mod kept_pages;
mod local_path;
mod ops;
mod palette;
mod plan;
mod portfolio;
mod projects;
mod render;
mod routes;
mod scan;
mod scan_access;
pub mod server;
mod session;
mod table;
mod tools;
mod turns;
mod workspace;

pub use error::AppError;
