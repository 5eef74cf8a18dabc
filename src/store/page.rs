//! Pages of rows.

/// Where a page is in its list. Both positions are those of a row that is not on the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum PagePosition<P> {
    /// At the beginning.
    #[default]
    First,
    /// After a row.
    After(P),
    /// Before a row. A page that would reach the beginning of the list is the first page, so
    /// that it is full.
    Before(P),
}

impl<P> PagePosition<P> {
    /// Returns the row after which the page is; `None` if it is the first page.
    pub(super) fn after(self) -> Option<P> {
        match self {
            Self::After(row) => Some(row),
            Self::First | Self::Before(_) => None,
        }
    }
}

/// A page of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) rows: Vec<T>,
    /// Whether there is a page before this one.
    pub(crate) has_previous: bool,
    /// Whether there are rows after these.
    pub(crate) has_next: bool,
}

impl<T> Page<T> {
    /// Creates a page without rows, the only one.
    pub(super) const fn empty() -> Self {
        Self {
            rows: Vec::new(),
            has_previous: false,
            has_next: false,
        }
    }

    /// Creates a page of at most `len` rows from the result of a query with the limit
    /// [`limit_for(len)`](limit_for). Only the first page has no page before it.
    pub(super) fn new(mut rows: Vec<T>, len: usize, is_first: bool) -> Self {
        let has_next = rows.len() > len;
        rows.truncate(len);
        Self {
            has_previous: !is_first && !rows.is_empty(),
            has_next,
            rows,
        }
    }

    /// Creates the page before a row from the result of a query in the opposite order with the
    /// limit [`limit_for(len)`](limit_for); `None` if the page would reach the beginning of the
    /// list.
    pub(super) fn before(mut rows: Vec<T>, len: usize) -> Option<Self> {
        if rows.len() <= len {
            return None;
        }
        rows.truncate(len);
        rows.reverse();
        Some(Self {
            rows,
            has_previous: true,
            has_next: true,
        })
    }

    /// Returns the first row if there is a page before it, and the last if there is one after.
    pub(crate) fn ends(&self) -> [Option<&T>; 2] {
        let first = self.rows.first().filter(|_| self.has_previous);
        let last = self.rows.last().filter(|_| self.has_next);
        [first, last]
    }
}

/// Returns the limit of the query for a page of `len` rows: one row more, which shows whether
/// there is another page.
pub(super) fn limit_for(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX).saturating_add(1)
}
