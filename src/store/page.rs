//! Pages of rows.

/// A page of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) rows: Vec<T>,
    /// Whether there are rows after these.
    pub(crate) has_next: bool,
}

impl<T> Page<T> {
    /// Creates a page without rows, the last one.
    pub(super) const fn empty() -> Self {
        Self {
            rows: Vec::new(),
            has_next: false,
        }
    }

    /// Creates a page of at most `len` rows from the result of a query with the limit
    /// [`limit_for(len)`](limit_for).
    pub(super) fn new(mut rows: Vec<T>, len: usize) -> Self {
        let has_next = rows.len() > len;
        rows.truncate(len);
        Self { rows, has_next }
    }
}

/// Returns the limit of the query for a page of `len` rows: one row more, which shows whether
/// there is another page.
pub(super) fn limit_for(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX).saturating_add(1)
}
