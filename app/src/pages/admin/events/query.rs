//! The query of the page: which events it lists.

use leptos_router::params::ParamsMap;

use super::super::address::address;

/// The query of the page; each field is empty if it is not given.
#[derive(Clone)]
pub(super) struct Query {
    pub(super) kind: String,
    pub(super) account: String,
    pub(super) from: String,
    pub(super) to: String,
    /// The position after which the page begins.
    pub(super) after: String,
}

impl Query {
    pub(super) fn of(query: &ParamsMap) -> Self {
        let text = |name| query.get_str(name).unwrap_or_default().trim().to_owned();
        Self {
            kind: text("kind"),
            account: text("account"),
            from: text("from"),
            to: text("to"),
            after: text("after"),
        }
    }

    /// Returns the address at `path` with this filter, of the page after a position.
    pub(super) fn address(&self, path: &str, after: &str) -> String {
        let fields = [
            ("kind", self.kind.as_str()),
            ("account", &self.account),
            ("from", &self.from),
            ("to", &self.to),
            ("after", after),
        ];
        address(path, &fields)
    }

    pub(super) fn is_filtered(&self) -> bool {
        [&self.kind, &self.account, &self.from, &self.to]
            .iter()
            .any(|field| !field.is_empty())
    }
}
