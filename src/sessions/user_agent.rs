//! The browser and the operating system in a `User-Agent` header, in words.
//!
//! All words come from this file, so that no string of a client is shown to a user.

use woothee::parser::Parser;

/// The browser and the operating system; each is `None` if unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Software {
    pub(super) browser: Option<&'static str>,
    pub(super) system: Option<&'static str>,
}

/// Recognises the software of a client.
pub(super) fn software(user_agent: &str) -> Software {
    let parsed = Parser::new().parse(user_agent);
    parsed.map_or_else(Software::default, |parsed| Software {
        browser: browser(parsed.name),
        system: system(parsed.os),
    })
}

/// Returns a browser in words, from its name in the parser. Crawlers and libraries are no
/// browsers.
fn browser(name: &str) -> Option<&'static str> {
    Some(match name {
        "Chrome" => "Chrome",
        "Edge" => "Edge",
        "Firefox" => "Firefox",
        "Internet Explorer" => "Internet Explorer",
        "Opera" => "Opera",
        "Safari" => "Safari",
        "SamsungBrowser" => "Samsung Internet",
        "Sleipnir" => "Sleipnir",
        "Vivaldi" => "Vivaldi",
        "Webview" => "App",
        "Yandex Browser" => "Yandex Browser",
        _ => return None,
    })
}

/// Returns an operating system in words, from its name in the parser.
fn system(name: &str) -> Option<&'static str> {
    Some(match name {
        "Android" => "Android",
        "BSD" => "BSD",
        "ChromeOS" => "ChromeOS",
        "Linux" => "Linux",
        "Mac OSX" => "macOS",
        "iOS" => "iOS",
        "iPad" => "iPad",
        "iPhone" => "iPhone",
        "iPod" => "iPod",
        // Windows 11 calls itself Windows 10, so the version means nothing.
        other if other.starts_with("Windows ") => "Windows",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(user_agent: &str) -> (&'static str, &'static str) {
        let Software { browser, system } = software(user_agent);
        (browser.unwrap_or_default(), system.unwrap_or_default())
    }

    #[test]
    fn browsers_are_recognised() {
        let chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0";
        let webkit = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
        let iphone = format!("(iPhone; CPU iPhone OS 18_5 like Mac OS X) {webkit}");
        for (rest, expected) in [
            (
                "(X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0".to_owned(),
                ("Firefox", "Linux"),
            ),
            (
                "(Android 15; Mobile; rv:141.0) Gecko/141.0 Firefox/141.0".to_owned(),
                ("Firefox", "Android"),
            ),
            (
                format!("(Linux; Android 10; K) {chrome} Mobile Safari/537.36"),
                ("Chrome", "Android"),
            ),
            (
                format!("(X11; CrOS x86_64 14541.0.0) {chrome} Safari/537.36"),
                ("Chrome", "ChromeOS"),
            ),
            (
                format!("(Windows NT 10.0; Win64; x64) {chrome} Safari/537.36 Edg/139.0.0.0"),
                ("Edge", "Windows"),
            ),
            (
                format!("(Windows NT 10.0; Win64; x64) {chrome} Safari/537.36 OPR/122.0.0.0"),
                ("Opera", "Windows"),
            ),
            (
                format!(
                    "(Linux; Android 14; SM-S911B) SamsungBrowser/28.0 {chrome} Mobile Safari/537.36"
                ),
                ("Samsung Internet", "Android"),
            ),
            (
                format!(
                    "(Macintosh; Intel Mac OS X 10_15_7) {webkit} Version/18.5 Safari/605.1.15"
                ),
                ("Safari", "macOS"),
            ),
            (
                format!("{iphone} Version/18.5 Mobile/15E148 Safari/604.1"),
                ("Safari", "iPhone"),
            ),
            (
                format!("{iphone} CriOS/139.0.0.0 Mobile/15E148 Safari/604.1"),
                ("Chrome", "iPhone"),
            ),
            (
                format!("{iphone} FxiOS/141.0 Mobile/15E148 Safari/605.1.15"),
                ("Firefox", "iPhone"),
            ),
        ] {
            assert_eq!(words(&format!("Mozilla/5.0 {rest}")), expected, "{rest}");
        }
    }

    #[test]
    fn other_clients_are_unknown() {
        for user_agent in [
            "",
            "curl/8.5.0",
            "python-requests/2.32",
            "<script>alert(1)</script>",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "UNKNOWN",
            "\u{fffd}\u{202e}",
        ] {
            assert_eq!(words(user_agent), ("", ""), "{user_agent}");
        }
    }

    /// A parser that backtracks would not come to an end.
    #[test]
    fn hostile_user_agent_is_parsed() {
        let browsers = [
            "",
            "App",
            "Chrome",
            "Edge",
            "Firefox",
            "Internet Explorer",
            "Opera",
            "Safari",
            "Samsung Internet",
            "Sleipnir",
            "Vivaldi",
            "Yandex Browser",
        ];
        let systems = [
            "", "Android", "BSD", "ChromeOS", "Linux", "Windows", "iOS", "iPad", "iPhone", "iPod",
            "macOS",
        ];
        for part in [
            "a(",
            "Mozilla/5.0 (",
            "Chrome/",
            "Windows NT ",
            ";;;",
            "MSIE 9",
        ] {
            let hostile = part.repeat(512 / part.len());
            for user_agent in [&*hostile, &format!("Mozilla/5.0 ({hostile}")] {
                let (browser, system) = words(user_agent);
                assert!(browsers.contains(&browser), "{browser}: {user_agent}");
                assert!(systems.contains(&system), "{system}: {user_agent}");
            }
        }
    }
}
