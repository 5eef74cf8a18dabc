//! The program is killed at random moments, under load, again and again. Every
//! browser still holds a session that works, and none was ever told otherwise.

use std::{env, net::SocketAddr, sync::atomic::Ordering, thread, time::Duration};

use sqlx::{Connection as _, PgConnection, SqliteConnection};

use testkit::rng::Rng;

use crate::{
    crowd::Crowd,
    installation::{Installation, Program},
    postgres,
};

const KILLS: u64 = 20;

/// How many sessions there are, and how many of them have ended.
const COUNT: &str = "SELECT count(*), count(ended_at) FROM sessions";

#[test]
fn on_sqlite() {
    let installation = Installation::on_sqlite().with_window(3);
    killed_again_and_again(&installation, 1);
    let database = installation.folder().join("data/portcullis.db");
    let url = format!("sqlite://{}", database.display());
    let sessions: (i64, i64) = postgres::wait_for(async {
        let mut connection = SqliteConnection::connect(&url).await?;
        sqlx::query_as(COUNT).fetch_one(&mut connection).await
    });
    assert_eq!(sessions, (Crowd::size(), 0));
}

/// Three processes on one database, of which two go on.
#[test]
fn on_postgres() {
    let server = postgres::share();
    let url = server.new_database();
    let installation = Installation::on_postgres(&url).with_window(3);
    killed_again_and_again(&installation, 3);
    assert_eq!(ended_on_postgres(&url), (Crowd::size(), 0));
}

/// How many sessions there are, and how many of them have ended.
pub(crate) fn ended_on_postgres(url: &str) -> (i64, i64) {
    postgres::wait_for(async {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::query_as(COUNT).fetch_one(&mut connection).await
    })
}

/// A seed that is another each time, unless `PORTCULLIS_SEED` names one. It
/// chooses what is done and when; what else the machine does is not in it.
pub(crate) fn seeded(name: &str) -> Rng {
    let seed: u64 = match env::var("PORTCULLIS_SEED") {
        Ok(seed) => seed.parse().expect("PORTCULLIS_SEED is a number"),
        Err(_) => uuid::Uuid::now_v7().as_u64_pair().1,
    };
    println!("{name}: PORTCULLIS_SEED={seed}");
    Rng::new(seed)
}

fn killed_again_and_again(installation: &Installation, processes: usize) {
    let mut rng = seeded("killed programs");
    let mut programs: Vec<Program> = (0..processes).map(|_| installation.start()).collect();
    let addresses: Vec<SocketAddr> = programs.iter().map(|program| program.address).collect();
    let crowd = Crowd::gather(installation, &addresses, &mut rng);
    for _ in 0..KILLS {
        thread::sleep(moment(installation, &mut rng));
        let victim = &mut programs[rng.index(processes)];
        victim.kill();
        victim.start();
        crowd.all_work();
    }
    println!("{:?}", crowd.tally());
    assert!(
        crowd.tally().lost.load(Ordering::Relaxed) > 0,
        "no kill hit"
    );
}

/// Any time, or just when the window is over for most of the crowd: then a kill
/// is most likely to fall between a rotation and its answer.
pub(crate) fn moment(installation: &Installation, rng: &mut Rng) -> Duration {
    let window = u64::try_from(installation.window().as_millis()).expect("short");
    let (from, to) = if rng.happens(500) {
        (0, window)
    } else {
        (window - 50, window + 150)
    };
    Duration::from_millis(rng.between(from, to))
}
