//! The query of the page: which events it lists.

use leptos_router::params::ParamsMap;

use super::super::{address::address, list::Position};

/// The query of the page; each field is empty if it is not given.
#[derive(Clone)]
pub(super) struct Query {
    pub(super) kind: String,
    pub(super) account: String,
    pub(super) from: String,
    pub(super) to: String,
    /// The id of a request.
    pub(super) request: String,
    pub(super) position: Position,
}

impl Query {
    pub(super) fn of(query: &ParamsMap) -> Self {
        let text = |name| query.get_str(name).unwrap_or_default().trim().to_owned();
        Self {
            kind: text("kind"),
            account: text("account"),
            from: text("from"),
            to: text("to"),
            request: text("request"),
            position: Position::of(query),
        }
    }

    /// Returns the address at `path` with this filter, of the page at a position.
    pub(super) fn address(&self, path: &str, position: &Position) -> String {
        let [after, before] = position.fields();
        let fields = [
            ("kind", self.kind.as_str()),
            ("account", &self.account),
            ("from", &self.from),
            ("to", &self.to),
            ("request", &self.request),
            after,
            before,
        ];
        address(path, &fields)
    }

    pub(super) fn is_filtered(&self) -> bool {
        let fields = [
            &self.kind,
            &self.account,
            &self.from,
            &self.to,
            &self.request,
        ];
        fields.iter().any(|field| !field.is_empty())
    }
}
