//! The routes of pages, forms and files. Those of the API stand in `api/operations.rs`.

use super::projects::{
    documents, evidence, exemptions, files, handover, home, import, launch, pack, pdf, questions, schedule, share, sprint,
};
use super::table::{Access, Table};
use super::workspace::{branding, channels, reports, templates, tokens};
use super::{account, admin, assets, calendar, comments, finding, front, ops, palette, plan, portfolio, projects, scan, tools, workspace};

/// What needs no session.
pub fn files() -> Table {
    Table::default()
        .get(Access::Anybody, "/health", ops::health)
        .get(Access::Anybody, "/ready", ops::ready)
        .get(Access::Anybody, "/favicon.svg", assets::favicon)
        .get(Access::Anybody, "/robots.txt", assets::robots)
        .get(Access::Anybody, "/.well-known/security.txt", assets::security)
        .get(Access::Anybody, "/.well-known/change-password", assets::change_password)
        .get(Access::Anybody, "/pkg/{hash}/{file}", assets::built)
}

/// What takes files.
pub fn uploads() -> Table {
    Table::default().post(Access::Comment, "/projects/{project}/questions/{check}/files", files::add).post(
        Access::Manage,
        "/workspace/logo",
        branding::keep,
    )
}

/// The pages and their forms. Scans answer at two addresses: as a preview, and below their project.
pub fn pages() -> Table {
    let table = Table::default()
        .get(Access::Anybody, "/", front::show)
        .post(Access::Anybody, "/preview", front::preview)
        .get(Access::Anybody, "/checks", front::checks)
        .get(Access::Anybody, "/checks/{check}", front::check)
        .get(Access::Anybody, "/how", front::how)
        .get(Access::Anybody, "/palette.json", palette::list)
        .get(Access::Anybody, "/tools", tools::index)
        .get(Access::Anybody, "/tools/risk", tools::app_risk)
        .get(Access::Anybody, "/tools/cost", tools::costs)
        .get(Access::Anybody, "/tools/sprint", tools::sprint_picker)
        .get(Access::Anybody, "/tools/{word}", tools::inspect)
        .get(Access::Anybody, "/api/docs", super::api::page)
        .get(Access::Anybody, "/api/openapi.json", super::api::openapi)
        .get(Access::Anybody, "/api/workspace.schema.json", super::api::schema);
    let table = projects(members(accounts(table)));
    let table = recheck(scans(table, "/scans/{scan}", Access::Anybody), "/scans/{scan}", Access::Anybody);
    let at = "/projects/{project}/scans/{scan}";
    let table = recheck(scans(table, at, Access::Read), at, Access::Scan)
        .post(Access::Work, "/projects/{project}/scans/{scan}/map", plan::approve)
        .post(Access::Comment, "/projects/{project}/scans/{scan}/findings/{check}/comments", comments::comment)
        .post(Access::Work, "/projects/{project}/scans/{scan}/findings/{check}/assign", comments::assign)
        .post(Access::Work, "/projects/{project}/scans/{scan}/findings/{check}/excuse", exemptions::give)
        .post(Access::Work, "/projects/{project}/scans/{scan}/findings/{check}/excuse/end", exemptions::end);
    let table = scans(table, "/shared/{secret}", Access::Shared).post(Access::Shared, "/shared/{secret}/unlock", share::unlock).get(
        Access::Shared,
        "/badge/{file}",
        share::badge,
    );
    #[cfg(debug_assertions)]
    let table = table
        .get(Access::Anybody, "/dev/mail", super::dev::letters)
        .get(Access::Anybody, "/dev/mail/{letter}", super::dev::letter)
        .post(Access::Account, "/dev/clock", super::dev::clock)
        .get(Access::Anybody, "/dev/ui", super::dev::ui);
    table
}

fn accounts(table: Table) -> Table {
    table
        .get(Access::Anybody, "/sign-up", account::sign_up_form)
        .post(Access::Anybody, "/sign-up", account::sign_up)
        .get(Access::Anybody, "/sign-in", account::sign_in_form)
        .post(Access::Anybody, "/sign-in", account::sign_in)
        .get(Access::SecondFactorPending, "/sign-in/second", account::second_form)
        .post(Access::SecondFactorPending, "/sign-in/second", account::second_step)
        .get(Access::OidcCallback, "/sign-in/oidc", account::oidc)
        .get(Access::OidcCallback, "/sign-in/oidc/back", account::oidc_back)
        .post(Access::Account, "/account/oidc", account::oidc_bind)
        .post(Access::Account, "/account/oidc/off", account::oidc_unbind)
        .post(Access::Anybody, "/sign-in/passkey", account::passkey_ask)
        .post(Access::Anybody, "/sign-in/passkey/finish", account::passkey_in)
        .post(Access::Anybody, "/sign-out", account::sign_out)
        .get(Access::OneTimeLink, "/confirm", account::confirm_form)
        .post(Access::OneTimeLink, "/confirm", account::confirm)
        .get(Access::OneTimeLink, "/confirm-email", account::confirm_email_form)
        .post(Access::OneTimeLink, "/confirm-email", account::confirm_email)
        .get(Access::Anybody, "/forgot", account::forgot_form)
        .post(Access::Anybody, "/forgot", account::forgot)
        .get(Access::OneTimeLink, "/reset", account::reset_form)
        .post(Access::OneTimeLink, "/reset", account::reset)
        .get(Access::Account, "/account", account::show)
        .post(Access::Account, "/account/confirm", account::send_again)
        .post(Access::Account, "/account/email", account::set_email)
        .post(Access::Account, "/account/password", account::set_password)
        .post(Access::Account, "/account/devices/end", account::end_device)
        .post(Access::Account, "/account/devices/others", account::end_others)
        .get(Access::Account, "/account/export", account::export)
        .post(Access::Account, "/account/delete", account::delete)
        .get(Access::Account, "/account/totp", account::totp_form)
        .post(Access::Account, "/account/totp", account::totp_on)
        .post(Access::Account, "/account/totp/off", account::totp_off)
        .post(Access::Account, "/account/codes", account::new_codes)
        .post(Access::Account, "/account/passkeys", account::passkey_form)
        .post(Access::Account, "/account/passkeys/finish", account::passkey_on)
        .post(Access::Account, "/account/passkeys/off", account::passkey_off)
}

fn members(table: Table) -> Table {
    table
        .get(Access::Read, "/workspace", workspace::show)
        .post(Access::Account, "/workspace/switch", workspace::switch)
        .post(Access::Account, "/workspace/new", workspace::create)
        .post(Access::Account, "/workspace/leave", workspace::leave)
        .post(Access::Manage, "/workspace/name", workspace::rename)
        .get(Access::Read, "/workspace/logo", branding::show)
        .post(Access::Manage, "/workspace/logo/remove", branding::remove)
        .get(Access::Read, "/workspace/sprints", templates::show)
        .post(Access::Manage, "/workspace/sprints", templates::save)
        .post(Access::Manage, "/workspace/sprints/remove", templates::remove)
        .get(Access::Manage, "/workspace/log.csv", workspace::log)
        .post(Access::Manage, "/workspace/members/role", workspace::set_role)
        .post(Access::Manage, "/workspace/members/remove", workspace::remove)
        .post(Access::Manage, "/workspace/invitations", workspace::invite)
        .post(Access::Manage, "/workspace/invitations/again", workspace::again)
        .post(Access::Manage, "/workspace/invitations/revoke", workspace::revoke)
        .get(Access::Read, "/workspace/tokens", tokens::show)
        .post(Access::Account, "/workspace/tokens", tokens::create)
        .post(Access::Account, "/workspace/tokens/end", tokens::end)
        .get(Access::OneTimeLink, "/invitation", workspace::asked)
        .post(Access::Account, "/invitation", workspace::accept)
        .get(Access::Operate, "/admin", admin::show)
        .post(Access::Operate, "/admin/mail", admin::retry_mail)
}

fn projects(table: Table) -> Table {
    table
        .get(Access::Read, "/projects", portfolio::list)
        .get(Access::Read, "/projects.csv", portfolio::csv)
        .post(Access::Read, "/projects/bulk", portfolio::bulk)
        .post(Access::Read, "/projects/views", portfolio::save_view)
        .post(Access::Read, "/projects/views/forget", portfolio::forget_view)
        .post(Access::Create, "/projects", projects::create)
        .get(Access::Create, "/projects/new", projects::new_form)
        .post(Access::Create, "/projects/keep", projects::keep)
        .get(Access::Create, "/projects/import", import::form)
        .post(Access::Create, "/projects/import", import::import)
        .get(Access::Read, "/projects/{project}", home::show)
        .get(Access::Read, "/projects/{project}/roadmap", home::road)
        .get(Access::Read, "/projects/{project}/difference", home::compare)
        .get(Access::Read, "/projects/{project}/fix/{check}", home::fix)
        .get(Access::Work, "/projects/{project}/changes", home::changes)
        .post(Access::Work, "/projects/{project}/changes", home::note)
        .get(Access::Read, "/projects/{project}/questions", questions::show)
        .post(Access::Comment, "/projects/{project}/questions/{check}", questions::answer)
        .post(Access::Work, "/projects/{project}/questions/{check}/ask", questions::ask)
        .post(Access::Work, "/projects/{project}/questions/{check}/withdraw", questions::withdraw)
        .get(Access::OneTimeLink, "/answer", questions::asked)
        .post(Access::OneTimeLink, "/answer", questions::answered)
        .get(Access::Read, "/projects/{project}/files/{file}", files::get)
        .post(Access::Work, "/projects/{project}/files/{file}/remove", files::remove)
        .get(Access::Read, "/projects/{project}/evidence", evidence::show)
        .post(Access::Work, "/projects/{project}/launch", launch::say)
        .get(Access::Read, "/projects/{project}/documents", documents::index)
        .get(Access::Read, "/projects/{project}/documents/{word}", documents::show)
        .post(Access::Work, "/projects/{project}/documents/{word}", documents::save)
        .get(Access::Read, "/projects/{project}/pack", pack::show)
        .post(Access::Work, "/projects/{project}/pack", pack::make)
        .get(Access::Read, "/projects/{project}/pack/{pack}", pack::get)
        .post(Access::Comment, "/projects/{project}/pack/{pack}/sign", pack::sign)
        .get(Access::Anybody, "/signing-key", pack::key)
        .get(Access::Read, "/projects/{project}/sprint", sprint::show)
        .post(Access::Work, "/projects/{project}/sprint", sprint::begin)
        .post(Access::Work, "/projects/{project}/sprint/out", sprint::out)
        .post(Access::Work, "/projects/{project}/sprint/back", sprint::back_in)
        .post(Access::Work, "/projects/{project}/sprint/close", sprint::close)
        .get(Access::Read, "/projects/{project}/arrange", schedule::show)
        .post(Access::Work, "/projects/{project}/schedule", schedule::schedule)
        .post(Access::Work, "/projects/{project}/file", schedule::file)
        .post(Access::Read, "/projects/{project}/reports", schedule::reports)
        .get(Access::Read, "/calendar", calendar::show)
        .post(Access::Read, "/calendar/feed", calendar::feed)
        .get(Access::Shared, "/calendar/{file}", calendar::ics)
        .get(Access::Read, "/workspace/reports", reports::show)
        .post(Access::Read, "/workspace/reports", reports::save)
        .get(Access::SignedUrl, "/mail/{token}", reports::signed)
        .post(Access::SignedUrl, "/mail/{token}", reports::signed_save)
        .get(Access::Manage, "/workspace/channels", channels::show)
        .post(Access::Manage, "/workspace/channels", channels::add)
        .post(Access::Manage, "/workspace/channels/do", channels::act)
        .post(Access::Manage, "/workspace/channels/again", channels::again)
        .get(Access::Work, "/projects/{project}/edit", projects::edit_form)
        .post(Access::Work, "/projects/{project}/edit", projects::edit)
        .post(Access::Work, "/projects/{project}/archive", projects::archive)
        .post(Access::Work, "/projects/{project}/restore", projects::restore)
        .post(Access::Scan, "/projects/{project}/scan", projects::scan_now)
        .get(Access::Read, "/projects/{project}/history", projects::history)
        .get(Access::Work, "/projects/{project}/share", share::show)
        .post(Access::Work, "/projects/{project}/share", share::create)
        .post(Access::Work, "/projects/{project}/share/end", share::end)
        .post(Access::Work, "/projects/{project}/badge", share::badge_switch)
        .post(Access::Manage, "/projects/{project}/handover", handover::offer)
        .post(Access::Manage, "/projects/{project}/handover/withdraw", handover::withdraw)
        .get(Access::OneTimeLink, "/handover", handover::offered)
        .post(Access::Account, "/handover", handover::accept)
        .get(Access::Account, "/assigned", comments::mine)
}

fn scans(table: Table, base: &str, read: Access) -> Table {
    let at = |rest: &str| format!("{base}{rest}");
    table
        .get(read, base, scan::show)
        .get(read, &at("/events"), scan::events)
        .get(read, &at("/report.pdf"), pdf::pdf)
        .get(read, &at("/report.{format}"), scan::report)
        .get(read, &at("/logo"), branding::of_result)
        .get(read, &at("/plan"), plan::show)
        .get(read, &at("/plan.md"), plan::issues)
        .get(read, &at("/risks"), plan::risk_list)
        .get(read, &at("/map"), plan::dns)
        .get(read, &at("/map.{format}"), plan::dns_file)
        .get(read, &at("/findings/{check}"), finding::show)
}

fn recheck(table: Table, base: &str, scan: Access) -> Table {
    table.post(scan, &format!("{base}/cancel"), scan::cancel).post(scan, &format!("{base}/findings/{{check}}/recheck"), finding::recheck)
}
