//! The query of the page: which accounts it lists, and what a form without JavaScript has done.

use leptos_router::params::ParamsMap;
use portcullis::wire::AccountAct;

use super::super::{address::address, list::Position};
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
    pub(super) position: Position,
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
            position: Position::of(query),
            done: act.map(|act| (act, text("account"))),
        }
    }

    /// Returns the address of the page at a position.
    pub(super) fn page(&self, position: &Position) -> String {
        self.address(position, "", "")
    }

    /// Returns the address of the first page in an order.
    pub(super) fn ordered(&self, order: Order) -> String {
        let query = Self {
            order,
            ..self.clone()
        };
        query.page(&Position::default())
    }

    /// Returns the address of the same page, after something was done to an account.
    pub(super) fn after_act(&self, act: AccountAct, account: &str) -> String {
        self.address(&self.position, act.as_str(), account)
    }

    fn address(&self, position: &Position, done: &str, account: &str) -> String {
        let [after, before] = position.fields();
        let fields = [
            ("search", self.search.as_str()),
            ("order", self.order.as_str()),
            after,
            before,
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
            query.page(&Position::before("2:b@c".to_owned())),
            "/admin/accounts?search=ada@&order=email&before=2:b@c"
        );
        assert_eq!(query.ordered(Order::Newest), "/admin/accounts?search=ada@");
        assert_eq!(
            Query::default().page(&Position::default()),
            "/admin/accounts"
        );
    }

    #[test]
    fn unknown_act_is_ignored() {
        assert_eq!(parsed(&[("done", "rename"), ("account", "7")]).done, None);
        let done = parsed(&[("done", "activate"), ("account", "7")]).done;
        assert_eq!(done, Some((AccountAct::Activate, "7".to_owned())));
    }
}
