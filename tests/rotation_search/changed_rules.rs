//! Each rule is there for a reason: changed for the worse, the search finds the
//! run that the rule prevents. What it would not find, it does not show.

use crate::{
    assert_falls,
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
fn a_window_shorter_than_twice_the_longest_delay() {
    let rules = Rules::real(2 * PLAIN.delay - 1);
    assert_falls("a shorter window", "HONEST", rules, PLAIN);
}

#[test]
fn a_window_that_leaves_out_its_last_moment() {
    let rules = REAL.judged_by(rules::open_window);
    assert_falls("less than W, not at most", "HONEST", rules, PLAIN);
}

#[test]
fn a_window_that_forgets_how_far_clocks_differ() {
    let bounds = Bounds { skew: 1, ..PLAIN };
    assert_falls("a window without the skew", "HONEST", REAL, bounds);
}

#[test]
fn a_renewal_that_sets_the_refresh_cookie() {
    let rules = REAL.changed(&[Change::RenewSetsRefresh]);
    assert_falls("renew sets the refresh cookie", "HONEST", rules, PLAIN);
}

#[test]
fn a_replay_that_does_not_move_handed_at() {
    let rules = REAL.changed(&[Change::ReplayKeepsHandedAt]);
    assert_falls("replay keeps handed_at", "HONEST", rules, PLAIN);
}

#[test]
fn a_rotation_that_keeps_confirmed_at() {
    let rules = REAL.changed(&[Change::RotationKeepsConfirmedAt]);
    assert_falls("rotate keeps confirmed_at", "HONEST", rules, PLAIN);
}

#[test]
fn a_window_that_runs_from_the_rotation() {
    let rules = REAL.judged_by(rules::window_from_rotation);
    assert_falls("the window of an older design", "HONEST", rules, PLAIN);
}

#[test]
fn a_fresh_successor_for_every_retry() {
    let rules = REAL.judged_by(rules::fresh_successor);
    assert_falls("the retries of an older design", "HONEST", rules, PLAIN);
}

#[test]
fn a_rotation_at_every_refresh() {
    let rules = REAL.judged_by(rules::never_renew);
    assert_falls("rotate, never renew", "HONEST", rules, PLAIN);
}

/// As where the server that resumes a page load uses the token itself: the
/// answer may be lost still.
#[test]
fn a_use_counted_before_the_browser_has_the_token() {
    let rules = REAL.changed(&[Change::ConfirmedAtHandOut]);
    assert_falls("confirmed when handed out", "HONEST", rules, PLAIN);
}

#[test]
fn no_healing() {
    let rules = REAL.judged_by(rules::no_heal);
    assert_falls("no heal", "HONEST", rules, POWER_LOSS);
}

const FAILOVER: Bounds = Bounds {
    messages_survive: true,
    ..POWER_LOSS
};

#[test]
fn healing_to_a_successor_while_older_requests_are_under_way() {
    let rules = REAL.judged_by(rules::heal_rotates);
    assert_falls("heal rotates", "HONEST", rules, FAILOVER);
}

#[test]
fn healing_that_sets_the_refresh_cookie() {
    let rules = REAL.changed(&[Change::HealSetsRefresh]);
    assert_falls("heal sets the refresh cookie", "HONEST", rules, FAILOVER);
}

#[test]
fn a_replay_that_the_database_may_lose() {
    let rules = REAL.changed(&[Change::ReplayIsRelaxed]);
    assert_falls("replay is not durable", "HONEST", rules, FAILOVER);
}

#[test]
fn writes_without_a_condition() {
    let rules = REAL_TWO_STEPS.changed(&[Change::WritesAreUnconditional]);
    assert_falls("unconditional writes", "HONEST", rules, TWO_STEPS);
}

/// *Rotate* was decided because the token had not been handed out for W; a
/// replay in between has handed it out again.
#[test]
fn a_rotation_that_is_not_conditioned_on_handed_at() {
    let rules = REAL_TWO_STEPS.changed(&[Change::RotationIgnoresHandedAt]);
    assert_falls("rotate ignores handed_at", "HONEST", rules, TWO_STEPS);
}

#[test]
fn grandparents_accepted() {
    let rules = REAL.judged_by(rules::accept_grandparents);
    assert_falls("grandparents", "THEFT", rules, STOLEN);
}

#[test]
fn a_predecessor_accepted_for_ever() {
    let rules = REAL.judged_by(rules::replay_for_ever);
    assert_falls("replay whatever was used", "THEFT", rules, STOLEN);
}

#[test]
fn a_window_that_slides_with_every_use() {
    let rules = REAL.changed(&[Change::ConfirmedAtEveryUse]);
    assert_falls("confirmed by every use", "THEFT", rules, STOLEN);
}

#[test]
fn a_successor_for_a_lost_one_that_the_database_may_lose() {
    let rules = REAL.changed(&[Change::LateRetryIsRelaxed]);
    assert_falls("a late retry is not durable", "HONEST", rules, FAILOVER);
}

/// What a thief waits for who refreshes and does not use it.
#[test]
fn a_generation_that_never_counts_as_lost() {
    let rules = REAL.judged_by(rules::never_lost);
    assert_falls("replay however late", "SHARED", rules, STOLEN);
}
