//! `atlassian(auth, configs)`: the client of `client`, whose sign-ins are joined to the app's Lucia `auth`. And
//! the object that joins `auth` to one user of any provider. Lucia's methods are called as methods of `auth` and
//! looked up at each call.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;

use super::client;
use super::configuration::RequestContext;
use super::lazy::LazyValue;
use super::resources::account_id;
use super::steps::{imported_step, method, run_steps, step, to_awaited_promise};
use super::tokens;
use super::value::get;

const PROVIDER_ID: &str = "atlassian";

#[wasm_bindgen]
extern "C" {
    /// The app's Lucia instance.
    pub type Auth;

    #[wasm_bindgen(method, catch, js_name = useKey)]
    fn use_key(
        this: &Auth,
        provider_id: &JsValue,
        provider_user_id: &JsValue,
        password: &JsValue,
    ) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(module = "/src/js/lucia.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = userAuth)]
    fn user_auth(
        methods: &JsValue,
        auth: &JsValue,
        provider_id: &JsValue,
        provider_user_id: &JsValue,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = atlassianUserAuth)]
    fn atlassian_user_auth(
        user_auth: &JsValue,
        tokens: &JsValue,
        user: &JsValue,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = createKey)]
    fn create_key_of(
        auth: &JsValue,
        user_id: &JsValue,
        provider_id: &JsValue,
        provider_user_id: &JsValue,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = createUser)]
    fn create_user_with_key(
        auth: &JsValue,
        provider_id: &JsValue,
        provider_user_id: &JsValue,
        options: &JsValue,
    ) -> Result<JsValue, JsValue>;
}

static PROVIDER: LazyValue = LazyValue::new(|| PROVIDER_ID.into());

/// The methods of the provider: those of a client, with sign-ins that are joined to Lucia.
static PROVIDER_METHODS: LazyValue = LazyValue::new(|| {
    client::methods(
        method(|configuration, code, options, _| {
            client::validate_callback(configuration, &code, &options, &SIGN_IN)
        }),
        method(|configuration, url, stored_state, options| {
            client::callback(configuration, url, &stored_state, &options, &CALLBACK)
        }),
    )
});

static SIGN_IN: LazyValue = LazyValue::new(|| client::sign_in(client::read_tokens, user_auth_of));

static CALLBACK: LazyValue = LazyValue::new(|| client::sign_in(tokens::token_set, user_auth_of));

/// Makes the provider. Never throws, as a client.
#[wasm_bindgen(skip_typescript)]
pub fn atlassian(auth: &JsValue, configs: &JsValue) -> JsValue {
    client::new(configs, auth, &PROVIDER_METHODS)
}

fn user_auth_of(context: &RequestContext, user: &JsValue) -> Result<JsValue, JsValue> {
    let account_id = account_id(user)?;
    let user_auth = provider_user_auth(&context.configuration().auth(), &PROVIDER, &account_id)?;
    atlassian_user_auth(&user_auth, &context.tokens(), user)
}

static GET_USER: LazyValue = LazyValue::new(|| Array::of1(&imported_step("getUserOfKey")).into());

static NO_USER: LazyValue = LazyValue::new(|| step(|_, thrown| no_user(thrown)));

/// In the order in which `userAuth` takes them.
static METHODS: LazyValue = LazyValue::new(|| {
    let get_existing_user = method(|auth, provider_id, provider_user_id, _| {
        get_existing_user(auth, provider_id, provider_user_id)
    });
    Array::of3(
        &get_existing_user,
        &method(create_key),
        &method(create_user),
    )
    .into()
});

/// Joins `auth` to one user of any provider: an object with `getExistingUser`, `createKey` and
/// `createUser`.
#[wasm_bindgen(js_name = providerUserAuth, skip_typescript)]
pub fn provider_user_auth(
    auth: &JsValue,
    provider_id: &JsValue,
    provider_user_id: &JsValue,
) -> Result<JsValue, JsValue> {
    user_auth(&METHODS, auth, provider_id, provider_user_id)
}

/// The user who has the key, or `null` when Lucia knows no such key.
fn get_existing_user(auth: JsValue, provider_id: JsValue, provider_user_id: JsValue) -> Promise {
    let key = auth
        .unchecked_ref::<Auth>()
        .use_key(&provider_id, &provider_user_id, &JsValue::NULL);
    match key {
        Ok(key) => run_steps(&auth, &key, &GET_USER, &NO_USER),
        Err(thrown) => to_awaited_promise(no_user(thrown)),
    }
}

/// `null` for what Lucia throws when it has no such key, and the error itself for all others.
fn no_user(thrown: JsValue) -> Result<JsValue, JsValue> {
    if is_invalid_key_id(&thrown)? {
        Ok(JsValue::NULL)
    } else {
        Err(thrown)
    }
}

/// Whether Lucia says that it has no such key; the error may be of another copy of Lucia, so that
/// its class says nothing.
fn is_invalid_key_id(thrown: &JsValue) -> Result<bool, JsValue> {
    if thrown.is_null_or_undefined() {
        return Ok(false);
    }
    Ok(get(thrown, "message")? == "AUTH_INVALID_KEY_ID")
}

fn create_key(
    auth: JsValue,
    provider_id: JsValue,
    provider_user_id: JsValue,
    user_id: JsValue,
) -> Promise {
    to_awaited_promise(create_key_of(
        &auth,
        &user_id,
        &provider_id,
        &provider_user_id,
    ))
}

fn create_user(
    auth: JsValue,
    provider_id: JsValue,
    provider_user_id: JsValue,
    options: JsValue,
) -> Promise {
    to_awaited_promise(create_user_with_key(
        &auth,
        &provider_id,
        &provider_user_id,
        &options,
    ))
}
