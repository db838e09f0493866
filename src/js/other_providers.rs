//! The functions that `@lucia-auth/oauth` exports besides its providers, for apps with their own providers.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use web_sys::Url;

use super::configuration::{CallContext, Configuration};
use super::fetch::{READ_JSON_STEP, Secrets, TOKEN_ENDPOINT};
use super::lazy::LazyValue;
use super::random;
use super::steps::{run_steps, to_promise};
use super::value::{get, invalid, string_or_empty};
use crate::config::{BODY_LIMIT, TIMEOUT};
use crate::error::Error;
use crate::oauth::authorization_request::RESPONSE_TYPE;
use crate::oauth::{authorization_request, id_token, token};
use crate::secret::Secret;

#[wasm_bindgen]
extern "C" {
    /// The last parameter of the functions below.
    pub type Options;

    // The scopes of an app's options: their methods are the app's and may throw.
    type Scope;

    #[wasm_bindgen(method, catch)]
    fn join(this: &Scope, separator: &str) -> Result<JsValue, JsValue>;

    type ConvertibleString;

    #[wasm_bindgen(method, catch)]
    fn concat(this: &ConvertibleString, value: &JsValue) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(module = "/src/js/other_providers.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = newUrl)]
    fn new_url(address: &JsValue, parameters: &Array) -> Result<Url, JsValue>;

    #[wasm_bindgen(catch, js_name = newForm)]
    fn new_form(parameters: &Array) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(module = "/src/js/value.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = parseJson)]
    fn parse_json(bytes: &[u8]) -> Result<JsValue, JsValue>;
}

/// Creates an authorization URL (RFC 6749, section 4.1.1) of another provider: a promise of `[URL, state]`. Rejects
/// with an error of `URL` or of the app's `options`.
#[wasm_bindgen(js_name = createOAuth2AuthorizationUrl, skip_typescript)]
pub fn create_oauth2_authorization_url(url: &JsValue, options: &Options) -> Promise {
    to_promise((|| {
        let state = JsValue::from(random::state()?);
        let url = new_url(url, &parameters(options, &state)?)?;
        Ok(Array::of2(&url, &state).into())
    })())
}

/// The same with PKCE (RFC 7636): a promise of `[URL, codeVerifier, state]`.
#[wasm_bindgen(js_name = createOAuth2AuthorizationUrlWithPKCE, skip_typescript)]
pub fn create_oauth2_authorization_url_with_pkce(url: &JsValue, options: &Options) -> Promise {
    to_promise((|| {
        let code_verifier = random::code_verifier()?;
        let code_challenge = authorization_request::code_challenge(&code_verifier);
        let state = JsValue::from(random::state()?);
        let parameters = parameters(options, &state)?;
        for (name, value) in authorization_request::pkce_parameters(&code_challenge) {
            push(&parameters, name, &value.into());
        }
        let url = new_url(url, &parameters)?;
        Ok(Array::of3(&url, &code_verifier.into(), &state).into())
    })())
}

/// The parameters of an authorization request, pairs of name and value. Empty values are left out.
fn parameters(options: &Options, state: &JsValue) -> Result<Array, JsValue> {
    let client_id = get(options, "clientId")?;
    let scope = get(options, "scope")?;
    let scope = scope.unchecked_ref::<Scope>().join(" ")?;
    let redirect_uri = get(options, "redirectUri")?;
    let parameters = Array::new();
    push(&parameters, "response_type", &RESPONSE_TYPE.into());
    push_truthy(&parameters, "client_id", &client_id);
    push_truthy(&parameters, "scope", &scope);
    push(&parameters, "state", state);
    push_truthy(&parameters, "redirect_uri", &redirect_uri);
    Ok(parameters)
}

fn push_truthy(parameters: &Array, name: &str, value: &JsValue) {
    if value.is_truthy() {
        push(parameters, name, value);
    }
}

#[inline(never)]
fn push(parameters: &Array, name: &str, value: &JsValue) {
    parameters.push(&Array::of2(&name.into(), value));
}

/// Exchanges a code at another provider's token endpoint (RFC 6749, section 4.1.3): a promise of the JSON of the
/// response. Rejects with an `OAuthRequestError`, and with the error of `fetch`.
#[wasm_bindgen(js_name = validateOAuth2AuthorizationCode, skip_typescript)]
pub fn validate_oauth2_authorization_code(
    authorization_code: &JsValue,
    url: &JsValue,
    options: &Options,
) -> Promise {
    let sent = token_request(authorization_code, url, options).and_then(|(url, secrets)| {
        let context = default_context();
        let response = TOKEN_ENDPOINT.send(&context, Some(&url), &secrets)?;
        Ok((context, response))
    });
    match sent {
        Ok((context, response)) => run_steps(&context, &response, &TOKEN_STEPS, None),
        Err(reason) => Promise::reject(&reason),
    }
}

static TOKEN_STEPS: LazyValue<Array> = LazyValue::new(|| Array::of1(&READ_JSON_STEP));

/// The context of a request with the default configuration.
fn default_context() -> CallContext {
    Configuration::without_client(None, TIMEOUT.default, BODY_LIMIT.default)
        .new_context(&JsValue::UNDEFINED)
}

fn token_request(
    authorization_code: &JsValue,
    url: &JsValue,
    options: &Options,
) -> Result<(Url, Secrets), JsValue> {
    let client_id = get(options, "clientId")?;
    let parameters = Array::new();
    push(&parameters, "code", authorization_code);
    push(&parameters, "client_id", &client_id);
    push(&parameters, "grant_type", &"authorization_code".into());
    for (name, option) in [
        ("redirect_uri", "redirectUri"),
        ("code_verifier", "codeVerifier"),
    ] {
        push_truthy(&parameters, name, &get(options, option)?);
    }
    let mut authorization = JsValue::UNDEFINED;
    let client_password = get(options, "clientPassword")?;
    if client_password.is_truthy() {
        let authenticate_with = get(&client_password, "authenticateWith")?;
        let client_secret = || get(&client_password, "clientSecret");
        if authenticate_with == "client_secret" {
            push(&parameters, "client_secret", &client_secret()?);
        } else if authenticate_with == "http_basic_auth" {
            let client_secret = Secret::new(convert_to_string(&client_secret()?)?);
            let header =
                token::basic_authorization(&convert_to_string(&client_id)?, &client_secret);
            authorization = header.reveal().into();
        }
    }
    let body = new_form(&parameters)?;
    let url = new_url(url, &Array::new())?;
    Ok((
        url,
        Secrets {
            authorization,
            body,
        },
    ))
}

/// The value, converted to a string by JavaScript.
fn convert_to_string(value: &JsValue) -> Result<String, JsValue> {
    let text = JsValue::from("")
        .unchecked_ref::<ConvertibleString>()
        .concat(value)?;
    Ok(string_or_empty(&text))
}

/// Returns the unverified claims of an ID token. Throws a `SyntaxError` for a malformed token.
#[wasm_bindgen(js_name = decodeIdToken, skip_typescript)]
pub fn decode_id_token(id_token: &JsValue) -> Result<JsValue, JsValue> {
    let id_token = id_token
        .as_string()
        .ok_or_else(|| invalid("idToken", "a string", id_token))?;
    // The parser's own error would quote the payload.
    let claims = parse_json(&id_token::payload(&id_token)?).map_err(|_| Error::InvalidIdToken)?;
    if claims.is_object() {
        Ok(claims)
    } else {
        Err(Error::InvalidIdToken.into())
    }
}
