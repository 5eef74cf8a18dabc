//! The paths of the HTTP interface, trailing slashes included.

use super::AccountAct;

/// `POST`: creates an account and signs in.
pub const REGISTER: &str = "/api/accounts/auth/register/";
/// `POST`: signs in.
pub const LOGIN: &str = "/api/accounts/auth/login/";
/// `POST`: signs out.
pub const LOGOUT: &str = "/api/accounts/auth/logout/";
/// `POST`, empty body: refreshes the tokens.
pub const REFRESH: &str = "/api/accounts/auth/token/refresh/";
/// `GET`: returns who is signed in and for how long.
pub const SESSION: &str = "/api/accounts/auth/session/";
/// Any method: responds to a reverse proxy with 204 if a request is signed in, and with 401
/// if not; for nginx `auth_request` and Caddy `forward_auth`.
pub const VERIFY: &str = "/api/accounts/auth/verify/";
/// Any method: refreshes the session of a request that a reverse proxy has received, and
/// redirects to its address, or to the sign-in page.
pub const RESUME: &str = "/api/accounts/auth/resume/";
/// `POST`: changes the password.
pub const PASSWORD: &str = "/api/accounts/password/";
/// `GET`: returns the recent events of the account.
pub const EVENTS: &str = "/api/accounts/events/";
/// `GET`: returns the live sessions of the account, with their devices.
pub const SESSIONS: &str = "/api/accounts/sessions/";
/// `POST`: ends all other sessions of the account.
pub const REVOKE_OTHERS: &str = "/api/accounts/sessions/revoke-others/";
/// `GET`: returns a page of accounts to an administrator.
pub const ADMIN_ACCOUNTS: &str = "/api/admin/accounts/";
/// `GET`: returns a page of the audit trail to an administrator.
pub const ADMIN_EVENTS: &str = "/api/admin/events/";
/// `GET`: returns the audit trail to an administrator, as a file of comma-separated values.
pub const ADMIN_EVENTS_CSV: &str = "/api/admin/events.csv/";
/// `GET`: returns the open invitations to an administrator; `POST`: creates one.
pub const ADMIN_INVITATIONS: &str = "/api/admin/invitations/";
/// `GET`: returns the statistics of the installation to an administrator.
pub const ADMIN_STATISTICS: &str = "/api/admin/statistics/";
/// `POST`: signs in a client that is not a browser, and returns its tokens.
pub const TOKEN: &str = "/api/token/";
/// `POST`: exchanges the refresh token of such a client for new tokens.
pub const TOKEN_REFRESH: &str = "/api/token/refresh/";
/// `POST`: responds with 200 if an access token is valid.
pub const TOKEN_VERIFY: &str = "/api/token/verify/";
/// `POST`: ends the session of a refresh token.
pub const TOKEN_BLACKLIST: &str = "/api/token/blacklist/";
/// `GET`: returns the public signing keys (RFC 7517).
pub const JWKS: &str = "/.well-known/jwks.json";
/// `GET`: responds while the process is alive.
pub const HEALTH: &str = "/healthz";
/// The prefix of all API paths.
pub const API: &str = "/api/";
/// `GET`: responds with 200 if the process is ready to serve requests, and with 503 if not.
pub const READY: &str = "/readyz";

/// The path of [`revoke`] as a pattern for the router.
#[cfg(feature = "axum")]
pub(crate) const REVOKE: &str = "/api/accounts/sessions/{id}/revoke/";

/// Returns the path that ends the session with this id, by `POST`.
pub fn revoke(id: &str) -> String {
    [SESSIONS, id, "/revoke/"].concat()
}

/// The path of [`account_act`] as a pattern for the router.
#[cfg(feature = "axum")]
pub(crate) const ACCOUNT_ACT: &str = "/api/admin/accounts/{id}/{act}/";

/// Returns the path by which an administrator does this to the account with this id, by
/// `POST`.
pub fn account_act(id: &str, act: AccountAct) -> String {
    [ADMIN_ACCOUNTS, id, "/", act.as_str(), "/"].concat()
}

/// The path of [`withdraw_invitation`] as a pattern for the router.
#[cfg(feature = "axum")]
pub(crate) const WITHDRAW_INVITATION: &str = "/api/admin/invitations/{id}/withdraw/";

/// Returns the path by which an administrator withdraws the invitation with this id, by `POST`.
pub fn withdraw_invitation(id: &str) -> String {
    [ADMIN_INVITATIONS, id, "/withdraw/"].concat()
}

/// Returns whether this library serves a path below `/api/`, by a server function or a
/// route. All other paths below `/api/` belong to the application.
#[cfg(feature = "axum")]
pub(crate) fn is_own(path: &str) -> bool {
    path.starts_with(API) && is_own_below_api(path)
}

#[cfg(feature = "axum")]
fn is_own_below_api(path: &str) -> bool {
    [
        REGISTER,
        LOGIN,
        LOGOUT,
        REFRESH,
        SESSION,
        PASSWORD,
        EVENTS,
        SESSIONS,
        REVOKE_OTHERS,
        ADMIN_ACCOUNTS,
        ADMIN_EVENTS,
        ADMIN_EVENTS_CSV,
        ADMIN_STATISTICS,
        ADMIN_INVITATIONS,
    ]
    .contains(&path)
        || has_id(path, SESSIONS, "/revoke/")
        || has_id(path, ADMIN_INVITATIONS, "/withdraw/")
        || is_account_act(path)
}

#[cfg(feature = "axum")]
fn has_id(path: &str, begin: &str, end: &str) -> bool {
    let id = path.strip_prefix(begin);
    let id = id.and_then(|rest| rest.strip_suffix(end));
    id.is_some_and(|id| !id.is_empty() && !id.contains('/'))
}

#[cfg(feature = "axum")]
fn is_account_act(path: &str) -> bool {
    let rest = path.strip_prefix(ADMIN_ACCOUNTS);
    let rest = rest.and_then(|rest| rest.strip_suffix('/'));
    let id_and_act = rest.and_then(|rest| rest.split_once('/'));
    id_and_act.is_some_and(|(id, act)| !id.is_empty() && AccountAct::from_name(act).is_some())
}

#[cfg(all(test, feature = "axum"))]
mod tests {
    use super::*;

    #[test]
    fn path_with_an_id_is_own_and_nothing_below_it() {
        assert!(is_own(&revoke("0198")));
        assert!(is_own(&withdraw_invitation("0198")));
        for path in [
            "/api/accounts/sessions/revoke/",
            "/api/accounts/sessions//revoke/",
            "/api/accounts/sessions/a/b/revoke/",
            "/api/accounts/sessions/a/revoke",
            "/api/accounts/sessions/a/",
            "/api/admin/invitations/withdraw/",
            "/api/admin/invitations/a/revoke/",
            "/api/admin/invitations/a/",
        ] {
            assert!(!is_own(path), "{path}");
        }
    }

    #[test]
    fn path_of_every_act_is_own_and_no_other() {
        for act in AccountAct::ALL {
            assert!(is_own(&account_act("0198", *act)), "{act:?}");
        }
        for path in [
            "/api/admin/",
            "/api/admin/accounts/activate/",
            "/api/admin/accounts//activate/",
            "/api/admin/accounts/a/b/activate/",
            "/api/admin/accounts/a/activate",
            "/api/admin/accounts/a/rename/",
            "/api/admin/accounts/a//",
            "/api/admin/accounts/a/",
        ] {
            assert!(!is_own(path), "{path}");
        }
    }
}
