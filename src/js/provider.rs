//! `atlassian(auth, configs)`: reads the app's configuration once, and makes the object whose
//! methods start and finish a sign-in.

use js_sys::{Array, JsString, Object, Promise};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::fetch::{Fetch, Secrets, Sent, TOKEN, USER};
use super::lucia::provider_user_auth;
use super::random;
use super::steps::{run, settled, step};
use super::value::{describe, fits_a_header, form_encoded, has_properties, is_array, kind, member};
use crate::authorization::{self, AuthorizationUrl};
use crate::config::{self, Client};
use crate::error::Error;
use crate::member::Member;
use crate::secret::Secret;
use crate::token::{self, BEARER, TokenRequestBody};
use crate::user;

const PROVIDER_ID: &str = "atlassian";

/// A Proxy can claim any length; Atlassian has some hundred scopes.
const MAX_SCOPE_LENGTH: u32 = 10_000;

#[wasm_bindgen]
extern "C" {
    type Configs;

    #[wasm_bindgen(method, getter, catch, js_name = clientId)]
    fn client_id(this: &Configs) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch, js_name = clientSecret)]
    fn client_secret(this: &Configs) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch, js_name = redirectUri)]
    fn redirect_uri(this: &Configs) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn scope(this: &Configs) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn fetch(this: &Configs) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn timeout(this: &Configs) -> Result<JsValue, JsValue>;

    type Scope;

    #[wasm_bindgen(method, getter, catch)]
    fn length(this: &Scope) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, indexing_getter, catch)]
    fn entry(this: &Scope, index: u32) -> Result<JsValue, JsValue>;

    type AtlassianAuth;

    #[wasm_bindgen(method, setter, js_name = getAuthorizationUrl)]
    fn set_get_authorization_url(this: &AtlassianAuth, value: &JsValue);

    #[wasm_bindgen(method, setter, js_name = validateCallback)]
    fn set_validate_callback(this: &AtlassianAuth, value: &JsValue);

    type AtlassianUserAuth;

    #[wasm_bindgen(method, setter, js_name = atlassianTokens)]
    fn set_atlassian_tokens(this: &AtlassianUserAuth, value: &JsValue);

    #[wasm_bindgen(method, setter, js_name = atlassianUser)]
    fn set_atlassian_user(this: &AtlassianUserAuth, value: &JsValue);

    /// One sign-in while it waits: an object that nobody else sees.
    type SignIn;

    #[wasm_bindgen(method, getter)]
    fn auth(this: &SignIn) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn fetch(this: &SignIn) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn timeout(this: &SignIn) -> u32;

    #[wasm_bindgen(method, getter)]
    fn tokens(this: &SignIn) -> JsValue;

    #[wasm_bindgen(method, setter)]
    fn set_request(this: &SignIn, value: &JsValue);

    #[wasm_bindgen(method, setter)]
    fn set_tokens(this: &SignIn, value: &JsValue);

    type TokenResponse;

    #[wasm_bindgen(method, getter, catch)]
    fn access_token(this: &TokenResponse) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn expires_in(this: &TokenResponse) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn refresh_token(this: &TokenResponse) -> Result<JsValue, JsValue>;

    type UserResponse;

    #[wasm_bindgen(method, getter, catch)]
    fn account_id(this: &UserResponse) -> Result<JsValue, JsValue>;

    type GetAuthorizationUrl;

    #[wasm_bindgen(method)]
    fn bind(
        this: &GetAuthorizationUrl,
        this_argument: &JsValue,
        before_state: &str,
        after_state: &str,
    ) -> JsValue;

    type ValidateCallback;

    #[wasm_bindgen(method)]
    fn bind(
        this: &ValidateCallback,
        this_argument: &JsValue,
        auth: &JsValue,
        after_code: &str,
        fetch: &JsValue,
        timeout: u32,
    ) -> JsValue;

    // `Promise.reject` as a method of its own: what a misconfigured method is.
    #[wasm_bindgen(js_namespace = ["Promise", "reject"], js_name = bind)]
    fn bind_rejection(promise_constructor: &JsValue, reason: &JsValue) -> JsValue;

    #[wasm_bindgen(thread_local_v2, js_name = Promise)]
    static PROMISE: JsValue;
}

#[wasm_bindgen(module = "/src/js/syntax.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = signInContext)]
    fn sign_in_context(
        request: &JsValue,
        auth: &JsValue,
        fetch: &JsValue,
        timeout: u32,
    ) -> Result<SignIn, JsValue>;

    #[wasm_bindgen(catch, js_name = urlAndState)]
    fn url_and_state(
        before_state: &JsString,
        state: &str,
        after_state: &JsString,
    ) -> Result<JsValue, JsValue>;
}

thread_local! {
    static BEFORE_CODE: JsString = TokenRequestBody::BEFORE_CODE.into();
    static BEARER_PREFIX: JsString = BEARER.into();
    static PROVIDER: JsValue = PROVIDER_ID.into();

    static GET_AUTHORIZATION_URL: GetAuthorizationUrl =
        Closure::<dyn Fn(JsString, JsString) -> Promise>::new(get_authorization_url)
            .into_js_value()
            .unchecked_into();

    static VALIDATE_CALLBACK: ValidateCallback =
        Closure::<dyn Fn(JsValue, JsString, JsValue, u32, JsValue) -> Promise>::new(validate_callback)
            .into_js_value()
            .unchecked_into();
}

/// Makes the provider. Never throws: what is wrong with `configs` shows when a method is called,
/// as a rejection that names the field.
#[wasm_bindgen(skip_typescript)]
pub fn atlassian(auth: &JsValue, configs: &JsValue) -> JsValue {
    let settings = Settings::read(configs);
    let provider: AtlassianAuth = Object::new().unchecked_into();
    provider.set_get_authorization_url(&method(settings.as_ref().map_err(Clone::clone).map(
        |settings| {
            let url = AuthorizationUrl::new(&settings.client);
            GET_AUTHORIZATION_URL.with(|method| {
                method.bind(&JsValue::UNDEFINED, url.before_state(), url.after_state())
            })
        },
    )));
    provider.set_validate_callback(&method(settings.and_then(|settings| {
        let client = &settings.client;
        let client_secret = settings.client_secret?;
        let body = TokenRequestBody::new(
            client.client_id(),
            client.redirect_uri(),
            "",
            Some(&client_secret),
        );
        Ok(VALIDATE_CALLBACK.with(|method| {
            method.bind(
                &JsValue::UNDEFINED,
                auth,
                body.after_code().reveal(),
                &settings.fetch.function,
                settings.fetch.timeout,
            )
        }))
    })));
    provider.into()
}

fn method(function: Result<JsValue, JsValue>) -> JsValue {
    function.unwrap_or_else(|reason| PROMISE.with(|promise| bind_rejection(promise, &reason)))
}

struct Settings {
    client: Client,
    // Apart from the rest, since a sign-in can be started without it.
    client_secret: Result<Secret, JsValue>,
    fetch: Fetch,
}

impl Settings {
    fn read(configs: &JsValue) -> Result<Self, JsValue> {
        if !has_properties(configs) {
            let expected = "an object with clientId, clientSecret and redirectUri";
            return Err(config::invalid("configs", expected, describe(configs)).into());
        }
        let configs: &Configs = configs.unchecked_ref();
        Ok(Self {
            client: Client::new(
                member(&configs.client_id()?),
                member(&configs.redirect_uri()?),
                scope(&configs.scope()?)?,
            )?,
            client_secret: configs
                .client_secret()
                .and_then(|value| Ok(config::client_secret(member(&value))?)),
            fetch: Fetch {
                function: fetch_function(configs.fetch()?)?,
                timeout: timeout(&configs.timeout()?)?,
            },
        })
    }
}

fn scope(value: &JsValue) -> Result<Vec<Member>, JsValue> {
    if value.is_undefined() || value.is_null() {
        return Ok(Vec::new());
    }
    if !is_array(value)? {
        return Err(
            config::invalid("configs.scope", "an array of strings", describe(value)).into(),
        );
    }
    let scope: &Scope = value.unchecked_ref();
    let length = scope.length()?.as_f64().unwrap_or(f64::INFINITY);
    if length > f64::from(MAX_SCOPE_LENGTH) {
        let expected = "an array of at most 10000 strings";
        return Err(config::invalid("configs.scope", expected, "a longer one").into());
    }
    let mut entries = Vec::new();
    for index in 0..MAX_SCOPE_LENGTH {
        if f64::from(index) >= length {
            break;
        }
        let entry = member(&scope.entry(index)?);
        let is_wrong = !matches!(entry, Member::String(_));
        entries.push(entry);
        if is_wrong {
            break;
        }
    }
    Ok(entries)
}

fn fetch_function(value: JsValue) -> Result<JsValue, Error> {
    if value.is_null() {
        return Ok(JsValue::UNDEFINED);
    }
    if value.is_undefined() || value.is_function() {
        return Ok(value);
    }
    Err(config::invalid(
        "configs.fetch",
        "a function",
        describe(&value),
    ))
}

fn timeout(value: &JsValue) -> Result<u32, Error> {
    if value.is_undefined() || value.is_null() {
        return config::timeout(None);
    }
    match value.as_f64() {
        Some(milliseconds) => config::timeout(Some(milliseconds)),
        None => Err(config::invalid_timeout(describe(value))),
    }
}

fn get_authorization_url(before_state: JsString, after_state: JsString) -> Promise {
    settled(
        random::with_bytes(|next| authorization::state(next))
            .map_err(JsValue::from)
            .and_then(|state| url_and_state(&before_state, &state, &after_state)),
    )
}

fn validate_callback(
    auth: JsValue,
    after_code: JsString,
    function: JsValue,
    timeout: u32,
    code: JsValue,
) -> Promise {
    let fetch = Fetch { function, timeout };
    let started = exchange_code(&fetch, &code, &after_code).and_then(|sent| {
        let sign_in = sign_in_context(&sent.request, &auth, &fetch.function, fetch.timeout)?;
        Ok((sign_in, sent.response))
    });
    match started {
        Ok((sign_in, response)) => {
            SIGN_IN.with(|steps| run(&sign_in, &response, steps, &JsValue::UNDEFINED))
        }
        Err(reason) => Promise::reject(&reason),
    }
}

/// Sends the code to the token endpoint.
fn exchange_code(fetch: &Fetch, code: &JsValue, after_code: &JsString) -> Result<Sent, JsValue> {
    config::code(kind(code))?;
    let encoded = form_encoded(code);
    let body = BEFORE_CODE
        .with(|before| before.concat(&encoded))
        .concat(after_code);
    let secrets = Secrets {
        body: body.into(),
        ..Secrets::default()
    };
    TOKEN.with(|endpoint| fetch.send(&endpoint.url, endpoint, &secrets))
}

thread_local! {
    /// What follows once the code is on its way. The context is a [`SignIn`].
    static SIGN_IN: Array = Array::of4(
        &step(|_, response| TOKEN.with(|endpoint| endpoint.json(&response, &endpoint.url))),
        &step(|sign_in, response| request_user(sign_in.unchecked_ref(), &response)),
        &step(|_, response| USER.with(|endpoint| endpoint.json(&response, &endpoint.url))),
        &step(|sign_in, user| user_auth(sign_in.unchecked_ref(), &user)),
    );
}

/// Keeps the tokens, and sends the request for the user whom they belong to.
fn request_user(sign_in: &SignIn, response: &JsValue) -> Result<JsValue, JsValue> {
    let tokens = AtlassianTokens::read(response)?;
    sign_in.set_tokens(&serde_wasm_bindgen::to_value(&tokens)?);
    let fetch = Fetch {
        function: sign_in.fetch(),
        timeout: sign_in.timeout(),
    };
    let secrets = Secrets {
        authorization: BEARER_PREFIX
            .with(|bearer| bearer.concat(&tokens.access_token))
            .into(),
        ..Secrets::default()
    };
    let sent = USER.with(|endpoint| fetch.send(&endpoint.url, endpoint, &secrets))?;
    sign_in.set_request(&sent.request);
    Ok(sent.response)
}

/// Joins the user to Lucia.
fn user_auth(sign_in: &SignIn, user: &JsValue) -> Result<JsValue, JsValue> {
    let account_id = account_id(user)?;
    let user_auth = PROVIDER
        .with(|provider_id| provider_user_auth(&sign_in.auth(), provider_id, &account_id))?;
    let user_auth: AtlassianUserAuth = user_auth.unchecked_into();
    user_auth.set_atlassian_tokens(&sign_in.tokens());
    user_auth.set_atlassian_user(user);
    Ok(user_auth.into())
}

/// The values are those of the response itself, not copies.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AtlassianTokens {
    #[serde(with = "serde_wasm_bindgen::preserve")]
    access_token: JsValue,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    access_token_expires_in: JsValue,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    refresh_token: JsValue,
}

impl AtlassianTokens {
    fn read(response: &JsValue) -> Result<Self, JsValue> {
        if !has_properties(response) {
            return Err(token::not_an_object(describe(response)).into());
        }
        let response: &TokenResponse = response.unchecked_ref();
        let access_token = response.access_token()?;
        token::access_token(kind(&access_token), || fits_a_header(&access_token))?;
        let refresh_token = response.refresh_token()?;
        Ok(Self {
            access_token,
            access_token_expires_in: response.expires_in()?,
            refresh_token: if refresh_token.is_undefined() {
                JsValue::NULL
            } else {
                refresh_token
            },
        })
    }
}

fn account_id(response: &JsValue) -> Result<JsValue, JsValue> {
    if !has_properties(response) {
        return Err(user::not_an_object(describe(response)).into());
    }
    let account_id = response.unchecked_ref::<UserResponse>().account_id()?;
    user::account_id(kind(&account_id))?;
    Ok(account_id)
}
