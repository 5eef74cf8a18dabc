//! The errors of the settings file.

use super::*;

#[test]
fn mistake_in_the_file_is_located() {
    for (file, part) in [
        (
            "listen = \"127.0.0.1:1\"\norigin = https",
            "portcullis.toml, line 2: ",
        ),
        ("[http]\nlisten = \"127.0.0.1:1\"", "`http` in "),
        ("listen = 3000", "write the value in quotation marks"),
        ("access_lifetime = \"soon\"", "access_lifetime in "),
    ] {
        let message = message(&NO_VARIABLES, Some(file));
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn missing_configured_file_is_an_error() {
    let message = message(&[("PORTCULLIS_CONFIG", "nowhere.toml")], None);
    assert!(message.contains("nowhere.toml cannot be read"), "{message}");
}
