//! Static files: content types, caching, compression, and no file from outside of the
//! site folder.

use std::{path::Path, time::Duration};

use axum::http::Method;
use tokio::time::{sleep, timeout};

use crate::site::{HTTP, RequestBuilder, Site, get};

fn script() -> String {
    "export const hydrate = () => {};\n".repeat(100)
}

async fn with_files() -> Site {
    let site = Site::open().await;
    let root = site.folder.path().join("site");
    std::fs::write(root.join("pkg/portcullis.js"), script()).expect("a file");
    std::fs::write(root.join("pkg/portcullis.wasm"), b"\0asm\x01\0\0\0").expect("a file");
    std::fs::write(root.join("pkg/portcullis.css"), "body{}").expect("a file");
    std::fs::write(root.join("favicon.svg"), "<svg/>").expect("a file");
    site
}

#[tokio::test]
async fn files_have_the_required_content_types() {
    let site = with_files().await;
    for (path, content_type) in [
        ("/pkg/portcullis.js", "text/javascript"),
        ("/pkg/portcullis.wasm", "application/wasm"),
        ("/pkg/portcullis.css", "text/css"),
        ("/favicon.svg", "image/svg+xml"),
    ] {
        let response = site.send(get(path)).await;
        assert_eq!(
            (response.status, response.header("content-type")),
            (200, content_type),
            "{path}"
        );
        assert_eq!(response.header("cache-control"), "no-cache", "{path}");
        let head = site.send(RequestBuilder::new(Method::HEAD, path)).await;
        assert_eq!((head.status, head.bytes.len()), (200, 0), "{path}");
    }
}

#[tokio::test]
async fn unchanged_file_is_304() {
    let site = with_files().await;
    let first = site.send(get("/pkg/portcullis.js")).await;
    let since = first.header("last-modified").to_owned();
    let again = site
        .send(get("/pkg/portcullis.js").header("if-modified-since", since))
        .await;
    assert_eq!((again.status, again.bytes.len()), (304, 0));
    assert_eq!(again.header("cache-control"), "no-cache");
}

/// Returns the path of a file with the version that the page names.
fn versioned(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once("/pkg/").expect("a file of the site");
    let (version, _) = rest.split_once('/').expect("its version");
    format!("/pkg/{version}/{name}")
}

#[tokio::test]
async fn file_of_current_version_is_cached() {
    let site = Site::with_routes(HTTP, |portcullis, options| {
        let script = Path::new(&*options.site_root).join("pkg/portcullis.js");
        std::fs::write(script, "export const hydrate = 1;").expect("a file");
        server::router::router(portcullis, options)
    })
    .await;
    let page = site.browser().load("/").await;
    let script = versioned(page.text(), "portcullis.js");
    assert!(page.text().contains(&script), "{}", page.text());
    let file = site.send(get(&script)).await;
    assert_eq!(
        (file.status, file.text()),
        (200, "export const hydrate = 1;")
    );
    let caching = file.header("cache-control");
    assert_eq!(caching, "public, max-age=31536000, immutable");
    for path in [
        "/pkg/0123456789abcdef/portcullis.js".to_owned(),
        versioned(page.text(), "../../../p.db"),
        versioned(page.text(), "nowhere.js"),
    ] {
        site.send(get(&path)).await.expect_error(404, "not_found");
    }
}

#[tokio::test]
async fn file_of_replaced_version_is_404() {
    let site = Site::open().await;
    let page = site.browser().load("/").await;
    let file = site.folder.path().join("site/pkg/split_account.wasm");
    std::fs::write(file, b"\0asm\x01\0\0\0").expect("a file");
    let chunk = versioned(page.text(), "split_account.wasm");
    site.send(get(&chunk)).await.expect_error(404, "not_found");
    let unversioned = site.send(get("/pkg/split_account.wasm")).await;
    assert_eq!(unversioned.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn page_names_the_chunk_of_its_own_code() {
    let site = Site::open().await;
    for (path, chunk) in [
        ("/", None),
        ("/login", None),
        ("/register", Some("register")),
    ] {
        let page = site.browser().load(path).await;
        let named = page.text().split_once("/split_").map(|(_, rest)| rest);
        let named = named.and_then(|rest| Some(rest.split_once(".wasm")?.0));
        assert_eq!(named, chunk, "{path}");
    }
}

#[tokio::test]
async fn files_are_compressed_and_pages_are_not() {
    let site = with_files().await;
    for encoding in ["br", "gzip"] {
        let file = site
            .send(get("/pkg/portcullis.js").header("accept-encoding", encoding))
            .await;
        assert_eq!(file.header("content-encoding"), encoding);
        assert!(file.bytes.len() < 1000);
        assert!(file.header("vary").eq_ignore_ascii_case("accept-encoding"));
    }
    for path in [
        "/login?next=%2Fxxxxxxxxxxxxxxxx",
        "/nowhere",
        "/api/accounts/auth/session/",
    ] {
        let page = site
            .browser()
            .send(get(path).header("accept-encoding", "gzip, br"))
            .await;
        assert_eq!(page.header("content-encoding"), "", "{path}");
    }
}

#[tokio::test]
async fn precompressed_file_is_sent_unchanged() {
    let site = with_files().await;
    let path = site.folder.path().join("site/pkg/portcullis.js.br");
    std::fs::write(path, "precompressed").expect("a file");
    let response = site
        .send(get("/pkg/portcullis.js").header("accept-encoding", "br"))
        .await;
    assert_eq!(
        (response.header("content-encoding"), response.text()),
        ("br", "precompressed")
    );
    assert_eq!(response.header("content-type"), "text/javascript");
}

/// Each response would otherwise cost the time of its compression.
#[tokio::test]
async fn file_of_current_version_is_compressed_once() {
    let site = Site::with_routes(HTTP, |portcullis, options| {
        let file = Path::new(&*options.site_root).join("pkg/portcullis.js");
        std::fs::write(file, script()).expect("a file");
        server::router::router(portcullis, options)
    })
    .await;
    let path = versioned(site.browser().load("/").await.text(), "portcullis.js");
    let request =
        |method, encoding| RequestBuilder::new(method, &path).header("accept-encoding", encoding);
    // A response that is compressed while it is sent has no length.
    let in_memory = async {
        loop {
            let response = site.send(request(Method::GET, "gzip, br")).await;
            assert_eq!(response.header("content-encoding"), "br");
            if !response.header("content-length").is_empty() {
                return response;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let response = timeout(Duration::from_secs(60), in_memory).await;
    let response = response.expect("compressed in the background");
    let mut decoded = Vec::new();
    brotli::BrotliDecompress(&mut &response.bytes[..], &mut decoded).expect("Brotli");
    assert_eq!(decoded, script().as_bytes());
    let length = response.header("content-length");
    assert_eq!(length, response.bytes.len().to_string());
    for (name, value) in [
        ("content-type", "text/javascript"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("vary", "accept-encoding"),
        ("accept-ranges", ""),
    ] {
        assert_eq!(response.header(name), value, "{name}");
    }
    let head = site.send(request(Method::HEAD, "br")).await;
    assert_eq!(
        (head.bytes.len(), head.header("content-length")),
        (0, length)
    );
    let gzip = site.send(request(Method::GET, "gzip")).await;
    assert_eq!(gzip.header("content-encoding"), "gzip");
    let part = request(Method::GET, "br").header("range", "bytes=0-5");
    let part = site.send(part).await;
    assert_eq!((part.status, part.text()), (206, "export"));
    let since = response.header("last-modified");
    let unchanged = request(Method::GET, "br").header("if-modified-since", since);
    assert_eq!(site.send(unchanged).await.status, 304);
}

#[tokio::test]
async fn missing_script_is_404_as_json() {
    let site = with_files().await;
    for path in ["/pkg/nowhere.js", "/pkg/a/b", "/pkg/%00"] {
        site.send(get(path).header("accept", "*/*"))
            .await
            .expect_error(404, "not_found");
    }
}

#[tokio::test]
async fn path_outside_of_the_site_is_404() {
    let site = with_files().await;
    let long = format!("/{}", "a".repeat(5000));
    for path in [
        "/../secret",
        "/../p.db",
        "/pkg/../../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/pkg/..%2f..%2fsecret",
        "/%2e%2e%2fp.db",
        "/..\\secret",
        "/pkg/%2fetc%2fpasswd",
        &long,
        "//etc/passwd",
        "/./../secret",
        "/pkg",
    ] {
        let response = site.send(get(path)).await;
        assert_eq!(response.status, 404, "{path}");
    }
}
