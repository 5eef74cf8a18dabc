//! HONEST: without a thief, no refresh of the browser is rejected, as long as no message
//! is under way for longer than half of the window.

use crate::{assert_holds, model::Bounds, network::Verdict, rules::Rules, usual_or_deep};

/// One browser, and a server that loses no commit.
pub(crate) const PLAIN: Bounds = Bounds {
    delay: 2,
    skew: 0,
    write_delay: 1,
    in_flight: 3,
    copies: true,
    power_losses: 0,
    messages_survive: false,
    in_two_steps: false,
    thief: false,
};

/// The rules with a window of twice the longest delay, and not a tick more.
fn rules_for(bounds: &Bounds) -> Rules {
    Rules::real(2 * bounds.delay)
}

#[test]
fn honest_browser_is_never_rejected() {
    let delay = usual_or_deep(3, 5);
    let bounds = Bounds { delay, ..PLAIN };
    let report = assert_holds("HONEST", rules_for(&bounds), bounds);
    for verdict in [Verdict::Rotate, Verdict::Keep, Verdict::Replay] {
        assert!(report.saw(verdict), "the search never reached {verdict:?}");
    }
    assert!(!report.saw(Verdict::Heal), "no commit was lost");
}

/// Requests and responses under way are lost in the power loss: connections end with
/// their machine, or the outage lasts longer than D.
#[test]
fn honest_browser_survives_a_power_loss() {
    let bounds = Bounds {
        delay: usual_or_deep(1, 2),
        power_losses: 2,
        ..PLAIN
    };
    let report = assert_holds("HONEST, power loss", rules_for(&bounds), bounds);
    assert!(report.saw(Verdict::Heal), "the search never reached heal");
}

/// If clocks differ, a window of twice the delay is not enough; the difference has to be
/// added.
#[test]
fn honest_browser_survives_clocks_that_differ() {
    let skew = usual_or_deep(1, 2);
    let bounds = Bounds { skew, ..PLAIN };
    let rules = Rules::real(2 * bounds.delay + skew);
    assert_holds("HONEST, clocks that differ", rules, bounds);
}

#[test]
fn honest_browser_survives_concurrent_writes() {
    let bounds = Bounds {
        delay: 1,
        in_flight: usual_or_deep(2, 3),
        in_two_steps: true,
        ..PLAIN
    };
    assert_holds("HONEST, in two steps", rules_for(&bounds), bounds);
}

#[test]
fn honest_browser_survives_power_loss_before_write() {
    let bounds = Bounds {
        delay: 1,
        in_flight: 2,
        copies: usual_or_deep(false, true),
        in_two_steps: true,
        power_losses: 1,
        ..PLAIN
    };
    assert_holds("HONEST, power loss, two steps", rules_for(&bounds), bounds);
}

/// A database fails over while the servers continue: requests from before the loss arrive
/// after it. For this case *heal* adopts the presented generation and does not set the
/// refresh cookie, and *replay* is as durable as the end of a session. Without these
/// rules, `changed_rules.rs` has runs that break the promise.
#[test]
fn honest_browser_survives_a_failover() {
    let bounds = Bounds {
        delay: usual_or_deep(1, 2),
        power_losses: 1,
        messages_survive: true,
        ..PLAIN
    };
    let report = assert_holds("HONEST, failover", rules_for(&bounds), bounds);
    assert!(report.saw(Verdict::Heal), "the search never reached heal");
}

/// L is longer than necessary, as in production, where a long L tolerates delays above D.
#[test]
fn honest_browser_survives_a_longer_l() {
    let bounds = Bounds { delay: 1, ..PLAIN };
    for lost in 3..=usual_or_deep(4, 8) {
        let rules = rules_for(&bounds).lost_after(lost);
        assert_holds("HONEST, a longer L", rules, bounds);
    }
}
