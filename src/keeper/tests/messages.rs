//! What tabs tell each other, as text.

use super::*;

fn all() -> [Message; 5] {
    [
        Message::Renewed(told(grant(7), 10)),
        Message::SignedIn(told(of("bob", "0192-ab"), 10)),
        Message::Over {
            session: "s1".into(),
            code: Code::ReuseDetected,
        },
        Message::Failing {
            session: "s1".into(),
            failures: 3,
            wait: Duration::from_millis(4_321),
            asked: seconds(20),
        },
        Message::Ask {
            session: "s1".into(),
        },
    ]
}

#[test]
fn messages_survive_the_channel() {
    for message in all() {
        let text = message.to_text();
        assert_eq!(Message::parse(&text), Some(message), "{text}");
    }
}

#[test]
fn malformed_messages_are_nothing() {
    let good = Message::Renewed(told(grant(7), 10)).to_text();
    assert_eq!(
        good,
        "1 renewed ada s1 7 1000010000 1500000 1500000 300000 10000"
    );
    let longer = format!("{good} 1");
    let shorter = good.rsplit_once(' ').expect("words").0;
    for text in [
        "",
        "1",
        "renewed",
        "2 ask s1",
        "1 ask",
        "1 ask s1 s2",
        "1 ask s1\n",
        "1 ask  s1",
        "1 ask <b>",
        "1 shout s1",
        "1 over s1 no_such_code",
        "1 failing s1 1 10",
        "1 failing s1 -1 10 0",
        "1 failing s1 1 99999999999999999 0",
        "1 failing s1 1 10 99999999999999999",
        "1 renewed ada s1 4294967296 1 1 1 1 1",
        "1 renewed ada s1 7 1 1 1 1 99999999999999999",
        "1 renewed ada s1 7 1 NaN 1 1 1",
        longer.as_str(),
        shorter,
    ] {
        assert_eq!(Message::parse(text), None, "{text:?}");
    }
    let long = format!("1 ask {}", "a".repeat(65));
    assert_eq!(Message::parse(&long), None);
}
