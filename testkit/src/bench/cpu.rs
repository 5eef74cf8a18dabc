//! How much processor time a process has used. Unlike a rate, it does not suffer
//! from what else runs on the machine.

use std::{fs, time::Duration};

/// The kernel counts in hundredths of a second wherever it is asked like this,
/// whatever its own clock does (proc(5), `sysconf(_SC_CLK_TCK)`).
const TICK: Duration = Duration::from_millis(10);

/// The user and system time of a process and all of its threads. None where the
/// system has no `/proc`.
pub fn used_by(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in brackets may hold anything; utime and stime are the fields 14
    // and 15 of the line, and the third is the first after the name.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let mut ticks = || times.next()?.parse::<u32>().ok();
    Some(TICK * (ticks()? + ticks()?))
}
