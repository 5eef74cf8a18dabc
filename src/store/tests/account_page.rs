//! Pages of accounts.

use super::*;
use crate::store::{
    account_page::{EXACT, NEWEST},
    external::ExternalProfile,
};

on_both! { Fixture:
    newest_accounts_are_listed_in_pages;
    accounts_by_email_are_listed_in_pages;
    search_finds_the_beginning_of_an_address;
    search_finds_an_exact_id_once;
    hostile_search_finds_no_account;
    deleted_accounts_are_not_listed;
    page_of_many_accounts_uses_an_index;
}

impl Fixture {
    /// Creates an account for each address, each a second later than the one before.
    async fn add_accounts(&self, emails: &[&str]) -> Vec<AccountId> {
        let mut ids = Vec::new();
        for (n, email) in (10..).zip(emails) {
            let id = AccountId::new(at(n));
            let inserted = self.store.insert_account(&new_account(id, email)).await;
            inserted.expect("inserted");
            ids.push(id);
        }
        ids
    }

    /// Creates external accounts without an e-mail address.
    async fn add_external(&self, count: u8) {
        for n in 0..count {
            self.add_external_as(&format!("users:{n}"), "").await;
        }
    }

    async fn add_external_as(&self, external_id: &str, email: &str) -> AccountId {
        let profile = ExternalProfile {
            external_id,
            email,
            name: "",
        };
        let id = AccountId::new(at(50));
        let put = self.store.put_external_account(&profile, id, at(50)).await;
        put.expect("created").id
    }

    /// Returns the addresses of all pages of `len` accounts, newest first.
    async fn newest(&self, len: usize) -> Vec<Vec<String>> {
        let (mut pages, mut before) = (Vec::new(), None);
        loop {
            let page = self.store.newest_accounts(before, len).await.expect("read");
            before = page.rows.last().map(|row| row.id);
            pages.push(page.rows.into_iter().map(|row| row.email).collect());
            if !page.has_next {
                return pages;
            }
        }
    }

    /// Returns all pages of `len` accounts that a text finds.
    async fn found(&self, text: &str, len: usize) -> Vec<Vec<StoredAccount>> {
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.accounts_by_email(text, after, len).await;
            let page = page.expect("read");
            after = page.rows.last().map(EmailPosition::of);
            pages.push(page.rows);
            if !page.has_next {
                return pages;
            }
        }
    }

    async fn emails_found(&self, text: &str) -> Vec<String> {
        let found = self.found(text, 50).await.into_iter().flatten();
        found.map(|row| row.email).collect()
    }
}

async fn newest_accounts_are_listed_in_pages(fixture: Fixture) {
    fixture
        .add_accounts(&["c@b.org", "a@b.org", "d@b.org"])
        .await;
    let expected = [vec!["d@b.org", "a@b.org"], vec!["c@b.org", KEY]];
    assert_eq!(fixture.newest(2).await, expected);
    let expected = [vec!["d@b.org", "a@b.org", "c@b.org"], vec![KEY]];
    assert_eq!(fixture.newest(3).await, expected);
}

/// Many external accounts have the same address, none.
async fn accounts_by_email_are_listed_in_pages(fixture: Fixture) {
    fixture
        .add_accounts(&["Z@b.org", "é@b.org", "B@b.org"])
        .await;
    fixture.add_external(5).await;
    for len in 1..=10 {
        let pages = fixture.found("", len).await;
        assert_eq!(pages.len(), 9_usize.div_ceil(len), "pages of {len}");
        let accounts = pages.concat();
        let emails: Vec<_> = accounts.iter().map(|row| &*row.email).collect();
        assert_eq!(emails[..5], [""; 5], "pages of {len}");
        assert_eq!(emails[5..], [KEY, "B@b.org", "Z@b.org", "é@b.org"]);
        let mut ids: Vec<_> = accounts.iter().map(|row| row.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 9, "pages of {len}");
    }
}

async fn search_finds_the_beginning_of_an_address(fixture: Fixture) {
    let emails = ["adam@b.org", "Ad%@b.org", "ad_@b.org", "ad\u{10ffff}@b.org"];
    fixture.add_accounts(&emails).await;
    fixture.add_external_as("users:1", "ADAM@b.org").await;
    for (text, expected) in [
        ("ada", &[KEY, "adam@b.org", "ADAM@b.org"][..]),
        ("AdA@", &[KEY]),
        ("ad%", &["Ad%@b.org"]),
        ("ad_", &["ad_@b.org"]),
        ("ad\u{10ffff}", &["ad\u{10ffff}@b.org"]),
        ("dam", &[]),
        ("b", &[]),
        ("\u{10ffff}", &[]),
    ] {
        assert_eq!(fixture.emails_found(text).await, expected, "{text:?}");
    }
    let pages = fixture.found("adam", 1).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
}

/// The external id of one account may be the address or the id of another.
async fn search_finds_an_exact_id_once(fixture: Fixture) {
    let id = fixture.account.to_string();
    fixture.add_external_as(&id, "x@b.org").await;
    fixture.add_external_as("grace@b.org", "grace@b.org").await;
    fixture.add_external_as("users:1", "grace@b.org.uk").await;
    let found = |text| fixture.emails_found(text);
    assert_eq!(found(&id).await, [KEY, "x@b.org"]);
    assert_eq!(found("users:1").await, ["grace@b.org.uk"]);
    assert_eq!(found("USERS:1").await, [""; 0]);
    assert_eq!(found("users:").await, [""; 0]);
    assert_eq!(found("grace@b").await.len(), 2);
    assert_eq!(
        found("grace@b.org").await,
        ["grace@b.org", "grace@b.org.uk"]
    );
}

async fn hostile_search_finds_no_account(fixture: Fixture) {
    let long = "a".repeat(10_240);
    for text in [
        "%",
        "_",
        "ada%",
        "'",
        "\"",
        "\\",
        "' OR 1=1 --",
        "\0",
        "ada\0",
        "\u{10ffff}",
        "\u{d7ff}",
        "\u{7f}",
        &long,
    ] {
        assert_eq!(fixture.emails_found(text).await, [""; 0], "{text:?}");
    }
}

async fn deleted_accounts_are_not_listed(fixture: Fixture) {
    fixture.add_accounts(&["b@b.org"]).await;
    let name = AccountName::Email(KEY);
    let deleted = fixture
        .store
        .delete_account(name, at(60), Actor::Operator)
        .await;
    assert!(deleted.expect("done").is_some());
    assert_eq!(fixture.newest(5).await, [["b@b.org"]]);
    let id = fixture.account.to_string();
    for (text, expected) in [("", &["b@b.org"][..]), (&id, &[]), ("\u{7f}", &[])] {
        assert_eq!(fixture.emails_found(text).await, expected, "{text:?}");
    }
}

async fn page_of_many_accounts_uses_an_index(fixture: Fixture) {
    fixture.add_external_accounts().await;
    fixture.run("ANALYZE").await;
    let pick = |sqlite, postgres| fixture.store.backend.pick(sqlite, postgres);
    for (statement, index) in [
        (
            NEWEST,
            pick("sqlite_autoindex_accounts_1 (id<?)", "accounts_pkey"),
        ),
        (
            fixture.store.by_email_statement(),
            // By both columns: else a page among equal addresses would read all of them.
            pick(
                "accounts_by_email ((email_lower,id)>(?,?) AND email_lower<?)",
                "accounts_by_email",
            ),
        ),
        (EXACT, pick("external_id=?", "accounts_external_id_key")),
    ] {
        let plan = fixture.page_plan(statement).await;
        assert!(plan.contains(index), "{statement}\n{plan}");
        let scans = pick("SCAN", "Seq Scan");
        assert!(!plan.contains(scans), "{statement}\n{plan}");
        let sorts = statement.contains("LIMIT") && plan.contains(pick("TEMP B-TREE", "Sort"));
        assert!(!sorts, "{statement}\n{plan}");
    }
}

impl Fixture {
    /// Adds twenty thousand accounts.
    pub(super) async fn add_external_accounts(&self) {
        self.run(self.store.backend.pick(
            "INSERT INTO accounts (id, external_id, email, name, is_active, is_admin, created_at)
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
                 SELECT randomblob(16), 'users:' || i, i || '@b.org', '', TRUE, FALSE, 1 FROM n",
            "INSERT INTO accounts (id, external_id, email, name, is_active, is_admin, created_at)
                 SELECT gen_random_uuid(), 'users:' || i, i || '@b.org', '', TRUE, FALSE, 1
                 FROM generate_series(1, 20000) i",
        ))
        .await;
    }

    /// Returns the query plan of the statement of a page.
    async fn page_plan(&self, statement: &'static str) -> String {
        explain!(self, statement, |query| match statement {
            NEWEST => query.bind(self.account).bind(51_i64),
            EXACT => query.bind(self.account).bind("users:7"),
            _ => query
                .bind("77")
                .bind(self.account)
                .bind("78")
                .bind(self.account)
                .bind("77")
                .bind(51_i64),
        })
    }
}
