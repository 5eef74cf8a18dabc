//! The codes of errors, each with the sentence for it.
//!
//! A sentence is made from its code, here; one that comes in with a code is not
//! read. So a page may show an error that came in a URL: the URL's author chose
//! among these sentences and wrote none.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Makes an enum of codes, each with its wire name and its sentence.
macro_rules! codes {
    (
        $(#[$of_enum:meta])* $name:ident, or $fallback:ident,
        { $( $(#[$of_code:meta])* $code:ident = $text:literal, $sentence:literal; )+ }
    ) => {
        $(#[$of_enum])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $( $(#[$of_code])* $code, )+ }

        impl $name {
            /// Every code.
            pub const ALL: &'static [Self] = &[ $( Self::$code, )+ ];

            /// The code on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$code => $text, )+ }
            }

            /// The code of that name on the wire.
            pub fn from_wire(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }

            /// What it means, for a person.
            pub const fn sentence(self) -> &'static str {
                match self { $( Self::$code => $sentence, )+ }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Ok(Self::from_wire(&text).unwrap_or(Self::$fallback))
            }
        }
    };
}

codes! {
    /// What went wrong with a request. [`Code::status`] gives the HTTP status.
    Code, or Internal,
    {
        /// 401: no token came with the request.
        NotSignedIn = "not_signed_in", "You are not signed in.";
        /// 401: the token's time is over; renew and ask again.
        TokenExpired = "token_expired", "Your sign-in has run out. Please sign in again.";
        /// 401: the token is none of ours, or damaged.
        TokenInvalid = "token_invalid", "Your sign-in is not valid. Please sign in again.";
        /// 401: the session was ended, here or elsewhere.
        SessionEnded = "session_ended", "You have been signed out.";
        /// 401: the session was ended by an administrator. A refresh says it; a
        /// call says `session_ended`, for it is checked without the database.
        SessionRevoked = "session_revoked", "An administrator has signed you out.";
        /// 401: a superseded refresh token came back; the session was ended.
        ReuseDetected = "reuse_detected",
            "You were signed out because your session was used from two places at once. If that was not you, change your password.";
        /// 401: the account is switched off. Said only to who held its session.
        AccountInactive = "account_inactive", "This account is not active.";
        /// 401: unknown e-mail, wrong password and inactive account look alike.
        InvalidCredentials = "invalid_credentials", "The e-mail address or the password is not right.";
        /// 403: the request came from another site.
        CrossSite = "cross_site", "This request came from another site and was not carried out.";
        /// 403: signed in, but not allowed.
        Forbidden = "forbidden", "You may not do this.";
        /// 404.
        NotFound = "not_found", "There is nothing here.";
        /// 405.
        MethodNotAllowed = "method_not_allowed", "This address does not answer to that method.";
        /// 409: an account with this e-mail address exists.
        EmailTaken = "email_taken", "There is an account with this e-mail address already. Sign in instead?";
        /// 413.
        TooLarge = "too_large", "The request is too large.";
        /// 422: see `fields`.
        InvalidInput = "invalid_input", "Please check what you entered.";
        /// 429: too many failed attempts; see `Retry-After`.
        TooManyAttempts = "too_many_attempts", "Too many attempts. Please wait a little and try again.";
        /// 500: our fault.
        Internal = "internal", "Something went wrong on our side. Please try again.";
        /// 500: the route is not inside of `Portcullis::protect`.
        LayerMissing = "layer_missing", "The server is set up wrongly: Portcullis::protect is not around this route.";
        /// 503: the background tasks do not run, so it is not known which sessions have ended.
        TasksMissing = "tasks_missing", "The server is set up wrongly: the background tasks of Portcullis do not run.";
        /// 503: too much to do, or the database is away; see `Retry-After`.
        Busy = "busy", "The server is busy. Please try again in a moment.";
        /// Made in the browser: an upload met a 401, and cannot be repeated.
        SendAgain = "send_again", "This was not carried out: your sign-in had to be renewed first. It has been; please send it again.";
        /// Made in the browser: it was given cookies and keeps none.
        CookiesBlocked = "cookies_blocked",
            "Your browser keeps no cookies of this site, so you cannot stay signed in. Please allow them and sign in again.";
        /// Made in the browser: no answer came.
        Unreachable = "unreachable", "The server could not be reached. Please check your connection and try again.";
    }
}

impl Code {
    /// The HTTP status that goes with the code.
    pub const fn status(self) -> u16 {
        match self {
            Self::NotSignedIn
            | Self::TokenExpired
            | Self::TokenInvalid
            | Self::SessionEnded
            | Self::SessionRevoked
            | Self::ReuseDetected
            | Self::AccountInactive
            | Self::InvalidCredentials => 401,
            Self::CookiesBlocked | Self::SendAgain => 400,
            Self::CrossSite | Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::EmailTaken => 409,
            Self::TooLarge => 413,
            Self::InvalidInput => 422,
            Self::TooManyAttempts => 429,
            Self::Internal | Self::LayerMissing => 500,
            Self::Busy | Self::TasksMissing | Self::Unreachable => 503,
        }
    }

    /// Whether the same request may well succeed a little later: too much at
    /// once, or a fault of ours.
    pub const fn is_passing(self) -> bool {
        matches!(self.status(), 429 | 500..)
    }

    /// Whether this says something about the session: every 401 but that of a
    /// wrong password.
    ///
    /// Met by a call while somebody is signed in, it calls for one refresh:
    /// that helps where the access token was over, and where the call was sent
    /// with the cookies of a session that has been replaced meanwhile. Met by
    /// that refresh, it is definite: the session is over. Everything else (no
    /// answer, 429, 5xx) is transient and signs nobody out.
    pub const fn is_about_session(self) -> bool {
        self.status() == 401 && !matches!(self, Self::InvalidCredentials)
    }

    /// Whether it is worth telling on the sign-in page why somebody is there,
    /// in the query as [`REASON`](super::REASON).
    pub const fn is_reason(self) -> bool {
        matches!(
            self,
            Self::TokenExpired
                | Self::TokenInvalid
                | Self::SessionEnded
                | Self::SessionRevoked
                | Self::ReuseDetected
                | Self::AccountInactive
                | Self::CookiesBlocked
        )
    }
}

codes! {
    /// What is wrong with one field of a form.
    Problem, or Invalid,
    {
        /// Nothing was entered.
        Missing = "missing", "Please fill this in.";
        /// It is of the wrong type, or unreadable.
        Invalid = "invalid", "This is not valid.";
        /// Not an e-mail address.
        InvalidEmail = "invalid_email", "Enter an e-mail address such as name@example.org.";
        /// Below 15 characters, NIST SP 800-63B-4, section 3.1.1.2.
        PasswordTooShort = "password_too_short", "Use at least 15 characters. A few words make a good password.";
        /// Past what is hashed.
        PasswordTooLong = "password_too_long", "Use at most 1000 characters.";
        /// Past what is kept.
        TooLong = "too_long", "This is too long.";
    }
}
