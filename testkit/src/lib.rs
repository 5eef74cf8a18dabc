//! Helpers shared by the tests and benchmarks of this workspace.
//!
//! | module | feature | holds |
//! |---|---|---|
//! | `rng` | | seeded pseudo-random numbers |
//! | `program` | | the program as a child process: its environment, its address |
//! | `certificates` | `certificates` | certificates for TLS, of an authority of the test |
//! | `jose` | `jose` | an independent library that signs and verifies tokens |
//! | `postgres` | `database` | a `PostgreSQL` database for each test |
//! | `place` | `service` | a folder, and a `SQLite` or `PostgreSQL` database |
//! | `installation` | `service` | the library on such a database, with a test clock |
//! | `bench` | `service` | loads, comparisons and reports of the benchmarks |

#![allow(
    clippy::missing_panics_doc,
    clippy::new_without_default,
    reason = "a test that fails panics"
)]

#[cfg(feature = "service")]
pub mod bench;
#[cfg(feature = "certificates")]
pub mod certificates;
#[cfg(feature = "service")]
pub mod installation;
#[cfg(feature = "jose")]
pub mod jose;
#[cfg(feature = "service")]
pub mod place;
#[cfg(feature = "database")]
pub mod postgres;
pub mod program;
pub mod rng;

/// The e-mail address of the account that most tests use.
pub const EMAIL: &str = "ada@example.org";

/// The password of that account.
pub const PASSWORD: &str = "correct horse battery staple";

/// Defines each test once for each database: `on_both! { Fixture: first; second; }`
/// calls `first` and `second` with the values of `Fixture::on_sqlite()` and
/// `Fixture::on_postgres()`.
#[macro_export]
macro_rules! on_both {
    ($fixture:ident: $($test:ident;)+) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(super::$fixture::on_sqlite().await).await;
                }
            )+
        }

        mod on_postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(super::$fixture::on_postgres().await).await;
                }
            )+
        }
    };
}
