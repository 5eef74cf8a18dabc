//! Variables with the prefix of this program that Kubernetes sets in every container
//! next to a Service named `portcullis`. Rejecting them as unknown settings would
//! prevent the server from starting there.
//!
//! <https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>

/// Whether Kubernetes has set this variable. If an operator may have chosen the same
/// name, the value decides: an operator's `PORTCULLIS_PORT=8080` is not ignored.
pub(super) fn is_set_by_kubernetes(name: &str, value: &str) -> bool {
    let is_url = value.starts_with("tcp://") || value.starts_with("udp://");
    match name.split('_').collect::<Vec<_>>().as_slice() {
        ["PORT"] => is_url,
        ["SERVICE", "HOST"] => value.parse::<std::net::IpAddr>().is_ok(),
        ["SERVICE", "PORT", ..] => value.parse::<u16>().is_ok(),
        ["PORT", port, "TCP" | "UDP", rest @ ..] => {
            port.parse::<u16>().is_ok() && matches!(rest, [] | ["PROTO" | "PORT" | "ADDR"])
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_set_by_kubernetes;

    #[test]
    fn only_variables_of_kubernetes_are_recognized() {
        for (name, value) in [
            ("SERVICE_HOST", "10.0.0.11"),
            ("SERVICE_PORT", "3000"),
            ("SERVICE_PORT_HTTP", "3000"),
            ("PORT", "tcp://10.0.0.11:3000"),
            ("PORT_3000_TCP", "tcp://10.0.0.11:3000"),
            ("PORT_3000_TCP_PROTO", "tcp"),
            ("PORT_3000_TCP_PORT", "3000"),
            ("PORT_3000_TCP_ADDR", "10.0.0.11"),
        ] {
            assert!(is_set_by_kubernetes(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("PORT", "8080"),
            ("SERVICE", "x"),
            ("PORT_3000", "1"),
            ("PORT_3000_TCP_HOST", "x"),
            ("SERVICE_HOST", "app.example.org"),
        ] {
            assert!(!is_set_by_kubernetes(name, value), "{name}={value}");
        }
    }
}
