//! `atlassianClient(configs)`: reads the app's configuration once, and creates the object whose methods are exports of
//! the wasm, bound to it. It does not know Lucia; `lucia` creates a provider from the same object. `sign_in`,
//! `tokens`, `token_manager` and `resources` implement the methods.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::configuration::{Configuration, RequestOptions};
use super::error_response::classify_configuration_error;
use super::value::{describe, first_entries, get, has_properties, invalid};
use crate::atlassian::authorization_url::AuthorizationUrl;
use crate::atlassian::cloud::Cloud;
use crate::config::{self, ClientRegistration, Limit};
use crate::error::Error;
use crate::secret::Secret;
use crate::value::Value;

/// A Proxy can claim any length; Atlassian has some hundred scopes.
const MAX_SCOPE_LENGTH: u32 = 10_000;

#[wasm_bindgen(module = "/src/js/client.js")]
extern "C" {
    // All fields in one call, except the client secret, which no URL needs.
    #[wasm_bindgen(catch, js_name = readConfigs)]
    fn read_configs(configs: &JsValue) -> Result<Array, JsValue>;

    #[wasm_bindgen(js_name = newClient)]
    fn new_client(
        exports: &JsValue,
        url_error: Option<&Array>,
        before_state: &str,
        after_state: &str,
        configuration: &Configuration,
    ) -> JsValue;
}

/// Creates a client (RFC 6749, section 1.1). If `configs` is wrong, its methods reject with an error that names the
/// field. Throws only for a string that does not fit into the memory of an instance.
#[wasm_bindgen(js_name = atlassianClient, skip_typescript)]
pub fn atlassian_client(configs: &JsValue) -> JsValue {
    create(configs, None)
}

/// Creates a client, or a provider if there is an `auth`, the app's Lucia instance.
pub fn create(configs: &JsValue, auth: Option<&JsValue>) -> JsValue {
    let mut checked = Configs::default();
    let read = checked.read(configs);
    let (url, url_error) = match &read {
        Ok(()) => (AuthorizationUrl::new(checked.cloud, &checked.client), None),
        Err(error) => (AuthorizationUrl::default(), Some(Array::of1(error))),
    };
    let configuration = read.and_then(|()| checked.configuration(auth));
    let configuration = configuration.unwrap_or_else(|error| {
        classify_configuration_error(&error);
        Configuration::invalid(&error)
    });
    new_client(
        &wasm_bindgen::exports(),
        url_error.as_ref(),
        url.before_state(),
        url.after_state(),
        &configuration,
    )
}

/// The checked fields of `configs`.
struct Configs {
    client: ClientRegistration,
    // Separate: `getAuthorizationUrl` works without it.
    client_secret: Result<Secret, JsValue>,
    request_options: RequestOptions,
    cloud: Cloud,
}

impl Default for Configs {
    fn default() -> Self {
        Self {
            client: ClientRegistration::default(),
            client_secret: Err(JsValue::UNDEFINED),
            request_options: RequestOptions::default(),
            cloud: Cloud::Commercial,
        }
    }
}

impl Configs {
    // In place: otherwise each check of a field would add code that drops the other fields.
    fn read(&mut self, configs: &JsValue) -> Result<(), JsValue> {
        if !has_properties(configs) {
            let expected = "an object with clientId, clientSecret and redirectUri";
            return Err(invalid("configs", expected, configs));
        }
        let values = read_configs(configs)?;
        let [
            client_id,
            redirect_uri,
            scope,
            fetch,
            timeout,
            body_limit,
            cloud,
        ] = std::array::from_fn(|index| values.get(index as u32));
        let scope = read_scope(&scope)?;
        let scope = scope.iter().flat_map(Array::iter);
        self.client = ClientRegistration::new(
            Value::from(&client_id),
            Value::from(&redirect_uri),
            scope.map(|entry| Value::from(&entry)),
        )?;
        self.client_secret = get(configs, "clientSecret")
            .and_then(|value| Ok(config::check_client_secret(Value::from(&value))?));
        self.request_options.fetch = fetch_function(fetch)?;
        self.request_options.timeout = read_limit(&config::TIMEOUT, &timeout)?;
        self.request_options.body_limit = read_limit(&config::BODY_LIMIT, &body_limit)?;
        self.cloud = Cloud::try_from(Value::from(&cloud))?;
        Ok(())
    }

    fn configuration(&self, auth: Option<&JsValue>) -> Result<Configuration, JsValue> {
        let client_secret = self.client_secret.as_ref().map_err(JsValue::clone)?;
        let configuration = Configuration::new(
            auth,
            &self.client,
            client_secret,
            self.cloud,
            &self.request_options,
        );
        Ok(configuration)
    }
}

fn read_scope(value: &JsValue) -> Result<Option<Array>, JsValue> {
    if value.is_null_or_undefined() {
        return Ok(None);
    }
    let Some(entries) = first_entries(value, MAX_SCOPE_LENGTH)? else {
        let expected = "an array of strings";
        return Err(invalid("configs.scope", expected, value));
    };
    if entries.length() > MAX_SCOPE_LENGTH {
        let expected = "an array of at most 10000 strings";
        return Err(config::invalid("configs.scope", expected, "a longer array").into());
    }
    Ok(Some(entries))
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
        None => Err(limit.error(describe(value))),
    }
}
