//! What was asked for on the command line.

use super::report::note;
use crate::{place::Kind, postgres};

/// What was asked for.
pub struct Options {
    /// The parts, by name; all of them where this is empty.
    pub parts: Vec<String>,
    pub databases: Vec<Kind>,
    /// A hundredth of the work: shows that everything runs, and proves nothing.
    pub is_quick: bool,
}

impl Options {
    /// Reads the command line of a benchmark with these parts.
    ///
    /// # Errors
    /// A sentence for whoever typed it.
    pub fn read(known: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            parts: Vec::new(),
            databases: Vec::new(),
            is_quick: false,
        };
        for word in std::env::args().skip(1) {
            match word.as_str() {
                // What cargo adds by itself.
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
        options.settle_databases()?;
        Ok(options)
    }

    /// Whether a part is to run.
    pub fn has(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|named| named == part)
    }

    fn settle_databases(&mut self) -> Result<(), String> {
        let has_server = postgres::server().is_some();
        if self.databases.contains(&Kind::Postgres) && !has_server {
            return Err(format!(
                "{} names no PostgreSQL; `cargo xtask bench` starts one, and so does `cargo xtask postgres`.",
                postgres::VARIABLE
            ));
        }
        if self.databases.is_empty() {
            self.databases.push(Kind::Sqlite);
            if has_server {
                self.databases.push(Kind::Postgres);
            } else {
                note(format!(
                    "SQLite alone: {} names no PostgreSQL",
                    postgres::VARIABLE
                ));
            }
        }
        Ok(())
    }
}
