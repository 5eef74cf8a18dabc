//! The program `portcullis`. Everything is in the library of this package, where
//! tests reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::run()
}
