//! The query of the page: which accounts it lists, and what a form without JavaScript has done.

use leptos_router::params::ParamsMap;
use portcullis::wire::AccountAct;

use super::super::address::address;
use crate::routes;

/// The order of the accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    #[default]
    Newest,
    Email,
}

impl Order {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "",
            Self::Email => "email",
        }
    }
}

/// The query of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// Empty for all accounts.
    pub(super) search: String,
    pub(super) order: Order,
    /// The position after which the page begins; empty for the first page.
    pub(super) after: String,
    /// What was done, and the id of the account to which it was done.
    pub(super) done: Option<(AccountAct, String)>,
}

impl Query {
    pub(super) fn of(query: &ParamsMap) -> Self {
        let text = |name| query.get_str(name).unwrap_or_default().trim().to_owned();
        let act = query.get_str("done").and_then(AccountAct::from_name);
        Self {
            search: text("search"),
            order: match query.get_str("order") {
                Some("email") => Order::Email,
                _ => Order::Newest,
            },
            after: text("after"),
            done: act.map(|act| (act, text("account"))),
        }
    }

    /// Returns the address of the page that begins after a position.
    pub(super) fn page(&self, after: &str) -> String {
        self.address(after, "", "")
    }

    /// Returns the address of the first page in an order.
    pub(super) fn ordered(&self, order: Order) -> String {
        let query = Self {
            order,
            ..self.clone()
        };
        query.page("")
    }

    /// Returns the address of the same page, after something was done to an account.
    pub(super) fn after_act(&self, act: AccountAct, account: &str) -> String {
        self.address(&self.after, act.as_str(), account)
    }

    fn address(&self, after: &str, done: &str, account: &str) -> String {
        let fields = [
            ("search", self.search.as_str()),
            ("order", self.order.as_str()),
            ("after", after),
            ("done", done),
            ("account", account),
        ];
        address(routes::ADMIN_ACCOUNTS, &fields)
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn parsed(pairs: &[(&'static str, &'static str)]) -> Query {
        let mut map = ParamsMap::new();
        for (name, value) in pairs {
            map.insert(*name, (*value).to_owned());
        }
        Query::of(&map)
    }

    #[test]
    fn address_keeps_the_page_of_the_list() {
        let query = parsed(&[("search", " ada@"), ("order", "email"), ("after", "1:a@b")]);
        assert_eq!(
            query.after_act(AccountAct::EndSessions, "7"),
            "/admin/accounts?search=ada@&order=email&after=1:a@b&done=end-sessions&account=7"
        );
        assert_eq!(
            query.page("2:b@c"),
            "/admin/accounts?search=ada@&order=email&after=2:b@c"
        );
        assert_eq!(query.ordered(Order::Newest), "/admin/accounts?search=ada@");
        assert_eq!(Query::default().page(""), "/admin/accounts");
    }

    #[test]
    fn unknown_act_is_ignored() {
        assert_eq!(parsed(&[("done", "rename"), ("account", "7")]).done, None);
        let done = parsed(&[("done", "activate"), ("account", "7")]).done;
        assert_eq!(done, Some((AccountAct::Activate, "7".to_owned())));
    }
}
