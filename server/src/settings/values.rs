//! What was given, and where: in the environment, in the file, or nowhere.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use super::{
    Environment, PREFIX, SettingError, kubernetes,
    table::{self, Fallback, Setting},
};

/// The settings file where `PORTCULLIS_CONFIG` names none.
const FILE: &str = "portcullis.toml";

/// The variable that names the settings file; itself no setting of the file.
const CONFIG: &str = "CONFIG";

/// What was given for every setting.
#[derive(Clone, Debug)]
pub struct Values {
    environment: Environment,
    file: Option<PathBuf>,
    given: BTreeMap<&'static str, Value>,
}

/// A value as text, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The text.
    pub text: String,
    /// Where it comes from.
    pub source: Source,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It was not given.
    Default,
    /// An environment variable.
    Environment,
    /// The settings file.
    File,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::Environment => "environment",
            Self::File => "file",
        })
    }
}

impl Values {
    /// Collects what was given.
    ///
    /// # Errors
    /// A name that is none of ours, or a file that cannot be read.
    pub fn collect(environment: Environment) -> Result<Self, SettingError> {
        let mut values = Self {
            environment,
            file: None,
            given: BTreeMap::new(),
        };
        values.take_file()?;
        values.take_variables()?;
        Ok(values)
    }

    /// What is in force for a setting.
    pub fn get(&self, setting: &Setting) -> Value {
        if let Some(value) = self.given.get(setting.name) {
            return value.clone();
        }
        let text = match setting.default {
            Fallback::Fixed(text) => text.to_owned(),
            Fallback::Follows(_, from) => from(self),
        };
        Value {
            text,
            source: Source::Default,
        }
    }

    /// What is in force for a setting, as what it means.
    ///
    /// # Errors
    /// Names the setting as it was given, before what `parse` says.
    pub fn parse<T, E: fmt::Display>(
        &self,
        setting: &Setting,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, SettingError> {
        let value = self.get(setting);
        parse(&value.text).map_err(|problem| SettingError::Unusable {
            name: self.name(setting, &value.source),
            problem: problem.to_string(),
        })
    }

    /// The settings file that was read.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// What `cargo leptos` says, by the name without its prefix.
    pub fn leptos(&self, name: &str) -> Option<&str> {
        self.environment.leptos(name)
    }

    fn name(&self, setting: &Setting, source: &Source) -> String {
        match (source, &self.file) {
            (Source::File, Some(file)) => format!("{} in {}", setting.key(), file.display()),
            _ => setting.variable(),
        }
    }

    fn take_variables(&mut self) -> Result<(), SettingError> {
        for (name, text) in self.environment.variables() {
            if name == CONFIG || kubernetes::made(name, text) {
                continue;
            }
            let Some(setting) = table::ALL.iter().find(|setting| setting.name == name) else {
                let guess = guess(name).map(Setting::variable);
                return Err(SettingError::Unknown {
                    name: format!("{PREFIX}{name}"),
                    guess,
                });
            };
            let value = Value {
                text: text.clone(),
                source: Source::Environment,
            };
            self.given.insert(setting.name, value);
        }
        Ok(())
    }

    fn take_file(&mut self) -> Result<(), SettingError> {
        let asked_for = self.environment.variables().get(CONFIG);
        let path = self
            .environment
            .path(asked_for.map_or(FILE, String::as_str));
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && asked_for.is_none() => {
                return Ok(());
            }
            Err(error) => return Err(SettingError::File(path, error)),
        };
        for (key, value) in &parse(&path, &text)? {
            let Some(setting) = table::ALL.iter().find(|setting| setting.key() == *key) else {
                let guess = guess(&key.to_ascii_uppercase()).map(Setting::key);
                return Err(SettingError::Unknown {
                    name: format!("`{key}` in {}", path.display()),
                    guess,
                });
            };
            let text = scalar(value).ok_or_else(|| SettingError::Unusable {
                name: format!("{key} in {}", path.display()),
                problem: "write a text in quotation marks".to_owned(),
            })?;
            self.given.insert(
                setting.name,
                Value {
                    text,
                    source: Source::File,
                },
            );
        }
        self.file = Some(path);
        Ok(())
    }
}

fn parse(path: &Path, text: &str) -> Result<toml::Table, SettingError> {
    text.parse::<toml::Table>().map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        SettingError::Toml {
            path: path.to_owned(),
            line: text.get(..start).unwrap_or(text).matches('\n').count() + 1,
            problem: error.message().lines().collect::<Vec<_>>().join(" "),
        }
    })
}

fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Boolean(value) => Some(value.to_string()),
        _ => None,
    }
}

/// The setting whose name looks most like `name`, if one does.
fn guess(name: &str) -> Option<&'static Setting> {
    const ALIKE: f64 = 0.8;
    table::ALL
        .iter()
        .map(|setting| {
            (
                strsim::normalized_damerau_levenshtein(name, setting.name),
                *setting,
            )
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, setting)| setting)
}
