//! What happens in one step, and how a trace tells it.

use crate::{
    network::{Kind, Message, Verdict},
    state::{CURRENT, Note, Party},
};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// A tick passes; what has been under way too long is lost.
    Tick,
    Sends(u8),
    Judged {
        by: Party,
        presented: u8,
        verdict: Verdict,
        granted: u8,
        /// A copy of the request is still under way.
        is_copied: bool,
    },
    /// The row is read and judged, and not written yet.
    Reads(u8, Verdict, bool),
    /// The write of a judged request found another state than it was judged by.
    JudgesAgain(u8),
    Received(Message, bool),
    Lost(Message),
    Uses(Party, u8),
    NoteWritten(Note),
    NoteLost(Note),
    PowerLoss {
        commits: usize,
        back_to: u8,
    },
    Copies(u8),
}

impl Event {
    /// The event in words. `offset` turns the generations of the normalised
    /// state before into those since sign-in.
    pub(crate) fn describe(&self, offset: i16) -> String {
        let name = |generation: u8| format!("g{}", i16::from(generation) + offset);
        match *self {
            Self::Tick => "a tick passes".into(),
            Self::Sends(presented) => format!("browser sends a refresh with {}", name(presented)),
            Self::Judged {
                by,
                presented,
                verdict,
                granted,
                is_copied,
            } => {
                let copied = if is_copied {
                    " (a copy comes later)"
                } else {
                    ""
                };
                let granted = match verdict {
                    Verdict::Reuse => "the session ends".into(),
                    Verdict::Renew => format!("access {}", name(granted)),
                    _ => format!("access and refresh {}", name(granted)),
                };
                format!(
                    "server judges {} of the {}: {verdict:?}, {granted}{copied}",
                    name(presented),
                    party(by)
                )
            }
            Self::Reads(presented, verdict, is_copied) => {
                let copied = if is_copied {
                    " (a copy comes later)"
                } else {
                    ""
                };
                format!("server reads for {}: {verdict:?}{copied}", name(presented))
            }
            Self::JudgesAgain(presented) => {
                format!(
                    "server could not write for {}: it reads again",
                    name(presented)
                )
            }
            Self::Received(message, is_copied) => {
                let copied = if is_copied {
                    " (a copy comes later)"
                } else {
                    ""
                };
                format!("browser receives {}{copied}", content(message, name))
            }
            Self::Lost(message) => format!("lost: {}", content(message, name)),
            Self::Uses(by, generation) => format!("{} uses access {}", party(by), name(generation)),
            Self::NoteWritten(note) => {
                format!(
                    "server writes that {} was used {} ago",
                    name(note.generation),
                    note.age
                )
            }
            Self::NoteLost(note) => {
                format!("server forgets that {} was used", name(note.generation))
            }
            Self::PowerLoss { commits, back_to } => {
                format!(
                    "power loss: {commits} commits are gone, the row is at {} again",
                    name(back_to)
                )
            }
            Self::Copies(refresh) => format!("thief copies the jar: refresh {}", name(refresh)),
        }
    }
}

/// What is to be added to a generation of the first state to count from 0.
pub(crate) fn first_offset() -> i16 {
    -i16::from(CURRENT)
}

fn party(party: Party) -> &'static str {
    match party {
        Party::Browser => "browser",
        Party::Thief => "thief",
    }
}

fn content(message: Message, name: impl Fn(u8) -> String) -> String {
    let generation = name(message.generation);
    match message.kind {
        Kind::Request => format!("the request with {generation}"),
        Kind::Judged(_) => format!("the judged request with {generation}"),
        Kind::Tokens => format!("access and refresh {generation}"),
        Kind::Access => format!("access {generation}"),
        Kind::Empty => "nothing".into(),
    }
}
