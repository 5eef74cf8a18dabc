//! Pages with data that the server reads while it renders. The server hands the data over to
//! the browser in an attribute, so that the page is hydrated with the data that it shows.

#[cfg(feature = "ssr")]
use leptos::tachys::reactive_graph::OwnedView;
use leptos::{prelude::*, server_fn::serde::Serialize};
use portcullis::{
    browser::FromJson,
    leptos::use_session,
    wire::{ApiError, Code},
};

/// The data of a page, or the code of the error.
pub(crate) type PageData<T> = Result<T, Code>;

/// Data that a page can be rendered with.
pub(crate) trait Loadable: Serialize + FromJson + Clone + Send + Sync + 'static {}

impl<T: Serialize + FromJson + Clone + Send + Sync + 'static> Loadable for T {}

const ID: &str = "page-data";

/// Renders `content` while a user is signed in, with the data that `read` returns on the
/// server. In the browser the data are those that the server has handed over, or `None` after
/// a navigation: then the page requests them.
///
/// A lazy page cannot wait for data on the server (`flat_router.rs` of the router panics), but
/// a part of it can.
pub(crate) fn with_data<T, F>(
    read: impl FnOnce() -> F + Send + 'static,
    content: impl Fn(Option<PageData<T>>) -> AnyView + Send + 'static,
) -> AnyView
where
    T: Loadable,
    F: Future<Output = Result<T, ApiError>> + Send + 'static,
{
    loaded(true, read, content)
}

/// Renders `content` as [`with_data`] does, for every visitor. An error sets the status of the
/// page.
pub(crate) fn with_public_data<T, F>(
    read: impl FnOnce() -> F + Send + 'static,
    content: impl Fn(Option<PageData<T>>) -> AnyView + Send + 'static,
) -> AnyView
where
    T: Loadable,
    F: Future<Output = Result<T, ApiError>> + Send + 'static,
{
    loaded(false, read, content)
}

fn loaded<T, F>(
    for_user: bool,
    read: impl FnOnce() -> F + Send + 'static,
    content: impl Fn(Option<PageData<T>>) -> AnyView + Send + 'static,
) -> AnyView
where
    T: Loadable,
    F: Future<Output = Result<T, ApiError>> + Send + 'static,
{
    let session = use_session();
    #[cfg(feature = "ssr")]
    let page = Suspend::new(async move {
        if for_user && !session.is_signed_in() {
            return None;
        }
        let data = read().await.map_err(|error| error.code);
        if let Err(code) = data
            && (!for_user || code == Code::Forbidden)
        {
            set_status(code);
        }
        let json = match &data {
            Ok(data) => leptos::serde_json::to_string(data).unwrap_or_default(),
            Err(code) => code.as_str().to_owned(),
        };
        // The signals of the content live as long as their owner, which would otherwise end with
        // this future: the content is rendered after it.
        Some(OwnedView::new(view(content(Some(data)), json)))
    });
    #[cfg(not(feature = "ssr"))]
    let page = {
        drop(read);
        // Taken by the first rendering. After a sign-in with another account they are not shown.
        let data = StoredValue::new(handed_over::<T>());
        crate::boxed::changing(move || {
            let is_shown = !for_user || session.is_signed_in();
            is_shown.then(|| {
                view(
                    content(data.try_update_value(Option::take).flatten()),
                    String::new(),
                )
            })
        })
    };
    page.into_any()
}

/// Sets the status of the page to that of an error.
#[cfg(feature = "ssr")]
fn set_status(code: Code) {
    let response = use_context::<leptos_axum::ResponseOptions>();
    if let (Some(response), Ok(status)) = (response, code.status().try_into()) {
        response.set_status(status);
    }
}

fn view(content: AnyView, json: String) -> AnyView {
    view! {
        {content}
        <div hidden id=ID data-json=json></div>
    }
    .into_any()
}

/// Returns the data in the page that the server rendered; `None` after a navigation.
#[cfg(not(feature = "ssr"))]
fn handed_over<T: FromJson>() -> Option<PageData<T>> {
    if use_session().is_hydrated() {
        return None;
    }
    let json = document()
        .get_element_by_id(ID)?
        .get_attribute("data-json")?;
    let data = portcullis::browser::parse_json(&json);
    Some(data.ok_or_else(|| Code::from_wire(&json).unwrap_or(Code::Internal)))
}
