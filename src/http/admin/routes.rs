//! The routes of the administration.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, rejection::PathRejection},
    http::{HeaderMap, Uri},
    response::Response,
};

use super::{Administrator, csv};
use crate::{
    http::{Caller, routes::Form},
    wire::{
        AccountAct, AccountPage, AccountQuery, ApiError, Code, EventPage, EventQuery, Statistics,
    },
};

pub(in crate::http) async fn accounts(
    administrator: Administrator,
    uri: Uri,
) -> Result<Json<AccountPage>, ApiError> {
    let query = Form::of_query(&uri);
    let query = AccountQuery {
        search: query.get("search"),
        order: query.get("order"),
        after: query.get("after"),
        before: query.get("before"),
    };
    Ok(Json(administrator.accounts(&query).await?))
}

pub(in crate::http) async fn events(
    administrator: Administrator,
    uri: Uri,
) -> Result<Json<EventPage>, ApiError> {
    Ok(Json(administrator.events(&event_query(&uri)).await?))
}

pub(in crate::http) async fn statistics(
    administrator: Administrator,
) -> Result<Json<Statistics>, ApiError> {
    Ok(Json(administrator.statistics().await?))
}

pub(in crate::http) async fn events_csv(caller: Caller, uri: Uri) -> Result<Response, ApiError> {
    csv::events(caller, &event_query(&uri)).await
}

fn event_query(uri: &Uri) -> EventQuery {
    let query = Form::of_query(uri);
    EventQuery {
        kind: query.get("kind"),
        account: query.get("account"),
        from: query.get("from"),
        to: query.get("to"),
        request: query.get("request"),
        after: query.get("after"),
        before: query.get("before"),
    }
}

pub(in crate::http) async fn act(
    administrator: Administrator,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    // A part of the path that is not UTF-8 names nothing.
    let Path((id, act)) = path.map_err(|_| Code::NotFound)?;
    let act = AccountAct::from_name(&act).ok_or(Code::NotFound)?;
    let done = Json(administrator.act(&id, act).await?);
    Ok(Form::read(&body).respond(&headers, "/", done))
}
