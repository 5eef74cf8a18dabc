//! Tokens, wherever they come from.

use super::{Prepared, Target, application::Application};

/// An access or refresh token. Only the two that were issued are accepted.
pub(super) const TOKEN: Target = Target {
    name: "token",
    what: "an access or refresh token",
    seeds: &["eyJhbGciOiJub25lIn0.e30.", "a.b.c", "eyJ9..", "...."],
    words: &[
        ".",
        "..",
        "=",
        "-",
        "_",
        "eyJhbGciOiJFZERTQSJ9",
        "e30",
        "eyJ",
        "AAAA",
    ],
    prepare: || {
        let application = Application::open();
        let seeds = [&application.access, &application.refresh];
        let seeds = seeds.map(|token| token.as_bytes().to_vec()).into();
        let check = move |text: &str| {
            let sessions = application.portcullis.sessions();
            let is_access = sessions.authenticate(text).is_ok();
            assert!(!is_access || text == application.access, "{text}");
            let refreshed = application.runtime.block_on(sessions.refresh(text));
            assert!(refreshed.is_err() || text == application.refresh, "{text}");
            let texts = [text];
            let named = sessions.of_request(&texts, &texts);
            let named = application.runtime.block_on(named).expect("sessions");
            let is_ours = [&application.access, &application.refresh].contains(&&text.to_owned());
            assert!(named.is_empty() || is_ours, "{text}");
        };
        Prepared {
            seeds,
            ..Prepared::of_text(check)
        }
    },
};
