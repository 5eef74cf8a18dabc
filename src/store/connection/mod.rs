//! Connections to the two databases, and how long anything waits for them.

pub(in crate::store) mod backend;
pub(in crate::store) mod either;
pub(in crate::store) mod notify;
pub(in crate::store) mod pool;
pub(in crate::store) mod rotation_batcher;
pub(in crate::store) mod schema;
pub(in crate::store) mod timeout;
pub(in crate::store) mod writer;
