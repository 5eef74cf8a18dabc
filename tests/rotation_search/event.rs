//! The events of the model, and their description in a trace.

use crate::{
    network::{Kind, Message, Verdict},
    normal::{CURRENT, GENERATIONS, Numbers},
    state::{Party, PendingUse},
};

/// The names of a state's generations in a trace: numbers that count from sign-in.
pub(crate) struct Names([i16; GENERATIONS]);

impl Names {
    pub(crate) fn initial() -> Self {
        let counted = |at: usize| i16::try_from(at).expect("below 32") - i16::from(CURRENT);
        Self(std::array::from_fn(counted))
    }

    fn of(&self, generation: u8) -> String {
        format!("g{}", self.0[usize::from(generation)])
    }

    /// Returns the names after a step that renumbered the generations. The names above
    /// the row's generation count on from its name.
    pub(crate) fn after(&self, numbers: &Numbers) -> Self {
        let mut names = [0; GENERATIONS];
        for (old, new) in numbers.iter().enumerate() {
            if let Some(new) = new {
                names[usize::from(*new)] = self.0[old];
            }
        }
        let current = usize::from(CURRENT);
        for at in current + 1..GENERATIONS {
            names[at] = names[at - 1] + 1;
        }
        Self(names)
    }
}

/// The event of a step.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// A tick passes; messages that have been under way too long are lost.
    Tick,
    Sends(u8),
    Judged {
        by: Party,
        presented: u8,
        verdict: Verdict,
        granted: u8,
        /// Whether a copy of the request is still under way.
        is_copied: bool,
    },
    /// The row is read and judged, but not written yet.
    Reads(u8, Verdict, bool),
    /// The write of a judged request found another row than the one it was judged by.
    JudgesAgain(u8),
    Received(Message, bool),
    Lost(Message),
    Uses(Party, u8),
    UseWritten(PendingUse),
    /// The written use is a stray: the use of a void generation.
    StrayDetected(PendingUse),
    UseLost(PendingUse),
    PowerLoss {
        commits: usize,
        back_to: u8,
    },
    Copies(u8),
}

impl Event {
    /// Describes the event, with the names of the state before it.
    pub(crate) fn describe(&self, names: &Names) -> String {
        let name = |generation: u8| names.of(generation);
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
                    " (a copy is still under way)"
                } else {
                    ""
                };
                let granted = match verdict {
                    Verdict::Reuse => "the session ends".into(),
                    Verdict::Keep | Verdict::Heal => format!("access {}", name(granted)),
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
                    " (a copy is still under way)"
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
                    " (a copy is still under way)"
                } else {
                    ""
                };
                format!("browser receives {}{copied}", content(message, name))
            }
            Self::Lost(message) => format!("lost: {}", content(message, name)),
            Self::Uses(by, generation) => format!("{} uses access {}", party(by), name(generation)),
            Self::UseWritten(pending) => {
                format!(
                    "server writes that {} was used {} ticks ago",
                    name(pending.generation),
                    pending.age
                )
            }
            Self::StrayDetected(pending) => {
                format!(
                    "server detects that the void {} was used: the session ends",
                    name(pending.generation)
                )
            }
            Self::UseLost(pending) => {
                format!("server forgets that {} was used", name(pending.generation))
            }
            Self::PowerLoss { commits, back_to } => {
                format!(
                    "power loss: {commits} commits are lost, the row is at {} again",
                    name(back_to)
                )
            }
            Self::Copies(refresh) => format!("thief copies the jar: refresh {}", name(refresh)),
        }
    }
}

fn party(party: Party) -> &'static str {
    match party {
        Party::Browser => "browser",
        Party::Thief => "thief",
    }
}

fn content(message: Message, name: impl Fn(u8) -> String) -> String {
    let generation = name(message.token.generation);
    match message.kind {
        Kind::Request => format!("the request with {generation}"),
        Kind::Judged(_) => format!("the judged request with {generation}"),
        Kind::Tokens => format!("access and refresh {generation}"),
        Kind::Access => format!("access {generation}"),
        Kind::Empty => "nothing".into(),
    }
}
