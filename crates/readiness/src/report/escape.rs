//! What a site or a person wrote stays text in every format: one function a format, and every report goes through it.

/// Whether a character steers what shows it rather than being shown.
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// For a terminal: lines stay, nothing steers it.
#[must_use]
pub fn terminal(text: &str) -> String {
    text.chars().map(|c| if c != '\n' && steers(c) { '\u{fffd}' } else { c }).collect()
}

/// One line, for a subject, a header or a chat.
#[must_use]
pub fn line(text: &str) -> String {
    let text = text.replace("\r\n", " ");
    text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}') { ' ' } else { c }).filter(|c| !steers(*c)).collect()
}

/// For Markdown, on one line (CommonMark 0.31 section 2.4), and with nobody called by an @.
#[must_use]
pub fn markdown(text: &str) -> String {
    let text = line(text);
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mut out = String::new();
    let mut before = ' ';
    for (i, c) in text.char_indices() {
        let next = text.get(i + c.len_utf8()..).and_then(|rest| rest.chars().next());
        let bullet = i == 0 && matches!(c, '-' | '+' | '=');
        let number = i > 0 && i == digits && matches!(c, '.' | ')') && next.is_none_or(char::is_whitespace);
        if bullet || number || r"\`*_{}[]<>#|!~&".contains(c) {
            out.push('\\');
        }
        out.push(c);
        if c == '@' && !before.is_alphanumeric() && next.is_some_and(char::is_alphanumeric) {
            out.push('\u{200b}');
        }
        before = c;
    }
    out
}

/// A block of code in Markdown, whose fence is longer than any run of backticks in it.
#[must_use]
pub fn fenced(kind: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let text: String = text.replace('\r', " ").chars().filter(|c| matches!(c, '\n' | '\t') || !steers(*c)).collect();
    format!("{fence}{kind}\n{text}\n{fence}\n")
}

/// A field of CSV (RFC 4180 section 2); what a spreadsheet would take for a formula is quoted (OWASP, CSV injection).
#[must_use]
pub fn csv(text: &str) -> String {
    let runs = text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    format!("\"{}{}\"", if runs { "'" } else { "" }, text.replace('"', "\"\""))
}

/// A text in a property of iCalendar (RFC 5545 section 3.3.11); lines are folded by who writes them.
#[must_use]
pub fn ical(text: &str) -> String {
    let mut out = String::new();
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' | '\r' => out.push_str("\\n"),
            '\\' | ';' | ',' => out.extend(['\\', c]),
            c if steers(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// A plain message of SARIF, in which `[text](place)` would be a link (SARIF 2.1.0 section 3.11.6).
#[must_use]
pub fn sarif(text: &str) -> String {
    let text: String = text.chars().filter(|c| matches!(c, '\n' | '\t') || !steers(*c)).collect();
    text.replace("](", "] (")
}

/// For Slack: `<!channel>` and links begin with `<` (docs.slack.dev, formatting message text).
#[must_use]
pub fn slack(text: &str) -> String {
    line(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_has_its_own_rules() {
        for (text, want) in [
            ("a_b", r"a\_b"),
            ("- item", r"\- item"),
            ("  + item", r"\+ item"),
            ("1. item", r"1\. item"),
            ("12) item", r"12\) item"),
            ("1.2.3.4 answers", "1.2.3.4 answers"),
            ("v=DMARC1; p=none -all", "v=DMARC1; p=none -all"),
            ("![x](y)", r"\!\[x\](y)"),
            ("&lt;b&gt; ~~x~~", r"\&lt;b\&gt; \~\~x\~\~"),
            ("a\r\n# b\u{1b}\u{202e}", r"a \# b"),
            ("@everyone d@x.com @ 1", "@\u{200b}everyone d@x.com @ 1"),
            ("{{x}} | y", r"\{\{x\}\} \| y"),
            ("===", r"\==="),
        ] {
            assert_eq!(markdown(text), want, "{text:?}");
        }
        for (text, want) in
            [("a", "```\na\n```\n"), ("```\n<b>", "````\n```\n<b>\n````\n"), ("a ````` b\r", "``````\na ````` b \n``````\n")]
        {
            assert_eq!(fenced("", text), want);
        }
        for (text, want) in [
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@x", "\"'@x\""),
            (" =1", "\"' =1\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("＝1", "\"'＝1\""),
            ("a=1", "\"a=1\""),
        ] {
            assert_eq!(csv(text), want, "{text:?}");
        }
        assert_eq!(ical("a;b,c\\d\r\nX: y\u{7}"), "a\\;b\\,c\\\\d\\nX: y");
        assert_eq!(sarif("[x](javascript:alert(1))\r\n"), "[x] (javascript:alert(1))\n");
        assert_eq!(slack("<!channel> & <http://x|y>"), "&lt;!channel&gt; &amp; &lt;http://x|y&gt;");
        assert_eq!(terminal("a\nb\u{1b}[2J\u{202e}"), "a\nb\u{fffd}[2J\u{fffd}");
        assert_eq!(line("a\r\nB: c\u{1b}"), "a B: c");
    }
}
