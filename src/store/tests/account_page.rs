//! Pages of accounts.

use super::*;
use crate::store::{
    account_page::{EXACT, NEWEST, NEWEST_BEFORE},
    external::ExternalProfile,
};

on_both! { Fixture:
    newest_accounts_are_listed_in_pages;
    accounts_by_email_are_listed_in_pages;
    pages_are_the_same_in_both_directions;
    page_before_the_beginning_is_the_first_page;
    live_sessions_are_counted_by_account;
    search_finds_the_beginning_of_an_address;
    search_finds_an_exact_id_once;
    hostile_search_finds_no_account;
    deleted_accounts_are_not_listed;
    page_of_many_accounts_uses_an_index;
    count_of_live_sessions_uses_an_index;
}

/// Returns the position after the last row of a page.
fn after<P>(page: &Page<StoredAccount>, position: impl Fn(&StoredAccount) -> P) -> PagePosition<P> {
    let last = page.rows.last().map(position);
    last.map_or(PagePosition::First, PagePosition::After)
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
        let (mut pages, mut position) = (Vec::new(), PagePosition::First);
        loop {
            let page = self.store.newest_accounts(position, len).await;
            let page = page.expect("read");
            position = after(&page, |row| row.id);
            pages.push(page.rows.into_iter().map(|row| row.email).collect());
            if !page.has_next {
                return pages;
            }
        }
    }

    /// Returns all pages of `len` accounts that a text finds.
    async fn found(&self, text: &str, len: usize) -> Vec<Vec<StoredAccount>> {
        let (mut pages, mut position) = (Vec::new(), PagePosition::First);
        loop {
            let page = self.store.accounts_by_email(text, position, len).await;
            let page = page.expect("read");
            position = after(&page, EmailPosition::of);
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

/// A page that is reached by its next page is that which was reached by its previous one, and
/// has the same neighbours.
async fn pages_are_the_same_in_both_directions(fixture: Fixture) {
    let emails = ["Z@b.org", "é@b.org", "B@b.org", "Ada@b.org"];
    fixture.add_accounts(&emails).await;
    fixture.add_external(5).await;
    let newest = async |position| fixture.store.newest_accounts(position, 3).await;
    expect_same_pages(newest, |row| row.id, 4).await;
    for (text, pages) in [("", 4), ("ad", 1)] {
        let found = async |position| fixture.store.accounts_by_email(text, position, 3).await;
        expect_same_pages(found, EmailPosition::of, pages).await;
    }
}

async fn expect_same_pages<P>(
    read: impl AsyncFn(PagePosition<P>) -> Result<Page<StoredAccount>, StoreError>,
    position: impl Fn(&StoredAccount) -> P,
    count: usize,
) {
    let mut pages = vec![read(PagePosition::First).await.expect("read")];
    while let [_, Some(last)] = pages[pages.len() - 1].ends() {
        let page = read(PagePosition::After(position(last))).await;
        pages.push(page.expect("read"));
    }
    assert_eq!(pages.len(), count);
    let mut page = pages[count - 1].clone();
    for expected in pages[..count - 1].iter().rev() {
        let [first, _] = page.ends();
        let first = position(first.expect("there is a page before"));
        page = read(PagePosition::Before(first)).await.expect("read");
        assert_eq!(page, *expected);
    }
    assert!(!page.has_previous);
}

/// It is full, and begins with the accounts that are found by their id.
async fn page_before_the_beginning_is_the_first_page(fixture: Fixture) {
    let ids = fixture
        .add_accounts(&["ada@b.org", "adam@b.org", "x@b.org"])
        .await;
    fixture.add_external_as("ad", "y@b.org").await;
    let first = fixture.store.newest_accounts(PagePosition::First, 3).await;
    let first = first.expect("read");
    for id in [ids[0], ids[2], AccountId::MAX] {
        let page = fixture.store.newest_accounts(PagePosition::Before(id), 3);
        assert_eq!(page.await.expect("read"), first, "{id}");
    }
    let found = async |position| fixture.store.accounts_by_email("ad", position, 3).await;
    let first = found(PagePosition::First).await.expect("read");
    let emails = first.rows.iter().map(|row| &*row.email);
    assert_eq!(emails.collect::<Vec<_>>(), ["y@b.org", "ada@b.org", KEY]);
    for email in ["", "ada@b.org", "adam@b.org", "\u{10ffff}"] {
        let before = PagePosition::Before(EmailPosition {
            email: email.to_owned(),
            id: AccountId::MIN,
        });
        let page = found(before).await.expect("read");
        assert_eq!(page, first, "{email:?}");
    }
}

async fn live_sessions_are_counted_by_account(fixture: Fixture) {
    let ids = fixture.add_accounts(&["b@b.org", "c@b.org"]).await;
    let mut sessions = Vec::new();
    for (account, expires_at) in [(ids[0], 1_000), (ids[0], 1_000), (ids[0], 40)] {
        let new = NewSession {
            expires_at: at(expires_at),
            ..new_session(account)
        };
        sessions.push(new.id);
        let begun = fixture.store.begin_session(&new, &[], false).await;
        assert!(begun.expect("begun").is_some());
    }
    let counts = async |ids: &[AccountId], times| {
        let counts = fixture.store.count_live_by_account(ids, times).await;
        let mut counts = counts.expect("counted");
        counts.sort_unstable();
        counts
    };
    let mut all = vec![(fixture.account, 1), (ids[0], 2), (ids[1], 0)];
    all.sort_unstable();
    let page = [ids[1], fixture.account, ids[0]];
    assert_eq!(counts(&page, live_at(50)).await, all);
    assert_eq!(counts(&ids[..1], live_at(30)).await, [(ids[0], 3)]);
    assert_eq!(counts(&[], live_at(30)).await, []);
    let refreshed_later = LiveTimes {
        issued_after: at(2),
        ..live_at(30)
    };
    assert_eq!(counts(&ids[..1], refreshed_later).await, [(ids[0], 0)]);
    let reason = EndReason::SignedOut;
    let ended = fixture
        .store
        .end_session(sessions[0], None, reason, at(9), Actor::Owner);
    assert_eq!(ended.await.expect("ended"), Some(true));
    assert_eq!(counts(&ids[..1], live_at(30)).await, [(ids[0], 2)]);
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
    let [by_email, by_email_before] = fixture.store.by_email_statements();
    for (statement, index) in [
        (
            NEWEST,
            pick("sqlite_autoindex_accounts_1 (id<?)", "accounts_pkey"),
        ),
        (
            NEWEST_BEFORE,
            pick("sqlite_autoindex_accounts_1 (id>?)", "accounts_pkey"),
        ),
        (
            by_email_before,
            pick(
                "accounts_by_email (email_lower>? AND (email_lower,id)<(?,?))",
                "accounts_by_email",
            ),
        ),
        (
            by_email,
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
            NEWEST | NEWEST_BEFORE => query.bind(self.account).bind(51_i64),
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

/// Each account of the page is counted by the index of the sessions that have not ended: no
/// others are read.
async fn count_of_live_sessions_uses_an_index(fixture: Fixture) {
    fixture.add_external_accounts().await;
    fixture
        .run(fixture.store.backend.pick(
            "INSERT INTO sessions
                 (id, account_id, key_hash, generation, handed_at, created_at, expires_at,
                  ended_at, end_reason)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
             SELECT randomblob(16), a.id, zeroblob(32), 0, 1, 1, 1000 + i,
                    CASE WHEN i > 9 THEN 5 END, CASE WHEN i > 9 THEN 'signed_out' END
             FROM n, (SELECT id FROM accounts LIMIT 200) a",
            "INSERT INTO sessions
                 (id, account_id, key_hash, generation, handed_at, created_at, expires_at,
                  ended_at, end_reason)
             SELECT gen_random_uuid(), a.id, decode(repeat('00', 32), 'hex'), 0, 1, 1, 1000 + i,
                    CASE WHEN i > 9 THEN 5 END, CASE WHEN i > 9 THEN 'signed_out' END
             FROM generate_series(1, 100) i, (SELECT id FROM accounts LIMIT 200) a",
        ))
        .await;
    fixture.run("ANALYZE").await;
    let statement = fixture.store.count_by_account_statement();
    let plan = explain!(fixture, statement, |query| query
        .bind(format!("[\"{}\"]", fixture.account))
        .bind(at(0))
        .bind(at(0))
        .bind(at(0))
        .bind(1_000_i64));
    let index = "sessions_by_account";
    assert!(plan.contains(index), "{plan}");
}
