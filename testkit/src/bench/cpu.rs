//! The processor time of a process. Unlike a rate, it does not depend on other work on
//! the machine.

use std::{fs, time::Duration};

/// The unit of the times in `/proc`: a hundredth of a second, whatever the kernel's own
/// clock rate (proc(5), `sysconf(_SC_CLK_TCK)`).
const TICK: Duration = Duration::from_millis(10);

/// Returns the user and system time of a process and all of its threads; `None` if the
/// system has no `/proc`.
pub fn used_by(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may contain any character. The first field after it is
    // field 3 of the line; utime and stime are fields 14 and 15.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let mut ticks = || times.next()?.parse::<u32>().ok();
    Some(TICK * (ticks()? + ticks()?))
}
