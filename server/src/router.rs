//! The router. The application names the paths of its pages and server functions;
//! all other paths are here.

use std::sync::Arc;

use app::{App, routes::ADMIN_INVITATIONS};
use axum::{Router, routing::post};
use leptos::config::LeptosOptions;
use leptos_axum::{LeptosRoutes, generate_route_list};
use portcullis::{
    Portcullis,
    http::{ProtectedRouter, error_response},
    leptos::provide_page_context,
    wire::Code,
};

use crate::{
    files::{self, Files},
    invitations, layers,
};

/// Builds the router with every route and all layers around it.
pub fn router(portcullis: &Portcullis, site: &LeptosOptions) -> ProtectedRouter {
    let files = Arc::new(Files::of(site));
    let shell = {
        let files = Arc::clone(&files);
        move || app::shell(files.in_pages().clone())
    };
    // With the page, which is a route of its own for GET.
    let create = {
        let (files, origin) = (Arc::clone(&files), portcullis.origin().as_str().to_owned());
        async move |administrator, form| {
            invitations::create(files.in_pages(), &origin, administrator, form).await
        }
    };
    let routes = Router::new()
        .merge(portcullis.service_routes())
        .leptos_routes_with_context(site, generate_route_list(App), provide_page_context, shell)
        .route(ADMIN_INVITATIONS, post(create))
        .fallback(move |request| files::file_or_not_found(files, request))
        // After the routes: it applies to the routes added so far.
        .method_not_allowed_fallback(async || error_response(Code::MethodNotAllowed.into()))
        .with_state(site.clone());
    layers::wrap(routes, portcullis)
}
