//! What Atlassian's refusals mean, generated from their parts: each spelling of a dead code or refresh token, with
//! each status and each `error`, and texts that look like them and mean something else.

use lucia_atlassian::classification::{Action, Classification};
use lucia_atlassian::oauth::error_response::{RequestKind, classify};

const TOKEN_REQUESTS: [RequestKind; 2] = [RequestKind::CodeOrRevocation, RequestKind::Refresh];
const INVALID_GRANT: Classification = Classification {
    code: "INVALID_GRANT",
    action: Action::Reauthorize,
};

/// Each `error` that a text can come with, and what it means without one.
const ERRORS: [(&str, &str); 15] = [
    ("", "UNEXPECTED_RESPONSE"),
    ("invalid_request", "INVALID_REQUEST"),
    ("invalid_grant", "INVALID_GRANT"),
    ("invalid_client", "INVALID_CLIENT"),
    ("unauthorized_client", "UNAUTHORIZED_CLIENT"),
    ("access_denied", "INVALID_CLIENT"),
    ("invalid_token", "INVALID_TOKEN"),
    ("invalid_scope", "INVALID_SCOPE"),
    ("insufficient_scope", "INSUFFICIENT_SCOPE"),
    ("unsupported_grant_type", "UNSUPPORTED_GRANT_TYPE"),
    ("server_error", "SERVER_ERROR"),
    ("temporarily_unavailable", "TEMPORARILY_UNAVAILABLE"),
    ("unauthorized", "UNEXPECTED_RESPONSE"),
    ("Forbidden", "UNEXPECTED_RESPONSE"),
    ("Bad Request", "UNEXPECTED_RESPONSE"),
];

const SUBJECTS: [&str; 8] = [
    "authorization_code",
    "authorization code",
    "authorization-code",
    "authorizationCode",
    "refresh_token",
    "refresh token",
    "refresh-token",
    "refreshToken",
];

/// What is said of a subject, in place of the `@`.
const INVALID: &[&str] = &[
    "@ is invalid",
    "The @ is invalid",
    "Invalid @",
    "an invalid @",
    "The provided @ is invalid",
    "The @ provided is invalid",
    "The @ you sent is invalid",
    "This @ is not valid",
    "@ isn't valid",
    "@ is no longer valid",
    "not a valid @",
    "Not a known @",
    "The @ was not recognized",
    "Unrecognized @",
    "The @ in the request is invalid",
    "Malformed @",
    "@ is malformed",
    "Bad @",
    "Incorrect @",
    "Wrong @",
    "@ is incorrect or expired",
    "@ is expired",
    "@ expired",
    "@ has expired",
    "The @ has already expired",
    "Expired @",
    "The @ has been expired",
    "@ has expired due to inactivity",
    "The @ is too old",
    "The @ has timed out",
    "@ is inactive",
    "@ is not active",
    "Unknown @",
    "@ is unknown",
    "@ is not known",
    "The @ is unknown to this server",
    "Unknown or invalid @",
    "Invalid or expired @",
    "Invalid, expired or revoked @",
    "The @ is either invalid or expired",
    "@ is invalid, expired or revoked",
    "@ was revoked",
    "@ has been revoked",
    "Revoked @",
    "The @ was revoked by the user",
    "The @ has been globally revoked",
    "@ was used",
    "@ is used",
    "@ used",
    "@ already used",
    "@ was already used",
    "@ has been used already",
    "@ has already been used",
    "@ was used before",
    "@ was previously used",
    "@ can only be used once",
    "@ cannot be used again",
    "@ can no longer be used",
    "@ reuse detected",
    "@ was redeemed",
    "@ was already redeemed",
    "@ has already been redeemed",
    "@ redeemed",
    "@ does not exist",
    "@ doesn't exist",
    "@ does not exist any more",
    "@ no longer exists",
    "@ is not there any more",
    "@ is gone",
    "@ not found",
    "@ was not found",
    "@ could not be found",
    "Could not find the @",
    "Unable to find @",
    "No such @",
    "There is no such @",
    "@ is invalid: please sign in again, login required",
    "@: invalid",
    "@: expired",
    "@: not valid",
    "@ has been removed",
    "@ was invalidated",
    "@ is disabled",
    "@ was rotated",
    "@ was replayed",
    "@ already claimed",
    "@ has been reused",
    "@ was consumed",
    "@ was deleted",
    "Failed to find the @",
    "@ wasn't found",
    "@ cannot be found",
    "@ does not exist anymore",
    "@ is no longer recognized",
    "@ expired, please restart the flow",
    "No such @: start again",
    "@ not found: start again",
    "The @ has expired and the session is no longer active",
    "@ is invalid, user must sign in",
];

/// A text as it is, and as others have written it.
fn spellings(text: &str) -> [String; 9] {
    // Without its capital letter, a word in camel case would be one with the word before.
    let mut apart = String::new();
    for letter in text.chars() {
        if letter.is_uppercase() && apart.ends_with(char::is_lowercase) {
            apart.push(' ');
        }
        apart.push(letter);
    }
    [
        text.to_owned(),
        apart.to_uppercase(),
        apart.to_lowercase(),
        format!("{text}."),
        format!("{text}!"),
        format!("  {text}\n"),
        format!("Bad Request: {text}"),
        format!("{text}. Start again at the authorization endpoint."),
        format!("\"{text}\""),
    ]
}

/// Each text with each request, status and `error`; in its other spellings, with one of them in turn.
fn refusals<'a>(
    texts: impl Iterator<Item = String>,
) -> Vec<(RequestKind, u16, &'a str, &'a str, String)> {
    let mut kinds = Vec::new();
    for request in TOKEN_REQUESTS {
        for status in [400, 401, 403] {
            kinds.extend(ERRORS.map(|(error, code)| (request, status, error, code)));
        }
    }
    let mut in_turn = kinds.iter().cycle().step_by(7);
    let mut refusals = Vec::new();
    for text in texts {
        for (request, status, error, code) in &kinds {
            refusals.push((*request, *status, *error, *code, text.clone()));
        }
        for (spelling, kind) in spellings(&text).into_iter().zip(&mut in_turn) {
            let (request, status, error, code) = kind;
            refusals.push((*request, *status, *error, *code, spelling));
        }
    }
    refusals
}

#[test]
fn the_first_thousand_bytes_of_a_text_count() {
    for (words, expected) in [(190, "INVALID_GRANT"), (250, "UNEXPECTED_RESPONSE")] {
        let text = format!("{}. The refresh token is expired.", "word ".repeat(words));
        let code = classify(RequestKind::Refresh, 400, "", &text).code;
        assert_eq!(code, expected, "{words}");
    }
}

#[test]
fn an_invalid_code_or_refresh_token_is_found_by_its_text() {
    let texts = SUBJECTS
        .iter()
        .flat_map(|subject| INVALID.iter().map(|dead| dead.replace('@', subject)));
    let mut wrong = Vec::new();
    for (request, status, error, _, text) in refusals(texts) {
        for (error, description) in [(error, text.as_str()), (text.as_str(), "")] {
            if classify(request, status, error, description) != INVALID_GRANT {
                wrong.push(format!("{request:?} {status} {error:?} {description:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What says nothing about the grant itself.
const VALID: &[&str] = &[
    // A parameter that is missing or required.
    "refresh_token is required",
    "authorization_code is required",
    "Missing refresh_token",
    "Missing required parameter: authorization_code",
    "refresh_token is missing",
    "The authorization_code parameter is missing or invalid",
    "Invalid or missing refresh_token",
    "refresh_token must not be empty",
    "refresh token is invalid or empty",
    "refresh_token is null",
    "refresh_token was not provided",
    "refresh_token not provided, or invalid",
    "The refresh_token wasn't sent",
    "No refresh token provided",
    "No refresh token in the request",
    "refresh_token not found in request body",
    "refresh_token was not found in the form",
    "A valid refresh_token is required",
    "The request body must contain the following parameter: 'refresh_token'.",
    "Required parameter authorization_code is not present",
    "Expected a refresh_token",
    // Another parameter.
    "The redirect_uri is invalid for this authorization code",
    "authorization_code was issued for another redirect_uri and is invalid",
    "Redirect URI does not match the one of the authorization code, which is invalid",
    "Invalid authorization code or redirect uri",
    "redirectUri is wrong for this authorizationCode",
    "The client_secret is invalid, and the refresh token unknown",
    "Invalid client_secret for refresh_token",
    "Unknown client_id for this refresh token",
    "Invalid client credentials with refresh token",
    "Invalid grant_type: authorization_code",
    "grant_type authorization_code is invalid",
    "Unknown grant type refresh_token",
    "refresh_token is not a valid grant_type",
    "Invalid scope for refresh_token",
    "Invalid response_type code",
    "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. Or authorization code expired.",
    // The kind of grant, or the app.
    "client is not allowed to use refresh_token grant",
    "The client is not authorized to use refresh_token",
    "Grant type 'refresh_token' not allowed for the client.",
    "Unsupported grant: refresh_token",
    "authorization_code grant is invalid for this client",
    "refresh_token grant is not valid for this client",
    "authorization_code is not a valid grant for this client",
    "refresh_token flow is unknown",
    "refresh_token request is invalid",
    "Refresh token endpoint not found",
    "The refresh token rotation is invalid",
    "authorization code exchange: invalid client",
    "refresh_token cannot be used by this client",
    "The refresh_token must be used within ten minutes",
    "The authorization_code must be redeemed by the same client",
    "The refresh token is used to get a new access token",
    "refresh_token is not supported",
    "Refresh tokens are not enabled",
    "Unauthorized client for refresh token",
    "Invalid client or refresh token",
    // Something else is invalid, expired or unknown.
    "An unknown error occurred while validating the refresh token",
    "Unknown error: refresh token could not be read",
    "refresh_token: unknown error",
    "Could not refresh token: unknown error",
    "Unable to refresh token: invalid client",
    "Failed to refresh token, invalid request",
    "Invalid request for refresh token",
    "Invalid request: refresh_token",
    "Unknown parameter refresh_token",
    "refresh_token is an unknown parameter",
    "Access token expired; use the refresh token",
    "The access token is invalid, use the refresh token",
    "Access token has expired",
    "access_token was revoked",
    "Invalid token",
    "Token expired",
    "Invalid token_type",
    "Your session has expired, use your refresh token",
    "refresh token failed because the client is unknown",
    // A configuration of the app, with a word about an invalid grant elsewhere.
    "Invalid secret provided. code=invalid_secret",
    "The OAuth app's secret is incorrect [code=bad_secret]",
    "Unknown or inactive app (error code 1042)",
    "Bad Request (code 400)",
    "Bad request, error code E-12",
    "Invalid error code",
    "Invalid request, code: invalid",
    "Invalid code 1042",
    "Invalid code=1042",
    "Invalid code type",
    "Invalid authorization_code flow",
    "Wrong secret for the app that owns this refresh token",
    "The audience is invalid for this authorization code",
    "authorization_code is not a valid grant",
    "Unknown grant 'authorization_code'",
    "refresh_token not supplied, no valid grant",
    "unknown field authorization_code",
    "authorization code is valid but app is inactive",
    "Error decrypting refresh token: bad key",
    "Refresh token: unknown client",
    "The refresh token was not reused",
    "refresh_token is invalid or missing",
    "refresh_token is invalid or null",
    "refresh_token is invalid or not provided",
    // Nothing is wrong with it.
    "The refresh token is valid",
    "The refresh token is valid, but the client is unknown",
    "The authorization code is not invalid",
    "The refresh token has not expired",
    "The refresh token is not expired or revoked",
    "The refresh_token was not revoked",
    "authorization_code has not been used",
    "The authorization code exists",
    "refresh_token",
    "",
];

#[test]
fn a_text_that_only_looks_like_it_leaves_the_error_what_it_is() {
    let mut wrong = Vec::new();
    for (request, status, error, code, text) in
        refusals(VALID.iter().map(|text| (*text).to_owned()))
    {
        let found = classify(request, status, error, &text).code;
        if found != code {
            wrong.push(format!("{request:?} {status} {error:?} {text:?}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Each half says nothing by itself.
    for (error, description) in [
        ("invalid", "refresh_token"),
        ("refresh_token", "is invalid"),
        ("redirect_uri_mismatch", "The authorization code is invalid"),
    ] {
        for request in TOKEN_REQUESTS {
            let found = classify(request, 400, error, description);
            assert_eq!(found.code, "UNEXPECTED_RESPONSE", "{error} {description}");
        }
    }
}

/// A text that names another parameter is about that one, whatever else it says.
#[test]
fn a_text_about_another_parameter_is_no_matter_of_the_grant() {
    for parameter in [
        "redirect_uri",
        "redirect url",
        "callback URL",
        "client_id",
        "clientSecret",
        "client credentials",
        "grant_type",
        "response_type",
        "scope",
    ] {
        for text in [
            format!("Invalid authorization code or {parameter}"),
            format!("The refresh token is unknown, or {parameter} is"),
            format!("code_verifier or {parameter} is invalid"),
            format!("The user's {parameter} is invalid"),
        ] {
            for request in TOKEN_REQUESTS {
                for (error, code) in ERRORS {
                    let found = classify(request, 400, error, &text).code;
                    assert_eq!(found, code, "{request:?} {error:?} {text:?}");
                }
            }
        }
    }
}

/// The verifier comes from a visitor's cookie: it is no mistake of the app.
#[test]
fn a_refused_code_verifier_starts_the_sign_in_again() {
    let texts = [
        "code_verifier is invalid for this authorization code",
        "Failed to verify code verifier",
        "Invalid code_verifier",
        "The code_challenge of the authorization code is unknown",
        "The authorization code is invalid: PKCE verification failed",
        "Invalid code challenge",
        "PKCE verification failed",
        "code_verifier is required",
        "Code verifier mismatch",
        "code_verifier does not match code_challenge",
    ];
    for text in texts {
        for (error, _) in ERRORS {
            for status in [400, 401, 403] {
                let exchange = classify(RequestKind::CodeOrRevocation, status, error, text);
                assert_eq!(exchange, INVALID_GRANT, "{status} {error:?} {text:?}");
            }
        }
    }
}

/// A user who is blocked or who has taken back the grant signs in again; the app did nothing wrong.
#[test]
fn a_refusal_of_the_user_is_no_mistake_of_the_app() {
    let texts = [
        "user is blocked",
        "The user has revoked access to the app",
        "User has not authorized this application",
        "User revoked access for this app",
        "This account was deactivated",
    ];
    for text in texts {
        for error in ["access_denied", "ACCESS_DENIED"] {
            for status in [400, 401, 403] {
                let found = classify(RequestKind::Refresh, status, error, text);
                assert_eq!(found.code, "ACCESS_DENIED", "{status} {text:?}");
                assert_eq!(found.action, Action::Reauthorize);
            }
        }
        for (error, code) in ERRORS {
            if error != "access_denied" {
                let found = classify(RequestKind::Refresh, 403, error, text);
                assert_eq!(found.code, code, "{error:?} {text:?}");
            }
        }
        let in_error = classify(RequestKind::Refresh, 403, text, "");
        assert_eq!(in_error.code, "UNEXPECTED_RESPONSE", "{text:?}");
    }
    let of_client = classify(RequestKind::Refresh, 401, "access_denied", "Unauthorized");
    assert_eq!(of_client.code, "INVALID_CLIENT");
}

#[test]
fn what_other_authorization_servers_say_is_understood_too() {
    use RequestKind::{CodeOrRevocation, Refresh};
    let dead = [
        (
            CodeOrRevocation,
            "invalid_request",
            "AADSTS501481: The Code_Verifier does not match the code_challenge supplied in the authorization request.",
        ),
        (
            CodeOrRevocation,
            "invalid_request",
            "Invalid Authorization Code",
        ),
        (
            CodeOrRevocation,
            "invalid_request",
            "Invalid authorization code: eQ2oEU6oRowX5Kygl5DCa7rX1tZGIAK8",
        ),
        (
            CodeOrRevocation,
            "invalid_request",
            "Invalid \"code\" in request.",
        ),
        (
            Refresh,
            "invalid_request",
            "Invalid \"refresh_token\" in request.",
        ),
        (
            CodeOrRevocation,
            "invalid_request",
            "code doesn't exist or has expired",
        ),
        (
            CodeOrRevocation,
            "invalid_request",
            "Specified code was invalid or expired",
        ),
        (
            CodeOrRevocation,
            "invalid_request",
            "The code passed is incorrect or expired.",
        ),
        (
            CodeOrRevocation,
            "invalid_request",
            "Invalid code: this code has been revoked.",
        ),
        (
            CodeOrRevocation,
            "unauthorized_client",
            "AADSTS54005: OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
        ),
        (
            CodeOrRevocation,
            "access_denied",
            "AADSTS70008: The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
        ),
        (
            Refresh,
            "access_denied",
            "The refresh_token was generated for a user who doesn't exist anymore.",
        ),
        (
            Refresh,
            "unauthorized_client",
            "Token has been expired or revoked.",
        ),
        (Refresh, "invalid_request", "expired access/refresh token"),
        (
            Refresh,
            "invalid_request",
            "Invalid access or refresh token",
        ),
        (Refresh, "invalid_request", "Refresh token invalid: 5f2"),
        (
            Refresh,
            "invalid_request",
            "Maximum allowed refresh token reuse exceeded",
        ),
        (
            Refresh,
            "invalid_request",
            "The refresh token lifetime has expired",
        ),
        (
            Refresh,
            "invalid_request",
            "The refresh token is no more valid",
        ),
        (
            Refresh,
            "invalid_request",
            "Incorrect or Expired Refresh token",
        ),
        (
            Refresh,
            "unauthorized_client",
            "The provided authorization grant or refresh token is invalid, expired or revoked.",
        ),
        (
            Refresh,
            "unauthorized_client",
            "This refresh token has already been exchanged",
        ),
        (
            Refresh,
            "unauthorized_client",
            "Refresh token family has been revoked",
        ),
        (Refresh, "invalid-refresh-token", ""),
        (Refresh, "expired-refresh-token", ""),
        (Refresh, "BAD_REFRESH_TOKEN", "bad"),
        (Refresh, "RefreshTokenExpired", ""),
        (Refresh, "REFRESHTOKEN_EXPIRED", ""),
        (CodeOrRevocation, "AUTHORIZATIONCODE_EXPIRED", ""),
        (Refresh, "", "The grant was revoked"),
        (
            Refresh,
            "",
            r#"{"code":"x","message":"refresh_token is invalid"}"#,
        ),
        (Refresh, "token_revoked", ""),
        (CodeOrRevocation, "code_already_used", ""),
        (CodeOrRevocation, "expired-auth-code", ""),
    ];
    for (request, error, text) in dead {
        assert_eq!(
            classify(request, 400, error, text),
            INVALID_GRANT,
            "{error} {text}"
        );
    }
    let other = [
        (
            CodeOrRevocation,
            "invalid_request",
            "AADSTS500112: The reply address 'https://a.example' does not match the reply address 'https://b.example' provided when requesting Authorization code.",
        ),
        (
            Refresh,
            "invalid_request",
            "AADSTS900144: The request body must contain the following parameter: 'refresh_token'.",
        ),
        (
            CodeOrRevocation,
            "invalid_request",
            "The redirect URI is wrong. You sent https://a.example, and we expected https://b.example",
        ),
        (
            CodeOrRevocation,
            "invalid_request",
            "The request is missing a required parameter, includes an invalid parameter value, or is otherwise malformed",
        ),
        (
            CodeOrRevocation,
            "unauthorized_client",
            "The authenticated client is not authorized to use this authorization grant type.",
        ),
        (
            CodeOrRevocation,
            "unauthorized_client",
            "Grant type 'authorization_code' not allowed for the client.",
        ),
        (
            Refresh,
            "invalid_request",
            "Error decrypting refresh token: bad key",
        ),
        (Refresh, "invalid_request", "missing or unknown auth code"),
        (Refresh, "invalid-access-token", ""),
        (Refresh, "invalid_client", "Token was not revoked"),
        (
            Refresh,
            "unauthorized_client",
            "Account suspended: app owner must pay",
        ),
        (Refresh, "", "The token is invalid"),
        (CodeOrRevocation, "bad_redirect_uri", ""),
        (CodeOrRevocation, "invalid-redirect-uri", "invalid"),
        (
            CodeOrRevocation,
            "incorrect_client_credentials",
            "The client_id and/or client_secret passed are incorrect.",
        ),
    ];
    for (request, error, text) in other {
        let plain = classify(request, 400, error, "");
        assert_eq!(classify(request, 400, error, text), plain, "{error} {text}");
        assert_ne!(plain, INVALID_GRANT, "{error} {text}");
    }
}

#[test]
fn only_a_refusal_of_the_token_endpoint_tells_of_a_dead_grant() {
    for text in ["authorization_code is invalid", "Refresh token is expired"] {
        for status in [429, 500, 502, 503, 504, 599] {
            for (request, error) in TOKEN_REQUESTS
                .iter()
                .flat_map(|request| ERRORS.map(|(error, _)| (*request, error)))
            {
                let found = classify(request, status, error, text);
                assert_eq!(
                    found.action,
                    Action::Retry,
                    "{request:?} {status} {error} {text}"
                );
            }
        }
        for status in [0, 200, 302, 307, 404, 408, 425] {
            for request in TOKEN_REQUESTS {
                let found = classify(request, status, "", text);
                assert_eq!(found.action, Action::Retry, "{request:?} {status} {text}");
            }
        }
        for status in [400, 401, 403] {
            let found = classify(RequestKind::Resource, status, "invalid_request", text);
            assert_eq!(found.code, "INVALID_REQUEST", "{status} {text}");
        }
        let found = classify(RequestKind::Authorization, 0, "invalid_request", text);
        assert_eq!(found.code, "INVALID_REQUEST", "{text}");
    }
}

#[test]
fn a_code_alone_is_the_authorization_code_where_one_was_sent() {
    for text in [
        "Invalid code",
        "The code is invalid",
        "Bad Request: code is invalid",
        "code_already_used",
        "Code was already redeemed.",
        "The code passed is incorrect or expired.",
        "code not found",
        "The code has expired",
        "Invalid code: this code is unknown",
    ] {
        let classify = |request| classify(request, 400, "invalid_request", text).code;
        assert_eq!(
            classify(RequestKind::CodeOrRevocation),
            "INVALID_GRANT",
            "{text}"
        );
        assert_eq!(classify(RequestKind::Refresh), "INVALID_REQUEST", "{text}");
    }
    for text in [
        "code is required",
        "Missing code",
        "Invalid status code",
        "Error code 400: invalid request",
        "The country code is invalid",
    ] {
        let found = classify(RequestKind::CodeOrRevocation, 400, "invalid_request", text);
        assert_eq!(found.code, "INVALID_REQUEST", "{text}");
    }
}

#[test]
fn a_refresh_that_is_denied_to_the_user_is_no_wrong_secret() {
    let denied = |request, status, text: &str| {
        let Classification { code, action } = classify(request, status, "access_denied", text);
        (code, action.name())
    };
    for text in [
        "user is blocked",
        "User is blocked.",
        "The user has been deactivated",
        "USER ACCOUNT IS SUSPENDED",
        "Account is locked",
        "The user's access was removed",
        "Access denied for user",
    ] {
        for status in [400, 401, 403] {
            let of_user = ("ACCESS_DENIED", "reauthorize");
            assert_eq!(
                denied(RequestKind::Refresh, status, text),
                of_user,
                "{text}"
            );
            let of_client = ("INVALID_CLIENT", "configure");
            assert_eq!(
                denied(RequestKind::CodeOrRevocation, status, text),
                of_client,
                "{text}"
            );
        }
        assert_eq!(
            denied(RequestKind::Refresh, 503, text),
            ("SERVER_ERROR", "retry")
        );
        assert_eq!(
            denied(RequestKind::Refresh, 429, text),
            ("RATE_LIMITED", "retry")
        );
    }
    for text in [
        "",
        "Unauthorized",
        "Access denied",
        "Client authentication failed for user",
        "The client is not allowed to act for this user",
        "client_secret is wrong",
        "User-Agent is blocked",
        "The application is blocked by the user's administrator",
        "This app is not permitted to act for the user",
        "Service account is disabled",
    ] {
        for request in TOKEN_REQUESTS {
            assert_eq!(
                denied(request, 401, text),
                ("INVALID_CLIENT", "configure"),
                "{text}"
            );
        }
    }
}

#[test]
fn a_sign_in_that_needs_the_user_asks_for_the_user() {
    for error in [
        "login_required",
        "consent_required",
        "interaction_required",
        "account_selection_required",
    ] {
        let expected = Classification {
            code: error.to_uppercase().leak(),
            action: Action::Reauthorize,
        };
        assert_eq!(classify(RequestKind::Authorization, 0, error, ""), expected);
        assert_eq!(classify(RequestKind::Refresh, 400, error, ""), expected);
        assert_eq!(
            classify(RequestKind::Refresh, 503, error, "").code,
            "SERVER_ERROR"
        );
    }
}
