//! An Axum application that keeps its own users; Portcullis keeps the sessions.

mod pages;
mod users;

use std::error::Error;

use axum::{
    Form, Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use portcullis::{ApiError, Caller, ExternalAccount, Portcullis, SignedIn};
use tokio::{net::TcpListener, signal};

use users::{Credentials, Users};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    std::fs::create_dir_all("data")?;
    let users = Users::open("data/users.db").await?;

    let auth = Portcullis::builder(format!("http://{address}"))
        .sqlite("data/sessions.db")
        .sign_in_page("/sign-in")
        .protected(["/account"])
        .external_accounts_only()
        .open()
        .await?;
    let app = Router::new()
        .route("/", get(pages::home()))
        .route("/sign-in", get(pages::sign_in(None)).post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/account", get(account))
        .route("/api/me", get(me))
        .merge(auth.routes())
        .with_state(users);

    let listener = TcpListener::bind(&address).await?;
    axum::serve(listener, auth.protect(app))
        .with_graceful_shutdown(async { drop(signal::ctrl_c().await) })
        .await?;
    auth.shutdown().await;
    Ok(())
}

/// Verifies the password against the application's own table, and begins a session.
async fn sign_in(
    State(users): State<Users>,
    caller: Caller,
    Form(credentials): Form<Credentials>,
) -> Result<Response, ApiError> {
    let Some(user) = users.check(credentials).await else {
        let form = pages::sign_in(Some("The e-mail address or the password is wrong."));
        return Ok((StatusCode::UNAUTHORIZED, form).into_response());
    };
    let id = format!("users:{}", user.id);
    let account = ExternalAccount::new(&id, &user.email, &user.name)?;
    let session = caller.sign_in_as(&account).await?;
    Ok((session.cookies, Redirect::to("/account")).into_response())
}

async fn sign_out(caller: Caller) -> Result<impl IntoResponse, ApiError> {
    Ok((caller.sign_out().await?, Redirect::to("/")))
}

async fn account(user: SignedIn) -> Result<impl IntoResponse, ApiError> {
    Ok(pages::account(&user.snapshot().await?.account.name))
}

async fn me(user: SignedIn) -> Result<impl IntoResponse, ApiError> {
    Ok(Json(user.snapshot().await?.account))
}
