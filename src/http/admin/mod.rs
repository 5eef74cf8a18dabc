//! The administration: what an administrator may read and do.

mod csv;
pub(super) mod invitations;
mod query;
pub(super) mod routes;
mod utc;

use std::fmt;

use axum::{extract::FromRequestParts, http::request::Parts};

use super::Caller;
use crate::{
    AccountId, Portcullis,
    accounts::{AccountError, Accounts, StoredAccount},
    clock::Timestamp,
    store::{EventFilter, EventPosition, EventRow, Page, PagePosition},
    wire::{
        AccountAct, AccountPage, AccountQuery, ActorKind, ApiError, Code, Done, EventKind,
        EventPage, EventQuery, ListedAccount, ListedEvent, Problem, Statistics,
    },
};
use query::{AccountList, EventAccount};

/// The number of rows of a page.
const PAGE_LEN: usize = 50;

/// An administrator: the caller is signed in, and its account was active and an administrator
/// when it was read from the database.
///
/// [`Caller::administrator`] returns it. As an argument it protects a handler, as
/// [`SignedIn`](crate::SignedIn) does, and rejects the request of any other user with 403
/// `forbidden`. Use it only for one request: an account that is no longer an administrator
/// loses its rights at once.
pub struct Administrator {
    portcullis: Portcullis,
    account: AccountId,
}

impl Caller {
    /// Reads from the database whether the caller is an administrator.
    ///
    /// # Errors
    /// As [`Caller::authenticated`]; 403 `forbidden` if the account is not an administrator, or
    /// not active; 503 `busy` if the database does not respond.
    pub async fn administrator(&self) -> Result<Administrator, ApiError> {
        let account = self.authenticated()?.subject().account;
        match self.service().accounts().get(account).await {
            Ok(row) if row.is_admin && row.is_active => Ok(Administrator {
                portcullis: self.service().clone(),
                account,
            }),
            Ok(_) | Err(AccountError::NoSuchAccount) => Err(Code::Forbidden.into()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Administrator {
    /// Returns the id of the administrator's account.
    pub fn account_id(&self) -> AccountId {
        self.account
    }

    /// Returns a page of accounts.
    ///
    /// # Errors
    /// 422 `invalid_input` with the field `order`, `after` or `before`; 503 `busy` if the database does
    /// not respond.
    pub async fn accounts(&self, query: &AccountQuery) -> Result<AccountPage, ApiError> {
        let store = self.portcullis.store();
        let list = AccountList::parse(query)?;
        let page = match &list {
            AccountList::Newest(position) => {
                store.newest_accounts(position.clone(), PAGE_LEN).await?
            }
            AccountList::ByEmail { text, position } => {
                let position = position.clone();
                store.accounts_by_email(text, position, PAGE_LEN).await?
            }
        };
        let ids: Vec<AccountId> = page.rows.iter().map(|row| row.id).collect();
        let live = self.portcullis.sessions().count_by_account(&ids).await?;
        let live = |id| live.get(&id).copied().unwrap_or_default();
        let [previous, next] = page.ends().map(|row| row.map(|row| list.cursor(row)));
        let rows = page.rows.into_iter();
        Ok(AccountPage {
            previous,
            next,
            accounts: rows.map(|row| listed_account(live(row.id), row)).collect(),
        })
    }

    /// Does something to an account, which the audit trail records with this administrator as
    /// the actor. It is no error if it changes nothing. Runs to completion even if the caller
    /// is dropped.
    ///
    /// # Errors
    /// 404 `not_found` if there is no such account; 409 `own_account` for deactivating the own
    /// account or removing its rights, so that the last administrator stays; 403 `forbidden`
    /// if this account has meanwhile lost its rights, and the other is or becomes an
    /// administrator; 503
    /// `busy` if the database does not respond.
    pub async fn act(&self, id: &str, act: AccountAct) -> Result<Done, ApiError> {
        let id: AccountId = id.parse().map_err(|_| Code::NotFound)?;
        let accounts = self.portcullis.accounts().by(self.account);
        match act {
            AccountAct::Activate => drop(accounts.set_active_by_id(id, true).await?),
            AccountAct::Deactivate => drop(accounts.set_active_by_id(id, false).await?),
            AccountAct::EndSessions => self.end_sessions(&accounts, id).await?,
            AccountAct::GrantAdmin => drop(accounts.set_admin(id, true).await?),
            AccountAct::RevokeAdmin => drop(accounts.set_admin(id, false).await?),
        }
        Ok(Done::of_act(act))
    }

    async fn end_sessions(&self, accounts: &Accounts, id: AccountId) -> Result<(), ApiError> {
        let account = accounts.get(id).await?;
        let sessions = self.portcullis.sessions().by(self.account);
        sessions.end_all(account.id).await?;
        Ok(())
    }

    /// Returns a page of the audit trail, newest first.
    ///
    /// # Errors
    /// 422 `invalid_input` with the field `kind`, `account`, `from`, `to`, `request`,
    /// `after` or `before`; 503 `busy` if the database does not respond.
    pub async fn events(&self, query: &EventQuery) -> Result<EventPage, ApiError> {
        let (filter, before) = self.filter(query).await?;
        let page = self.event_rows(&filter, before, PAGE_LEN).await?;
        let cursor = |row: &EventRow| query::event_cursor(row.position());
        let [previous, next] = page.ends().map(|row| row.map(cursor));
        Ok(EventPage {
            previous,
            next,
            events: page.rows.into_iter().map(listed_event).collect(),
        })
    }

    /// Returns the statistics of the last day and of the last month. Writes the counts of this
    /// process first, so that they are complete.
    ///
    /// # Errors
    /// 503 `busy` if the database does not respond.
    pub async fn statistics(&self) -> Result<Statistics, ApiError> {
        Ok(self.portcullis.statistics().read().await?)
    }

    /// Returns the events that a query lists, and the position of their page.
    async fn filter(
        &self,
        query: &EventQuery,
    ) -> Result<(EventFilter, PagePosition<EventPosition>), ApiError> {
        let (mut filter, position) = query::events(query)?;
        filter.account = match query::account(query)? {
            None => None,
            Some(EventAccount::Id(id)) => Some(id),
            Some(EventAccount::Email(email)) => match self.portcullis.accounts().find(&email).await
            {
                Ok(account) => Some(account.id),
                Err(AccountError::NoSuchAccount) => {
                    return Err(ApiError::field("account", Problem::Invalid));
                }
                Err(error) => return Err(error.into()),
            },
        };
        Ok((filter, position))
    }

    async fn event_rows(
        &self,
        filter: &EventFilter,
        position: PagePosition<EventPosition>,
        len: usize,
    ) -> Result<Page<EventRow>, ApiError> {
        let store = self.portcullis.store();
        Ok(store.events(filter, position, len).await?)
    }
}

impl fmt::Debug for Administrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Administrator")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Administrator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Caller::of_parts(parts)?.administrator().await
    }
}

fn seconds(time: Timestamp) -> u64 {
    time.as_seconds().max(0).unsigned_abs()
}

fn listed_account(live_sessions: u32, row: StoredAccount) -> ListedAccount {
    ListedAccount {
        id: row.id.to_string(),
        external_id: row.external_id,
        email: row.email,
        name: row.name,
        is_active: row.is_active,
        is_admin: row.is_admin,
        created_at: seconds(row.created_at),
        last_login_at: row.last_login_at.map(seconds),
        live_sessions,
    }
}

fn listed_event(row: EventRow) -> ListedEvent {
    let actor = row.actor.as_deref().and_then(ActorKind::from_wire);
    ListedEvent {
        id: row.id.to_string(),
        event: EventKind::from_wire(&row.event).unwrap_or(EventKind::Other),
        at: seconds(row.at),
        account_id: row.account_id.map(|id| id.to_string()),
        account_email: row.account_email.unwrap_or_default(),
        session_id: row.session_id.map(|id| id.to_string()),
        actor: actor.unwrap_or(ActorKind::Unknown),
        actor_id: row.actor_id.map(|id| id.to_string()),
        actor_email: row.actor_email.unwrap_or_default(),
        request_id: row.request_id,
        address: row.address,
        key_id: row.key_id,
    }
}
