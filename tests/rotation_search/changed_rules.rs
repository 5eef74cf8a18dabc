//! Weakened rules. Each rule of the protocol has a purpose: without the rule, the search
//! finds a run that the rule prevents. The search proves nothing about a rule whose
//! absence it would not detect.

use crate::{
    assert_breaks,
    honest::PLAIN,
    model::Bounds,
    rules::{self, Change, Rules},
    theft::STOLEN,
};

const REAL: Rules = Rules::real(2 * PLAIN.delay);
const POWER_LOSS: Bounds = Bounds {
    power_losses: 1,
    ..PLAIN
};
const TWO_STEPS: Bounds = Bounds {
    delay: 1,
    in_flight: 2,
    in_two_steps: true,
    ..PLAIN
};
const REAL_TWO_STEPS: Rules = Rules::real(2 * TWO_STEPS.delay);

#[test]
fn window_shorter_than_two_delays_breaks_honest() {
    let rules = Rules::real(2 * PLAIN.delay - 1);
    assert_breaks("a shorter window", "HONEST", rules, PLAIN);
}

#[test]
fn window_without_its_end_breaks_honest() {
    let rules = REAL.judged_by(rules::open_window);
    assert_breaks("less than W instead of at most W", "HONEST", rules, PLAIN);
}

#[test]
fn window_without_the_skew_breaks_honest() {
    let bounds = Bounds { skew: 1, ..PLAIN };
    assert_breaks("a window without the skew", "HONEST", REAL, bounds);
}

#[test]
fn keep_that_sets_refresh_cookie_breaks_honest() {
    let rules = REAL.changed(&[Change::KeepSetsRefresh]);
    assert_breaks("keep sets the refresh cookie", "HONEST", rules, PLAIN);
}

#[test]
fn replay_that_keeps_handed_at_breaks_honest() {
    let rules = REAL.changed(&[Change::ReplayKeepsHandedAt]);
    assert_breaks("replay keeps handed_at", "HONEST", rules, PLAIN);
}

#[test]
fn rotation_that_keeps_confirmed_at_breaks_honest() {
    let rules = REAL.changed(&[Change::RotationKeepsConfirmedAt]);
    assert_breaks("rotate keeps confirmed_at", "HONEST", rules, PLAIN);
}

#[test]
fn window_from_the_rotation_breaks_honest() {
    let rules = REAL.judged_by(rules::window_from_rotation);
    assert_breaks("the window of an older design", "HONEST", rules, PLAIN);
}

#[test]
fn fresh_successor_per_retry_breaks_honest() {
    let rules = REAL.judged_by(rules::fresh_successor);
    assert_breaks("the retries of an older design", "HONEST", rules, PLAIN);
}

#[test]
fn rotation_at_every_refresh_breaks_honest() {
    let rules = REAL.judged_by(rules::never_keep);
    assert_breaks("rotate, never keep", "HONEST", rules, PLAIN);
}

/// As if the server used the token itself when it refreshes for a page load: the response
/// may still be lost.
#[test]
fn confirmation_when_issued_breaks_honest() {
    let rules = REAL.changed(&[Change::ConfirmedWhenIssued]);
    assert_breaks("confirmed when issued", "HONEST", rules, PLAIN);
}

#[test]
fn missing_heal_breaks_honest() {
    let rules = REAL.judged_by(rules::no_heal);
    assert_breaks("no heal", "HONEST", rules, POWER_LOSS);
}

const FAILOVER: Bounds = Bounds {
    messages_survive: true,
    ..POWER_LOSS
};

#[test]
fn heal_that_rotates_breaks_honest() {
    let rules = REAL.judged_by(rules::heal_rotates);
    assert_breaks("heal rotates", "HONEST", rules, FAILOVER);
}

#[test]
fn heal_that_sets_refresh_cookie_breaks_honest() {
    let rules = REAL.changed(&[Change::HealSetsRefresh]);
    assert_breaks("heal sets the refresh cookie", "HONEST", rules, FAILOVER);
}

#[test]
fn relaxed_replay_breaks_honest() {
    let rules = REAL.changed(&[Change::ReplayIsRelaxed]);
    assert_breaks("replay is not durable", "HONEST", rules, FAILOVER);
}

#[test]
fn unconditional_writes_break_honest() {
    let rules = REAL_TWO_STEPS.changed(&[Change::WritesAreUnconditional]);
    assert_breaks("unconditional writes", "HONEST", rules, TWO_STEPS);
}

/// *Rotate* was decided because W had passed since the token was issued; a replay in
/// between has issued it again.
#[test]
fn rotation_ignoring_handed_at_breaks_honest() {
    let rules = REAL_TWO_STEPS.changed(&[Change::RotationIgnoresHandedAt]);
    assert_breaks("rotate ignores handed_at", "HONEST", rules, TWO_STEPS);
}

#[test]
fn accepted_grandparent_breaks_theft() {
    let rules = REAL.judged_by(rules::accept_grandparents);
    assert_breaks("grandparents", "THEFT", rules, STOLEN);
}

#[test]
fn parent_accepted_for_ever_breaks_theft() {
    let rules = REAL.judged_by(rules::replay_for_ever);
    assert_breaks("replay regardless of the first use", "THEFT", rules, STOLEN);
}

#[test]
fn sliding_window_breaks_theft() {
    let rules = REAL.changed(&[Change::ConfirmedAtEveryUse]);
    assert_breaks("every use confirms", "THEFT", rules, STOLEN);
}

#[test]
fn relaxed_rotation_from_parent_breaks_honest() {
    let rules = REAL.changed(&[Change::LateRetryIsRelaxed]);
    assert_breaks("relaxed rotation from a parent", "HONEST", rules, FAILOVER);
}

/// The weakness that a thief exploits who refreshes and does not use the new tokens.
#[test]
fn response_never_lost_breaks_shared() {
    let rules = REAL.judged_by(rules::never_lost);
    assert_breaks("replay regardless of the delay", "SHARED", rules, STOLEN);
}
