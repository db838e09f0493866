//! The boundary in a real browser: what its `fetch`, `URL`, `Error` and garbage collector make of
//! what the Rust code does. Run by tests/browser.ts. Behaviour in full is tested from JavaScript.

#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use js_sys::{Array, Error, Function, JsString, Object, Promise, Reflect, TypeError, Uint8Array};
use lucia_atlassian::js::{
    OAuthRequestError, atlassian, create_oauth2_authorization_url_with_pkce, decode_id_token,
};
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use wasm_bindgen_test::*;
use web_sys::{DomException, Request, RequestInit, Response, TextDecoder, Url, window};

wasm_bindgen_test_configure!(run_in_browser);

const STAND_IN: &str = env!("STAND_IN_ORIGIN");
const CODE: &str = env!("STAND_IN_CODE");

/// What `validateCallback` gives, but for its methods.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserAuth {
    provider_id: String,
    provider_user_id: String,
    atlassian_tokens: AtlassianTokens,
    atlassian_user: AtlassianUser,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AtlassianTokens {
    access_token: String,
    access_token_expires_in: u32,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct AtlassianUser {
    account_id: String,
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

fn set(object: &JsValue, name: &str, value: impl Into<JsValue>) {
    Reflect::set(object, &name.into(), &value.into()).unwrap();
}

/// Calls a method at once; the future is that of its promise.
fn call(object: &JsValue, method: &str, arguments: &Array) -> JsFuture {
    let method: Function = get(object, method).dyn_into().unwrap();
    let promise: Promise = method
        .apply(&JsValue::UNDEFINED, arguments)
        .unwrap()
        .dyn_into()
        .unwrap();
    JsFuture::from(promise)
}

async fn validate_callback(provider: &JsValue, code: &str) -> Result<JsValue, JsValue> {
    call(provider, "validateCallback", &Array::of1(&code.into())).await
}

fn configs() -> JsValue {
    let configs = Object::new().into();
    set(&configs, "clientId", "browser-client");
    set(&configs, "clientSecret", "browser-secret");
    set(&configs, "redirectUri", "https://app.example/callback");
    configs
}

fn with_fetch(fetch: impl Fn(Request) -> JsValue + 'static) -> JsValue {
    let configs = configs();
    let fetch = Closure::<dyn Fn(Request) -> JsValue>::new(fetch);
    set(&configs, "fetch", fetch.into_js_value());
    configs
}

fn json_response(body: &str) -> JsValue {
    Response::new_with_opt_str(Some(body)).unwrap().into()
}

/// The browser's own `fetch`, sent to the stand-in for Atlassian.
fn to_stand_in(request: Request) -> JsValue {
    future_to_promise(async move {
        let url = request.url().replace("https:/", STAND_IN);
        let init = RequestInit::new();
        init.set_method(&request.method());
        init.set_headers(&request.headers());
        init.set_redirect(request.redirect());
        if request.method() == "POST" {
            init.set_body(&JsFuture::from(request.text()?).await?);
        }
        let request = Request::new_with_str_and_init(&url, &init)?;
        JsFuture::from(window().unwrap().fetch_with_request(&request)).await
    })
    .into()
}

#[wasm_bindgen_test]
async fn the_authorization_url_is_a_url_of_the_browser() {
    let provider = atlassian(&JsValue::UNDEFINED, &configs());
    let states: Vec<String> = {
        let mut states = Vec::new();
        for _ in 0..100 {
            let pair: Array = call(&provider, "getAuthorizationUrl", &Array::new())
                .await
                .unwrap()
                .dyn_into()
                .unwrap();
            assert_eq!(pair.length(), 2);
            let url: Url = pair.get(0).dyn_into().unwrap();
            let state = pair.get(1).as_string().unwrap();
            assert_eq!(url.origin(), "https://auth.atlassian.com");
            assert_eq!(url.search_params().get("state").as_ref(), Some(&state));
            states.push(state);
        }
        states
    };
    let distinct: std::collections::HashSet<_> = states.iter().collect();
    assert_eq!(distinct.len(), 100);
}

#[wasm_bindgen_test]
async fn a_sign_in_through_the_stand_in_and_a_code_used_twice() {
    let provider = atlassian(&JsValue::UNDEFINED, &with_fetch(to_stand_in));
    let user = validate_callback(&provider, CODE).await.unwrap();
    let user: UserAuth = serde_wasm_bindgen::from_value(user).unwrap();
    assert_eq!(user.provider_id, "atlassian");
    assert!(!user.provider_user_id.is_empty());
    assert_eq!(user.atlassian_user.account_id, user.provider_user_id);
    assert_eq!(user.atlassian_tokens.access_token_expires_in, 3600);
    assert!(!user.atlassian_tokens.access_token.is_empty());
    assert!(user.atlassian_tokens.refresh_token.is_some());

    let error = validate_callback(&provider, CODE).await.unwrap_err();
    assert!(error.is_instance_of::<OAuthRequestError>());
    assert!(error.is_instance_of::<Error>());
    assert_eq!(get(&error, "message"), "OAUTH_REQUEST_FAILED");
    let response: Response = get(&error, "response").dyn_into().unwrap();
    assert_eq!(response.status(), 403);
    assert!(!response.body_used());
    let request: Request = get(&error, "request").dyn_into().unwrap();
    assert_eq!(request.method(), "POST");
    assert_eq!(request.url(), "https://auth.atlassian.com/oauth/token");
    assert_eq!(JsFuture::from(request.text().unwrap()).await.unwrap(), "");
}

#[wasm_bindgen_test]
async fn the_global_fetch_is_looked_up_at_call_time() {
    let provider = atlassian(&JsValue::UNDEFINED, &configs());
    let global = js_sys::global();
    let original = get(&global, "fetch");
    let stub = Closure::<dyn Fn(Request) -> JsValue>::new(|request: Request| {
        json_response(match request.url().as_str() {
            "https://auth.atlassian.com/oauth/token" => r#"{"access_token":"token"}"#,
            "https://api.atlassian.com/me" => {
                let authorization = request.headers().get("Authorization").unwrap();
                assert_eq!(authorization.as_deref(), Some("Bearer token"));
                r#"{"account_id":"5b10ac8d82e05b22cc7d4ef5"}"#
            }
            other => panic!("unexpected request to {other}"),
        })
    });
    set(&global, "fetch", stub.as_ref().clone());
    let result = validate_callback(&provider, "code").await;
    set(&global, "fetch", original);
    let user = result.unwrap();
    assert_eq!(get(&user, "providerUserId"), "5b10ac8d82e05b22cc7d4ef5");
    assert!(get(&get(&user, "atlassianTokens"), "refreshToken").is_null());
}

#[wasm_bindgen_test]
async fn what_fetch_rejects_with_passes_through() {
    let reason: JsValue = Object::new().into();
    let rejection = reason.clone();
    let configs = with_fetch(move |_| Promise::reject(&rejection).into());
    let error = validate_callback(&atlassian(&JsValue::UNDEFINED, &configs), "code")
        .await
        .unwrap_err();
    assert!(Object::is(&error, &reason));
}

#[wasm_bindgen_test]
async fn a_request_that_takes_too_long_rejects_as_fetch_does() {
    // The signal is heeded by the browser's own fetch; the stand-in never sees the request.
    let configs = with_fetch(|request| {
        let signal = request.signal();
        Promise::new(&mut |_, reject| {
            let aborted = signal.clone();
            let listener = Closure::once_into_js(move || {
                reject
                    .call1(&JsValue::UNDEFINED, &get(&aborted, "reason"))
                    .unwrap();
            });
            signal
                .add_event_listener_with_callback("abort", listener.unchecked_ref())
                .unwrap();
        })
        .into()
    });
    set(&configs, "timeout", 20);
    let error = validate_callback(&atlassian(&JsValue::UNDEFINED, &configs), "code")
        .await
        .unwrap_err();
    assert_eq!(
        error.dyn_into::<DomException>().unwrap().name(),
        "TimeoutError"
    );
}

#[wasm_bindgen_test]
async fn a_wrong_configuration_rejects_with_a_type_error_that_names_the_field() {
    let throwing = Object::new();
    let thrown: JsValue = Error::new("from the getter").into();
    let descriptor = Object::new();
    let rejected = thrown.clone();
    let getter =
        Closure::<dyn Fn() -> Result<JsValue, JsValue>>::new(move || Err(rejected.clone()));
    set(&descriptor, "get", getter.as_ref().clone());
    Object::define_property(&throwing, &"clientId".into(), &descriptor);

    let provider = atlassian(&JsValue::UNDEFINED, &throwing);
    let error = call(&provider, "getAuthorizationUrl", &Array::new())
        .await
        .unwrap_err();
    assert!(Object::is(&error, &thrown));

    let missing = configs();
    set(&missing, "clientId", "");
    let provider = atlassian(&JsValue::UNDEFINED, &missing);
    let error = call(&provider, "getAuthorizationUrl", &Array::new())
        .await
        .unwrap_err();
    assert!(error.is_instance_of::<TypeError>());
    assert_eq!(
        get(&error, "message"),
        "`configs.clientId` must be a non-empty string, but is an empty string"
    );
    assert_eq!(get(&error, "code"), "INVALID_ARGUMENT");

    // The instance works as before.
    let provider = atlassian(&JsValue::UNDEFINED, &configs());
    assert!(
        call(&provider, "getAuthorizationUrl", &Array::new())
            .await
            .is_ok()
    );
}

#[wasm_bindgen_test]
async fn pkce_agrees_with_the_digest_of_the_browser() {
    let options = Object::new();
    set(&options, "clientId", "id");
    set(&options, "scope", Array::of1(&"openid".into()));
    let promise = create_oauth2_authorization_url_with_pkce(
        &"https://provider.example/authorize".into(),
        options.unchecked_ref(),
    );
    let result: Array = JsFuture::from(promise).await.unwrap().dyn_into().unwrap();
    let url: Url = result.get(0).dyn_into().unwrap();
    let verifier = result.get(1).as_string().unwrap().into_bytes();
    let subtle = window().unwrap().crypto().unwrap().subtle();
    let digest = subtle
        .digest_with_str_and_u8_array("SHA-256", &verifier)
        .unwrap();
    let digest = Uint8Array::new(&JsFuture::from(digest).await.unwrap()).to_vec();
    let challenge = url.search_params().get("code_challenge").unwrap();
    let binary: String = digest.into_iter().map(char::from).collect();
    let expected = window().unwrap().btoa(&binary).unwrap();
    assert_eq!(
        challenge,
        expected
            .replace('+', "-")
            .replace('/', "_")
            .replace('=', "")
    );
}

#[wasm_bindgen_test]
fn an_id_token_is_decoded_or_refused() {
    let claims = decode_id_token(&"e30.eyJzdWIiOiJBZGEifQ.sig".into()).unwrap();
    assert_eq!(get(&claims, "sub"), "Ada");
    let error = decode_id_token(&"not a token".into()).unwrap_err();
    assert!(error.is_instance_of::<js_sys::SyntaxError>());
}

/// The whole of wasm memory, as a string with a character for each byte.
fn memory() -> JsString {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let bytes = Uint8Array::new(&memory.buffer()).slice(0, u32::MAX);
    let decoder = TextDecoder::new_with_label("latin1").unwrap();
    let decode: Function = get(&decoder, "decode").unchecked_into();
    decode.call1(&decoder, &bytes).unwrap().dyn_into().unwrap()
}

#[wasm_bindgen_test]
async fn no_secret_is_left_in_wasm_memory() {
    // Made on the JavaScript side, so that only the package brings them into wasm memory.
    let secret = |name: &str| -> JsValue {
        JsString::from(name)
            .concat(&js_sys::Math::random().to_string().into())
            .into()
    };
    let (client_secret, code, access_token) = (secret("secret"), secret("code"), secret("token"));
    let configs = configs();
    set(&configs, "clientSecret", &client_secret);
    let body: JsValue = Object::new().into();
    set(&body, "access_token", &access_token);
    let body = js_sys::JSON::stringify(&body).unwrap();
    let fetch = Closure::<dyn Fn(Request) -> JsValue>::new(move |request: Request| {
        let response = Object::new().into();
        set(&response, "ok", true);
        let text: JsValue = if request.method() == "POST" {
            body.clone().into()
        } else {
            r#"{"account_id":"id"}"#.into()
        };
        let json: Function = get(&js_sys::global(), "JSON").unchecked_into();
        let parse: Function = get(&json, "parse").unchecked_into();
        set(&response, "json", parse.bind1(&json, &text));
        response
    });
    set(&configs, "fetch", fetch.into_js_value());
    let provider = atlassian(&JsValue::UNDEFINED, &configs);
    let user = call(&provider, "validateCallback", &Array::of1(&code))
        .await
        .unwrap();
    assert!(Object::is(
        &get(&get(&user, "atlassianTokens"), "accessToken"),
        &access_token
    ));

    let text = memory();
    // The snapshot is taken: what crosses from here on cannot be found in it.
    let holds = |value: &JsValue| text.includes(&value.as_string().unwrap(), 0);
    assert!(
        holds(&"browser-client".into()),
        "the search finds what is there"
    );
    assert!(!holds(&client_secret));
    assert!(!holds(&code));
    assert!(!holds(&access_token));
}

#[wasm_bindgen_test]
async fn what_is_freed_is_wiped() {
    // Too much for all of it to be overwritten by chance before the memory is searched.
    let marker: JsString = js_sys::Math::random().to_string().into();
    let code = marker.repeat(20_000);
    let provider = atlassian(&JsValue::UNDEFINED, &with_fetch(|_| json_response("{}")));
    let call = call(&provider, "validateCallback", &Array::of1(&code));
    let text = memory();
    assert!(!text.includes(&marker.as_string().unwrap(), 0));
    assert!(call.await.is_err());
}

#[wasm_bindgen_test]
async fn each_random_byte_is_used_once_and_wiped() {
    const BLOCK_SIZE: usize = 2048;
    const STATE_LENGTH: usize = 43;
    let provider = atlassian(&JsValue::UNDEFINED, &configs());
    let crypto = get(&js_sys::global(), "crypto");
    let drawn = std::rc::Rc::new(std::cell::Cell::new(0));
    let draws = drawn.clone();
    // A byte that the alphabet accepts, so that a state takes as many bytes as it has characters.
    let stub = Closure::<dyn Fn(Uint8Array) -> Uint8Array>::new(move |bytes: Uint8Array| {
        draws.set(draws.get() + 1);
        bytes.fill(0xA5, 0, bytes.length())
    });
    set(&crypto, "getRandomValues", stub.as_ref().clone());
    let mut states = Vec::new();
    while drawn.get() == 0 {
        let pair = call(&provider, "getAuthorizationUrl", &Array::new())
            .await
            .unwrap();
        states.push(Array::from(&pair).get(1).as_string().unwrap());
        assert!(
            states.len() <= BLOCK_SIZE / STATE_LENGTH + 1,
            "a block has an end"
        );
    }
    Reflect::delete_property(crypto.unchecked_ref::<Object>(), &"getRandomValues".into()).unwrap();
    let text = memory();
    let left = |count: usize| text.includes(&"\u{a5}".repeat(count), 0);
    // The block began within the last state, and one state alone has used of it.
    assert!(left(BLOCK_SIZE - STATE_LENGTH), "the rest is there");
    assert!(!left(BLOCK_SIZE), "what was used is not");
    assert_ne!(states.last(), Some(&"a".repeat(STATE_LENGTH)));

    // Two thousand fives are no secret: use them up, so that what follows is random again.
    for _ in 0..=BLOCK_SIZE / STATE_LENGTH {
        call(&provider, "getAuthorizationUrl", &Array::new())
            .await
            .unwrap();
    }
}
