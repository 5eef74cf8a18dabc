//! The value of every setting and its source: environment, file or default.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use super::{
    Environment, PREFIX, SettingError, kubernetes,
    table::{self, Fallback, Setting},
};

/// The settings file if `PORTCULLIS_CONFIG` is not set.
const DEFAULT_FILE: &str = "portcullis.toml";

/// The variable that names the settings file, without [`PREFIX`]. The file itself
/// cannot set it.
const CONFIG: &str = "CONFIG";

/// The values of all settings.
#[derive(Clone, Debug)]
pub struct Values {
    environment: Environment,
    file: Option<PathBuf>,
    given: BTreeMap<&'static str, Value>,
}

/// The unparsed value of a setting and its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The value as a string.
    pub text: String,
    /// The source of the value.
    pub source: Source,
}

/// The source of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The default: the setting is not set.
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
    /// Collects the values from the environment and the settings file.
    ///
    /// # Errors
    /// [`SettingError::Unknown`] for an unknown name, [`SettingError::File`] or
    /// [`SettingError::Toml`] for a file that cannot be read or parsed,
    /// [`SettingError::Unusable`] for a value in the file that is neither a string nor a
    /// boolean.
    pub fn collect(environment: Environment) -> Result<Self, SettingError> {
        let mut values = Self {
            environment,
            file: None,
            given: BTreeMap::new(),
        };
        values.read_file()?;
        values.read_variables()?;
        Ok(values)
    }

    /// Returns the value of a setting.
    pub fn get(&self, setting: &Setting) -> Value {
        if let Some(value) = self.given.get(setting.name) {
            return value.clone();
        }
        let text = match setting.default {
            Fallback::Fixed(text) => text.to_owned(),
            Fallback::Derived(_, derive) => derive(self),
        };
        Value {
            text,
            source: Source::Default,
        }
    }

    /// Returns the parsed value of a setting.
    ///
    /// # Errors
    /// [`SettingError::Unusable`] if `parse` fails: the name as the operator wrote it,
    /// and the error of `parse`.
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

    /// Returns the path of the settings file that was read.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Returns the value of a variable of `cargo leptos`, by the name without its prefix.
    pub fn leptos(&self, name: &str) -> Option<&str> {
        self.environment.leptos(name)
    }

    /// Returns the folder `site` beside the program, as in the archive, if the working folder has
    /// no site that was built there.
    pub(super) fn packed_site(&self, built: &str) -> Option<String> {
        let packed = self.environment.program_folder()?.join("site");
        let is_packed = packed.is_dir() && !self.environment.path(built).is_dir();
        is_packed.then(|| packed.into_os_string().into_string().ok())?
    }

    fn name(&self, setting: &Setting, source: &Source) -> String {
        match (source, &self.file) {
            (Source::File, Some(file)) => format!("{} in {}", setting.key(), file.display()),
            _ => setting.variable(),
        }
    }

    fn read_variables(&mut self) -> Result<(), SettingError> {
        for (name, text) in self.environment.variables() {
            if name == CONFIG || kubernetes::is_set_by_kubernetes(name, text) {
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

    fn read_file(&mut self) -> Result<(), SettingError> {
        let configured = self.environment.variables().get(CONFIG);
        let path = self
            .environment
            .path(configured.map_or(DEFAULT_FILE, String::as_str));
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && configured.is_none() => {
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
                problem: "write the value in quotation marks".to_owned(),
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

/// Returns the setting with the name most similar to `name`, if any is similar enough.
fn guess(name: &str) -> Option<&'static Setting> {
    const MIN_SIMILARITY: f64 = 0.8;
    // Comparing takes time in proportion to the length.
    const MAX_LEN: usize = 64;
    if name.len() > MAX_LEN {
        return None;
    }
    table::ALL
        .iter()
        .map(|setting| {
            (
                strsim::normalized_damerau_levenshtein(name, setting.name),
                *setting,
            )
        })
        .filter(|(similarity, _)| *similarity >= MIN_SIMILARITY)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, setting)| setting)
}
