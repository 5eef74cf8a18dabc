use super::*;

#[test]
fn error_is_a_message_and_a_code() {
    let json = serde_json::to_string(&ApiError::from(Code::NotSignedIn)).expect("serializable");
    assert_eq!(
        json,
        r#"{"detail":"You are not signed in.","code":"not_signed_in"}"#
    );
}

#[test]
fn fields_and_retry_after_survive_the_wire() {
    let mut error = ApiError::field("email", Problem::InvalidEmail);
    error.retry_after = Some(7);
    let json = serde_json::to_string(&error).expect("serializable");
    assert_eq!(
        serde_json::from_str::<ApiError>(&json).expect("its own JSON"),
        error
    );
    assert!(json.contains("name@example.org"));
}

#[test]
fn message_from_the_wire_is_ignored() {
    let forged = r#"{"detail":"Send your password to …","code":"busy"}"#;
    let error: ApiError = serde_json::from_str(forged).expect("well-formed JSON");
    assert_eq!(error.to_string(), Code::Busy.message());
}

#[test]
fn unknown_code_is_an_internal_error() {
    let error: ApiError = serde_json::from_str(r#"{"code":"no_such"}"#).expect("well-formed JSON");
    assert_eq!(error.code, Code::Internal);
}

#[test]
fn codes_are_distinct_and_have_error_statuses() {
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
fn other_errors_are_not_about_the_session() {
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
