//! Links sign-ins to the app's Lucia `auth`. `atlassian(auth, configs)` adds `auth` to the client of `client`, and
//! `providerUserAuth` links `auth` to one user of any provider. This module reads Lucia's methods from `auth` at each call, and calls them with `auth`
//! as `this`.

use js_sys::{Array, Function, JsString, Promise};
use wasm_bindgen::prelude::*;

use super::client;
use super::configuration::CallContext;
use super::lazy::LazyValue;
use super::steps::{js_step, run_steps, step, to_awaited_promise};
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
    #[wasm_bindgen(js_name = newUserAuth)]
    fn new_user_auth(
        exports: &JsValue,
        auth: &Auth,
        provider_id: &JsValue,
        provider_user_id: &JsValue,
    ) -> JsValue;

    #[wasm_bindgen(js_name = newAtlassianUserAuth)]
    fn new_atlassian_user_auth(
        exports: &JsValue,
        context: &CallContext,
        provider_id: &JsValue,
        provider_user_id: &JsValue,
        user: &JsValue,
    ) -> JsValue;

    #[wasm_bindgen(catch, js_name = createKeyOf)]
    fn create_key_of(
        auth: &Auth,
        provider_id: &JsValue,
        provider_user_id: &JsValue,
        user_id: &JsValue,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = createUserWithKey)]
    fn create_user_with_key(
        auth: &Auth,
        provider_id: &JsValue,
        provider_user_id: &JsValue,
        options: &JsValue,
    ) -> Result<JsValue, JsValue>;
}

static PROVIDER: LazyValue<JsString> = LazyValue::new(|| PROVIDER_ID.into());

/// Creates the provider, as [`super::atlassian_client`] does a client.
#[wasm_bindgen(skip_typescript)]
pub fn atlassian(auth: &JsValue, configs: &JsValue) -> JsValue {
    client::create(configs, Some(auth))
}

/// The result of a sign-in: `auth` linked to the user, with the tokens of the call and Atlassian's profile of the
/// user.
pub fn user_auth(context: &CallContext, account_id: &JsValue, user: &JsValue) -> JsValue {
    new_atlassian_user_auth(
        &wasm_bindgen::exports(),
        context,
        &PROVIDER,
        account_id,
        user,
    )
}

static GET_USER_STEPS: LazyValue<Array> = LazyValue::new(|| Array::of1(&js_step("getUserOfKey")));

static NO_USER: LazyValue<Function> = LazyValue::new(|| step(|_, thrown| no_user(thrown)));

/// Links `auth` to one user of any provider: an object with `getExistingUser`, `createKey` and `createUser`.
#[wasm_bindgen(js_name = providerUserAuth, skip_typescript)]
pub fn provider_user_auth(
    auth: &Auth,
    provider_id: &JsValue,
    provider_user_id: &JsValue,
) -> JsValue {
    new_user_auth(
        &wasm_bindgen::exports(),
        auth,
        provider_id,
        provider_user_id,
    )
}

/// `getExistingUser`: the user with the key, or `null` for an unknown key.
#[wasm_bindgen(js_name = getExistingUser, skip_typescript)]
pub fn get_existing_user(auth: Auth, provider_id: JsValue, provider_user_id: JsValue) -> Promise {
    match auth.use_key(&provider_id, &provider_user_id, &JsValue::NULL) {
        Ok(key) => run_steps(&auth, &key, &GET_USER_STEPS, Some(&NO_USER)),
        Err(thrown) => to_awaited_promise(no_user(thrown)),
    }
}

/// `null` for Lucia's error for an unknown key, and a rejection for any other error.
fn no_user(thrown: JsValue) -> Result<JsValue, JsValue> {
    if is_invalid_key_id(&thrown)? {
        Ok(JsValue::NULL)
    } else {
        Err(thrown)
    }
}

/// Whether the error means an unknown key. It checks the message: the class may belong to another copy of Lucia.
fn is_invalid_key_id(thrown: &JsValue) -> Result<bool, JsValue> {
    if thrown.is_null_or_undefined() {
        return Ok(false);
    }
    Ok(get(thrown, "message")? == "AUTH_INVALID_KEY_ID")
}

/// `createKey`: creates the key for a user of the app.
#[wasm_bindgen(js_name = createKey, skip_typescript)]
pub fn create_key(
    auth: Auth,
    provider_id: JsValue,
    provider_user_id: JsValue,
    user_id: JsValue,
) -> Promise {
    to_awaited_promise(create_key_of(
        &auth,
        &provider_id,
        &provider_user_id,
        &user_id,
    ))
}

/// `createUser`: creates a user of the app with the key.
#[wasm_bindgen(js_name = createUser, skip_typescript)]
pub fn create_user(
    auth: Auth,
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
