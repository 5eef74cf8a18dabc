//! Addresses with a query.

/// Returns the address of `path` with the fields that have a value.
pub(super) fn address(path: &str, fields: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    let given = fields.iter().filter(|(_, value)| !value.is_empty());
    for (n, (name, value)) in given.enumerate() {
        address.push(if n == 0 { '?' } else { '&' });
        address.push_str(name);
        address.push('=');
        push_escaped(&mut address, value);
    }
    address
}

/// Appends a value with percent-encodings, the same on the server and in the browser. The
/// encoding of the router differs between the two.
fn push_escaped(address: &mut String, value: &str) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' | b':' => {
                address.push(char::from(byte));
            }
            _ => {
                let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or('0');
                address.extend(['%', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn fields_are_escaped_and_empty_ones_left_out() {
        let fields = [
            ("search", "a&b=c d+e%#?/\""),
            ("order", ""),
            ("after", "é-1:ada@example.org"),
        ];
        assert_eq!(
            address("/admin", &fields),
            "/admin?search=a%26b%3Dc%20d%2Be%25%23%3F%2F%22&after=%C3%A9-1:ada@example.org"
        );
        assert_eq!(address("/admin", &[("order", "")]), "/admin");
    }
}
