//! The server functions of the administration: the accounts, the audit trail, and the
//! statistics.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::{
    browser::{PlainJson, RefreshingClient},
    wire::{AccountPage, ApiError, EventPage, InvitationList, Statistics},
};

#[cfg(feature = "ssr")]
use super::request;
#[cfg(feature = "ssr")]
use crate::wire::{AccountQuery, EventQuery};

/// Returns a page of accounts to an administrator:
/// [`paths::ADMIN_ACCOUNTS`](crate::wire::paths::ADMIN_ACCOUNTS). A form changes one of them by
/// [`paths::account_act`](crate::wire::paths::account_act).
///
/// # Errors
/// 401 with the reason if the caller is not signed in; 403 `forbidden` if it is not an
/// administrator; 422 `invalid_input` with the fields; 503 `busy`.
#[server(
    prefix = "/api",
    endpoint = "/admin/accounts/",
    input = GetUrl,
    output = PlainJson,
    client = RefreshingClient
)]
pub async fn list_accounts(
    /// As in [`AccountQuery`](crate::wire::AccountQuery).
    search: Option<String>,
    /// As in [`AccountQuery`](crate::wire::AccountQuery).
    order: Option<String>,
    /// As in [`AccountQuery`](crate::wire::AccountQuery).
    after: Option<String>,
    /// As in [`AccountQuery`](crate::wire::AccountQuery).
    before: Option<String>,
) -> Result<AccountPage, ApiError> {
    let administrator = request::caller()?.administrator().await?;
    let query = AccountQuery {
        search,
        order,
        after,
        before,
    };
    administrator.accounts(&query).await
}

/// Returns a page of the audit trail to an administrator:
/// [`paths::ADMIN_EVENTS`](crate::wire::paths::ADMIN_EVENTS).
///
/// # Errors
/// 401 with the reason if the caller is not signed in; 403 `forbidden` if it is not an
/// administrator; 422 `invalid_input` with the fields; 503 `busy`.
#[server(
    prefix = "/api",
    endpoint = "/admin/events/",
    input = GetUrl,
    output = PlainJson,
    client = RefreshingClient
)]
pub async fn list_audit_events(
    /// As in [`EventQuery`](crate::wire::EventQuery).
    kind: Option<String>,
    /// As in [`EventQuery`](crate::wire::EventQuery).
    account: Option<String>,
    /// As in [`EventQuery`](crate::wire::EventQuery).
    from: Option<String>,
    /// As in [`EventQuery`](crate::wire::EventQuery).
    to: Option<String>,
    /// As in [`EventQuery`](crate::wire::EventQuery).
    request: Option<String>,
    /// As in [`EventQuery`](crate::wire::EventQuery).
    after: Option<String>,
    /// As in [`EventQuery`](crate::wire::EventQuery).
    before: Option<String>,
) -> Result<EventPage, ApiError> {
    let administrator = request::caller()?.administrator().await?;
    let query = EventQuery {
        kind,
        account,
        from,
        to,
        request,
        after,
        before,
    };
    administrator.events(&query).await
}

/// Returns the statistics of the last day and of the last month to an administrator:
/// [`paths::ADMIN_STATISTICS`](crate::wire::paths::ADMIN_STATISTICS).
///
/// # Errors
/// 401 with the reason if the caller is not signed in; 403 `forbidden` if it is not an
/// administrator; 503 `busy`.
#[server(
    prefix = "/api",
    endpoint = "/admin/statistics/",
    input = GetUrl,
    output = PlainJson,
    client = RefreshingClient
)]
pub async fn read_statistics() -> Result<Statistics, ApiError> {
    request::caller()?.administrator().await?.statistics().await
}

/// Returns the open invitations to an administrator:
/// [`paths::ADMIN_INVITATIONS`](crate::wire::paths::ADMIN_INVITATIONS). A form creates one by the
/// same path, and withdraws one by
/// [`paths::withdraw_invitation`](crate::wire::paths::withdraw_invitation).
///
/// # Errors
/// 401 with the reason if the caller is not signed in; 403 `forbidden` if it is not an
/// administrator; 503 `busy`.
#[server(
    prefix = "/api",
    endpoint = "/admin/invitations/",
    input = GetUrl,
    output = PlainJson,
    client = RefreshingClient
)]
pub async fn list_invitations() -> Result<InvitationList, ApiError> {
    let administrator = request::caller()?.administrator().await?;
    administrator.invitations().await
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn;

    use super::*;
    use crate::wire::paths;

    #[test]
    fn server_functions_use_the_documented_paths() {
        assert_eq!(ListAccounts::PATH, paths::ADMIN_ACCOUNTS);
        assert_eq!(ListAuditEvents::PATH, paths::ADMIN_EVENTS);
        assert_eq!(ReadStatistics::PATH, paths::ADMIN_STATISTICS);
        assert_eq!(ListInvitations::PATH, paths::ADMIN_INVITATIONS);
    }
}
