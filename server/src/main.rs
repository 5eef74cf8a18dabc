//! The program `portcullis`. Its code is in the library of this package, so that
//! tests can use it.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::run()
}
