//! How many connections to `PostgreSQL` a process opens.

/// The fewest connections with which a process works.
pub(crate) const MIN_CONNECTIONS: u32 = 6;

/// The connections that do not serve requests: one reads the ended sessions, and one is notified
/// of them.
const OF_THE_FEED: usize = 2;

/// With fewer connections for requests than this, one worker writes the rotations instead of
/// two.
const MIN_FOR_TWO_WORKERS: usize = 8;

/// How many connections a process opens for each use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConnectionCounts {
    /// For reads, and for commits that survive a power failure.
    pub(in crate::store) full: usize,
    /// For other commits.
    pub(in crate::store) relaxed: usize,
    /// For the workers that write rotations. Each runs one statement at a time. Few workers let
    /// more rotations share a statement; with two, one connection that hangs does not delay
    /// every rotation.
    pub(in crate::store) workers: usize,
}

impl ConnectionCounts {
    /// Divides a number of connections. Returns `None` if it is below [`MIN_CONNECTIONS`].
    pub(crate) fn of_total(total: u32) -> Option<Self> {
        let total = usize::try_from(total).ok()?;
        let for_requests = total.checked_sub(OF_THE_FEED)?;
        let workers = if for_requests < MIN_FOR_TWO_WORKERS {
            1
        } else {
            2
        };
        let full = for_requests / 2;
        let relaxed = for_requests.checked_sub(full + workers)?;
        (full >= 2 && relaxed >= 1).then_some(Self {
            full,
            relaxed,
            workers,
        })
    }
}

/// 18 connections.
impl Default for ConnectionCounts {
    fn default() -> Self {
        Self {
            full: 8,
            relaxed: 6,
            workers: 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_to_the_total() {
        for total in MIN_CONNECTIONS..200 {
            let counts = ConnectionCounts::of_total(total).expect("enough");
            let ConnectionCounts {
                full,
                relaxed,
                workers,
            } = counts;
            let sum = full + relaxed + workers + OF_THE_FEED;
            assert_eq!(u32::try_from(sum), Ok(total), "{counts:?}");
            assert!(full >= 2 && relaxed >= 1 && workers >= 1, "{counts:?}");
        }
        for total in 0..MIN_CONNECTIONS {
            assert_eq!(ConnectionCounts::of_total(total), None, "{total}");
        }
    }

    #[test]
    fn default_is_that_of_18() {
        let counts = ConnectionCounts::of_total(18);
        assert_eq!(counts, Some(ConnectionCounts::default()));
    }
}
