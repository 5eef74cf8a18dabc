//! The id of a request: in its response, and in the audit trail.

use portcullis::{testing::close_database, wire::paths};
use testkit::{EMAIL, PASSWORD};

use crate::site::{RequestBuilder, Response, Site, get, post};

const PROXY: &str = "10.0.0.1";

async fn behind_proxy() -> Site {
    Site::with_builder(|builder| builder.trusted_proxies([PROXY])).await
}

fn id(response: &Response) -> String {
    response.header("x-request-id").to_owned()
}

#[tokio::test]
async fn each_response_has_an_id_of_its_own() {
    let site = Site::open().await;
    let mut ids = Vec::new();
    for request in [
        get("/"),
        get("/"),
        get("/nowhere"),
        get("/login/"),
        get(paths::SESSION),
        get(paths::HEALTH),
        post(paths::LOGIN).header("sec-fetch-site", "cross-site"),
    ] {
        let id = id(&site.send(request).await);
        assert_eq!(id.len(), 36, "{id}");
        ids.push(id);
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[tokio::test]
async fn id_is_taken_from_a_trusted_proxy_only() {
    let site = behind_proxy().await;
    let send = async |peer: &str, given: &str| {
        let request = get(paths::HEALTH).header("x-request-id", given);
        id(&site.browser().from(peer).send(request).await)
    };
    assert_eq!(send(PROXY, "of-the-proxy.1").await, "of-the-proxy.1");
    assert_ne!(send("192.0.2.1", "of-a-client").await, "of-a-client");
    for invalid in ["", "a b", "a\"b", "=1", &"a".repeat(65)] {
        let id = send(PROXY, invalid).await;
        assert_ne!(id, invalid);
        assert_eq!(id.len(), 36, "{id}");
    }
}

/// With the id that an error shows, an operator finds its cause in the log.
#[tokio::test]
async fn error_of_the_server_has_the_id_in_its_json() {
    let site = Site::open().await;
    let missing = site.send(get("/api/nowhere/")).await;
    let json = missing.expect_error(404, "not_found");
    assert_eq!(json.get("request_id"), None);
    let mut browser = site.browser();
    browser.register().await;
    close_database(&site.portcullis).await;
    // A server function, and a route.
    for path in [paths::REFRESH, paths::LOGIN] {
        let form = [("email", EMAIL), ("password", PASSWORD)];
        let failed = browser.post(path, &form).await;
        let json = failed.expect_error(503, "busy");
        assert_eq!(json["request_id"], id(&failed), "{path}");
    }
}

#[tokio::test]
async fn events_have_the_id_and_the_address_of_their_request() {
    let site = behind_proxy().await;
    site.browser().register().await;
    let sign_in = async |email: &str, password: &str, given: &str| {
        let request: RequestBuilder = post(paths::LOGIN)
            .header("accept", "application/json")
            .header("x-forwarded-for", "203.0.113.9")
            .header("x-request-id", given)
            .form(&[("email", email), ("password", password)]);
        site.browser().from(PROXY).send(request).await.status
    };
    assert_eq!(sign_in(EMAIL, "a wrong password", "wrong").await, 401);
    assert_eq!(sign_in("eve@example.org", PASSWORD, "unknown").await, 401);
    assert_eq!(sign_in(EMAIL, PASSWORD, "right").await, 200);

    let account = site.account_id(EMAIL).await.to_string();
    for (request, event, of) in [
        ("wrong", "authn_login_fail", &*account),
        ("unknown", "authn_login_fail", ""),
        ("right", "authn_login_success", &account),
    ] {
        let rows = site.audit_rows(request).await;
        let [row] = &rows[..] else {
            panic!("{request}: {rows:?}");
        };
        let cells: Vec<_> = row.split(',').collect();
        assert_eq!((cells[2], cells[3]), (event, of), "{row}");
        assert_eq!(cells[8..11], ["owner", request, "203.0.113.9"], "{row}");
        assert!(
            !row.contains("eve"),
            "the entered address is not stored: {row}"
        );
    }
}

impl Site {
    /// Returns the rows of the audit trail of a request, in the format of the export.
    async fn audit_rows(&self, request: &str) -> Vec<String> {
        let mut admin = self.browser();
        admin.register_as("admin@example.org").await;
        self.set_admin("admin@example.org", true).await;
        let file = admin.get(paths::ADMIN_EVENTS_CSV).await;
        self.delete("admin@example.org").await;
        let rows = file.text().split_terminator("\r\n").map(str::to_owned);
        rows.filter(|row| row.contains(&format!(",{request},")))
            .collect()
    }

    async fn delete(&self, email: &str) {
        let email = portcullis::accounts::Email::parse(email).expect("an address");
        let deleted = self.portcullis.accounts().delete(&email).await;
        deleted.expect("deleted");
    }
}
