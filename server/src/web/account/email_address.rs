//! Addresses of accounts, as they are typed.

/// What is wrong with an address, if something is.
pub fn email_error(email: &str) -> Option<String> {
    let email = email.trim();
    let good = email.len() <= 254
        && email.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty()
                && name.len() <= 64
                && !name.contains(char::is_whitespace)
                && !host.contains('@')
                && readiness::Domain::parse(host).is_ok()
                && !host.contains(['/', ':', ' '])
        });
    if email.is_empty() {
        Some("Type your e-mail address.".into())
    } else if good {
        None
    } else {
        Some(format!("“{email}” is not an e-mail address. It looks like ada@acme.com."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["ada@acme.com", " ada+x@app.acme.co.uk ", "a.b@bücher.example"] {
            assert_eq!(email_error(good), None, "{good}");
        }
        for bad in ["", "ada", "ada@", "@acme.com", "a b@acme.com", "ada@acme", "a@b@acme.com", "ada@acme.com/x"] {
            assert!(email_error(bad).is_some(), "{bad}");
        }
    }
}
