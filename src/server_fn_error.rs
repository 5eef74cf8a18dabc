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

    /// Converts an error of the framework. Its message is dropped: it names types and
    /// echoes input, which does not help a user who fills in a form.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr as E;
        match error {
            E::Args(text) | E::MissingArg(text) => {
                Self::fields(missing_field(&text).map(|name| (name, Some(Problem::Missing))))
            }
            E::Request(_) => Code::Unreachable.into(),
            E::MiddlewareError(text) => code_of_client(&text).into(),
            E::UnsupportedRequestMethod(_) => Code::MethodNotAllowed.into(),
            _ => Code::Internal.into(),
        }
    }

    #[cfg(all(feature = "browser", target_arch = "wasm32"))]
    fn de(data: Bytes) -> Self {
        let text = std::str::from_utf8(&data).ok();
        let error = text.and_then(crate::browser::parse_json);
        error.unwrap_or_else(|| Code::Internal.into())
    }
}

/// Returns the code of an error of `browser::RefreshingClient`, which sends the code's
/// message.
fn code_of_client(text: &str) -> Code {
    let codes = [Code::SendAgain, Code::Busy];
    let code = codes.into_iter().find(|code| code.message() == text);
    code.unwrap_or(Code::Internal)
}

/// Returns the field that serde's message "missing field `name`" names. For any other
/// message, the error has no field rather than a wrong one.
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
    fn missing_field_is_named_and_input_not_echoed() {
        let missing = ServerFnErrorErr::Args("missing field `email`".into());
        let error = ApiError::from_server_fn_error(missing);
        assert_eq!(error, ApiError::field("email", Problem::Missing));

        let other = ServerFnErrorErr::Args("invalid type: <script>".into());
        let error = ApiError::from_server_fn_error(other);
        assert_eq!(error, Code::InvalidInput.into());
    }

    #[test]
    fn client_messages_become_their_codes() {
        for (text, code) in [
            (Code::SendAgain.message(), Code::SendAgain),
            (Code::Busy.message(), Code::Busy),
            ("anything else", Code::Internal),
        ] {
            let error = ServerFnErrorErr::MiddlewareError(text.to_owned());
            assert_eq!(ApiError::from_server_fn_error(error), code.into(), "{text}");
        }
    }
}
