//! The audit trail as comma-separated values (RFC 4180).

use axum::{
    body::{Body, Bytes},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};

use super::query;
use crate::{
    http::Caller,
    store::{EventRow, with_timeout},
    wire::{ApiError, Code, EventQuery},
};

/// The number of rows that are read at once.
const CHUNK_LEN: usize = 500;

const HEADER: [&str; 8] = [
    "id",
    "time",
    "event",
    "account_id",
    "account_email",
    "session_id",
    "actor_id",
    "actor_email",
];

/// Returns the events of a query as a file, newest first. Rows are read while the client
/// receives the file. If the session ends, the caller is no longer an administrator, or the
/// database fails, the response is cut off, so that the client does not take the file for
/// complete.
pub(super) async fn events(caller: Caller, query: &EventQuery) -> Result<Response, ApiError> {
    let (filter, before) = query::events(query)?;
    let session = caller.authenticated()?.subject().session;
    let ended = Box::pin(caller.service().session_ended(session));
    let read = async move |before| {
        let page = with_timeout(async {
            let administrator = caller.administrator().await?;
            administrator.event_rows(&filter, before, CHUNK_LEN).await
        });
        let page = page.await?;
        let last = page.rows.last().filter(|_| page.has_next);
        let next = last.map(EventRow::position);
        let chunk: String = page.rows.iter().map(event).collect();
        Ok::<_, ApiError>((Bytes::from(chunk), next))
    };
    let (first, next) = read(before).await?;
    let header = Bytes::from(line(HEADER.map(str::to_owned)));
    let rest = stream::try_unfold((read, ended, next), async |(read, mut ended, before)| {
        let Some(before) = before else {
            return Ok(None);
        };
        let (chunk, next) = tokio::select! {
            biased;
            () = &mut ended => return Err(Code::SessionEnded.into()),
            chunk = read(Some(before)) => chunk?,
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
        utc(row.at.as_seconds()),
        row.event.clone(),
        text(row.account_id.as_ref()),
        text(row.account_email.as_ref()),
        text(row.session_id.as_ref()),
        text(row.actor_id.as_ref()),
        text(row.actor_email.as_ref()),
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

/// Returns a time as a date and the time of day in UTC (RFC 3339). The year may have more
/// than four digits.
fn utc(seconds: i64) -> String {
    let (days, time) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Of the proleptic Gregorian calendar, in cycles of 400 years that begin on 1 March:
    // https://howardhinnant.github.io/date_algorithms.html#civil_from_days
    let days = days + 719_468;
    let (cycle, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + cycle * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
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

    #[test]
    fn times_are_dates_in_utc() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_772_357_405, "2026-03-01T09:30:05Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(utc(seconds), expected);
        }
    }
}
