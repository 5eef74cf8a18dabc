//! The command-line options of a benchmark.

use super::report::note;
use crate::{place::Kind, postgres};

/// The command-line options of a benchmark.
pub struct Options {
    /// The names of the parts to run; all parts if this is empty.
    pub parts: Vec<String>,
    /// The databases to run on.
    pub databases: Vec<Kind>,
    /// Whether to do a hundredth of the work: this shows that everything runs, and
    /// proves nothing.
    pub is_quick: bool,
}

impl Options {
    /// Parses the command line of a benchmark with the parts `known`.
    ///
    /// # Errors
    /// A message for the user if an argument is not valid.
    pub fn read(known: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            parts: Vec::new(),
            databases: Vec::new(),
            is_quick: false,
        };
        for word in std::env::args().skip(1) {
            match word.as_str() {
                // Cargo adds it.
                "--bench" => {}
                "--sqlite" => options.databases.push(Kind::Sqlite),
                "--postgres" => options.databases.push(Kind::Postgres),
                "--quick" => options.is_quick = true,
                part if known.contains(&part) => options.parts.push(part.to_owned()),
                unknown => {
                    return Err(format!(
                        "`{unknown}` is neither a part ({}) nor --sqlite, --postgres or --quick.",
                        known.join(", ")
                    ));
                }
            }
        }
        options.choose_databases()?;
        Ok(options)
    }

    /// Returns whether a part is to run.
    pub fn has(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|chosen| chosen == part)
    }

    /// Checks the chosen databases, or chooses all that are available.
    fn choose_databases(&mut self) -> Result<(), String> {
        let has_server = postgres::server().is_some();
        if self.databases.contains(&Kind::Postgres) && !has_server {
            return Err(format!(
                "{} is not set; `cargo xtask bench` and `cargo xtask postgres` start a PostgreSQL server.",
                postgres::VARIABLE
            ));
        }
        if self.databases.is_empty() {
            self.databases.push(Kind::Sqlite);
            if has_server {
                self.databases.push(Kind::Postgres);
            } else {
                note(format!("only SQLite: {} is not set", postgres::VARIABLE));
            }
        }
        Ok(())
    }
}
