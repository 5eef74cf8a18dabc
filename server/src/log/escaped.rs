//! A value in the log. An attacker may have chosen it, so it cannot forge a line or hide a part
//! of one, and a long value is cut.

use std::fmt;

/// The number of bytes of a value that are written.
const MAX_VALUE_BYTES: usize = 1000;

/// Writes a value. Line breaks, control characters, and characters that change the direction of
/// a text are escaped as in Rust.
pub(super) struct Escaped<'l> {
    line: &'l mut String,
    /// How many bytes may still be written.
    left: usize,
}

impl<'l> Escaped<'l> {
    pub(super) fn new(line: &'l mut String) -> Self {
        Self {
            line,
            left: MAX_VALUE_BYTES,
        }
    }

    /// Writes a text in quotes.
    pub(super) fn quoted(&mut self, text: &str) {
        self.line.push('"');
        self.write(text, |char| matches!(char, '"' | '\\'));
        self.line.push('"');
    }

    /// Writes the next part of the value. `is_special` holds for the printable characters that
    /// are escaped too.
    fn write(&mut self, text: &str, is_special: fn(char) -> bool) {
        let kept = &text[..text.floor_char_boundary(self.left)];
        // Nearly every value.
        let is_plain_byte = |byte| matches!(byte, b' '..=b'~') && !is_special(char::from(byte));
        if kept.bytes().all(is_plain_byte) {
            self.line.push_str(kept);
        } else {
            for char in kept.chars() {
                if is_plain(char) && !is_special(char) {
                    self.line.push(char);
                } else {
                    self.line.extend(char.escape_debug());
                }
            }
        }
        if text.len() <= self.left {
            self.left -= text.len();
        } else if self.left > 0 {
            self.line.push('…');
            self.left = 0;
        }
    }
}

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write(text, |_| false);
        Ok(())
    }
}

/// Returns whether a character is printed as it is. Quotes are, although Rust escapes them.
fn is_plain(char: char) -> bool {
    matches!(char, ' '..='~') || (!char.is_ascii() && char.escape_debug().len() == 1)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn message(text: &str) -> String {
        let mut line = String::new();
        Escaped::new(&mut line).write(text, |_| false);
        line
    }

    fn quoted(text: &str) -> String {
        let mut line = String::new();
        Escaped::new(&mut line).quoted(text);
        line
    }

    #[test]
    fn line_breaks_and_control_characters_are_escaped() {
        for (text, expected) in [
            (
                "plain `text` with \"quotes\", é and 語",
                "plain `text` with \"quotes\", é and 語",
            ),
            ("a\nINFO forged\r\n", "a\\nINFO forged\\r\\n"),
            ("\u{1b}[2J\u{7}", "\\u{1b}[2J\\u{7}"),
            ("\u{202e}gnp.exe\u{2066}", "\\u{202e}gnp.exe\\u{2066}"),
            ("", ""),
        ] {
            assert_eq!(message(text), expected);
        }
    }

    #[test]
    fn quoted_text_ends_at_its_quote() {
        assert_eq!(quoted("/a\" status=200 \\"), r#""/a\" status=200 \\""#);
    }

    #[test]
    fn long_value_is_cut_between_characters() {
        let text = format!("{}é", "a".repeat(MAX_VALUE_BYTES - 1));
        let expected = format!("{}…", "a".repeat(MAX_VALUE_BYTES - 1));
        assert_eq!(message(&text), expected);
        assert_eq!(message(&"a".repeat(MAX_VALUE_BYTES)).len(), MAX_VALUE_BYTES);
    }

    #[test]
    fn value_in_parts_is_cut_once() {
        let mut line = String::new();
        let mut escaped = Escaped::new(&mut line);
        for _ in 0..5 {
            escaped.write_str(&"b".repeat(300)).expect("a line");
        }
        assert_eq!(line, format!("{}…", "b".repeat(MAX_VALUE_BYTES)));
    }
}
