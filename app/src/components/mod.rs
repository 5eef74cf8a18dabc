//! The parts that pages are made of.

pub(crate) mod aria;
mod check_session;
mod connection_line;
mod duration;
mod field;
mod form_parts;
mod gate;
mod header;
mod heading;
mod mark;
mod moment;
mod notice;
mod session_panel;
mod sign_out;
mod signed_in_already;

pub(crate) use check_session::CheckSession;
pub(crate) use connection_line::ConnectionLine;
pub(crate) use field::Field;
pub(crate) use form_parts::{FormError, NextField, Submit, message};
pub(crate) use gate::Gate;
pub(crate) use header::Header;
pub(crate) use heading::{Heading, focus_heading, set_title_and_focus};
pub(crate) use moment::{Moment, utc_date, utc_hour};
pub(crate) use notice::Notice;
pub(crate) use session_panel::SessionPanel;
pub(crate) use sign_out::SignOut;
pub(crate) use signed_in_already::SignedInAlready;
