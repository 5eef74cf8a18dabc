//! Single values: fields of forms, and headers.

use portcullis::{
    PublicOrigin,
    accounts::{DisplayName, Email, NewPassword, PasswordContext},
    http::TrustedProxies,
    sessions::Device,
    wire::LocalPath,
};
use url::Url;

use super::{Prepared, Target};

/// The page to go to after a sign-in. A browser resolves it to the origin of the application.
pub(super) const LOCAL_PATH: Target = Target {
    name: "local_path",
    what: "the page to go to after a sign-in",
    seeds: &[
        "/account?tab=devices#top",
        "//evil.example",
        "/a/../b",
        "/%2e%2e/%2fevil.example",
        "/\\evil.example",
        "https://evil.example/",
    ],
    words: &[
        "/",
        "//",
        "\\",
        "..",
        "%2e",
        "%2f",
        "%5c",
        "%09",
        "@",
        "evil.example",
        "http:",
    ],
    prepare: || {
        let origin = Url::parse("https://app.example.org/login").expect("a URL");
        Prepared::of_text(move |text| {
            let Some(path) = LocalPath::parse(text) else {
                return;
            };
            assert_eq!(path.as_str(), text);
            let resolved = origin.join(text).expect("a browser resolves it");
            assert_eq!(resolved.origin(), origin.origin(), "{text}");
        })
    },
};

/// An e-mail address. Its key has itself as a key, or one account would have two.
pub(super) const EMAIL: Target = Target {
    name: "email",
    what: "an e-mail address",
    seeds: &[
        "ada@example.org",
        "\u{ff21}da@EXAMPLE.org",
        "a.b+c@sub.example.co.uk",
    ],
    words: &[
        "@", ".", "İ", "ß", "\u{200b}", "\u{202e}", "\u{301}", "ǆ", "J\u{30c}", "H\u{331}",
    ],
    prepare: || {
        Prepared::of_text(|text| {
            let Ok(email) = Email::parse(text) else {
                return;
            };
            let again = Email::parse(email.key()).expect("the key is an address");
            assert_eq!(again.key(), email.key());
            assert!(email.as_str().len() <= text.len());
        })
    },
};

pub(super) const NAME: Target = Target {
    name: "name",
    what: "the name of an account",
    seeds: &["Ada Lovelace", "Ọlábísí", "王小明", "a\u{202e}b"],
    words: &[" ", "\u{a0}", "\u{200d}", "\u{301}", "\u{feff}", "🏳️‍🌈"],
    prepare: || {
        Prepared::of_text(|text| {
            if let Ok(name) = DisplayName::parse(text) {
                let name = name.as_str();
                assert!(!name.chars().any(char::is_control), "{name:?}");
                assert_eq!(name.trim(), name);
            }
        })
    },
};

/// A new password, which is compared with a list and with the words of the account.
pub(super) const PASSWORD: Target = Target {
    name: "password",
    what: "a new password",
    seeds: &[
        "correct horse battery staple",
        "passwordpassword1234567",
        "aaaaaaaaaaaaaaaaaaaa",
        "ada.lovelace@example.org1",
        "abcabcabcabcabcabcabc",
    ],
    words: &[
        "password", "1234567", "qwerty", "ada", "lovelace", "example", "aaa", "zyx",
    ],
    prepare: || {
        let origin = PublicOrigin::parse("https://app.example.org").expect("an origin");
        let email = Email::parse("ada.lovelace@example.org").expect("an address");
        let name = DisplayName::parse("Ada Lovelace").expect("a name");
        let context = PasswordContext::of_site(&origin);
        let context = context.with_email(&email).with_name(&name);
        Prepared::of_text(move |text| {
            if let Ok(password) = NewPassword::parse(text) {
                let _ = password.check(&context);
            }
        })
    },
};

/// The header `User-Agent`, as it is stored and shown.
pub(super) const USER_AGENT: Target = Target {
    name: "user_agent",
    what: "the header User-Agent",
    seeds: &[
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
        "Opera/9.80 (Windows NT 6.0; U; en) Presto/2.8.99 Version/11.10",
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)",
        "okhttp/4.12.0",
    ],
    words: &[
        "Mozilla/5.0",
        "(",
        ")",
        ";",
        "/",
        "Windows NT ",
        "Android",
        "Version/",
        "rv:",
    ],
    prepare: || {
        Prepared::new(|input| {
            let device = Device::new(&String::from_utf8_lossy(input), None);
            assert!(device.user_agent().len() <= 512);
            assert!(!device.user_agent().chars().any(char::is_control));
            let _ = (device.browser(), device.system());
        })
    },
};

/// The public origin, a setting.
pub(super) const ORIGIN: Target = Target {
    name: "origin",
    what: "the public origin",
    seeds: &[
        "https://app.example.org",
        "http://127.0.0.1:3000",
        "http://[::1]:3000",
    ],
    words: &[
        "http://",
        "https://",
        ":",
        "@",
        "/",
        "[",
        "]",
        "localhost",
        "xn--",
        "0x7f",
    ],
    prepare: || {
        Prepared::of_text(|text| {
            if let Ok(origin) = PublicOrigin::parse(text) {
                let url = Url::parse(origin.as_str()).expect("a URL");
                assert_eq!(url.origin().ascii_serialization(), origin.as_str());
            }
        })
    },
};

/// The addresses of trusted proxies, a setting.
pub(super) const PROXIES: Target = Target {
    name: "proxies",
    what: "an address or range of trusted proxies",
    seeds: &[
        "10.0.0.5",
        "10.0.0.0/8",
        "2001:db8::/32",
        "::ffff:10.0.0.0/104",
        "none",
    ],
    words: &["/", ":", "::", ".", "0", "32", "128", "ffff"],
    prepare: || {
        Prepared::of_text(|text| {
            let _ = TrustedProxies::parse([text]);
        })
    },
};
