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
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

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

/// `axum::serve` needs nothing else for the addresses of clients. Without them, only the limit
/// of the account over all addresses applies, and it is larger.
#[tokio::test]
async fn served_router_knows_the_addresses_of_clients() {
    let installation = Installation::on_sqlite().await;
    let auth = &installation.portcullis;
    let app = auth.protect(Router::new().merge(auth.routes()));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let body = format!("email={EMAIL}&password=not+the+right+one");
    let request = format!(
        "POST /api/accounts/auth/login/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut statuses = Vec::new();
    for _ in 0..11 {
        let mut stream = TcpStream::connect(address).await.expect("connected");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut response = String::new();
        let read = stream.read_to_string(&mut response).await;
        read.expect("a response");
        statuses.push(response[9..12].to_owned());
    }
    server.abort();
    assert_eq!(statuses[..10], ["401"; 10]);
    assert_eq!(statuses[10], "429");
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
