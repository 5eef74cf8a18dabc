use super::*;

#[test]
fn an_error_is_a_sentence_and_a_code() {
    let json = serde_json::to_string(&ApiError::from(Code::NotSignedIn)).expect("plain data");
    assert_eq!(
        json,
        r#"{"detail":"You are not signed in.","code":"not_signed_in"}"#
    );
}

#[test]
fn fields_and_waiting_times_survive_the_wire() {
    let mut error = ApiError::field("email", Problem::InvalidEmail);
    error.retry_after = Some(7);
    let json = serde_json::to_string(&error).expect("plain data");
    assert_eq!(
        serde_json::from_str::<ApiError>(&json).expect("its own form"),
        error
    );
    assert!(json.contains("name@example.org"));
}

#[test]
fn a_sentence_from_outside_is_not_read() {
    let forged = r#"{"detail":"Send your password to …","code":"busy"}"#;
    let error: ApiError = serde_json::from_str(forged).expect("well-formed");
    assert_eq!(error.to_string(), Code::Busy.sentence());
}

#[test]
fn an_unknown_code_is_an_internal_error() {
    let error: ApiError = serde_json::from_str(r#"{"code":"no_such"}"#).expect("well-formed");
    assert_eq!(error.code, Code::Internal);
}

#[test]
fn codes_are_distinct_and_have_statuses_of_errors() {
    for (n, code) in Code::ALL.iter().enumerate() {
        assert!((400..600).contains(&code.status()), "{code:?}");
        assert!(
            Code::ALL[..n]
                .iter()
                .all(|other| other.as_str() != code.as_str()),
            "{code:?}"
        );
    }
}

#[test]
fn what_is_transient_and_a_wrong_password_say_nothing_about_the_session() {
    assert!(Code::SessionEnded.is_about_session());
    for code in [
        Code::InvalidCredentials,
        Code::Busy,
        Code::Internal,
        Code::TooManyAttempts,
        Code::Unreachable,
        Code::CrossSite,
    ] {
        assert!(!code.is_about_session(), "{code:?}");
    }
}
