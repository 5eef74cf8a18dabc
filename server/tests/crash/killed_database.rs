//! The `PostgreSQL` server dies under load, again and again, with all connections
//! and, since rotations do not wait for its disk, with the last commits.

use std::{net::SocketAddr, sync::atomic::Ordering, thread};

use crate::{
    crowd::Crowd,
    installation::{Installation, Program},
    killed_programs::{ended_on_postgres, moment, seeded},
    postgres::{self, Crash},
};

const KILLS: u64 = 20;

#[test]
fn every_browser_keeps_its_session() {
    let server = postgres::take();
    let url = server.new_database();
    let installation = Installation::on_postgres(&url).with_window(3);
    let mut rng = seeded("killed database");
    let programs: Vec<Program> = (0..2).map(|_| installation.start()).collect();
    let addresses: Vec<SocketAddr> = programs.iter().map(|program| program.address).collect();
    let crowd = Crowd::gather(&installation, &addresses, &mut rng);
    for _ in 0..KILLS {
        thread::sleep(moment(&installation, &mut rng));
        let how = if rng.happens(500) {
            Crash::Stop
        } else {
            Crash::Process
        };
        server.crash(how, &url);
        crowd.all_work();
    }
    println!("{:?}", crowd.tally());
    assert!(
        crowd.tally().busy.load(Ordering::Relaxed) > 0,
        "no crash hit"
    );
    assert_eq!(ended_on_postgres(&url), (Crowd::size(), 0));
}
