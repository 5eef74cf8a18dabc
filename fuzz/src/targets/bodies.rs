//! Bodies of requests.

use axum::{body::Body, http::Method};
use portcullis::wire::paths;

use super::{
    Prepared, Target,
    application::Application,
    requests::{choice, chosen, request},
};

/// The paths that read a body.
const POSTS: [&str; 12] = [
    paths::LOGIN,
    paths::REGISTER,
    paths::PASSWORD,
    paths::REVOKE_OTHERS,
    "/api/accounts/sessions/01989a4e-0000-7000-8000-000000000000/revoke/",
    "/api/admin/accounts/01989a4e-0000-7000-8000-000000000000/deactivate/",
    paths::REFRESH,
    paths::TOKEN,
    paths::TOKEN_REFRESH,
    paths::TOKEN_VERIFY,
    paths::TOKEN_BLACKLIST,
    paths::LOGOUT,
];

const MEDIA_TYPES: [&str; 5] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "",
];

/// A choice of the router, one of the path, one of the media type, and a body.
pub(super) const BODY: Target = Target {
    name: "body",
    what: "a form or JSON as a body",
    seeds: &[
        "AAA{\"email\":\"ada@example.org\",\"password\":\"\",\"next\":null}",
        "AAAB{\"email\":[[[[]]]],\"password\":{\"a\":1e5}}",
        "ABAemail=ada%40example.org&password=x&name=Ada&next=%2Faccount",
        "BBBemail[a][b]=c&email[]=d&password=%zz&=&&&",
        "ACB{\"current_password\":\"\",\"new_password\":\"a\"}",
        "AHA{\"username\":\"a\",\"password\":\"\"}",
        "AJA{\"token\":\"a.b.c\"}",
        "BKBrefresh=a.b.c",
    ],
    words: &[
        "{", "}", "[", "]", ":", ",", "\"", "null", "1e999", "\\ud800", "&", "=", "%00", "[a]",
    ],
    prepare: || {
        let application = Application::open();
        Prepared::new(move |input| {
            let (router, input) = choice(input);
            let (which, input) = choice(input);
            let (media_type, body) = choice(input);
            let path = chosen(&POSTS, which.wrapping_sub(b'A'));
            let mut request = request(Method::POST, path);
            let media_type = chosen(&MEDIA_TYPES, media_type.wrapping_sub(b'A'));
            if !media_type.is_empty() {
                request = request.header("content-type", media_type);
            }
            // A sign-out would end the session.
            if path != paths::LOGOUT {
                request = request.header("authorization", format!("Bearer {}", application.access));
            }
            let body = Body::from(body.to_vec());
            application.send(router, request.body(body).expect("a request"));
        })
    },
};
