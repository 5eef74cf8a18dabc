//! The files of the current version, compressed once and kept in memory, for a site that was
//! built without `--precompress`.
//!
//! The best compression takes seconds, so a thread of its own does it, after the first request
//! for one of the files. Until then each response is compressed by itself, faster and less.

use std::{
    collections::HashMap,
    fs, io,
    sync::{Arc, Once, OnceLock},
    thread,
};

use axum::body::Bytes;
use brotli::enc::BrotliEncoderParams;

use crate::site_version::SiteVersion;

/// The size limit of all files together, before they are compressed. A release build has less
/// than 2 MB, and a development build more than this: compressing it would take minutes.
const MAX_BYTES: u64 = 4 << 20;

/// The kinds of files that become much smaller.
const KINDS: [&str; 7] = ["css", "html", "js", "json", "svg", "txt", "wasm"];

/// The compressed files, by their names. All of them are compressed once, in the background.
pub(crate) struct Compressed {
    version: Arc<SiteVersion>,
    files: Arc<HashMap<String, OnceLock<Bytes>>>,
    start: Once,
}

impl Compressed {
    /// Finds the files of a version that have to be compressed: those without a compressed file
    /// beside them.
    pub(crate) fn of(version: Arc<SiteVersion>) -> Self {
        let is_small = version.files().map(|(_, length)| length).sum::<u64>() <= MAX_BYTES;
        let names: Vec<_> = version.files().map(|(name, _)| name).collect();
        let files = names.iter().filter(|name| {
            let kind = name.rsplit_once('.').map(|(_, kind)| kind);
            let is_done = names.contains(&&*format!("{name}.br"));
            kind.is_some_and(|kind| KINDS.contains(&kind)) && !is_done && is_small
        });
        let files = files.map(|name| ((*name).to_owned(), OnceLock::new()));
        Self {
            files: Arc::new(files.collect()),
            version,
            start: Once::new(),
        }
    }

    /// Returns a file, compressed with Brotli, if that has been done. The first call for a file
    /// begins to compress all of them.
    pub(crate) fn get(&self, name: &str) -> Option<Bytes> {
        let file = self.files.get(name)?;
        self.start.call_once(|| self.compress_all());
        file.get().cloned()
    }

    /// Starts the thread. It does not delay the end of the process.
    fn compress_all(&self) {
        let (version, files) = (Arc::clone(&self.version), Arc::clone(&self.files));
        let compress = move || {
            for (name, file) in &*files {
                match compress(&version, name) {
                    Ok(bytes) => drop(file.set(bytes)),
                    Err(error) => {
                        tracing::warn!(target: "portcullis::http", name, %error, "a file could not be compressed");
                    }
                }
            }
        };
        let started = thread::Builder::new()
            .name("compress".to_owned())
            .spawn(compress);
        if let Err(error) = started {
            tracing::warn!(target: "portcullis::http", %error, "the files could not be compressed");
        }
    }
}

/// Compresses a file of a version.
fn compress(version: &SiteVersion, name: &str) -> io::Result<Bytes> {
    let content = fs::read(version.folder().join(name))?;
    if !version.is_in_place() {
        return Err(io::Error::other("the files have been replaced"));
    }
    let mut compressed = Vec::new();
    // The parameters of the best compression.
    let parameters = BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters)?;
    Ok(compressed.into())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use tempfile::TempDir;

    use super::*;

    fn site(files: &[(&str, &[u8])]) -> (TempDir, Compressed) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, content) in files {
            fs::write(folder.path().join(name), content).expect("a file");
        }
        let version = SiteVersion::of(folder.path().to_owned()).expect("a version");
        (folder, Compressed::of(Arc::new(version)))
    }

    /// Waits until a file has been compressed.
    fn wait(compressed: &Compressed, name: &str) -> Bytes {
        let since = Instant::now();
        loop {
            if let Some(bytes) = compressed.get(name) {
                return bytes;
            }
            assert!(since.elapsed() < Duration::from_secs(60), "{name}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn file_is_compressed_once_in_the_background() {
        let script = "export const hydrate = () => {};\n".repeat(100);
        let (_folder, compressed) = site(&[("a.js", script.as_bytes()), ("b.css", b"body{}")]);
        assert_eq!(compressed.get("a.js"), None, "no request waits for it");
        let first = wait(&compressed, "a.js");
        let mut content = Vec::new();
        brotli::BrotliDecompress(&mut &first[..], &mut content).expect("Brotli");
        assert!(content == script.as_bytes() && first.len() < 100);
        let again = compressed.get("a.js").expect("compressed");
        assert_eq!(again.as_ptr(), first.as_ptr(), "the same bytes in memory");
        wait(&compressed, "b.css");
    }

    #[test]
    fn other_files_are_not_compressed() {
        let (_folder, compressed) = site(&[
            ("a.js", b"1"),
            ("a.js.br", b"2"),
            ("b.png", b"3"),
            ("wasm", b"4"),
        ]);
        assert!(compressed.files.is_empty(), "{:?}", compressed.files);
        assert_eq!(compressed.get("nowhere.js"), None);
        let large = vec![b'a'; usize::try_from(MAX_BYTES).expect("small")];
        let (_folder, compressed) = site(&[("a.js", &large), ("b.js", b"1")]);
        assert!(compressed.files.is_empty(), "as in a development build");
    }

    #[test]
    fn replaced_file_is_not_compressed() {
        let (folder, compressed) = site(&[("a.js", b"1")]);
        fs::write(folder.path().join("a.js"), "22").expect("a file");
        assert!(compress(&compressed.version, "a.js").is_err());
    }
}
