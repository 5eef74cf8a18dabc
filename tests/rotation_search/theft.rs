//! THEFT: the thief and the browser cannot both continue.

use crate::{
    assert_holds, honest::PLAIN, model::Bounds, network::Verdict, rules::Rules, usual_or_deep,
};

pub(crate) const STOLEN: Bounds = Bounds {
    in_flight: 2,
    thief: true,
    ..PLAIN
};

#[test]
fn party_that_falls_behind_is_rejected() {
    let bounds = Bounds {
        delay: usual_or_deep(2, 3),
        ..STOLEN
    };
    let report = assert_holds("THEFT", Rules::real(2 * bounds.delay), bounds);
    assert!(report.ended > 0, "no theft was ever detected");
    assert!(
        report.saw(Verdict::Reuse),
        "the search never reached a reuse"
    );
}

#[test]
fn theft_with_three_requests_is_detected() {
    let bounds = Bounds {
        delay: usual_or_deep(1, 2),
        in_flight: 3,
        ..STOLEN
    };
    assert_holds(
        "THEFT, three requests",
        Rules::real(2 * bounds.delay),
        bounds,
    );
}

/// The uses before a power loss are lost with it: the promise counts from the first use
/// after it.
#[test]
fn theft_around_a_power_loss_is_detected() {
    let bounds = Bounds {
        delay: 1,
        in_flight: 1,
        copies: usual_or_deep(false, true),
        power_losses: 1,
        ..STOLEN
    };
    assert_holds("THEFT, power loss", Rules::real(2), bounds);
}

#[test]
fn theft_with_clocks_that_differ_is_detected() {
    let bounds = Bounds {
        delay: 1,
        skew: 1,
        ..STOLEN
    };
    assert_holds("THEFT, clocks that differ", Rules::real(3), bounds);
}

/// That a token was issued proves nothing until it is used, because the response may have
/// been lost. A thief may refresh and use none of the new tokens until the browser has
/// presented the parent. Without L, it would be issued the same generation as the
/// browser, for as many rounds as it waits.
#[test]
fn thief_that_waits_before_use_is_detected() {
    let bounds = Bounds { delay: 1, ..STOLEN };
    for lost in 2..=usual_or_deep(4, 8) {
        let rules = Rules::real(2).lost_after(lost);
        assert_holds("THEFT, a thief that waits", rules, bounds);
    }
}
