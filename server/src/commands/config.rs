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

/// The parameters of a database URL whose values are shown.
const SHOWN_PARAMETERS: [&str; 8] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "port",
    "ssl-mode",
    "sslmode",
    "user",
];

/// Returns the value; if it is a URL, its password is replaced by `***`, and so is the value
/// of each parameter that may be one. `password`, for example, may be percent-encoded.
fn hide_password(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else {
        return value.to_owned();
    };
    // The last `@`, because a password may contain another one.
    let (user, rest) = match rest.rsplit_once('@') {
        // The secret may be on either side.
        Some((user, _)) if user.contains(['?', '/', '#']) => return format!("{scheme}://***"),
        Some((user, rest)) => (Some(user), rest),
        None => (None, rest),
    };
    let user = user.map(|user| match user.split_once(':') {
        Some((name, _secret)) => format!("{name}:***@"),
        None => format!("{user}@"),
    });
    let (address, query) = match rest.split_once('?') {
        Some((address, query)) => (address, Some(query)),
        None => (rest, None),
    };
    let parameters = query.map(|query| {
        let parameters = query.split('&').map(|parameter| {
            let name = parameter.split('=').next().unwrap_or(parameter);
            if SHOWN_PARAMETERS.contains(&name) {
                parameter.to_owned()
            } else {
                format!("{name}=***")
            }
        });
        format!("?{}", parameters.collect::<Vec<_>>().join("&"))
    });
    let (user, parameters) = (user.unwrap_or_default(), parameters.unwrap_or_default());
    format!("{scheme}://{user}{address}{parameters}")
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
            (
                "postgres://db/app?user=app&password=hunter2&sslmode=disable",
                "postgres://db/app?user=app&password=***&sslmode=disable",
            ),
            (
                "postgres://app:hunter2@db/app?pass%77ord=hunter2",
                "postgres://app:***@db/app?pass%77ord=***",
            ),
            ("postgres://db/app?password=hunter@2", "postgres://***"),
            ("postgres://app:hun?ter2@db/app", "postgres://***"),
            ("sqlite:data/portcullis.db", "sqlite:data/portcullis.db"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ] {
            assert_eq!(hide_password(value), shown);
        }
    }
}
