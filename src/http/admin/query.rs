//! The queries of the administration, and the positions that their pages begin at.

use crate::{
    AccountId,
    accounts::StoredAccount,
    clock::Timestamp,
    store::{EmailPosition, EventFilter, EventPosition},
    wire::{AccountQuery, ApiError, EventKind, EventQuery, Problem},
};

/// The accounts that a query lists.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AccountList<'q> {
    /// Newest first.
    Newest { before: Option<AccountId> },
    /// By e-mail address, those that the text finds.
    ByEmail {
        text: &'q str,
        after: Option<EmailPosition>,
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
        let after = query.after.as_deref();
        Ok(if is_by_email {
            Self::ByEmail {
                text: search.unwrap_or_default(),
                after: field("after", after, email_position)?,
            }
        } else {
            Self::Newest {
                before: field("after", after, |id| id.parse().ok())?,
            }
        })
    }

    /// Returns the field `after` for the page after this account.
    pub(super) fn cursor(&self, last: &StoredAccount) -> String {
        let position = EmailPosition::of(last);
        match self {
            Self::Newest { .. } => last.id.to_string(),
            Self::ByEmail { .. } => format!("{}:{}", position.id, position.email),
        }
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

/// Returns the events that a query lists, and the position before which they are.
///
/// # Errors
/// 422 `invalid_input` with the field.
pub(super) fn events(query: &EventQuery) -> Result<(EventFilter, Option<EventPosition>), ApiError> {
    let kind = field("kind", query.kind.as_deref(), |name| {
        EventKind::from_wire(name).filter(|kind| *kind != EventKind::Other)
    })?;
    let time = |seconds: &str| seconds.parse().ok().map(Timestamp::from_seconds);
    let filter = EventFilter {
        event: kind.map(EventKind::as_str),
        account: field("account", query.account.as_deref(), |id| id.parse().ok())?,
        from: field("from", query.from.as_deref(), time)?,
        to: field("to", query.to.as_deref(), time)?,
    };
    let before = field("after", query.after.as_deref(), |cursor| {
        let (micros, id) = cursor.rsplit_once(':')?;
        Some(EventPosition {
            at: Timestamp::from_micros(micros.parse().ok()?),
            id: id.parse().ok()?,
        })
    })?;
    Ok((filter, before))
}

/// Returns the field `after` for the page after this event.
pub(super) fn event_cursor(last: EventPosition) -> String {
    format!("{}:{}", last.at.as_micros(), last.id)
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
