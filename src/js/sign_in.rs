//! Starts and finishes a sign-in: `getAuthorizationUrl`, `validateCallback` and `callback`, with or without Lucia. The
//! core checks URLs and responses; `tokens` and `resources` send the requests.

use js_sys::{Array, JsString, Promise};
use wasm_bindgen::prelude::*;

use super::configuration::{CallContext, Configuration};
use super::error_response::with_classified_errors;
use super::fetch::{READ_JSON_STEP, USER_ENDPOINT};
use super::lazy::LazyValue;
use super::lucia::user_auth;
use super::random;
use super::resources::{account_id, send_api_request};
use super::steps::step;
use super::tokens::{self, AtlassianTokens, exchange_code};
use super::value::{cookie, get, has_properties, invalid, read_option};
use crate::oauth::authorization_request;
use crate::oauth::authorization_response;

#[wasm_bindgen(module = "/src/js/client.js")]
extern "C" {
    // It rejects with an error of `URL`, which the app may have replaced.
    #[wasm_bindgen(js_name = urlAndState)]
    fn url_and_state(
        before_state: &JsString,
        state: &str,
        after_state: &JsString,
        code_verifier: &JsValue,
    ) -> Promise;

    #[wasm_bindgen(js_name = newSignIn)]
    fn new_sign_in(context: &CallContext, user: &JsValue) -> JsValue;
}

/// `getAuthorizationUrl`: a promise of the URL, the state and, if `options` request PKCE, the code verifier. The URL
/// has two parts, because the state is in the middle.
#[wasm_bindgen(js_name = getAuthorizationUrl, skip_typescript)]
pub fn get_authorization_url(
    before_state: JsString,
    after_state: JsString,
    options: JsValue,
) -> Promise {
    let url = || {
        let state = random::state()?;
        let pkce = read_option(&options, "pkce")?;
        if !pkce.is_some_and(|pkce| pkce.is_truthy()) {
            return Ok(url_and_state(
                &before_state,
                &state,
                &after_state,
                &JsValue::UNDEFINED,
            ));
        }
        let code_verifier = random::code_verifier()?;
        let parameters = authorization_request::pkce_suffix(&code_verifier);
        let after_state = after_state.concat(&parameters.into());
        Ok(url_and_state(
            &before_state,
            &state,
            &after_state,
            &code_verifier.into(),
        ))
    };
    url().unwrap_or_else(|reason: JsValue| Promise::reject(&reason))
}

/// `validateCallback`: exchanges a code and requests the user. `@lucia-auth/oauth` chose the name.
#[wasm_bindgen(js_name = validateCallback, skip_typescript)]
pub fn validate_callback(configuration: Configuration, code: JsValue, options: JsValue) -> Promise {
    let sent = configuration
        .check()
        .and_then(|()| exchange_code(&configuration, &code, &options));
    with_classified_errors(sent, &SIGN_IN_STEPS)
}

/// `callback`: finishes a sign-in from the callback URL.
#[wasm_bindgen(skip_typescript)]
pub fn callback(
    configuration: Configuration,
    url: JsValue,
    stored_state: JsValue,
    options: JsValue,
) -> Promise {
    let sent = configuration.check().and_then(|()| {
        let code = authorization_response::code(&url_string(&url)?, cookie(&stored_state))?;
        exchange_code(&configuration, &code.reveal().into(), &options)
    });
    with_classified_errors(sent, &CALLBACK_STEPS)
}

fn url_string(url: &JsValue) -> Result<String, JsValue> {
    let text = if has_properties(url) {
        get(url, "href")?.as_string()
    } else {
        url.as_string()
    };
    text.ok_or_else(|| invalid("requestUrl", "a string or a URL", url))
}

static SIGN_IN_STEPS: LazyValue<Array> =
    LazyValue::new(|| sign_in(|_, response| Ok(tokens::read_token_response(response)?.into())));

static CALLBACK_STEPS: LazyValue<Array> = LazyValue::new(|| sign_in(tokens::token_set));

/// The steps after the token request. `read_tokens` reads the token response.
fn sign_in(
    read_tokens: impl Fn(&CallContext, &JsValue) -> Result<JsValue, JsValue> + Copy + 'static,
) -> Array {
    Array::of4(
        &READ_JSON_STEP,
        &step(move |context, response| {
            request_user(
                context.unchecked_ref(),
                &read_tokens(context.unchecked_ref(), &response)?,
            )
        }),
        &READ_JSON_STEP,
        &step(|context, user| finish(context.unchecked_ref(), &user)),
    )
}

/// Keeps the tokens, and sends the request for their user.
fn request_user(context: &CallContext, tokens: &JsValue) -> Result<JsValue, JsValue> {
    context.set_tokens(tokens);
    let access_token = tokens.unchecked_ref::<AtlassianTokens>().access_token();
    send_api_request(&USER_ENDPOINT, context, &access_token)
}

/// Creates the result of a sign-in, which a provider links to Lucia.
fn finish(context: &CallContext, user: &JsValue) -> Result<JsValue, JsValue> {
    let account_id = account_id(user)?;
    Ok(if context.configuration().is_provider() {
        user_auth(context, &account_id, user)
    } else {
        new_sign_in(context, user)
    })
}
