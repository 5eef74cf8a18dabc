//! Connections to the two databases, their pools and their timeouts.

pub(in crate::store) mod backend;
pub(in crate::store) mod counts;
pub(in crate::store) mod either;
pub(in crate::store) mod notify;
pub(in crate::store) mod pool;
mod pooler;
pub(in crate::store) mod rotation_batcher;
pub(in crate::store) mod schema;
pub(in crate::store) mod source;
pub(in crate::store) mod timeout;
pub(in crate::store) mod writer;
