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
    let good = Lifetimes::default();
    let cases = [
        (
            Lifetimes {
                access: seconds(3),
                ..good
            },
            PolicyError::OutOfRange("access_lifetime"),
        ),
        (
            Lifetimes {
                access: Duration::from_millis(90_500),
                ..good
            },
            PolicyError::OutOfRange("access_lifetime"),
        ),
        (
            Lifetimes {
                session: Duration::MAX,
                ..good
            },
            PolicyError::OutOfRange("session_lifetime"),
        ),
        (
            Lifetimes {
                replay_window: seconds(376),
                ..good
            },
            PolicyError::Window,
        ),
        (
            Lifetimes {
                replay_window: seconds(0),
                ..good
            },
            PolicyError::Window,
        ),
        (
            Lifetimes {
                refresh_lead: seconds(751),
                ..good
            },
            PolicyError::Lead,
        ),
        (
            Lifetimes {
                refresh: seconds(1500),
                ..good
            },
            PolicyError::RefreshBelowAccess,
        ),
        (
            Lifetimes {
                session: seconds(6 * 86_400),
                ..good
            },
            PolicyError::SessionBelowRefresh,
        ),
        (
            Lifetimes {
                retention: seconds(1509),
                ..good
            },
            PolicyError::RetentionBelowAccess,
        ),
        (
            Lifetimes {
                audit_retention: seconds(30 * 86_400 - 1),
                ..good
            },
            PolicyError::AuditBelowRetention,
        ),
        (
            Lifetimes {
                key_age: seconds(75_599),
                ..good
            },
            PolicyError::KeyAge,
        ),
        (
            Lifetimes {
                access: seconds(60),
                refresh: seconds(600),
                key_age: seconds(3599),
                replay_window: seconds(10),
                ..good
            },
            PolicyError::KeyAge,
        ),
        (
            Lifetimes {
                key_age: seconds(401 * 86_400),
                ..good
            },
            PolicyError::KeyAge,
        ),
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
