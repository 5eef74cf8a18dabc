//! Running a program whose output is copied, so that its last lines can be shown again.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, PipeReader, Write as _};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Enough for the failed tests of one run, with the details of the last one.
const KEPT_LINES: usize = 80;
/// A process that the program left behind may keep the pipe open.
const WAIT_FOR_THE_REST: Duration = Duration::from_secs(2);

type Lines = Arc<Mutex<VecDeque<String>>>;

/// Runs the program to its end, copies both of its streams to standard output, and returns the
/// last lines.
pub(crate) fn run(command: &mut Command) -> (io::Result<ExitStatus>, String) {
    let lines = Lines::default();
    let status = run_into(command, &lines);
    let last = lines.lock().unwrap_or_else(PoisonError::into_inner);
    (status, last.iter().map(String::as_str).collect())
}

fn run_into(command: &mut Command, lines: &Lines) -> io::Result<ExitStatus> {
    let (reader, writer) = io::pipe()?;
    let child = command.stdout(writer.try_clone()?).stderr(writer).spawn();
    // The command holds the writing end until it gets other streams.
    command.stdout(Stdio::inherit()).stderr(Stdio::inherit());
    let mut child = child?;
    let kept = Arc::clone(lines);
    let copying = thread::spawn(move || copy(reader, &kept));
    let status = child.wait()?;
    let end = Instant::now() + WAIT_FOR_THE_REST;
    while !copying.is_finished() && Instant::now() < end {
        thread::sleep(Duration::from_millis(5));
    }
    Ok(status)
}

fn copy(reader: PipeReader, kept: &Lines) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while reader
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        // A closed pipe does not stop the work.
        let _ = io::stdout().write_all(&line);
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT_LINES {
            kept.pop_front();
        }
        kept.push_back(String::from_utf8_lossy(&line).into_owned());
        line.clear();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn last_lines_of_both_streams_are_kept_in_their_order() {
        let mut program = Command::new("sh");
        program.args(["-c", "seq 100; echo wrong >&2; echo end; exit 3"]);
        let (status, last) = run(&mut program);
        assert_eq!(status.expect("sh starts").code(), Some(3));
        let lines: Vec<&str> = last.lines().collect();
        assert_eq!(lines.len(), KEPT_LINES);
        assert_eq!(lines[0], "23");
        assert_eq!(lines[KEPT_LINES - 3..], ["100", "wrong", "end"]);
    }

    #[test]
    fn process_left_behind_does_not_stop_the_run() {
        let mut program = Command::new("sh");
        program.args(["-c", "sleep 30 & echo started"]);
        let (status, last) = run(&mut program);
        assert!(status.expect("sh starts").success());
        assert_eq!(last, "started\n");
    }
}
