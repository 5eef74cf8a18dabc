//! `portcullis config`: the settings in force and where each value comes from.

use crate::{
    settings::{Values, table},
    terminal,
};

/// Prints every setting. The master secret is not among them: it is in a file, and
/// only the path of the file is a setting.
pub(super) fn run(values: &Values) {
    if let Some(file) = values.file() {
        terminal::print(&format!("# file: {}", file.display()));
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
    terminal::print_table(&rows);
}

/// Returns the value; if it is a URL with a password, the password is replaced
/// by `***`.
fn hide_password(value: &str) -> String {
    let hidden = || {
        let (scheme, rest) = value.split_once("://")?;
        let (user, host) = rest.rsplit_once('@')?;
        let (name, _password) = user.split_once(':')?;
        Some(format!("{scheme}://{name}:***@{host}"))
    };
    hidden().unwrap_or_else(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::hide_password;

    #[test]
    fn password_in_url_is_hidden() {
        for (value, shown) in [
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
            assert_eq!(hide_password(value), shown);
        }
    }
}
