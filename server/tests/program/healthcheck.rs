//! `portcullis healthcheck`, as containers and systemd run it.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    thread,
};

use crate::installation::Installation;

fn installation(address: SocketAddr) -> Installation {
    Installation::new().with("LISTEN", &address.to_string())
}

#[test]
fn live_server_is_exit_code_0_and_a_sentence() {
    let served = Installation::new();
    let server = served.serve();
    let healthy = installation(server.address).run(&["healthcheck"]);
    let expected = format!("the server at {}: alive\n", server.address);
    assert_eq!(
        (healthy.code, &*healthy.out, &*healthy.err),
        (Some(0), &*expected, "")
    );
}

#[test]
fn no_server_is_exit_code_1_and_a_sentence() {
    let unused = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = unused.local_addr().expect("an address");
    drop(unused);
    let message = installation(address).fails(&["healthcheck"], 1);
    let expected = format!("no healthy server at {address}: ");
    assert!(message.starts_with(&expected), "{message}");
}

#[test]
fn other_status_and_other_program_are_exit_code_1() {
    for (response, shown) in [
        (
            "HTTP/1.1 503 Service Unavailable\r\n\r\n{\"code\":\"tasks_missing\"}",
            r#"the server responded "HTTP/1.1 503" "{\"code\":\"tasks_missing\"}""#,
        ),
        ("SSH-2.0-x\r\n", r#"the server responded "SSH-2.0-x" """#),
        ("", r#"the server responded "" """#),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut request = [0; 1024];
            let length = stream.read(&mut request).expect("a request");
            stream.write_all(response.as_bytes()).expect("sent");
            request[..length].starts_with(b"GET /healthz HTTP/1.1\r\n")
        });
        let message = installation(address).fails(&["healthcheck"], 1);
        let expected = format!("no healthy server at {address}: {shown}");
        assert_eq!(message, expected);
        assert!(server.join().expect("no panic"), "it asks for /healthz");
    }
}

#[test]
fn silent_program_is_exit_code_1() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address");
    let message = installation(address).fails(&["healthcheck"], 1);
    let expected = format!("no healthy server at {address}: no response within 3 s");
    assert_eq!(message, expected);
}
