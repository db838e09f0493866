//! `atlassianClient(configs)`: reads the app's configuration once, and makes the object whose methods start
//! and finish a sign-in. It knows nothing of Lucia; `lucia` makes a provider of the same object.

use js_sys::{Array, JsString, Object, Promise};
use wasm_bindgen::prelude::*;

use super::configuration::{Configuration, Fetch, Fields, RequestContext};
use super::error_response::classify_configuration_error;
use super::fetch::{READ_JSON, USER};
use super::lazy::LazyValue;
use super::random;
use super::resources::{self, account_id, send_api_request};
use super::steps::{function, method, step, to_promise};
use super::token_manager;
use super::tokens::{self, AtlassianTokens, exchange_code, process_response};
use super::value::{cookie, describe, get, has_properties, invalid, list};
use crate::atlassian::cloud::Cloud;
use crate::config::{self, Client, Limit};
use crate::error::Error;
use crate::oauth::authorization_request::{self, AuthorizationUrl};
use crate::oauth::authorization_response;
use crate::oauth::token::TokenRequestBody;
use crate::secret::Secret;
use crate::value::Value;

/// A Proxy can claim any length; Atlassian has some hundred scopes.
const MAX_SCOPE_LENGTH: u32 = 10_000;

#[wasm_bindgen(module = "/src/js/client.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = urlAndState)]
    fn url_and_state(
        before_state: &JsString,
        state: &str,
        after_state: &JsString,
        code_verifier: &JsValue,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = newSignIn)]
    fn new_sign_in(user: &JsValue, tokens: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = newClient)]
    fn new_client(
        url_problem: &JsValue,
        before_state: &str,
        after_state: &str,
        configuration: &Configuration,
        methods: &JsValue,
    ) -> Result<JsValue, JsValue>;
}

/// The methods of a client.
static METHODS: LazyValue = LazyValue::new(|| {
    methods(
        method(|configuration, code, options, _| {
            validate_callback(configuration, &code, &options, &SIGN_IN)
        }),
        method(|configuration, url, stored_state, options| {
            callback(configuration, url, &stored_state, &options, &CALLBACK)
        }),
    )
});

/// Makes a client (RFC 6749, section 1.1). Never throws: what is wrong with `configs` shows when a method is
/// called, as a rejection that names the field.
#[wasm_bindgen(js_name = atlassianClient, skip_typescript)]
pub fn atlassian_client(configs: &JsValue) -> JsValue {
    new(configs, &JsValue::UNDEFINED, &METHODS)
}

/// Makes a client of these methods. `auth` is the app's Lucia instance, for the methods that need one.
pub fn new(configs: &JsValue, auth: &JsValue, methods: &JsValue) -> JsValue {
    let mut settings = Settings::default();
    let read = settings.read(configs);
    let (url, url_problem) = match &read {
        Ok(()) => (
            AuthorizationUrl::new(settings.cloud, &settings.client),
            JsValue::UNDEFINED,
        ),
        Err(problem) => (AuthorizationUrl::default(), Array::of1(problem).into()),
    };
    let configuration = read.and_then(|()| settings.configuration(auth));
    let client = configuration
        .or_else(|problem| {
            classify_configuration_error(&problem);
            Configuration::invalid(&problem)
        })
        .and_then(|configuration| {
            let (before_state, after_state) = (url.before_state(), url.after_state());
            new_client(
                &url_problem,
                before_state,
                after_state,
                &configuration,
                methods,
            )
        });
    // Where even this fails, the stack is full: then the methods are missing.
    client.unwrap_or_else(|_| Object::new().into())
}

/// All methods, in the order in which `newClient` takes them: the two that finish a sign-in, and those that are
/// the same with Lucia and without.
pub fn methods(validate_callback: JsValue, callback: JsValue) -> JsValue {
    let methods = [
        method(|before_state, after_state, options, _| {
            get_authorization_url(before_state.into(), after_state.into(), options)
        }),
        validate_callback,
        callback,
        method(|configuration, code, options, _| {
            tokens::validate_authorization_code(configuration, code, options)
        }),
        method(|configuration, access_token, _, _| {
            resources::get_user(configuration, access_token)
        }),
        method(|configuration, refresh_token, _, _| {
            tokens::refresh_tokens(configuration, refresh_token)
        }),
        function(token_manager::tokens),
        method(|configuration, access_token, _, _| {
            resources::get_accessible_resources(configuration, access_token)
        }),
        function(resources::api_url),
        method(|configuration, token, _, _| tokens::revoke(configuration, token)),
        method(|configuration, response, _, _| resources::check_response(configuration, response)),
    ];
    let array = Array::new();
    for method in &methods {
        array.push(method);
    }
    array.into()
}

struct Settings {
    client: Client,
    // Apart from the rest, since a sign-in can be started without it.
    client_secret: Result<Secret, JsValue>,
    fetch: Fetch,
    cloud: Cloud,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            client: Client::default(),
            client_secret: Err(JsValue::UNDEFINED),
            fetch: Fetch::default(),
            cloud: Cloud::Commercial,
        }
    }
}

impl Settings {
    // In place: otherwise all that was read would be dropped at each field that can be wrong.
    fn read(&mut self, configs: &JsValue) -> Result<(), JsValue> {
        if !has_properties(configs) {
            let expected = "an object with clientId, clientSecret and redirectUri";
            return Err(invalid("configs", expected, configs));
        }
        let field = |name| get(configs, name);
        let client_id = Value::from(&field("clientId")?);
        let redirect_uri = Value::from(&field("redirectUri")?);
        let scope = scope(&field("scope")?)?;
        let scope = scope.iter().map(|entry| Value::from(&entry));
        self.client = Client::new(client_id, redirect_uri, scope)?;
        self.client_secret =
            field("clientSecret").and_then(|value| Ok(config::client_secret(Value::from(&value))?));
        self.fetch.function = fetch_function(field("fetch")?)?;
        self.fetch.timeout = read_limit(&config::TIMEOUT, &field("timeout")?)?;
        self.fetch.body_limit = read_limit(&config::BODY_LIMIT, &field("bodyLimit")?)?;
        self.cloud = Cloud::new(Value::from(&field("cloud")?))?;
        Ok(())
    }

    fn configuration(&self, auth: &JsValue) -> Result<Configuration, JsValue> {
        let client = &self.client;
        let client_secret = self.client_secret.as_ref().map_err(JsValue::clone)?;
        let body = TokenRequestBody::new(
            client.client_id(),
            client.redirect_uri(),
            "",
            Some(client_secret),
        );
        let fields = Fields {
            fetch: &self.fetch,
            cloud: self.cloud,
            scope: client.scope(),
            client_id: client.client_id(),
            client_secret: client_secret.reveal(),
            after_code: body.after_code().reveal(),
        };
        Configuration::new(auth, &fields)
    }
}

fn scope(value: &JsValue) -> Result<Array, JsValue> {
    if value.is_null_or_undefined() {
        return Ok(Array::new());
    }
    let Some(entries) = list(value, MAX_SCOPE_LENGTH)? else {
        let expected = "an array of strings";
        return Err(invalid("configs.scope", expected, value));
    };
    if entries.length() > MAX_SCOPE_LENGTH {
        let expected = "an array of at most 10000 strings";
        return Err(config::invalid("configs.scope", expected, "a longer one").into());
    }
    Ok(entries)
}

fn fetch_function(value: JsValue) -> Result<JsValue, JsValue> {
    if value.is_null_or_undefined() {
        return Ok(JsValue::UNDEFINED);
    }
    if value.is_function() {
        return Ok(value);
    }
    Err(invalid("configs.fetch", "a function", &value))
}

#[inline(never)]
fn read_limit(limit: &Limit, value: &JsValue) -> Result<u32, Box<Error>> {
    if value.is_null_or_undefined() {
        return Ok(limit.default);
    }
    match value.as_f64() {
        Some(number) => limit.check(number),
        None => Err(limit.refuse(describe(value))),
    }
}

fn get_authorization_url(
    before_state: JsString,
    after_state: JsString,
    options: JsValue,
) -> Promise {
    to_promise((|| {
        let state = random::state()?;
        if !asks_for_pkce(&options)? {
            return url_and_state(&before_state, &state, &after_state, &JsValue::UNDEFINED);
        }
        let code_verifier = random::code_verifier()?;
        let parameters = authorization_request::pkce_suffix(&code_verifier);
        let after_state = after_state.concat(&parameters.into());
        url_and_state(&before_state, &state, &after_state, &code_verifier.into())
    })())
}

fn asks_for_pkce(options: &JsValue) -> Result<bool, JsValue> {
    if options.is_undefined() || !has_properties(options) {
        return Ok(false);
    }
    Ok(get(options, "pkce")?.is_truthy())
}

/// `validateCallback`: exchanges a code and reads the user. `steps` are those of [`sign_in`].
pub fn validate_callback(
    configuration: JsValue,
    code: &JsValue,
    options: &JsValue,
    steps: &JsValue,
) -> Promise {
    process_response(
        exchange_code(configuration.unchecked_ref(), code, options),
        steps,
    )
}

/// `callback`: finishes a sign-in from the URL that the user was sent back with.
pub fn callback(
    configuration: JsValue,
    url: JsValue,
    stored_state: &JsValue,
    options: &JsValue,
    steps: &JsValue,
) -> Promise {
    let configuration: Configuration = configuration.unchecked_into();
    let sent = configuration.check().and_then(|()| {
        let code = authorization_response::code(&address(url)?, cookie(stored_state))?;
        exchange_code(&configuration, &code.reveal().into(), options)
    });
    process_response(sent, steps)
}

fn address(url: JsValue) -> Result<String, JsValue> {
    let text = if has_properties(&url) {
        get(&url, "href")?.as_string()
    } else {
        url.as_string()
    };
    text.ok_or_else(|| invalid("requestUrl", "a string or a URL", &url))
}

static SIGN_IN: LazyValue = LazyValue::new(|| sign_in(read_tokens, user_and_tokens));

static CALLBACK: LazyValue = LazyValue::new(|| sign_in(tokens::token_set, user_and_tokens));

/// What follows once a code is on its way: `read_tokens` reads the token response, and `finish` makes the
/// result of the tokens that the call keeps and of the user.
pub fn sign_in(
    read_tokens: impl Fn(&RequestContext, &JsValue) -> Result<JsValue, JsValue> + Copy + 'static,
    finish: impl Fn(&RequestContext, &JsValue) -> Result<JsValue, JsValue> + Copy + 'static,
) -> JsValue {
    Array::of4(
        &READ_JSON,
        &step(move |context, response| {
            request_user(
                context.unchecked_ref(),
                &read_tokens(context.unchecked_ref(), &response)?,
            )
        }),
        &READ_JSON,
        &step(move |context, user| finish(context.unchecked_ref(), &user)),
    )
    .into()
}

/// Reads the tokens as `validateCallback` gives them.
pub fn read_tokens(_: &RequestContext, response: &JsValue) -> Result<JsValue, JsValue> {
    Ok(tokens::tokens(response)?.into())
}

/// Keeps the tokens, and sends the request for the user whom they belong to.
fn request_user(context: &RequestContext, tokens: &JsValue) -> Result<JsValue, JsValue> {
    context.set_tokens(tokens);
    let access_token = tokens.unchecked_ref::<AtlassianTokens>().access_token();
    send_api_request(&USER, context, &access_token)
}

fn user_and_tokens(context: &RequestContext, user: &JsValue) -> Result<JsValue, JsValue> {
    account_id(user)?;
    new_sign_in(user, &context.tokens())
}
