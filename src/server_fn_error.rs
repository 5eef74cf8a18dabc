//! [`ApiError`] as the error of server functions.

#[cfg(all(feature = "browser", target_arch = "wasm32"))]
use server_fn::Bytes;
use server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

use crate::wire::{ApiError, Code, Problem};

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    /// What the framework found wrong. Its texts are dropped: they name types
    /// and echo input, which helps nobody who fills in a form.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr as E;
        match error {
            E::Args(text) | E::MissingArg(text) => {
                Self::fields(missing_field(&text).map(|name| (name.to_owned(), Problem::Missing)))
            }
            E::Request(_) => Code::Unreachable.into(),
            E::MiddlewareError(text) => made_by_the_client(&text).into(),
            E::UnsupportedRequestMethod(_) => Code::MethodNotAllowed.into(),
            _ => Code::Internal.into(),
        }
    }

    #[cfg(all(feature = "browser", target_arch = "wasm32"))]
    fn de(data: Bytes) -> Self {
        let text = std::str::from_utf8(&data).ok();
        let error = text.and_then(crate::browser::read);
        error.unwrap_or_else(|| Code::Internal.into())
    }
}

/// What `browser::RefreshingClient` says by its sentence.
fn made_by_the_client(text: &str) -> Code {
    let codes = [Code::SendAgain, Code::Busy];
    let code = codes.into_iter().find(|code| code.sentence() == text);
    code.unwrap_or(Code::Internal)
}

/// The field that serde's "missing field `name`" names. A text of another form
/// leaves the error without a field, never wrong.
fn missing_field(text: &str) -> Option<&str> {
    let name = text.strip_prefix("missing field `")?.split('`').next()?;
    name.bytes()
        .all(|b| b.is_ascii_lowercase() || b == b'_')
        .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_field_is_named_and_nothing_is_echoed() {
        let missing = ServerFnErrorErr::Args("missing field `email`".into());
        let error = ApiError::from_server_fn_error(missing);
        assert_eq!(error, ApiError::field("email", Problem::Missing));

        let other = ServerFnErrorErr::Args("invalid type: <script>".into());
        let error = ApiError::from_server_fn_error(other);
        assert_eq!(error, Code::InvalidInput.into());
    }

    #[test]
    fn what_the_client_says_is_understood() {
        for (text, code) in [
            (Code::SendAgain.sentence(), Code::SendAgain),
            (Code::Busy.sentence(), Code::Busy),
            ("anything else", Code::Internal),
        ] {
            let said = ServerFnErrorErr::MiddlewareError(text.to_owned());
            assert_eq!(ApiError::from_server_fn_error(said), code.into(), "{text}");
        }
    }
}
