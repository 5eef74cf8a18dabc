//! The queries of the administration, and the positions that their pages begin at.

use std::time::Duration;

use super::utc;
use crate::{
    AccountId,
    accounts::{Email, StoredAccount},
    clock::Timestamp,
    request_id::RequestId,
    store::{EmailPosition, EventFilter, EventPosition, PagePosition},
    wire::{AccountQuery, ApiError, EventKind, EventQuery, Problem},
};

/// How far a clock may be set back while a request is handled.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(10);

/// The time within which a request causes its events.
const REQUEST_DURATION: Duration = Duration::from_secs(60);

/// The accounts that a query lists.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AccountList<'q> {
    /// Newest first.
    Newest(PagePosition<AccountId>),
    /// By e-mail address, those that the text finds.
    ByEmail {
        text: &'q str,
        position: PagePosition<EmailPosition>,
    },
}

impl<'q> AccountList<'q> {
    /// # Errors
    /// 422 `invalid_input` with the field.
    pub(super) fn parse(query: &'q AccountQuery) -> Result<Self, ApiError> {
        let search = given(query.search.as_deref());
        let is_by_email = match given(query.order.as_deref()) {
            None | Some("newest") => search.is_some(),
            Some("email") => true,
            Some(_) => return Err(ApiError::field("order", Problem::Invalid)),
        };
        let cursors = (query.after.as_deref(), query.before.as_deref());
        Ok(if is_by_email {
            Self::ByEmail {
                text: search.unwrap_or_default(),
                position: page_position(cursors, email_position)?,
            }
        } else {
            Self::Newest(page_position(cursors, |id| id.parse().ok())?)
        })
    }

    /// Returns the field `after` for the page after this account, or `before` for the page
    /// before it.
    pub(super) fn cursor(&self, account: &StoredAccount) -> String {
        let position = EmailPosition::of(account);
        match self {
            Self::Newest(_) => account.id.to_string(),
            Self::ByEmail { .. } => format!("{}:{}", position.id, position.email),
        }
    }
}

/// Parses the fields `after` and `before`, of which a query has at most one.
fn page_position<P>(
    (after, before): (Option<&str>, Option<&str>),
    parse: impl Fn(&str) -> Option<P>,
) -> Result<PagePosition<P>, ApiError> {
    let after = field("after", after, &parse)?;
    match (after, field("before", before, &parse)?) {
        (None, None) => Ok(PagePosition::First),
        (Some(row), None) => Ok(PagePosition::After(row)),
        (None, Some(row)) => Ok(PagePosition::Before(row)),
        (Some(_), Some(_)) => Err(ApiError::field("before", Problem::Invalid)),
    }
}

fn email_position(cursor: &str) -> Option<EmailPosition> {
    let (id, email) = cursor.split_once(':')?;
    // PostgreSQL rejects a NUL as an argument.
    (!email.contains('\0')).then_some(EmailPosition {
        email: email.to_owned(),
        id: id.parse().ok()?,
    })
}

/// Returns the events that a query lists, of any account, and the position of their page.
///
/// # Errors
/// 422 `invalid_input` with the field.
pub(super) fn events(
    query: &EventQuery,
) -> Result<(EventFilter, PagePosition<EventPosition>), ApiError> {
    let kind = field("kind", query.kind.as_deref(), |name| {
        EventKind::from_wire(name).filter(|kind| *kind != EventKind::Other)
    })?;
    let mut filter = EventFilter {
        event: kind.map(EventKind::as_str),
        account: None,
        request: None,
        from: field("from", query.from.as_deref(), |time| begin(time, 0))?,
        to: field("to", query.to.as_deref(), |time| begin(time, 1))?,
    };
    if let Some(id) = field("request", query.request.as_deref(), RequestId::parse_new)? {
        restrict_to_request(&mut filter, &id);
    }
    let cursors = (query.after.as_deref(), query.before.as_deref());
    let position = page_position(cursors, |cursor| {
        let (micros, id) = cursor.rsplit_once(':')?;
        Some(EventPosition {
            at: Timestamp::from_micros(micros.parse().ok()?),
            id: id.parse().ok()?,
        })
    })?;
    Ok((filter, position))
}

/// Lists only the events of a request. There is no index of requests, so the time in the id,
/// which is that of this program, restricts the events that are read.
fn restrict_to_request(filter: &mut EventFilter, (id, time): &(RequestId, Timestamp)) {
    let begin = *time - CLOCK_DIFFERENCE;
    let end = *time + REQUEST_DURATION;
    filter.request = Some(id.to_string());
    filter.from = Some(filter.from.map_or(begin, |from| from.max(begin)));
    filter.to = Some(filter.to.map_or(end, |to| to.min(end)));
}

/// The account of a query.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum EventAccount {
    Id(AccountId),
    Email(Email),
}

/// Returns the account whose events a query lists; `None` for all.
///
/// # Errors
/// 422 `invalid_input` with the field.
pub(super) fn account(query: &EventQuery) -> Result<Option<EventAccount>, ApiError> {
    field("account", query.account.as_deref(), |account| {
        let id = account.parse().ok().map(EventAccount::Id);
        id.or_else(|| Email::parse(account).ok().map(EventAccount::Email))
    })
}

/// Parses a time in seconds; or a day, to which `days` are added.
fn begin(time: &str, days: i64) -> Option<Timestamp> {
    let seconds = match time.parse() {
        Ok(seconds) => seconds,
        Err(_) => utc::day(time)? + days * utc::DAY,
    };
    Some(Timestamp::from_seconds(seconds))
}

/// Returns the field `after` for the page after this event, or `before` for the page before it.
pub(super) fn event_cursor(event: EventPosition) -> String {
    format!("{}:{}", event.at.as_micros(), event.id)
}

/// Returns the value of a field without white space around it; `None` if it is empty.
fn given(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|value| !value.is_empty())
}

fn field<T>(
    name: &str,
    value: Option<&str>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, ApiError> {
    let Some(value) = given(value) else {
        return Ok(None);
    };
    let parsed = parse(value).ok_or_else(|| ApiError::field(name, Problem::Invalid))?;
    Ok(Some(parsed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_day_of_a_query_is_included() {
        let query = EventQuery {
            from: Some("2026-11-28".to_owned()),
            to: Some(" 2026-11-28 ".to_owned()),
            ..EventQuery::default()
        };
        let (filter, _) = events(&query).expect("a valid query");
        let midnight = 1_795_824_000;
        assert_eq!(filter.from, Some(Timestamp::from_seconds(midnight)));
        assert_eq!(filter.to, Some(Timestamp::from_seconds(midnight + 86_400)));
    }

    #[test]
    fn account_is_an_id_or_an_address() {
        let parse = |account: &str| account_of(account).map_err(|error| error.fields);
        let id = "0198f0a4-0000-7000-8000-000000000000";
        let parsed = id.parse().expect("an id");
        assert_eq!(parse(id), Ok(Some(EventAccount::Id(parsed))));
        let email = Email::parse("Ada@example.org").expect("an address");
        assert_eq!(
            parse("Ada@example.org"),
            Ok(Some(EventAccount::Email(email)))
        );
        assert_eq!(parse(" "), Ok(None));
        let invalid = vec![("account".to_owned(), Problem::Invalid)];
        assert_eq!(parse("ada"), Err(invalid));
    }

    fn account_of(account: &str) -> Result<Option<EventAccount>, ApiError> {
        super::account(&EventQuery {
            account: Some(account.to_owned()),
            ..EventQuery::default()
        })
    }
}
