//! Helpers shared by the benchmarks of the library and of the server: the bare work with
//! which everything is compared, alternating rounds, and the report.

pub mod bare;
pub mod compare;
pub mod cpu;
pub mod load;
pub mod options;
pub mod report;
