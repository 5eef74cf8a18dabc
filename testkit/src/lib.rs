//! What the tests and benchmarks of this workspace share.
//!
//! | module | feature | holds |
//! |---|---|---|
//! | `rng` | | seeded pseudo-random numbers |
//! | `program` | | the program as a child process: its environment, its address |
//! | `postgres` | `database` | databases of a test's own on a `PostgreSQL` server |
//! | `place` | `service` | a folder, and a database of either kind |
//! | `installation` | `service` | the library on a place, with a clock that the test moves |
//! | `bench` | `service` | loads, comparisons and reports of the benchmarks |

#![allow(
    clippy::missing_panics_doc,
    clippy::new_without_default,
    reason = "a test that cannot go on panics"
)]

#[cfg(feature = "service")]
pub mod bench;
#[cfg(feature = "service")]
pub mod installation;
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

/// Instantiates each test for each database: `on_both! { Fixture: first; second; }`
/// calls `first` and `second` with what `Fixture::on_sqlite` and
/// `Fixture::on_postgres` return.
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
