//! The ids of a trace, and those of a trace that has begun elsewhere (W3C Trace Context).
//!
//! <https://www.w3.org/TR/trace-context/>

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use axum::http::HeaderValue;

/// The trace of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) trace: u128,
    /// The span that has sent the request; `None` if the trace begins here.
    pub(super) parent: Option<u64>,
    /// Whether the trace is recorded.
    pub(super) is_sampled: bool,
}

/// New ids. They have to be different, and need not be secret.
#[derive(Debug, Default)]
pub(super) struct Ids {
    keyed: RandomState,
    count: AtomicU64,
}

impl Ids {
    /// Returns an id that is not zero.
    pub(super) fn next(&self) -> u64 {
        let count = self.count.fetch_add(1, Relaxed);
        self.keyed.hash_one(count).max(1)
    }
}

impl Context {
    /// Begins a trace, which is recorded with the probability `share`.
    pub(super) fn new(ids: &Ids, share: f64) -> Self {
        let low = ids.next();
        // 53 bits are what an `f64` holds.
        #[allow(clippy::cast_precision_loss, reason = "it has 53 bits")]
        let chance = (low >> 11) as f64 / (1_u64 << 53) as f64;
        Self {
            trace: u128::from(ids.next()) << 64 | u128::from(low),
            parent: None,
            is_sampled: chance < share,
        }
    }

    /// Parses the header `traceparent`. A later version may have more after its first four
    /// fields.
    pub(super) fn parse(header: &HeaderValue) -> Option<Self> {
        let mut fields = header.to_str().ok()?.splitn(5, '-');
        let mut field = |digits: usize| {
            let field = fields.next().filter(|field| field.len() == digits)?;
            let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            let is_valid = field.bytes().all(is_hex);
            u128::from_str_radix(field, 16).ok().filter(|_| is_valid)
        };
        let (version, trace, parent, flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
        let is_version = version == 0 && fields.next().is_none() || (1..0xff).contains(&version);
        let parent = u64::try_from(parent).ok()?;
        (is_version && trace != 0 && parent != 0).then_some(Self {
            trace,
            parent: Some(parent),
            is_sampled: flags & 1 == 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn parse(header: &'static str) -> Option<Context> {
        Context::parse(&HeaderValue::from_static(header))
    }

    #[test]
    fn header_of_the_standard_is_read() {
        let header = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";
        let expected = Context {
            trace: 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef,
            parent: Some(0x0123_4567_89ab_cdef),
            is_sampled: true,
        };
        assert_eq!(parse(header), Some(expected));
        let header = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-00";
        assert_eq!(parse(header).map(|context| context.is_sampled), Some(false));
        let later = "cc-0123456789abcdef0123456789abcdef-0123456789abcdef-01-what-is-new";
        assert_eq!(parse(later), Some(expected));
    }

    #[test]
    fn other_headers_are_ignored() {
        for header in [
            "",
            "00",
            "00-0123456789abcdef0123456789abcdef-0123456789abcdef",
            "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01-more",
            "ff-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
            "00-00000000000000000000000000000000-0123456789abcdef-01",
            "00-0123456789abcdef0123456789abcdef-0000000000000000-01",
            "00-0123456789ABCDEF0123456789ABCDEF-0123456789abcdef-01",
            "00-0123456789abcdef0123456789abcde-0123456789abcdef-01",
            "00-+123456789abcdef0123456789abcdef-0123456789abcdef-01",
            "00-0123456789abcdef0123456789abcdef-0123456789abcdef-1",
        ] {
            assert_eq!(parse(header), None, "{header}");
        }
    }

    #[test]
    fn ids_differ_and_are_not_zero() {
        let ids = Ids::default();
        let seen: HashSet<_> = (0..10_000).map(|_| ids.next()).collect();
        assert_eq!(seen.len(), 10_000);
        assert!(!seen.contains(&0));
    }

    #[test]
    fn share_of_the_traces_is_recorded() {
        let ids = Ids::default();
        let recorded = |share| {
            let traces = (0..10_000).map(|_| Context::new(&ids, share));
            traces.filter(|context| context.is_sampled).count()
        };
        assert_eq!((recorded(0.0), recorded(1.0)), (0, 10_000));
        let tenth = recorded(0.1);
        assert!((700..1300).contains(&tenth), "{tenth}");
    }
}
