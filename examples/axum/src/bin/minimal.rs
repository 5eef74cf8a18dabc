//! The shortest application: Portcullis keeps the accounts, and serves sign-in and sign-out.

use std::error::Error;

use axum::{Router, routing::get};
use portcullis::{Portcullis, SignedIn};
use tokio::{net::TcpListener, signal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());

    let auth = Portcullis::builder(format!("http://{address}"))
        .sqlite("data/app.db")
        .open()
        .await?;
    let app = Router::new().route("/api/me", get(me)).merge(auth.routes());

    let listener = TcpListener::bind(&address).await?;
    axum::serve(listener, auth.protect(app))
        .with_graceful_shutdown(async { drop(signal::ctrl_c().await) })
        .await?;
    auth.shutdown().await;
    Ok(())
}

async fn me(user: SignedIn) -> String {
    format!("account {}", user.account_id())
}
