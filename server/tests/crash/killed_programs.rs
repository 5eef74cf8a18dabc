//! The program is killed repeatedly, at random times, under load. The session of every
//! browser still works, and no browser was ever signed out.

use std::{env, net::SocketAddr, sync::atomic::Ordering, thread, time::Duration};

use sqlx::{Connection as _, PgConnection, SqliteConnection};

use testkit::rng::Rng;

use crate::{
    crowd::Crowd,
    installation::{Installation, Program},
    postgres,
};

const KILLS: u64 = 20;

/// Selects the number of sessions, and how many of them have ended.
const COUNT_SESSIONS: &str = "SELECT count(*), count(ended_at) FROM sessions";

#[test]
fn killed_program_on_sqlite_ends_no_session() {
    let installation = Installation::on_sqlite().with_window(3);
    kill_repeatedly(&installation, 1);
    let database = installation.folder().join("data/portcullis.db");
    let url = format!("sqlite://{}", database.display());
    let sessions: (i64, i64) = postgres::run_query(async {
        let mut connection = SqliteConnection::connect(&url).await?;
        sqlx::query_as(COUNT_SESSIONS)
            .fetch_one(&mut connection)
            .await
    });
    assert_eq!(sessions, (Crowd::size(), 0));
}

/// Three processes share one database, and two of them go on.
#[test]
fn killed_programs_on_postgres_end_no_session() {
    let server = postgres::share();
    let url = server.new_database();
    let installation = Installation::on_postgres(&url).with_window(3);
    kill_repeatedly(&installation, 3);
    assert_eq!(session_counts(&url), (Crowd::size(), 0));
}

/// Returns the number of sessions, and how many of them have ended.
pub(crate) fn session_counts(url: &str) -> (i64, i64) {
    postgres::run_query(async {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::query_as(COUNT_SESSIONS)
            .fetch_one(&mut connection)
            .await
    })
}

/// Returns a random number generator with the seed of `PORTCULLIS_SEED`, or with a new
/// seed. The seed decides which requests and crashes happen and when, but not how the
/// machine schedules them.
pub(crate) fn seeded_rng(name: &str) -> Rng {
    let seed: u64 = match env::var("PORTCULLIS_SEED") {
        Ok(seed) => seed.parse().expect("PORTCULLIS_SEED is a number"),
        Err(_) => uuid::Uuid::now_v7().as_u64_pair().1,
    };
    println!("{name}: PORTCULLIS_SEED={seed}");
    Rng::new(seed)
}

fn kill_repeatedly(installation: &Installation, processes: usize) {
    let mut rng = seeded_rng("killed programs");
    let mut programs: Vec<Program> = (0..processes).map(|_| installation.start()).collect();
    let addresses: Vec<SocketAddr> = programs.iter().map(|program| program.address).collect();
    let crowd = Crowd::start(installation, &addresses, &mut rng);
    for _ in 0..KILLS {
        thread::sleep(random_delay(installation, &mut rng));
        let victim = &mut programs[rng.index(processes)];
        victim.kill();
        victim.start();
        crowd.assert_all_work();
    }
    println!("{:?}", crowd.tally());
    assert!(
        crowd.tally().lost.load(Ordering::Relaxed) > 0,
        "no kill had an effect"
    );
}

/// Returns a random delay within the replay window, or a delay until the window of
/// most browsers has just ended: then a kill is most likely to happen between a
/// rotation and its response.
pub(crate) fn random_delay(installation: &Installation, rng: &mut Rng) -> Duration {
    let window = u64::try_from(installation.window().as_millis()).expect("64 bits");
    let (from, to) = if rng.happens(500) {
        (0, window)
    } else {
        (window - 50, window + 150)
    };
    Duration::from_millis(rng.between(from, to))
}
