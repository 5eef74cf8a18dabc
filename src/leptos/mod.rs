//! Sessions for a Leptos application: server functions for signing in and out, the
//! session as a context, and components.
//!
//! The server build of the application has the feature `ssr`, the browser build
//! the feature `hydrate`:
//!
//! ```toml
//! [features]
//! ssr = ["portcullis/ssr"]
//! hydrate = ["portcullis/hydrate"]
//! ```
//!
//! # The application
//!
//! Call [`provide_session`] at the root. Put [`SignedIn`] around the parts of a page that
//! only signed-in users see, and [`Guard`] into the router: it navigates from a
//! protected page to the sign-in page when the session ends. [`SessionData`] in the
//! shell hands the session over to the browser.
//!
#![cfg_attr(
    feature = "ssr",
    doc = r#"
```
use leptos::prelude::*;
use leptos_router::{components::{FlatRoutes, Route, Router}, path};
use portcullis::leptos::{Guard, SessionData, SignInForm, SignOut, SignedIn, provide_session};

#[component]
pub fn App() -> impl IntoView {
    provide_session();
    view! {
        <Router>
            <FlatRoutes fallback=|| "Not found">
                <Route path=path!("/login") view=SignInForm/>
                <Route path=path!("/account") view=Account/>
            </FlatRoutes>
            <Guard/>
        </Router>
    }
}

#[component]
fn Account() -> impl IntoView {
    view! {
        <SignedIn fallback=SignInForm>
            <p>"Welcome back."</p>
            <SignOut/>
        </SignedIn>
    }
}

pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <SessionData/>
                <HydrationScripts options/>
            </head>
            <body>
                <div id="app"><App/></div>
            </body>
        </html>
    }
}
```

# A server function

With [`RefreshingClient`], a call whose access token has expired is sent again after
one refresh, which all waiting calls share. [`signed_in`] returns the signed-in user.

```
use leptos::prelude::*;
use portcullis::{leptos::RefreshingClient, wire::ApiError};

#[server(client = RefreshingClient)]
async fn notes() -> Result<Vec<String>, ApiError> {
    let user = portcullis::leptos::signed_in().await?;
    Ok(vec![format!("a note of the account {}", user.account_id())])
}
```

# The server

```no_run
use axum::Router;
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, file_and_error_handler_with_context, generate_route_list};
use portcullis::{Portcullis, leptos::provide_page_context};
# #[component]
# fn App() -> impl IntoView {}
# fn shell(_: LeptosOptions) -> impl IntoView {}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let site = get_configuration(None)?.leptos_options;
    let auth = Portcullis::builder("http://127.0.0.1:3000")
        .sqlite("data/app.db")
        .protected(["/account"])
        .open()
        .await?;
    let options = site.clone();
    let app = Router::new()
        .merge(auth.service_routes())
        .leptos_routes_with_context(&site, generate_route_list(App), provide_page_context, move || shell(options.clone()))
        .fallback(file_and_error_handler_with_context::<LeptosOptions, _>(provide_page_context, shell))
        .with_state(site);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, auth.protect(app))
        .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
        .await?;
    auth.shutdown().await;
    Ok(())
}
```
"#
)]
//!
//! # The browser
//!
//! Call [`start`] first: from then on the tokens are refreshed, even if hydration
//! fails. Hydrate an element inside of the body, because browser extensions add
//! elements to the body itself, and Leptos cannot hydrate elements that it did not
//! render.
//!
//! ```ignore
//! #[wasm_bindgen::prelude::wasm_bindgen]
//! pub fn hydrate() {
//!     use leptos::{prelude::document, wasm_bindgen::JsCast};
//!
//!     portcullis::leptos::start();
//!     let app = document().get_element_by_id("app").expect("the shell has it");
//!     leptos::mount::hydrate_from(app.unchecked_into(), App).forget();
//! }
//! ```
//!
//! # Forms
//!
//! [`SignInForm`], [`RegisterForm`] and [`SignOut`] are ready-made; they work without
//! JavaScript and need no style sheet. Use [`use_form`] and [`Form`] for forms of your
//! own. For a form that changes the password, call [`use_plain_form`] for
//! [`ChangePassword`], give it the fields `current_password` and `new_password`, and show
//! the [problem](FormState::problem) of each field beside it.
#![allow(
    // Props are owned, because a view calls the component.
    clippy::needless_pass_by_value,
    // `#[server]` and `#[component]` generate a second `pub` function beside each.
    unreachable_pub,
)]

mod address;
mod admin;
mod api;
mod effect;
mod form;
mod guard;
mod hand_over;
mod hydration;
mod ready_form;
#[cfg(feature = "ssr")]
mod request;
mod session;
mod signed_in;
#[cfg(all(test, feature = "ssr"))]
mod tests;

pub use crate::browser::{RefreshingClient, SignInClient};
pub use address::{invitation_token, next_path};
pub use admin::{
    ListAccounts, ListAuditEvents, ListInvitations, ReadStatistics, list_accounts,
    list_audit_events, list_invitations, read_statistics,
};
pub use api::{
    ChangePassword, CurrentSession, EndOtherSessions, EnteredSecret, ListEvents, ListSessions,
    Login, Logout, Refresh, Register, change_password, current_session, end_other_sessions,
    list_events, list_sessions, login, logout, refresh, register,
};
pub use form::{Form, FormProps, FormState, use_form, use_plain_form};
pub use guard::Guard;
pub use hand_over::{SessionData, start};
pub use ready_form::{RegisterForm, SignInForm, SignOut, SignOutProps};
#[cfg(feature = "ssr")]
pub(crate) use request::is_read_by_function;
#[cfg(feature = "ssr")]
pub use request::{caller, invited, is_registration_closed, provide_page_context, signed_in};
pub use session::{Notice, Session, provide_session, use_session};
pub use signed_in::{SignedIn, SignedInProps};
