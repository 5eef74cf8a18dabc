//! Terminal output, and input of passwords and confirmations.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use crate::failure::Failure;

/// The size limit of a line of input: more than the longest valid password, so that
/// a wrong file piped in does not fill the memory.
const MAX_LINE_BYTES: u64 = 16 * 1024;

/// Writes a line to standard output. A closed pipe (`| head`) is not an error.
pub(crate) fn print(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Writes a line to standard error.
pub(crate) fn print_error(line: &str) {
    let _ = writeln!(io::stderr().lock(), "portcullis: {line}");
}

/// Writes rows to standard output, each column as wide as it needs to be.
pub(crate) fn print_table<const N: usize>(rows: &[[String; N]]) {
    for line in align(rows) {
        print(&line);
    }
}

/// Prompts for a new password twice, without echo. If standard input is not a
/// terminal, reads one line from it.
pub(crate) fn ask_new_password() -> Result<String, Failure> {
    let unreadable = |error: io::Error| Failure::new(format!("could not read a password: {error}"));
    if !io::stdin().is_terminal() {
        return read_line().map_err(unreadable);
    }
    let prompt = |text: &str| rpassword::prompt_password(text).map_err(unreadable);
    let password = prompt("Password: ")?;
    if prompt("Repeat password: ")? == password {
        Ok(password)
    } else {
        Err(Failure::new(
            "the two passwords differ; nothing was changed",
        ))
    }
}

/// Asks the operator to confirm what `consequence` says. Without a terminal there is no one
/// to ask, and the command fails.
pub(crate) fn confirm(consequence: &str) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::new(format!(
            "{consequence} Add --yes to confirm it; nothing was changed"
        )));
    }
    let mut err = io::stderr().lock();
    let _ = write!(err, "{consequence} Continue? [y/N] ");
    let _ = err.flush();
    let answer = read_line()
        .map_err(|error| Failure::new(format!("could not read a confirmation: {error}")))?;
    if matches!(&*answer.trim().to_lowercase(), "y" | "yes") {
        Ok(())
    } else {
        Err(Failure::new("not confirmed; nothing was changed"))
    }
}

fn read_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin()
        .lock()
        .take(MAX_LINE_BYTES)
        .read_line(&mut line)?;
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
