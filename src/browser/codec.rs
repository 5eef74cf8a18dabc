//! JSON as an output of server functions that costs a page nothing.

use std::{fmt, str};

use serde::Serialize;
use server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, codec::Post};

use super::json::{FromJson, read};

/// For `#[server(output = PlainJson)]`: the same JSON as without it, which the
/// browser reads by [`FromJson`]. Each output that is read by serde instead adds
/// some kilobytes to what every page loads, and the first of them many.
pub type PlainJson = Post<PlainEncoding>;

/// How [`PlainJson`] is written and read.
#[derive(Clone, Copy, Debug)]
pub struct PlainEncoding;

impl ContentType for PlainEncoding {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for PlainEncoding {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for PlainEncoding {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(output).map(Bytes::from)
    }
}

impl<T: FromJson> Decodes<T> for PlainEncoding {
    type Error = Unreadable;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        let text = str::from_utf8(&bytes).ok();
        text.and_then(read).ok_or(Unreadable)
    }
}

/// An answer that is not what was expected.
#[derive(Clone, Copy, Debug)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer is not of the expected form")
    }
}
