//! Errors of the HTTP interface: one of a closed set of codes, with its details.

mod codes;

pub(super) use codes::codes;
pub use codes::{Code, Problem};

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeStruct};

/// The query parameter of the sign-in page that holds the reason why a session ended,
/// as a code.
pub const REASON_PARAMETER: &str = "reason";

/// The response header with the code of an error, for clients that decide before they
/// read the body.
pub const CODE_HEADER: &str = "x-portcullis-code";

/// An error of the HTTP interface: `{"detail", "code"}`, with `fields` for
/// [`Code::InvalidInput`] and for a wrong current password, and `retry_after` in seconds
/// where waiting helps.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// The code of the error.
    pub code: Code,
    /// The fields that are invalid, each with its problem; see [`ApiError::problem`].
    pub fields: Vec<(String, Problem)>,
    /// Seconds to wait before a retry; the `Retry-After` header.
    pub retry_after: Option<u32>,
}

impl ApiError {
    /// Creates a [`Code::InvalidInput`] error for one field.
    pub fn field(name: &str, problem: Problem) -> Self {
        Self::fields([(name, Some(problem))])
    }

    /// Creates a [`Code::InvalidInput`] error for those of the fields that have a problem.
    pub fn fields<'f>(problems: impl IntoIterator<Item = (&'f str, Option<Problem>)>) -> Self {
        let invalid = problems
            .into_iter()
            .filter_map(|(name, problem)| Some((name.to_owned(), problem?)));
        Self {
            fields: invalid.collect(),
            ..Code::InvalidInput.into()
        }
    }

    /// Returns the problem with one field.
    pub fn problem(&self, field: &str) -> Option<Problem> {
        let found = self.fields.iter().find(|(name, _)| name == field);
        found.map(|(_, problem)| *problem)
    }
}

impl From<Code> for ApiError {
    fn from(code: Code) -> Self {
        let retry_after = matches!(code, Code::Busy | Code::TooManyAttempts).then_some(1);
        Self {
            code,
            fields: Vec::new(),
            retry_after,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.message())
    }
}

impl std::error::Error for ApiError {}

/// The problem with a field on the wire: the code and its message.
#[derive(Serialize, Deserialize)]
struct FieldError {
    #[serde(skip_deserializing, default)]
    detail: &'static str,
    code: Problem,
}

impl Serialize for ApiError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields: BTreeMap<_, _> = self
            .fields
            .iter()
            .map(|(name, problem)| {
                (
                    name,
                    FieldError {
                        detail: problem.message(),
                        code: *problem,
                    },
                )
            })
            .collect();
        let mut error = serializer.serialize_struct("ApiError", 4)?;
        error.serialize_field("detail", self.code.message())?;
        error.serialize_field("code", &self.code)?;
        if !fields.is_empty() {
            error.serialize_field("fields", &fields)?;
        }
        if let Some(seconds) = self.retry_after {
            error.serialize_field("retry_after", &seconds)?;
        }
        error.end()
    }
}

impl<'de> Deserialize<'de> for ApiError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            code: Code,
            #[serde(default)]
            fields: BTreeMap<String, FieldError>,
            retry_after: Option<u32>,
        }
        let Wire {
            code,
            fields,
            retry_after,
        } = Wire::deserialize(deserializer)?;
        let fields = fields
            .into_iter()
            .map(|(name, error)| (name, error.code))
            .collect();
        Ok(Self {
            code,
            fields,
            retry_after,
        })
    }
}

#[cfg(test)]
mod tests;
