//! A value in the log. An attacker may have chosen it, so it cannot forge a line or hide a part
//! of one, and a long value is cut.

use std::fmt;

/// The number of bytes of a value that are written.
const MAX_VALUE_BYTES: usize = 1000;

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Line breaks, control characters, and characters that change the direction of a text are
    /// escaped as in Rust.
    Plain,
    /// The same, and quotes and backslashes too.
    Quoted,
    /// As in a string of JSON (RFC 8259, section 7).
    Json,
}

/// Writes a value.
pub(crate) struct Escaped<'l> {
    line: &'l mut String,
    style: Style,
    /// How many bytes may still be written.
    left: usize,
}

impl<'l> Escaped<'l> {
    pub(crate) fn new(line: &'l mut String, style: Style) -> Self {
        Self {
            line,
            style,
            left: MAX_VALUE_BYTES,
        }
    }

    /// Writes the next part of the value.
    pub(crate) fn write(&mut self, text: &str) {
        let style = self.style;
        let kept = &text[..text.floor_char_boundary(self.left)];
        // Nearly every value.
        let is_plain_byte = |byte| matches!(byte, b' '..=b'~') && !style.escapes(char::from(byte));
        // Without an early exit, so that the compiler can look at many bytes at a time.
        let are_plain = kept
            .bytes()
            .fold(true, |all, byte| all & is_plain_byte(byte));
        if are_plain {
            self.line.push_str(kept);
        } else {
            for char in kept.chars() {
                if is_plain(char) && !style.escapes(char) {
                    self.line.push(char);
                } else {
                    style.escape(char, self.line);
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
        self.write(text);
        Ok(())
    }
}

impl Style {
    /// Returns whether a printable character is escaped.
    const fn escapes(self, char: char) -> bool {
        matches!(self, Self::Quoted | Self::Json) && matches!(char, '"' | '\\')
    }

    fn escape(self, char: char, line: &mut String) {
        match (self, char) {
            (Self::Plain | Self::Quoted, _) => line.extend(char.escape_debug()),
            (Self::Json, '"' | '\\') => line.extend(['\\', char]),
            (Self::Json, _) => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    line.push_str("\\u");
                    let digit = |shift: u32| char::from_digit(u32::from(*unit) >> shift & 15, 16);
                    line.extend([12, 8, 4, 0].map(|shift| digit(shift).unwrap_or('0')));
                }
            }
        }
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

    fn written(text: &str, style: Style) -> String {
        let mut line = String::new();
        Escaped::new(&mut line, style).write(text);
        line
    }

    fn message(text: &str) -> String {
        written(text, Style::Plain)
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
        let text = "/a\" status=200 \\";
        assert_eq!(written(text, Style::Quoted), r#"/a\" status=200 \\"#);
    }

    #[test]
    fn json_escapes_all_that_is_not_printed() {
        for (text, expected) in [
            ("plain, é and 語", "plain, é and 語"),
            ("a\"b\\c", r#"a\"b\\c"#),
            (
                "a\nb\r\u{0}\u{1b}\u{7f}",
                r"a\u000ab\u000d\u0000\u001b\u007f",
            ),
            ("\u{202e}\u{2028}\u{e0001}", r"\u202e\u2028\udb40\udc01"),
        ] {
            assert_eq!(written(text, Style::Json), expected);
        }
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
        let mut escaped = Escaped::new(&mut line, Style::Plain);
        for _ in 0..5 {
            escaped.write_str(&"b".repeat(300)).expect("a line");
        }
        assert_eq!(line, format!("{}…", "b".repeat(MAX_VALUE_BYTES)));
    }
}
