//! Three processes on one `PostgreSQL`: a session works on each of them, and ends on all of
//! them within a second.

use std::{
    array,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use portcullis::{
    Portcullis,
    accounts::{DisplayName, Email, NewPassword, SignedInAccount},
    wire::{Code, SIGNED_IN_HEADER, paths},
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use testkit::PASSWORD;

use crate::{
    browser::{Browser, Outcome},
    http::{self, Connection, Response},
    installation::{Installation, ORIGIN, Program},
    postgres::{self, run_query},
    wait,
};

const SERVERS: usize = 3;
const SECOND: Duration = Duration::from_secs(1);

/// Three servers, and the session service of the test, which begins sessions without a
/// password.
struct Servers {
    programs: [Program; SERVERS],
    installation: Installation,
    url: String,
    runtime: tokio::runtime::Runtime,
    portcullis: Portcullis,
    account: SignedInAccount,
}

impl Servers {
    fn start(url: String, seconds: u64) -> Self {
        let installation = Installation::on_postgres(&url).with_window(seconds);
        let programs = array::from_fn(|_| installation.start());
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let builder = Portcullis::builder(ORIGIN)
            .postgres(&url)
            .secret_file(installation.folder().join("secret"))
            // A test begins a thousand sessions of one account.
            .max_sessions(10_000)
            .open_without_tasks();
        let portcullis = runtime.block_on(builder).expect("opened");
        let email = Email::parse("ada@example.org").expect("an address");
        let password = NewPassword::parse(PASSWORD).expect("a password");
        let name = DisplayName::default();
        let account = portcullis.accounts().register(&email, &name, &password);
        let account = runtime.block_on(account).expect("an account");
        Self {
            programs,
            installation,
            url,
            runtime,
            portcullis,
            account,
        }
    }

    /// Begins a session and returns its access token.
    fn begin(&self) -> String {
        let begun = self.portcullis.sessions().begin(&self.account, &[]);
        let issued = self.runtime.block_on(begun).expect("begun");
        issued.access.expose().to_owned()
    }

    fn connections(&self) -> [Connection; SERVERS] {
        array::from_fn(|n| Connection::to(self.programs[n].address))
    }

    /// Ends `count` sessions, each on one server, and measures when the last of the other
    /// servers rejects its access token.
    fn measure_revocations(&self, count: usize) -> Latencies {
        const CALLERS: usize = 4;
        let tokens: Vec<_> = (0..count).map(|_| self.begin()).collect();
        let next = AtomicUsize::new(0);
        let measure_all = || {
            let mut connections = self.connections();
            let mut latencies = Vec::new();
            while let Some(token) = tokens.get(next.fetch_add(1, Ordering::Relaxed)) {
                latencies.push(latency(&mut connections, token, latencies.len() % SERVERS));
            }
            latencies
        };
        let latencies = thread::scope(|scope| {
            let callers = [(); CALLERS].map(|()| scope.spawn(measure_all));
            callers
                .map(|caller| caller.join().expect("no panic"))
                .concat()
        });
        Latencies::new(latencies)
    }

    fn execute(&self, statement: &str) {
        run_query(async {
            let mut connection = PgConnection::connect(&self.url).await?;
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut connection)
                .await
        });
    }
}

/// Signs out on one server, and returns how long the others accepted the access token after
/// the response.
fn latency(connections: &mut [Connection; SERVERS], token: &str, on: usize) -> Duration {
    for connection in &mut *connections {
        let response = send(connection, "GET", paths::SESSION, token);
        assert_eq!(response.status, 200, "{response:?}");
    }
    let signed_out = send(&mut connections[on], "POST", paths::LOGOUT, token);
    assert_eq!(signed_out.status, 200, "{signed_out:?}");
    let since = Instant::now();
    for connection in &mut *connections {
        while is_authenticated(&send(connection, "GET", paths::SESSION, token)) {
            assert!(since.elapsed() < wait::TIMEOUT, "the session ends");
            thread::sleep(Duration::from_millis(2));
        }
    }
    since.elapsed()
}

fn send(connection: &mut Connection, method: &str, path: &str, token: &str) -> Response {
    let response = connection.send(&request(method, path, token), wait::TIMEOUT);
    response.expect("a response")
}

fn request(method: &str, path: &str, token: &str) -> String {
    let bearer = format!("Bearer {token}");
    http::request(method, path, &[("authorization", &bearer)], "")
}

/// Returns whether the access token was accepted, by the revocation view. The status also
/// depends on the row of the session, which the handler reads.
fn is_authenticated(response: &Response) -> bool {
    response.header(SIGNED_IN_HEADER) == "true"
}

/// Sorted latencies.
struct Latencies(Vec<Duration>);

impl Latencies {
    fn new(mut latencies: Vec<Duration>) -> Self {
        latencies.sort();
        Self(latencies)
    }

    fn percentile(&self, percent: usize) -> Duration {
        self.0[(self.0.len() - 1) * percent / 100]
    }

    fn print(&self, what: &str) {
        let [median, p90, p99, max] = [50, 90, 99, 100].map(|percent| self.percentile(percent));
        println!(
            "{what}: {} trials, median {median:.1?}, 90 % {p90:.1?}, 99 % {p99:.1?}, \
             longest {max:.1?}",
            self.0.len()
        );
    }
}

/// Sign-in, use, refresh and sign-out, each on another server, in every order of the servers.
#[test]
fn session_works_on_each_of_three_servers() {
    let server = postgres::share();
    let servers = Servers::start(server.new_database(), 6);
    let log = servers.programs[0].log();
    assert!(
        log.contains("the clocks of two servers differ by more than 2s"),
        "{log}"
    );
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    thread::scope(|scope| {
        for [first, second, third] in orders {
            let servers = &servers;
            scope.spawn(move || {
                let mut connections = servers.connections();
                let email = format!("ada{first}{second}{third}@example.org");
                let address = servers.programs[first].address;
                let browser = Browser::register(address, &email, wait::TIMEOUT);
                let mut assert_done = |what: &str, on: usize| {
                    let connection = &mut connections[on];
                    let outcome = match what {
                        "session" => browser.session(connection),
                        "page" => browser.load(connection),
                        _ => browser.refresh(connection),
                    };
                    assert_eq!(outcome, Ok(Outcome::Done), "{what} on {on}");
                };
                assert_done("session", second);
                assert_done("refresh", third);
                // From now on a refresh rotates.
                for on in [second, third, first] {
                    thread::sleep(servers.installation.window());
                    assert_done("refresh", on);
                    for on in 0..SERVERS {
                        assert_done("session", on);
                    }
                }
                assert_done("page", second);
                let request = browser.build_request("GET", paths::SESSION, "*/*", "empty", "");
                let signed_out = browser.post(&mut connections[third], paths::LOGOUT);
                assert_eq!(signed_out.map(|response| response.status), Some(200));
                let since = Instant::now();
                for connection in &mut connections {
                    let mut is_accepted = || {
                        let response = connection.send(&request, wait::TIMEOUT);
                        is_authenticated(&response.expect("a response"))
                    };
                    while is_accepted() {
                        assert!(since.elapsed() < SECOND, "rejected within a second");
                    }
                }
            });
        }
    });
}

#[test]
fn session_end_reaches_all_servers_within_a_second() {
    let server = postgres::share();
    let servers = Servers::start(server.new_database(), 60);
    let latencies = servers.measure_revocations(1000);
    latencies.print("with notifications");
    assert!(latencies.percentile(99) < SECOND);

    servers.execute("DROP TRIGGER sessions_notify_ended ON portcullis.sessions");
    let latencies = servers.measure_revocations(100);
    latencies.print("by polling alone");
    assert!(latencies.percentile(99) < SECOND);
}

/// The requests arrive while the server is frozen. It has to read which sessions have ended
/// before it responds to the first of them.
#[test]
fn frozen_server_rejects_ended_sessions() {
    const CALLERS: usize = 8;
    let server = postgres::share();
    let servers = Servers::start(server.new_database(), 60);
    let [frozen, other, _] = &servers.programs;
    for freeze in [3, 12] {
        let tokens: [String; CALLERS] = array::from_fn(|_| servers.begin());
        let kept = servers.begin();
        let mut callers = array::from_fn::<_, CALLERS, _>(|_| Connection::to(frozen.address));
        for (caller, token) in callers.iter_mut().zip(&tokens) {
            let response = send(caller, "GET", paths::SESSION, token);
            assert!(is_authenticated(&response), "{response:?}");
        }
        frozen.signal("-STOP");
        let mut ending = Connection::to(other.address);
        for (caller, token) in callers.iter_mut().zip(&tokens) {
            let signed_out = send(&mut ending, "POST", paths::LOGOUT, token);
            assert_eq!(signed_out.status, 200, "{signed_out:?}");
            let request = request("GET", paths::SESSION, token);
            caller.send_beginning(&request, SECOND).expect("sent");
        }
        thread::sleep(freeze * SECOND);
        frozen.signal("-CONT");
        for caller in &mut callers {
            let response = caller.receive(wait::TIMEOUT).expect("a response");
            assert!(!is_authenticated(&response), "{response:?}");
            let (status, code) = (response.status, response.code());
            assert_eq!((status, code), (401, Code::SessionEnded.as_str()));
        }
        let response = send(&mut callers[0], "GET", paths::SESSION, &kept);
        assert_eq!(response.status, 200, "{response:?}");
    }
}
