//! THEFT: the thief and the browser cannot both go on.

use crate::{assert_holds, honest::PLAIN, model::Bounds, network::Verdict, rules::Rules, to_depth};

pub(crate) const STOLEN: Bounds = Bounds {
    in_flight: 2,
    thief: true,
    ..PLAIN
};

#[test]
fn whoever_falls_behind_is_refused() {
    let bounds = Bounds {
        delay: to_depth(2, 3),
        ..STOLEN
    };
    let report = assert_holds("THEFT", Rules::real(2 * bounds.delay), bounds);
    assert!(report.ended > 0, "no theft was ever found");
    assert!(
        report.saw(Verdict::Reuse),
        "the search never got to a reuse"
    );
}

#[test]
fn also_with_three_requests_under_way() {
    let bounds = Bounds {
        delay: to_depth(1, 2),
        in_flight: 3,
        ..STOLEN
    };
    assert_holds(
        "THEFT, three requests",
        Rules::real(2 * bounds.delay),
        bounds,
    );
}

/// What was used before the power loss is forgotten with it: the promise counts
/// from the first use after.
#[test]
fn also_around_a_power_loss() {
    let bounds = Bounds {
        delay: 1,
        in_flight: 1,
        copies: to_depth(false, true),
        power_losses: 1,
        ..STOLEN
    };
    assert_holds("THEFT, power loss", Rules::real(2), bounds);
}

#[test]
fn also_by_processes_whose_clocks_differ() {
    let bounds = Bounds {
        delay: 1,
        skew: 1,
        ..STOLEN
    };
    assert_holds("THEFT, clocks that differ", Rules::real(3), bounds);
}

/// That a token was handed out says nothing as long as it is not used: the
/// answer may have been lost. A thief that refreshes and uses nothing of it until
/// the browser came with the parent would be handed the same as the browser,
/// for as many rounds as it waits, were it not for L.
#[test]
fn also_one_that_waits_before_it_uses() {
    let bounds = Bounds { delay: 1, ..STOLEN };
    for lost in 2..=to_depth(4, 8) {
        let rules = Rules::real(2).lost_after(lost);
        assert_holds("THEFT, a patient thief", rules, bounds);
    }
}
