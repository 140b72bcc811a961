//! AUD-05: folders do not list their files.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, join};
use crate::checks::help::{fetch_seen, no_pages, unanswered};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Fetch, Purpose, Response, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// AUD-05.
pub static CHECK: Check = Check {
    id: "AUD-05",
    name: "directory-listing",
    title: "Directory listing",
    stage: Stage::Audit,
    area: Area::Security,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Http, Collector::Files],
    why: "A list of files leads strangers to the export, the backup and the invoice that nobody links to.",
    criterion: "The front page and usual folders, asked with your consent: fails when one lists its files.",
    minutes: 5,
    references: &[Reference {
        title: "OWASP ASVS 13.4.3",
        url: "https://owasp.org/www-project-application-security-verification-standard/",
    }],
    rule,
};

/// What only a list of files holds, of servers whose list has no title of its own.
const LISTS: [&str; 6] = [
    // Caddy's browse; S3 and its like; IIS; npm's serve and serve-index; Go's file server.
    "<span class=\"meta-item\"><b>",
    "<listbucketresult",
    "[to parent directory]",
    "<title>files within ",
    "<ul id=\"files\" class=\"view-",
    "<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n<a href=",
];

/// Whether a page is a list of files: the title of a server's list and a link to the folder above, or such a sign.
fn lists(r: &Response) -> bool {
    let text = r.body.as_ref().map_or("", |b| b.extract.as_str());
    let lower = text.to_ascii_lowercase();
    let title = ["<title>index of /", "<h1>index of /", "<title>directory listing for", "<title>directory: /", "<title>listing directory"]
        .iter()
        .any(|t| lower.contains(t));
    let links = ["href=\"../\"", "href=\"..\"", "parent directory", "<li><a href=", "<pre><a href="].iter().any(|l| lower.contains(l));
    // Go's file server before 1.22 sends nothing but the list.
    let bare = lower.starts_with("<pre>\n<a href=");
    r.status == 200 && (bare || title && links || LISTS.iter().any(|s| lower.contains(s)))
}

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let listings: Vec<&Fetch> = e.fetches_for(Purpose::Listing).collect();
    if !e.target.entitled {
        return Found::unknown("Folders are only asked for when you declare that you are entitled to test this site.");
    }
    if listings.is_empty() {
        return Found::unknown(no_pages(e));
    }
    if let Some(why) = unanswered(e, Purpose::Listing) {
        return Found::unknown(why);
    }
    let pages: Vec<(&Fetch, &str, &Response)> =
        listings.into_iter().chain(e.front()).filter_map(|f| f.last().map(|(u, r)| (f, u, r))).collect();
    if pages.is_empty() {
        return Found::unknown("None of the folders answered.");
    }
    if pages.iter().all(|(.., r)| is_challenge(r)) {
        return Found::blocked();
    }
    let parts: Vec<Part> = pages
        .iter()
        .map(
            |(_, u, r)| {
                if lists(r) { Part::new(*u, Outcome::Fail, format!("{u} lists its files.")) } else { Part::new(*u, Outcome::Pass, "") }
            },
        )
        .collect();
    let open = pages.iter().filter(|(.., r)| lists(r)).map(|(f, ..)| fetch_seen(f));
    let found = join(CHECK.impact, &parts, "No folder lists its files.").seen(open);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(
        Fix::new("Switch directory listings off", CHECK.minutes)
            .step("Every web server has a switch for it; object storage has a right to list, to take from the public.")
            .paste(Paste::add("folders that must not be listed", parts.iter().filter(|p| p.outcome.is_open()).map(|p| p.target.clone())))
            .undo("Switch the listing on again.")
            .risk("Then look through the list once yourself: what was in it may have been read."),
    )
}

#[test]
fn table() {
    const U: &str = "https://acme.example/assets/";
    fn page(f: &mut crate::fixture::Fixture, status: u16, body: &str) {
        let hop = f.answer(U, status, &[], body);
        f.fetch(Purpose::Listing, vec![hop]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("404", |_| {}, Outcome::Pass),
            (
                "nginx",
                |f| {
                    page(
                        f,
                        200,
                        "<html><head><title>Index of /assets/</title></head><body><h1>Index of /assets/</h1><hr><pre><a href=\"../\">../</a>",
                    )
                },
                Outcome::Fail,
            ),
            ("Apache", |f| page(f, 200, "<title>Index of /assets</title><a href=\"/\">Parent Directory</a>"), Outcome::Fail),
            ("Python", |f| page(f, 200, "<title>Directory listing for /assets/</title><li><a href=\"x\">x</a></li>"), Outcome::Fail),
            (
                "Caddy's file_server browse",
                |f| {
                    page(f, 200, "<title>/</title><style></style><div id=\"summary\"><span class=\"meta-item\"><b>5</b> directories</span>")
                },
                Outcome::Fail,
            ),
            ("a bucket that lists itself", |f| page(f, 200, "<?xml version=\"1.0\"?><ListBucketResult><Name>acme</Name>"), Outcome::Fail),
            ("Go's file server", |f| page(f, 200, "<pre>\n<a href=\"a.txt\">a.txt</a>\n</pre>"), Outcome::Fail),
            ("a blog post titled so", |f| page(f, 200, "<title>Index of /assets explained</title><p>how to"), Outcome::Pass),
            ("the app's page on every path", |f| page(f, 200, "<title>Acme</title>"), Outcome::Pass),
            ("403", |f| page(f, 403, "forbidden"), Outcome::Pass),
            ("without consent", |f| f.evidence.target.entitled = false, Outcome::Unknown),
            ("not asked", |f| f.evidence.fetches.retain(|x| x.purpose != Purpose::Listing), Outcome::Unknown),
        ],
    );
}
