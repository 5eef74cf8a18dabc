use super::*;

const DAY: u64 = 24 * 60 * 60;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

const fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[test]
fn defaults_are_valid() {
    assert_eq!(Policy::new(Lifetimes::default()), Ok(Policy::default()));
}

#[track_caller]
fn rejects(change: fn(&mut Lifetimes), error: PolicyError) {
    let mut lifetimes = Lifetimes::default();
    change(&mut lifetimes);
    assert_eq!(Policy::new(lifetimes), Err(error), "{lifetimes:?}");
}

#[test]
fn contradictory_lifetimes_are_rejected() {
    use PolicyError::{
        AuditBelowRetention, KeyAge, Lead, OutOfRange, RefreshBelowAccess, RetentionBelowAccess,
        SessionBelowRefresh, Window,
    };
    rejects(|l| l.access = seconds(3), OutOfRange("access_lifetime"));
    rejects(|l| l.access = millis(90_500), OutOfRange("access_lifetime"));
    rejects(
        |l| l.session = Duration::MAX,
        OutOfRange("session_lifetime"),
    );
    rejects(|l| l.replay_window = seconds(376), Window);
    rejects(|l| l.replay_window = seconds(0), Window);
    rejects(|l| l.refresh_lead = seconds(751), Lead);
    rejects(|l| l.refresh = seconds(1500), RefreshBelowAccess);
    rejects(|l| l.session = seconds(6 * DAY), SessionBelowRefresh);
    rejects(|l| l.retention = seconds(1509), RetentionBelowAccess);
    let audit = |l: &mut Lifetimes| l.audit_retention = seconds(30 * DAY - 1);
    rejects(audit, AuditBelowRetention);
    rejects(|l| l.key_age = seconds(75_599), KeyAge);
    let short = |l: &mut Lifetimes| {
        l.access = seconds(60);
        l.refresh = seconds(600);
        l.key_age = seconds(3599);
        l.replay_window = seconds(10);
    };
    rejects(short, KeyAge);
    rejects(|l| l.key_age = seconds(401 * DAY), KeyAge);
}

#[test]
fn replay_window_may_be_a_quarter_of_access() {
    let widest = Lifetimes {
        replay_window: seconds(375),
        ..Lifetimes::default()
    };
    assert!(Policy::new(widest).is_ok());
}

#[test]
fn retention_may_equal_revocation_memory() {
    let shortest = Lifetimes {
        retention: seconds(1525),
        audit_retention: seconds(1525),
        ..Lifetimes::default()
    };
    assert!(Policy::new(shortest).is_ok());
}

#[test]
fn short_access_lifetime_has_a_lead_of_a_fifth() {
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
