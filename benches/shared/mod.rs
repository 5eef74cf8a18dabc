//! What the benchmarks of the library and of the server share: databases, the
//! bare work that everything is compared with, rounds in turn, and the report.

pub(crate) mod bare;
pub(crate) mod compare;
pub(crate) mod cpu;
pub(crate) mod load;
pub(crate) mod options;
pub(crate) mod place;
pub(crate) mod report;
