//! The libraries that the program needs: those of the image in packaging/Containerfile.

use std::path::Path;

use crate::failure::{Failure, Result};
use crate::process::{capture, command};
use crate::workspace::Workspace;

/// The libraries of the image that the program may need.
const PRESENT: [&str; 5] = [
    "libc.so.6",
    "libm.so.6",
    "libgcc_s.so.1",
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
];

/// The version of the C library in the image, Debian 13: 2.41.
const C_LIBRARY_MINOR: u32 = 41;

/// Fails if the program would not start in the image.
pub(super) fn check(workspace: &Workspace, program: &Path) -> Result {
    let mut readelf = command(workspace, "readelf")?;
    readelf.args(["--wide", "--dynamic", "--version-info"]);
    judge(&capture(readelf.arg(program))?)
}

/// Judges what `readelf` prints.
fn judge(text: &str) -> Result {
    let needed = text
        .lines()
        .filter(|line| line.contains("(NEEDED)"))
        .filter_map(|line| line.split(['[', ']']).nth(1));
    let absent: Vec<_> = needed.filter(|name| !PRESENT.contains(name)).collect();
    if !absent.is_empty() {
        return Err(Failure::new(format!(
            "The program needs {}, which the image in packaging/Containerfile does not have.",
            absent.join(", ")
        )));
    }
    let newest = text
        .split("GLIBC_2.")
        .skip(1)
        .filter_map(|rest| {
            rest.split(|c: char| !c.is_ascii_digit())
                .next()?
                .parse()
                .ok()
        })
        .max()
        .unwrap_or(0);
    if newest > C_LIBRARY_MINOR {
        return Err(Failure::new(format!(
            "The program needs version 2.{newest} of the C library, and the image in \
             packaging/Containerfile has 2.{C_LIBRARY_MINOR}; build on an older system."
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::judge;

    const PRINTED: &str = "\
 0x0000000000000001 (NEEDED)             Shared library: [libgcc_s.so.1]
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
 0x000000000000000c (INIT)               0x42a000
  0x0020:   Name: GLIBC_2.34  Flags: none  Version: 3
  0x0030:   Name: GLIBC_2.2.5  Flags: none  Version: 2
";

    #[test]
    fn libraries_of_the_image_pass() {
        assert!(judge(PRINTED).is_ok());
    }

    #[test]
    fn other_library_and_newer_c_library_are_named() {
        for (from, to, named) in [
            ("libgcc_s.so.1", "libssl.so.3", "libssl.so.3"),
            ("GLIBC_2.34", "GLIBC_2.43", "2.43"),
        ] {
            let error = judge(&PRINTED.replace(from, to)).expect_err(to);
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}
