use leptos::prelude::*;
use leptos_meta::{provide_meta_context, MetaTags, Stylesheet, Title};
use leptos_router::{
    components::{Route, Router, Routes},
    StaticSegment,
};
use portcullis::leptos::{
    provide_session, Guard, RefreshingClient, RegisterForm, SessionData, SignInForm, SignOut,
    SignedIn,
};
use portcullis::ApiError;

pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <AutoReload options=options.clone() />
                <HydrationScripts options/>
                <MetaTags/>
                <SessionData/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

#[component]
pub fn App() -> impl IntoView {
    // Provides context that manages stylesheets, titles, meta tags, etc.
    provide_meta_context();
    provide_session();

    view! {
        // injects a stylesheet into the document <head>
        // id=leptos means cargo-leptos will hot-reload this stylesheet
        <Stylesheet id="leptos" href="/pkg/start-axum.css"/>

        // sets the document title
        <Title text="Welcome to Leptos"/>

        // content for this welcome page
        <Router>
            <main>
                <Routes fallback=|| "Page not found.".into_view()>
                    <Route path=StaticSegment("") view=HomePage/>
                    <Route path=StaticSegment("login") view=SignInForm/>
                    <Route path=StaticSegment("register") view=RegisterForm/>
                    <Route path=StaticSegment("account") view=AccountPage/>
                </Routes>
                <Guard/>
            </main>
        </Router>
    }
}

/// Renders the home page of your application.
#[component]
fn HomePage() -> impl IntoView {
    // Creates a reactive value to update the button
    let count = RwSignal::new(0);
    let on_click = move |_| *count.write() += 1;

    view! {
        <h1>"Welcome to Leptos!"</h1>
        <button on:click=on_click>"Click Me: " {count}</button>
    }
}

/// The account page. Signed-out users see the sign-in form.
#[component]
fn AccountPage() -> impl IntoView {
    let greeting = Action::new(|_: &()| greet());
    let shown = move || greeting.value().get().map(|it| it.unwrap_or_else(|e| e.to_string()));

    view! {
        <SignedIn fallback=SignInForm>
            <h1>"Your account"</h1>
            <button on:click=move |_| { greeting.dispatch(()); }>"Greet me"</button>
            <p>{shown}</p>
            <SignOut/>
        </SignedIn>
    }
}

/// Greets the signed-in user. If the access token is missing or has expired, the
/// client refreshes it and retries.
#[server(client = RefreshingClient)]
pub async fn greet() -> Result<String, ApiError> {
    let user = portcullis::leptos::signed_in().await?;
    Ok(format!("Hello, {}!", user.snapshot().await?.account.email))
}
