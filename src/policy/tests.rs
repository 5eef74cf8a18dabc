use super::*;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn the_defaults_pass_their_own_check() {
    assert_eq!(Policy::new(Lifetimes::default()), Ok(Policy::default()));
}

#[test]
fn contradictions_are_named() {
    use PolicyError::{
        AuditBelowRetention, KeyAge, Lead, OutOfRange, RefreshBelowAccess, RetentionBelowAccess,
        SessionBelowRefresh, Window,
    };
    let with = |change: fn(&mut Lifetimes)| {
        let mut lifetimes = Lifetimes::default();
        change(&mut lifetimes);
        lifetimes
    };
    let short = |l: &mut Lifetimes| {
        l.access = seconds(60);
        l.refresh = seconds(600);
        l.key_age = seconds(3599);
        l.replay_window = seconds(10);
    };
    let cases = [
        (
            with(|l| l.access = seconds(3)),
            OutOfRange("access_lifetime"),
        ),
        (
            with(|l| l.access = Duration::from_millis(90_500)),
            OutOfRange("access_lifetime"),
        ),
        (
            with(|l| l.session = Duration::MAX),
            OutOfRange("session_lifetime"),
        ),
        (with(|l| l.replay_window = seconds(376)), Window),
        (with(|l| l.replay_window = seconds(0)), Window),
        (with(|l| l.refresh_lead = seconds(751)), Lead),
        (with(|l| l.refresh = seconds(1500)), RefreshBelowAccess),
        (
            with(|l| l.session = seconds(6 * 86_400)),
            SessionBelowRefresh,
        ),
        (with(|l| l.retention = seconds(1509)), RetentionBelowAccess),
        (
            with(|l| l.audit_retention = seconds(30 * 86_400 - 1)),
            AuditBelowRetention,
        ),
        (with(|l| l.key_age = seconds(75_599)), KeyAge),
        (with(short), KeyAge),
        (with(|l| l.key_age = seconds(401 * 86_400)), KeyAge),
    ];
    for (lifetimes, error) in cases {
        assert_eq!(Policy::new(lifetimes), Err(error), "{lifetimes:?}");
    }
}

#[test]
fn the_widest_window_is_a_quarter_of_the_access_lifetime() {
    let widest = Lifetimes {
        replay_window: seconds(375),
        ..Lifetimes::default()
    };
    assert!(Policy::new(widest).is_ok());
}

#[test]
fn evidence_may_go_once_no_token_of_it_lives() {
    let shortest = Lifetimes {
        retention: seconds(1525),
        audit_retention: seconds(1525),
        ..Lifetimes::default()
    };
    assert!(Policy::new(shortest).is_ok());
}

#[test]
fn a_short_lifetime_has_a_lead_of_a_fifth() {
    let short = Lifetimes {
        access: seconds(600),
        ..Lifetimes::default()
    };
    assert_eq!(
        Policy::new(short).map(|p| p.refresh_lead()),
        Ok(seconds(120))
    );
    assert_eq!(Policy::default().refresh_lead(), seconds(300));
}
