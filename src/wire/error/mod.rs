//! Errors of the HTTP interface: a closed code, and what belongs to it.

mod codes;

pub use codes::{Code, Problem};

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeStruct};

/// The name under which the sign-in page is told, in its query, the code of why
/// a session ended.
pub const REASON: &str = "reason";

/// The header in which the code of an error comes too, for who decides before
/// the body is read.
pub const CODE_HEADER: &str = "x-portcullis-code";

/// The header of an answer for which the access token was asked for, and counted:
/// so a browser learns that its cookies come back.
pub const SIGNED_IN_HEADER: &str = "x-portcullis-signed-in";

/// An error of the HTTP interface: `{"detail", "code"}`, with `fields` for
/// [`Code::InvalidInput`] and `retry_after` in seconds where waiting helps.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// What went wrong.
    pub code: Code,
    /// What is wrong with which field; see [`ApiError::problem`].
    pub fields: Vec<(String, Problem)>,
    /// Seconds to wait before another try; the `Retry-After` header.
    pub retry_after: Option<u32>,
}

impl ApiError {
    /// The error of one field.
    pub fn field(name: &str, problem: Problem) -> Self {
        Self::fields([(name.to_owned(), problem)])
    }

    /// The error of several fields.
    pub fn fields(problems: impl IntoIterator<Item = (String, Problem)>) -> Self {
        Self {
            fields: problems.into_iter().collect(),
            ..Code::InvalidInput.into()
        }
    }

    /// What is wrong with one field.
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
        f.write_str(self.code.sentence())
    }
}

impl std::error::Error for ApiError {}

/// A field's problem on the wire: the code, and its sentence.
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
                        detail: problem.sentence(),
                        code: *problem,
                    },
                )
            })
            .collect();
        let mut error = serializer.serialize_struct("ApiError", 4)?;
        error.serialize_field("detail", self.code.sentence())?;
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
