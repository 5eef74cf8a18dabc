//! A connection pooler between a process and `PostgreSQL`.

use sqlx::postgres::PgConnectOptions;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream, UnixStream},
};

use super::*;
use crate::store::connection::backend::Durability;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Connects to the server of a URL.
async fn connect(options: &PgConnectOptions) -> Box<dyn Stream> {
    let port = options.get_port();
    if let Some(folder) = options.get_socket() {
        let socket = folder.join(format!(".s.PGSQL.{port}"));
        return Box::new(UnixStream::connect(socket).await.expect("connected"));
    }
    let address = (options.get_host(), port);
    Box::new(TcpStream::connect(address).await.expect("connected"))
}

/// The parameters of a connection that `PgBouncer` does not reject; the last one ends the list.
const KNOWN: [&str; 6] = [
    "user",
    "database",
    "DateStyle",
    "client_encoding",
    "TimeZone",
    "",
];

/// Starts a pooler that rejects the parameters of a connection that `PgBouncer` does not know by
/// default. Returns its port.
async fn pooler(server: PgConnectOptions) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            // The length, the version of the protocol, and pairs of names and values.
            let length = client.read_u32().await.expect("a length");
            let version = client.read_u32().await.expect("a version");
            let mut parameters = vec![0; usize::try_from(length).expect("small") - 8];
            client.read_exact(&mut parameters).await.expect("pairs");
            let pairs: Vec<_> = parameters.split(|byte| *byte == 0).collect();
            for pair in pairs.chunks(2) {
                let name = std::str::from_utf8(pair[0]).expect("UTF-8");
                assert!(
                    KNOWN.contains(&name),
                    "unsupported startup parameter: {name}"
                );
            }
            let mut upstream = connect(&server).await;
            upstream.write_u32(length).await.expect("sent");
            upstream.write_u32(version).await.expect("sent");
            upstream.write_all(&parameters).await.expect("sent");
            tokio::spawn(async move {
                // It fails when a side is closed.
                let _ = copy_bidirectional(&mut client, &mut upstream).await;
            });
        }
    });
    port
}

/// Otherwise the tables would be created in another schema, a statement would have no timeout,
/// and every commit would be as durable as the server's default.
#[tokio::test]
async fn settings_hold_behind_a_pooler_that_knows_none() {
    let url = postgres::new_database().await;
    let server: PgConnectOptions = url.parse().expect("a URL");
    let port = pooler(server.clone()).await;
    let (user, name) = (
        server.get_username(),
        server.get_database().expect("a name"),
    );
    let through = format!("postgres://{user}@127.0.0.1:{port}/{name}?sslmode=disable");
    let store = Store::open_postgres(&through, "portcullis", ConnectionCounts::default()).await;
    let store = store.expect("opened");
    for (durability, commit) in [(Durability::Full, "on"), (Durability::Relaxed, "off")] {
        let settings = async {
            with_connection!(store.backend.write(durability), async |connection| {
                let settings: (String, String, String, String) = sqlx::query_as(
                    "SELECT current_setting('search_path'), current_setting('statement_timeout'),
                            current_setting('idle_in_transaction_session_timeout'),
                            current_setting('synchronous_commit')",
                )
                .fetch_one(connection)
                .await?;
                Ok(settings)
            })
        };
        let settings = settings.await.expect("read");
        let expected = ["portcullis", "5s", "5s", commit].map(str::to_owned);
        assert_eq!(<[String; 4]>::from(settings), expected);
    }
    store.close().await;
}
