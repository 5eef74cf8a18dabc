//! Every target.

mod application;
mod bodies;
mod requests;
mod settings;
mod tokens;
mod values;

/// What parses input from outside.
#[derive(Debug)]
pub struct Target {
    pub name: &'static str,
    /// What it parses, in a few words.
    pub what: &'static str,
    /// Inputs to begin with; most are valid.
    pub seeds: &'static [&'static str],
    /// Words that the parser knows.
    pub words: &'static [&'static str],
    pub(crate) prepare: fn() -> Prepared,
}

/// A function that parses an input, and panics if that breaks an assertion.
type Check = dyn Fn(&[u8]);

/// A target that is ready to be given inputs.
pub(crate) struct Prepared {
    pub(crate) check: Box<Check>,
    /// More seeds, which are not known in advance.
    pub(crate) seeds: Vec<Vec<u8>>,
}

impl Prepared {
    pub(crate) fn new(check: impl Fn(&[u8]) + 'static) -> Self {
        Self {
            check: Box::new(check),
            seeds: Vec::new(),
        }
    }

    /// A function of strings; other inputs are ignored.
    pub(crate) fn of_text(check: impl Fn(&str) + 'static) -> Self {
        Self::new(move |input| {
            if let Ok(text) = str::from_utf8(input) {
                check(text);
            }
        })
    }
}

/// Every target.
pub const TARGETS: &[Target] = &[
    values::LOCAL_PATH,
    values::EMAIL,
    values::NAME,
    values::PASSWORD,
    values::USER_AGENT,
    values::ORIGIN,
    values::PROXIES,
    settings::SETTING,
    settings::FILE,
    tokens::TOKEN,
    requests::COOKIE,
    requests::HEADER,
    bodies::BODY,
    requests::QUERY,
    requests::PATH,
];

/// Two targets that break on purpose, to test the search.
pub const PANICS_AT_TWO_QUOTES: Target = Target {
    name: "panics",
    what: "nothing",
    seeds: &["a=\"b"],
    words: &["\""],
    prepare: || {
        Prepared::new(|input| {
            let quotes = input.split(|byte| *byte == b'"').count() - 1;
            // A long input has more.
            assert!(quotes != 2, "two quotes");
        })
    },
};

/// Waits for longer than an input may take, if the input is long.
pub const SLOW_IF_LONG: Target = Target {
    name: "slow",
    what: "nothing",
    seeds: &["a"],
    words: &[],
    prepare: || {
        Prepared::new(|input| {
            if input.len() > 32 * 1024 {
                std::thread::sleep(std::time::Duration::from_millis(2100));
            }
        })
    },
};
