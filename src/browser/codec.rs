//! JSON as an output of server functions that does not add to what a page loads.

use std::{fmt, str};

use serde::Serialize;
use server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, codec::Post};

use super::json::{FromJson, parse_json};

/// An encoding for `#[server(output = PlainJson)]`: the same JSON as the default, but the browser
/// parses it by [`FromJson`]. An output that is parsed by serde adds several kilobytes to the
/// WASM that every page loads; the first one much more.
pub type PlainJson = Post<PlainEncoding>;

/// The encoding of [`PlainJson`].
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
        let json = str::from_utf8(&bytes).ok();
        json.and_then(parse_json).ok_or(Unreadable)
    }
}

/// The error of a response that does not have the expected form.
#[derive(Clone, Copy, Debug)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the response does not have the expected form")
    }
}
