//! `portcullis config`: what is in force, and where each value comes from.

use crate::{
    settings::{Values, table},
    terminal,
};

/// Shows every setting. None of the values is a secret: the master secret is in
/// a file, of which only the path is a setting.
pub(super) fn run(values: &Values) {
    if let Some(file) = values.file() {
        terminal::say(&format!("# file: {}", file.display()));
    }
    let rows: Vec<_> = table::ALL
        .iter()
        .map(|setting| {
            let value = values.get(setting);
            [
                setting.variable(),
                hide_password(&value.text),
                value.source.to_string(),
            ]
        })
        .collect();
    terminal::say_table(&rows);
}

/// A URL without the password in it.
fn hide_password(text: &str) -> String {
    let hidden = || {
        let (scheme, rest) = text.split_once("://")?;
        let (user, host) = rest.rsplit_once('@')?;
        let (name, _password) = user.split_once(':')?;
        Some(format!("{scheme}://{name}:***@{host}"))
    };
    hidden().unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::hide_password;

    #[test]
    fn a_password_in_a_url_is_hidden() {
        for (shown, hidden) in [
            (
                "postgres://app:hunter2@db:5432/app",
                "postgres://app:***@db:5432/app",
            ),
            (
                "postgres://app:hun@ter2@db/app",
                "postgres://app:***@db/app",
            ),
            ("postgres://app@db/app", "postgres://app@db/app"),
            ("sqlite:data/portcullis.db", "sqlite:data/portcullis.db"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ] {
            assert_eq!(hide_password(shown), hidden);
        }
    }
}
