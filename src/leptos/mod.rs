//! Leptos: server functions, the session as a context, and components.
