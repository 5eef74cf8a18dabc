//! HONEST: without a thief, no refresh of the browser is refused, while no
//! message is under way longer than half the window.

use crate::{assert_holds, model::Bounds, network::Verdict, rules::Rules, to_depth};

/// One browser and a server that keeps what it wrote.
pub(crate) const PLAIN: Bounds = Bounds {
    delay: 2,
    skew: 0,
    note_delay: 1,
    in_flight: 3,
    copies: true,
    power_losses: 0,
    messages_survive: false,
    in_two_steps: false,
    thief: false,
};

/// The window is twice the longest delay, and not a tick more.
fn protocol(bounds: &Bounds) -> Rules {
    Rules::real(2 * bounds.delay)
}

#[test]
fn an_honest_browser_is_never_refused() {
    let delay = to_depth(3, 5);
    let bounds = Bounds { delay, ..PLAIN };
    let report = assert_holds("HONEST", protocol(&bounds), bounds);
    for verdict in [Verdict::Rotate, Verdict::Renew, Verdict::Replay] {
        assert!(report.saw(verdict), "the search never got to {verdict:?}");
    }
    assert!(!report.saw(Verdict::Heal), "nothing was lost");
}

/// Requests and answers under way are lost with the power: connections die with
/// the machine, or the outage outlasts D.
#[test]
fn nor_after_a_power_loss() {
    let bounds = Bounds {
        delay: to_depth(1, 2),
        power_losses: 2,
        ..PLAIN
    };
    let report = assert_holds("HONEST, power loss", protocol(&bounds), bounds);
    assert!(report.saw(Verdict::Heal), "the search never got to healing");
}

/// A window of twice the delay is not enough for clocks that differ; with the
/// difference added, it is.
#[test]
fn nor_by_processes_whose_clocks_differ() {
    let skew = to_depth(1, 2);
    let bounds = Bounds { skew, ..PLAIN };
    let rules = Rules::real(2 * bounds.delay + skew);
    assert_holds("HONEST, clocks that differ", rules, bounds);
}

#[test]
fn nor_where_others_get_in_between_reading_and_writing() {
    let bounds = Bounds {
        delay: 1,
        in_flight: to_depth(2, 3),
        in_two_steps: true,
        ..PLAIN
    };
    assert_holds("HONEST, in two steps", protocol(&bounds), bounds);
}

#[test]
fn nor_where_the_power_goes_between_reading_and_writing() {
    let bounds = Bounds {
        delay: 1,
        in_flight: 2,
        copies: to_depth(false, true),
        in_two_steps: true,
        power_losses: 1,
        ..PLAIN
    };
    assert_holds("HONEST, power loss, two steps", protocol(&bounds), bounds);
}

/// A database that fails over behind servers that go on: requests from before
/// the loss arrive after it. That *heal* adopts what was presented and leaves
/// the refresh cookie alone, and that *replay* is as durable as an ending, is for
/// this; `changed_rules.rs` has the runs that break it otherwise.
#[test]
fn nor_where_requests_outlive_what_the_database_lost() {
    let bounds = Bounds {
        delay: to_depth(1, 2),
        power_losses: 1,
        messages_survive: true,
        ..PLAIN
    };
    let report = assert_holds("HONEST, failover", protocol(&bounds), bounds);
    assert!(report.saw(Verdict::Heal), "the search never got to healing");
}

/// An answer counts as lost later than it must: so it is outside of the search,
/// where a wide L bears what D does not allow for.
#[test]
fn nor_where_an_answer_counts_as_lost_later() {
    let bounds = Bounds { delay: 1, ..PLAIN };
    for lost in 3..=to_depth(4, 8) {
        let rules = protocol(&bounds).lost_after(lost);
        assert_holds("HONEST, a longer L", rules, bounds);
    }
}
