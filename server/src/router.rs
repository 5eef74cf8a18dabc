//! The router. The application names the paths of its pages and server functions;
//! all other paths are here.

use std::sync::Arc;

use app::App;
use axum::Router;
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
    layers,
};

/// Builds the router with every route and all layers around it.
pub fn router(portcullis: &Portcullis, site: &LeptosOptions) -> ProtectedRouter {
    let files = Arc::new(Files::of(site));
    let shell = {
        let files = Arc::clone(&files);
        move || app::shell(files.in_pages().clone())
    };
    let routes = Router::new()
        .merge(portcullis.service_routes())
        .leptos_routes_with_context(site, generate_route_list(App), provide_page_context, shell)
        .fallback(move |request| files::file_or_not_found(files, request))
        // After the routes: it applies to the routes added so far.
        .method_not_allowed_fallback(async || error_response(Code::MethodNotAllowed.into()))
        .with_state(site.clone());
    layers::wrap(routes, portcullis)
}
