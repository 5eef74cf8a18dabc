//! The limits on attempts hold for all processes of an installation together, and over a
//! restart.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, header::CONTENT_TYPE},
};
use portcullis::{Portcullis, testing::Browser};
use testkit::{EMAIL, installation::Installation, on_both};

on_both! { Installation:
    two_processes_share_the_limits;
}

fn browser(portcullis: &Portcullis) -> Browser {
    let router = portcullis.protect(Router::new().merge(portcullis.routes()));
    Browser::new(portcullis, router)
}

/// Fails to sign in from one address, and returns the status.
async fn fail(browser: &mut Browser) -> u16 {
    let body = format!("email={EMAIL}&password=not+the+right+one");
    let request = Request::post("/api/accounts/auth/login/")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 50_000))))
        .body(Body::from(body));
    browser
        .send(request.expect("a request"))
        .await
        .status
        .as_u16()
}

async fn two_processes_share_the_limits(installation: Installation) {
    let second = installation.second_process().await;
    let (mut one, mut two) = (browser(&installation.portcullis), browser(&second));
    for _ in 0..5 {
        assert_eq!(fail(&mut one).await, 401);
        assert_eq!(fail(&mut two).await, 401);
    }
    assert_eq!((fail(&mut one).await, fail(&mut two).await), (429, 429));
    let restarted = installation.second_process().await;
    assert_eq!(fail(&mut browser(&restarted)).await, 429);
}
