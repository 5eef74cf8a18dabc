//! The audit trail as comma-separated values (RFC 4180).

use axum::{
    body::{Body, Bytes},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};

use super::utc::time;
use crate::{
    http::Caller,
    store::{EventRow, PagePosition, with_timeout},
    wire::{ApiError, Code, EventQuery, Problem},
};

/// The number of rows that are read at once.
const CHUNK_LEN: usize = 500;

const HEADER: [&str; 12] = [
    "id",
    "time",
    "event",
    "account_id",
    "account_email",
    "session_id",
    "actor_id",
    "actor_email",
    "actor",
    "request_id",
    "address",
    "key_id",
];

/// Returns the events of a query as a file, newest first. Rows are read while the client
/// receives the file. If the session ends, the caller is no longer an administrator, or the
/// database fails, the response is cut off, so that the client does not take the file for
/// complete.
pub(super) async fn events(caller: Caller, query: &EventQuery) -> Result<Response, ApiError> {
    // An administrator first, so that no other caller learns which fields are invalid.
    let administrator = caller.administrator().await?;
    let (filter, position) = administrator.filter(query).await?;
    // The file goes on to the end of the list.
    if matches!(position, PagePosition::Before(_)) {
        return Err(ApiError::field("before", Problem::Invalid));
    }
    let session = caller.authenticated()?.subject().session;
    let ended = Box::pin(caller.service().session_ended(session));
    let read = async move |position| {
        let page = with_timeout(async {
            let administrator = caller.administrator().await?;
            administrator.event_rows(&filter, position, CHUNK_LEN).await
        });
        let page = page.await?;
        let [_, last] = page.ends();
        let next = last.map(EventRow::position);
        let chunk: String = page.rows.iter().map(event).collect();
        Ok::<_, ApiError>((Bytes::from(chunk), next))
    };
    let (first, next) = read(position).await?;
    let header = Bytes::from(line(HEADER.map(str::to_owned)));
    let rest = stream::try_unfold((read, ended, next), async |(read, mut ended, next)| {
        let Some(next) = next else {
            return Ok(None);
        };
        let (chunk, next) = tokio::select! {
            biased;
            () = &mut ended => return Err(Code::SessionEnded.into()),
            chunk = read(PagePosition::After(next)) => chunk?,
        };
        Ok::<_, ApiError>(Some((chunk, (read, ended, next))))
    });
    let file = stream::iter([Ok(header), Ok(first)]).chain(rest);
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, "attachment; filename=\"events.csv\""),
    ];
    Ok((headers, Body::from_stream(file)).into_response())
}

fn event(row: &EventRow) -> String {
    fn text(value: Option<&impl ToString>) -> String {
        value.map(ToString::to_string).unwrap_or_default()
    }
    line([
        row.id.to_string(),
        time(row.at.as_seconds()),
        row.event.clone(),
        text(row.account_id.as_ref()),
        text(row.account_email.as_ref()),
        text(row.session_id.as_ref()),
        text(row.actor_id.as_ref()),
        text(row.actor_email.as_ref()),
        text(row.actor.as_ref()),
        text(row.request_id.as_ref()),
        text(row.address.as_ref()),
        text(row.key_id.as_ref()),
    ])
}

fn line<const N: usize>(cells: [String; N]) -> String {
    let cells = cells.map(|cell| quoted(&harmless(cell)));
    cells.join(",") + "\r\n"
}

/// Puts an apostrophe before a value that a spreadsheet would take for a formula.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula() {
        for (cell, expected) in [
            ("ada@example.org", "ada@example.org"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("a\r\nb", "\"a\r\nb\""),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@a", "'@a"),
            ("\ta", "'\ta"),
            ("\ra", "\"'\ra\""),
            (
                "=HYPERLINK(\"x\",\"y\")",
                "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"",
            ),
        ] {
            let expected = format!("{expected},b\r\n");
            assert_eq!(
                line([cell.to_owned(), "b".to_owned()]),
                expected,
                "{cell:?}"
            );
        }
    }
}
