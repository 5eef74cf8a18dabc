//! The messages between tabs, as lines.

use super::*;

fn all() -> [Message; 5] {
    [
        Message::Refreshed(timed(grant(7), 10)),
        Message::SignedIn(timed(grant_of("bob", "0192-ab"), 10)),
        Message::Ended {
            session: "s1".into(),
            code: Code::ReuseDetected,
        },
        Message::Failing {
            session: "s1".into(),
            failures: 3,
            wait: Duration::from_millis(4_321),
            retry_after: seconds(20),
        },
        Message::Ask {
            session: "s1".into(),
        },
    ]
}

#[test]
fn messages_survive_a_round_trip() {
    for message in all() {
        let line = message.to_line();
        assert_eq!(Message::parse(&line), Some(message), "{line}");
    }
}

#[test]
fn malformed_messages_are_rejected() {
    let good = Message::Refreshed(timed(grant(7), 10)).to_line();
    assert_eq!(
        good,
        "1 refreshed ada s1 7 1000010000 1500000 1500000 300000 10000"
    );
    let longer = format!("{good} 1");
    let shorter = good.rsplit_once(' ').expect("words").0;
    for line in [
        "",
        "1",
        "refreshed",
        "2 ask s1",
        "1 ask",
        "1 ask s1 s2",
        "1 ask s1\n",
        "1 ask  s1",
        "1 ask <b>",
        "1 shout s1",
        "1 ended s1 no_such_code",
        "1 failing s1 1 10",
        "1 failing s1 -1 10 0",
        "1 failing s1 1 99999999999999999 0",
        "1 failing s1 1 10 99999999999999999",
        "1 refreshed ada s1 4294967296 1 1 1 1 1",
        "1 refreshed ada s1 7 1 1 1 1 99999999999999999",
        "1 refreshed ada s1 7 1 NaN 1 1 1",
        longer.as_str(),
        shorter,
    ] {
        assert_eq!(Message::parse(line), None, "{line:?}");
    }
    let long = format!("1 ask {}", "a".repeat(65));
    assert_eq!(Message::parse(&long), None);
}
