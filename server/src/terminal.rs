//! What is written to and read from the terminal.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use crate::failure::Failure;

/// More than any password that is taken, so that a wrong file piped in does not
/// fill the memory.
const LONGEST_LINE: u64 = 16 * 1024;

/// Writes a line to standard output. A reader that went away (`| head`) is no
/// reason to fail.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Writes a line to standard error.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "portcullis: {line}");
}

/// Writes rows to standard output, each column as wide as it needs to be.
pub(crate) fn say_table<const N: usize>(rows: &[[String; N]]) {
    for line in align(rows) {
        say(&line);
    }
}

/// Asks for a new password, twice and without echo; takes one line where
/// standard input is no terminal.
pub(crate) fn ask_new_password() -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        return read_line().map_err(|error| Failure::new(format!("no password came in: {error}")));
    }
    let ask = |prompt| {
        rpassword::prompt_password(prompt)
            .map_err(|error| Failure::new(format!("the password could not be read: {error}")))
    };
    let password = ask("Password: ")?;
    if ask("The same once more: ")? == password {
        Ok(password)
    } else {
        Err(Failure::new(
            "the two passwords differ; nothing was changed",
        ))
    }
}

fn read_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().take(LONGEST_LINE).read_line(&mut line)?;
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    Ok(line)
}

fn align<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or_default());
    let line = |row: &[String; N]| {
        let cells = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::align;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a", "é", ""], ["long", "b", "c"]].map(|row| row.map(str::to_owned));
        assert_eq!(align(&rows), ["a     é", "long  b  c"]);
    }
}
