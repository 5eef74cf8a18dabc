//! Clients that share an address with others: behind a proxy, and beside a flood.

use futures::{StreamExt, future::join, stream::FuturesUnordered};
use portcullis::{
    Builder,
    attempts::{Limit, Limits},
    wire::paths,
};
use testkit::{EMAIL, PASSWORD};

use crate::{
    attempts::sign_in,
    site::{MINUTE, Site, post},
};

const HOME: &str = "192.0.2.10";
const ELSEWHERE: &str = "198.51.100.7";
const WRONG: &str = "not the right password";

/// Behind a trusted proxy, each client has limits of its own. Without the setting, all clients
/// of the proxy share them.
#[tokio::test]
async fn clients_behind_a_trusted_proxy_have_their_own_limits() {
    let limits = |builder: Builder| {
        let mut limits = Limits::default();
        limits.address = Limit::new(3, MINUTE).expect("valid");
        builder.limits(limits)
    };
    let trusting = Site::with_builder(|builder| limits(builder).trusted_proxies(["10.0.0.0/8"]));
    let (trusting, distrusting) = (trusting.await, Site::with_builder(limits).await);
    for (site, expected) in [(trusting, 401), (distrusting, 429)] {
        for _ in 0..3 {
            fail_behind_proxy(&site, HOME).await;
        }
        assert_eq!(fail_behind_proxy(&site, HOME).await, 429);
        assert_eq!(fail_behind_proxy(&site, ELSEWHERE).await, expected);
    }
}

/// Fails to sign in behind a proxy, to another account each time, and returns the status.
async fn fail_behind_proxy(site: &Site, client: &str) -> u16 {
    let mut browser = site.browser().from("10.1.2.3");
    let request = post(paths::LOGIN)
        // The client has written the first address itself.
        .header("x-forwarded-for", format!("127.0.0.1, {client}"))
        .header("accept", "application/json")
        .form(&[("email", "unknown@example.org"), ("password", WRONG)]);
    browser.send(request).await.status
}

/// One client sends more sign-ins at once than the queue for hashing has places. Another
/// client still signs in.
#[tokio::test]
async fn flood_from_one_address_leaves_places_for_others() {
    let site = Site::with_builder(|builder| {
        let mut limits = Limits::default();
        limits.address = Limit::new(100_000, MINUTE).expect("valid");
        builder.limits(limits)
    })
    .await;
    site.browser().register().await;
    let queue = 32 * std::thread::available_parallelism().map_or(1, usize::from);
    let mut flood: FuturesUnordered<_> = (0..2 * queue)
        .map(|n| {
            let mut browser = site.browser().from(ELSEWHERE);
            async move { sign_in(&mut browser, &format!("{n}@example.org"), WRONG).await }
        })
        .collect();
    // Once a request of the flood has been rejected, the flood holds all that it can.
    let busy = loop {
        let response = flood.next().await.expect("a request is rejected");
        if response.status == 503 {
            break response;
        }
    };
    assert_eq!(busy.header("retry-after"), "1");
    let mut owner = site.browser().from(HOME);
    let (signed_in, _) = join(
        sign_in(&mut owner, EMAIL, PASSWORD),
        flood.collect::<Vec<_>>(),
    )
    .await;
    signed_in.expect_ok();
}
