//! What the benchmarks of the library and of the server share: the bare work that
//! everything is compared with, rounds in turn, and the report.

pub mod bare;
pub mod compare;
pub mod cpu;
pub mod load;
pub mod options;
pub mod report;
