//! The `PostgreSQL` server is killed repeatedly under load. It loses all connections
//! and, because rotations do not wait for its disk, the last commits.

use std::{net::SocketAddr, sync::atomic::Ordering, thread};

use crate::{
    crowd::Crowd,
    installation::{Installation, Program},
    killed_programs::{random_delay, seeded_rng, session_counts},
    postgres::{self, Crash},
};

const KILLS: u64 = 20;

#[test]
fn killed_database_ends_no_session() {
    let server = postgres::take();
    let url = server.new_database();
    let installation = Installation::on_postgres(&url).with_window(3);
    let mut rng = seeded_rng("killed database");
    let programs: Vec<Program> = (0..2).map(|_| installation.start()).collect();
    let addresses: Vec<SocketAddr> = programs.iter().map(|program| program.address).collect();
    let crowd = Crowd::start(&installation, &addresses, &mut rng);
    for _ in 0..KILLS {
        thread::sleep(random_delay(&installation, &mut rng));
        let how = if rng.happens(500) {
            Crash::Stop
        } else {
            Crash::Process
        };
        server.crash(how, &url);
        crowd.assert_all_work();
    }
    println!("{:?}", crowd.tally());
    assert!(
        crowd.tally().busy.load(Ordering::Relaxed) > 0,
        "no crash had an effect"
    );
    assert_eq!(session_counts(&url), (Crowd::size(), 0));
}
