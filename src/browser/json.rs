//! Parses responses with the browser's own JSON parser.
//!
//! serde's derived code with a JSON parser in WASM would be larger than all the rest of this ring.
//! The format is that of [`wire`](crate::wire); if a field is missing or has another type, the
//! response cannot be parsed.

use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use crate::wire::{
    Account, AccountEvent, AccountPage, ActorKind, ApiError, Code, CreatedInvitation, Done,
    EventKind, EventPage, InvitationList, Invited, ListedAccount, ListedEvent, ListedInvitation,
    ListedSession, PeriodStatistics, Problem, ProtectedPages, RecentEvents, SessionInfo,
    SessionList, SignedInResponse, Snapshot, Statistics,
};

/// A type that can be parsed from JSON in the browser.
pub trait FromJson: Sized {
    /// Returns the value; `None` if a field is missing or has another type.
    fn from_json(json: &Json) -> Option<Self>;
}

/// Parses a JSON string; `None` if it is not valid JSON or not a `T`.
pub fn parse_json<T: FromJson>(json: &str) -> Option<T> {
    T::from_json(&parsed(json)?)
}

fn parsed(json: &str) -> Option<Json> {
    JSON::parse(json).ok().map(Json)
}

/// A JSON value.
#[derive(Clone, Debug)]
pub struct Json(JsValue);

impl Json {
    /// Returns a member of an object.
    pub fn get(&self, name: &str) -> Option<Self> {
        let member = Reflect::get(&self.0, &name.into()).ok()?;
        (!member.is_undefined()).then_some(Self(member))
    }

    /// Returns a member that is a string.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.0.as_string()
    }

    /// Returns a member that is a non-negative integer.
    pub fn number(&self, name: &str) -> Option<u64> {
        let number = self.get(name)?.0.as_f64()?;
        // The cast saturates and truncates, which the comparison detects.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        #[expect(clippy::cast_precision_loss, clippy::float_cmp)]
        let whole = Some(number as u64).filter(|whole| *whole as f64 == number);
        whole
    }

    /// Returns a member that is a boolean.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.0.as_bool()
    }

    /// Returns a member that is an array of strings; `None` if an element is not a string.
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        let array = self.get(name)?.0.dyn_into::<Array>().ok()?;
        array.iter().map(|text| text.as_string()).collect()
    }

    /// Returns a member that is an array.
    pub fn list(&self, name: &str) -> Option<Vec<Self>> {
        let array = self.get(name)?.0.dyn_into::<Array>().ok()?;
        Some(array.iter().map(Self).collect())
    }

    /// Returns the names of an object's members.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let object = self.0.dyn_ref::<Object>().map(Object::keys);
        let names = object.into_iter().flat_map(|names| names.to_vec());
        names.filter_map(|name| name.as_string())
    }
}

impl FromJson for Snapshot {
    fn from_json(json: &Json) -> Option<Self> {
        let (account, session) = (json.get("account")?, json.get("session")?);
        Some(Self {
            account: Account {
                id: account.text("id")?,
                email: account.text("email")?,
                name: account.text("name")?,
                is_admin: account.flag("is_admin")?,
            },
            session: SessionInfo {
                id: session.text("id")?,
                rotations: session.number("rotations")?.try_into().ok()?,
                ends_in: session.number("ends_in")?,
            },
            expires_in: json.number("expires_in")?,
            access_lifetime: json.number("access_lifetime")?,
            refresh_lead: json.number("refresh_lead")?,
            refresh_timeout_ms: json.number("refresh_timeout_ms")?,
        })
    }
}

impl FromJson for SignedInResponse {
    fn from_json(json: &Json) -> Option<Self> {
        Some(Self {
            detail: json.text("detail")?,
            snapshot: Snapshot::from_json(json)?,
        })
    }
}

impl FromJson for Done {
    fn from_json(json: &Json) -> Option<Self> {
        let detail = json.text("detail")?;
        Some(Self { detail })
    }
}

impl FromJson for SessionList {
    fn from_json(json: &Json) -> Option<Self> {
        let sessions = json.list("sessions")?;
        let sessions = sessions.iter().map(ListedSession::from_json);
        Some(Self {
            sessions: sessions.collect::<Option<_>>()?,
        })
    }
}

impl FromJson for ListedSession {
    fn from_json(json: &Json) -> Option<Self> {
        Some(Self {
            id: json.text("id")?,
            is_current: json.flag("is_current")?,
            browser: json.text("browser")?,
            system: json.text("system")?,
            address: json.text("address")?,
            created_at: json.number("created_at")?,
            last_seen_at: json.number("last_seen_at")?,
            expires_at: json.number("expires_at")?,
        })
    }
}

impl FromJson for RecentEvents {
    fn from_json(json: &Json) -> Option<Self> {
        let events = json.list("events")?;
        let events = events.iter().map(AccountEvent::from_json);
        Some(Self {
            events: events.collect::<Option<_>>()?,
        })
    }
}

impl FromJson for AccountEvent {
    fn from_json(json: &Json) -> Option<Self> {
        let event = json.text("event")?;
        Some(Self {
            event: EventKind::from_wire(&event).unwrap_or(EventKind::Other),
            at: json.number("at")?,
            address: json.text("address"),
        })
    }
}

impl FromJson for AccountPage {
    fn from_json(json: &Json) -> Option<Self> {
        let accounts = json.list("accounts")?;
        let accounts = accounts.iter().map(ListedAccount::from_json);
        Some(Self {
            accounts: accounts.collect::<Option<_>>()?,
            previous: json.text("previous"),
            next: json.text("next"),
        })
    }
}

impl FromJson for ListedAccount {
    fn from_json(json: &Json) -> Option<Self> {
        Some(Self {
            id: json.text("id")?,
            external_id: json.text("external_id"),
            email: json.text("email")?,
            name: json.text("name")?,
            is_active: json.flag("is_active")?,
            is_admin: json.flag("is_admin")?,
            created_at: json.number("created_at")?,
            last_login_at: json.number("last_login_at"),
            live_sessions: json.number("live_sessions")?.try_into().ok()?,
        })
    }
}

impl FromJson for EventPage {
    fn from_json(json: &Json) -> Option<Self> {
        let events = json.list("events")?;
        let events = events.iter().map(ListedEvent::from_json);
        Some(Self {
            events: events.collect::<Option<_>>()?,
            previous: json.text("previous"),
            next: json.text("next"),
        })
    }
}

impl FromJson for ListedEvent {
    fn from_json(json: &Json) -> Option<Self> {
        let event = json.text("event")?;
        Some(Self {
            id: json.text("id")?,
            event: EventKind::from_wire(&event).unwrap_or(EventKind::Other),
            at: json.number("at")?,
            account_id: json.text("account_id"),
            account_email: json.text("account_email")?,
            session_id: json.text("session_id"),
            actor: ActorKind::from_wire(&json.text("actor")?).unwrap_or(ActorKind::Unknown),
            actor_id: json.text("actor_id"),
            actor_email: json.text("actor_email")?,
            request_id: json.text("request_id"),
            address: json.text("address"),
            key_id: json.text("key_id"),
        })
    }
}

impl FromJson for InvitationList {
    fn from_json(json: &Json) -> Option<Self> {
        let invitations = json.list("invitations")?;
        let invitations = invitations.iter().map(ListedInvitation::from_json);
        Some(Self {
            invitations: invitations.collect::<Option<_>>()?,
        })
    }
}

impl FromJson for ListedInvitation {
    fn from_json(json: &Json) -> Option<Self> {
        Some(Self {
            id: json.text("id")?,
            email: json.text("email")?,
            created_at: json.number("created_at")?,
            expires_at: json.number("expires_at")?,
            created_by: json.text("created_by")?,
        })
    }
}

impl FromJson for CreatedInvitation {
    fn from_json(json: &Json) -> Option<Self> {
        Some(Self {
            detail: json.text("detail")?,
            token: json.text("token")?,
            email: json.text("email")?,
            expires_at: json.number("expires_at")?,
        })
    }
}

impl FromJson for Invited {
    fn from_json(json: &Json) -> Option<Self> {
        let email = json.text("email")?;
        Some(Self { email })
    }
}

impl FromJson for Statistics {
    fn from_json(json: &Json) -> Option<Self> {
        let periods = |name| -> Option<Vec<PeriodStatistics>> {
            let periods = json.list(name)?;
            periods.iter().map(PeriodStatistics::from_json).collect()
        };
        Some(Self {
            hours: periods("hours")?,
            days: periods("days")?,
        })
    }
}

impl FromJson for PeriodStatistics {
    fn from_json(json: &Json) -> Option<Self> {
        Some(Self {
            from: json.number("from")?,
            live_sessions: json.number("live_sessions"),
            sign_ins: json.number("sign_ins")?,
            failed_sign_ins: json.number("failed_sign_ins")?,
            rotated: json.number("rotated")?,
            repeated: json.number("repeated")?,
            rejected: json.number("rejected")?,
            failed: json.number("failed")?,
            token_reuse: json.number("token_reuse")?,
        })
    }
}

impl FromJson for ProtectedPages {
    fn from_json(json: &Json) -> Option<Self> {
        let (sign_in_page, protected) = (json.text("sign_in_page")?, json.texts("protected")?);
        Some(Self::from_checked(sign_in_page, protected))
    }
}

impl FromJson for ApiError {
    fn from_json(json: &Json) -> Option<Self> {
        let mut error = Self::from(code(json)?);
        error.retry_after = json
            .number("retry_after")
            .and_then(|seconds| seconds.try_into().ok());
        if let Some(fields) = json.get("fields") {
            for name in fields.names() {
                let problem = fields.get(&name)?.text("code")?;
                let problem = Problem::from_wire(&problem).unwrap_or(Problem::Invalid);
                error.fields.push((name, problem));
            }
        }
        Some(error)
    }
}

/// Returns the error code; [`Code::Internal`] for a code that this page does not know, because
/// the server is newer.
fn code(json: &Json) -> Option<Code> {
    let code = json.text("code")?;
    Some(Code::from_wire(&code).unwrap_or(Code::Internal))
}
