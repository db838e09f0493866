//! The helpers that the published package exports beside its providers, for apps that have made a
//! provider of their own with them.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;

use super::app::{App, Call, Parts};
use super::fetch::{Fetch, READ_JSON, Secrets, TOKEN};
use super::once::Once;
use super::random;
use super::steps::{run, settled};
use super::value::{describe, get};
use crate::authorization::RESPONSE_TYPE;
use crate::cloud::Cloud;
use crate::config::{self, BODY_LIMIT, TIMEOUT};
use crate::error::Error;
use crate::secret::Secret;
use crate::token::TokenRequestBody;
use crate::{authorization, id_token, token};

#[wasm_bindgen]
extern "C" {
    /// The last parameter of the functions below.
    pub type Options;

    type Scope;

    #[wasm_bindgen(method, catch)]
    fn join(this: &Scope, separator: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = URL)]
    type Url;

    #[wasm_bindgen(constructor, catch, js_class = URL)]
    fn new(url: &JsValue) -> Result<Url, JsValue>;

    #[wasm_bindgen(method, getter, catch, js_class = URL, js_name = searchParams)]
    fn search_params(this: &Url) -> Result<SearchParams, JsValue>;

    type SearchParams;

    #[wasm_bindgen(method, catch)]
    fn set(this: &SearchParams, name: &str, value: &JsValue) -> Result<(), JsValue>;

    type Text;

    #[wasm_bindgen(method, catch)]
    fn concat(this: &Text, value: &JsValue) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(module = "/src/js/value.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = parseJson)]
    fn parse_json(bytes: &[u8]) -> Result<JsValue, JsValue>;
}

/// Makes an authorization URL (RFC 6749, section 4.1.1) at an endpoint of the app's: a promise of
/// `[URL, state]`. Rejects with what `URL` or the app's `options` throw.
#[wasm_bindgen(js_name = createOAuth2AuthorizationUrl, skip_typescript)]
pub fn create_oauth2_authorization_url(url: &JsValue, options: &Options) -> Promise {
    settled((|| {
        let state = JsValue::from(random::state()?);
        let url = authorization_url(url, options, &state)?;
        Ok(Array::of2(&url, &state).into())
    })())
}

/// The same with PKCE (RFC 7636): a promise of `[URL, codeVerifier, state]`.
#[wasm_bindgen(js_name = createOAuth2AuthorizationUrlWithPKCE, skip_typescript)]
pub fn create_oauth2_authorization_url_with_pkce(url: &JsValue, options: &Options) -> Promise {
    settled((|| {
        let code_verifier = random::code_verifier()?;
        let code_challenge = authorization::code_challenge(&code_verifier);
        let state = JsValue::from(random::state()?);
        let url = authorization_url(url, options, &state)?;
        let parameters = url.search_params()?;
        for (name, value) in authorization::pkce_parameters(&code_challenge) {
            parameters.set(name, &value.into())?;
        }
        Ok(Array::of3(&url, &code_verifier.into(), &state).into())
    })())
}

/// Sets the parameters of an authorization request on a URL of the app's; one with an empty value
/// is left out.
fn authorization_url(url: &JsValue, options: &Options, state: &JsValue) -> Result<Url, JsValue> {
    let client_id = get(options, "clientId")?;
    let scope = get(options, "scope")?;
    let scope = scope.unchecked_ref::<Scope>().join(" ")?;
    let redirect_uri = get(options, "redirectUri")?;
    let url = Url::new(url)?;
    let parameters = url.search_params()?;
    let response_type = RESPONSE_TYPE.into();
    for (name, value) in
        authorization::parameters(&response_type, &client_id, &scope, state, &redirect_uri)
    {
        if value.is_truthy() {
            parameters.set(name, value)?;
        }
    }
    Ok(url)
}

/// Exchanges a code at a token endpoint of the app's (RFC 6749, section 4.1.3): a promise of the
/// JSON of the answer, as it came. Rejects with an `OAuthRequestError`, and with whatever `fetch` rejects with.
#[wasm_bindgen(js_name = validateOAuth2AuthorizationCode, skip_typescript)]
pub fn validate_oauth2_authorization_code(
    authorization_code: &JsValue,
    url: &JsValue,
    options: &Options,
) -> Promise {
    let sent = token_request(authorization_code, url, options).and_then(|(url, secrets)| {
        let call = call()?;
        let response = TOKEN.send(&call, &url, &secrets)?;
        Ok((call, response))
    });
    match sent {
        Ok((call, response)) => run(&call, &response, &TOKEN_RESPONSE, &JsValue::UNDEFINED),
        Err(reason) => Promise::reject(&reason),
    }
}

static TOKEN_RESPONSE: Once = Once::new(|| Array::of1(&READ_JSON).into());

/// A call of an app that says nothing of how requests are sent.
fn call() -> Result<Call, JsValue> {
    let parts = Parts {
        fetch: &Fetch {
            function: JsValue::UNDEFINED,
            timeout: TIMEOUT.default,
            body_limit: BODY_LIMIT.default,
        },
        cloud: Cloud::Commercial,
        scope: "",
        client_id: "",
        client_secret: "",
        after_code: "",
    };
    App::new(&JsValue::UNDEFINED, &parts)?.call(&JsValue::UNDEFINED)
}

fn token_request(
    authorization_code: &JsValue,
    url: &JsValue,
    options: &Options,
) -> Result<(JsValue, Secrets), JsValue> {
    let client_id = string(&get(options, "clientId")?)?;
    let code = Secret::new(string(authorization_code)?);
    let redirect_uri = string_if_truthy(&get(options, "redirectUri")?)?;
    let code_verifier = string_if_truthy(&get(options, "codeVerifier")?)?;
    let (client_secret, authorization) = match client_secret(options)? {
        Some((client_secret, true)) => {
            let header = token::basic_authorization(&client_id, &client_secret);
            (None, header.reveal().into())
        }
        Some((client_secret, false)) => (Some(client_secret), JsValue::UNDEFINED),
        None => (None, JsValue::UNDEFINED),
    };
    let body = TokenRequestBody::new(
        &client_id,
        &redirect_uri,
        &code_verifier,
        client_secret.as_ref(),
    );
    let body = [
        TokenRequestBody::BEFORE_CODE,
        token::form_encoded(&code).reveal(),
        body.after_code().reveal(),
    ]
    .concat();
    let secrets = Secrets {
        authorization,
        body: body.into(),
    };
    Ok((Url::new(url)?.into(), secrets))
}

/// The client secret, if any, and whether it goes into an `Authorization` header.
fn client_secret(options: &Options) -> Result<Option<(Secret, bool)>, JsValue> {
    let client_password = get(options, "clientPassword")?;
    if client_password.is_falsy() {
        return Ok(None);
    }
    let authenticate_with = get(&client_password, "authenticateWith")?;
    let in_header = authenticate_with == "http_basic_auth";
    if !in_header && authenticate_with != "client_secret" {
        return Ok(None);
    }
    let client_secret = string(&get(&client_password, "clientSecret")?)?;
    Ok(Some((Secret::new(client_secret), in_header)))
}

fn string_if_truthy(value: &JsValue) -> Result<String, JsValue> {
    if value.is_truthy() {
        string(value)
    } else {
        Ok(String::new())
    }
}

/// The string that a `URLSearchParams` makes of a value.
fn string(value: &JsValue) -> Result<String, JsValue> {
    let empty = JsValue::from("");
    let text = empty.unchecked_ref::<Text>().concat(value)?;
    Ok(text.as_string().unwrap_or_default())
}

/// Gives the claims of an ID token, unverified. Throws a `SyntaxError` on a malformed one.
#[wasm_bindgen(js_name = decodeIdToken, skip_typescript)]
pub fn decode_id_token(id_token: &JsValue) -> Result<JsValue, JsValue> {
    let id_token = id_token
        .as_string()
        .ok_or_else(|| config::invalid("idToken", "a string", describe(id_token)))?;
    // The parser's own error would quote the payload.
    let claims = parse_json(&id_token::payload(&id_token)?).map_err(|_| Error::InvalidIdToken)?;
    if claims.is_object() {
        Ok(claims)
    } else {
        Err(Error::InvalidIdToken.into())
    }
}
