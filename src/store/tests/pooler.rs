//! A connection pooler between a process and `PostgreSQL`.

use sqlx::postgres::PgConnectOptions;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream, UnixStream},
};

use super::*;

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

/// Starts a pooler that drops the parameter `options` of each connection, as `PgBouncer` does
/// with `ignore_startup_parameters = options`. Returns its port.
async fn pooler(server: PgConnectOptions) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            // The length, the version of the protocol, and pairs of names and values.
            let length = client.read_u32().await.expect("a length");
            let version = client.read_u32().await.expect("a version");
            let mut pairs = vec![0; usize::try_from(length).expect("small") - 8];
            client.read_exact(&mut pairs).await.expect("pairs");
            let pairs: Vec<_> = pairs.split(|byte| *byte == 0).collect();
            let mut kept = Vec::new();
            for pair in pairs.chunks(2) {
                if !pair[0].is_empty() && pair[0] != b"options" {
                    kept.extend([pair[0], b"\0", pair[1], b"\0"].concat());
                }
            }
            kept.push(0);
            let mut upstream = connect(&server).await;
            let length = u32::try_from(kept.len()).expect("small") + 8;
            upstream.write_u32(length).await.expect("sent");
            upstream.write_u32(version).await.expect("sent");
            upstream.write_all(&kept).await.expect("sent");
            tokio::spawn(async move {
                // It fails when a side is closed.
                let _ = copy_bidirectional(&mut client, &mut upstream).await;
            });
        }
    });
    port
}

/// Otherwise the tables would be created in another schema, and a statement would have no
/// timeout.
#[tokio::test]
async fn pooler_that_drops_settings_stops_the_start() {
    let url = postgres::new_database().await;
    let server: PgConnectOptions = url.parse().expect("a URL");
    let port = pooler(server.clone()).await;
    let (user, name) = (
        server.get_username(),
        server.get_database().expect("a name"),
    );
    let through = format!("postgres://{user}@127.0.0.1:{port}/{name}?sslmode=disable");
    let opened = Store::open_postgres(&through, "portcullis").await;
    let error = opened.expect_err("its settings are dropped");
    assert!(matches!(error, StoreError::SettingsIgnored(_)), "{error}");
    let opened = Store::open_postgres(&url, "portcullis").await;
    opened.expect("without the pooler").close().await;
}
