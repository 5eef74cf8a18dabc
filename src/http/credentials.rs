//! The presented tokens of a request: from the cookies first, then from the
//! `Authorization` header. No token here is accepted yet; if a cookie occurs several times,
//! those that this installation has signed are distinguished from the others.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use secrecy::{ExposeSecret, SecretString};

use crate::{Portcullis, cookies::CookieValue, ids::SessionId, token::TokenError};

/// The presented tokens of a request, not verified.
#[derive(Default)]
pub(super) struct UnverifiedTokens {
    pub(super) access: Unverified,
    pub(super) refresh: Unverified,
}

/// The presented tokens of one kind.
#[derive(Default)]
pub(super) enum Unverified {
    #[default]
    None,
    One(SecretString),
    /// Several, each signed by this installation. None is accepted, because an attacker may
    /// have planted one of them.
    Several(Vec<SecretString>),
}

impl Unverified {
    /// Returns the token that may be accepted.
    pub(super) fn one(&self) -> Option<&str> {
        match self {
            Self::One(token) => Some(token.expose_secret()),
            Self::None | Self::Several(_) => None,
        }
    }

    /// Returns all tokens. A sign-out ends their sessions.
    pub(super) fn all(&self) -> Vec<&str> {
        match self {
            Self::None => Vec::new(),
            Self::One(token) => vec![token.expose_secret()],
            Self::Several(tokens) => tokens.iter().map(ExposeSecret::expose_secret).collect(),
        }
    }

    /// Chooses among the cookies with one name. A token that this installation has not signed
    /// is that of another application on this host, or planted, and is ignored if there is
    /// one that it has signed.
    fn choose(
        value: CookieValue<'_>,
        session_of: impl Fn(&str) -> Result<SessionId, TokenError>,
    ) -> Self {
        let one = |token: &str| Self::One(token.into());
        let candidates = match value {
            CookieValue::Missing => return Self::None,
            CookieValue::One(token) => return one(token),
            CookieValue::Several(candidates) => candidates,
        };
        let (mut signed, mut unknown) = (Vec::new(), None);
        for token in &candidates {
            match session_of(token) {
                Ok(_) => signed.push(*token),
                Err(TokenError::UnknownKey) => unknown = Some(*token),
                Err(TokenError::Expired | TokenError::Invalid) => {}
            }
        }
        match (signed.as_slice(), unknown) {
            // A rejected token is reported as invalid, not as missing.
            ([], unknown) => one(unknown.unwrap_or(candidates[0])),
            ([token], _) => one(token),
            _ => Self::Several(signed.into_iter().map(SecretString::from).collect()),
        }
    }
}

impl UnverifiedTokens {
    /// Reads the tokens of a request.
    pub(super) fn read(portcullis: &Portcullis, headers: &HeaderMap) -> Self {
        let (cookies, sessions) = (portcullis.cookies(), portcullis.sessions());
        let access = Unverified::choose(cookies.access(headers), |token| {
            sessions.session_of_access(token)
        });
        let refresh = Unverified::choose(cookies.refresh(headers), |token| {
            sessions.session_of_refresh(token)
        });
        // The header is for clients without cookies. An access cookie takes precedence, even
        // if its token has expired.
        let access = match access {
            Unverified::None => bearer(headers).map_or(Unverified::None, |token| {
                Unverified::One(SecretString::from(token))
            }),
            access => access,
        };
        Self { access, refresh }
    }

    /// Returns whether the request presented several tokens of one kind that this installation
    /// has signed.
    pub(super) fn are_ambiguous(&self) -> bool {
        [&self.access, &self.refresh]
            .into_iter()
            .any(|tokens| matches!(tokens, Unverified::Several(_)))
    }
}

/// Returns the token of `Authorization: Bearer …` (RFC 6750, section 2.1). If there are
/// two such headers, neither is used.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim_matches(' '))
}
