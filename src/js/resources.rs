//! What an access token opens: the user it belongs to, the sites it reaches, and where their APIs are.

use js_sys::{Array, JsString, Promise};
use wasm_bindgen::prelude::*;

use super::app::{App, Call};
use super::fetch::{Endpoint, READ_JSON, RESOURCES, Secrets, USER};
use super::steps::{settled, step};
use super::tokens::answered;
use super::value::{describe, fits_a_header, has_properties, is_array, kind, text};
use crate::config::{self, invalid};
use crate::error::Error;
use crate::site::{self, MAX_LENGTH, Site};
use crate::token::BEARER;
use crate::user;

#[wasm_bindgen]
extern "C" {
    type UserResponse;

    #[wasm_bindgen(method, getter, catch)]
    fn account_id(this: &UserResponse) -> Result<JsValue, JsValue>;

    /// An array that may be anything else.
    type List;

    #[wasm_bindgen(method, getter, catch)]
    fn length(this: &List) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, indexing_getter, catch)]
    fn at(this: &List, index: u32) -> Result<JsValue, JsValue>;

    /// An entry of the answer, or a site made of some.
    type Entry;

    #[wasm_bindgen(method, getter, catch)]
    fn id(this: &Entry) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn url(this: &Entry) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn name(this: &Entry) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch, js_name = avatarUrl)]
    fn avatar_url(this: &Entry) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn scopes(this: &Entry) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(module = "/src/js/syntax.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = newSite)]
    fn new_site(
        id: &str,
        url: &str,
        name: &str,
        avatar_url: &str,
        scopes: &Array,
        products: &Array,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = newResources)]
    fn new_resources(sites: &Array, site: &JsValue, only: &JsValue) -> Result<JsValue, JsValue>;
}

thread_local! {
    static BEARER_PREFIX: JsString = BEARER.into();

    static READ_USER: Array = Array::of2(
        &READ_JSON.with(Clone::clone),
        &step(|_, user| account_id(&user).map(|_| user)),
    );

    static READ_RESOURCES: Array = Array::of2(
        &READ_JSON.with(Clone::clone),
        &step(|_, response| resources(&response)),
    );

    static SITE: JsValue = Closure::<dyn Fn(JsValue, JsValue) -> Promise>::new(|sites, url| {
        settled(site_at(&sites, &url))
    })
    .into_js_value();

    static ONLY: JsValue =
        Closure::<dyn Fn(JsValue) -> Promise>::new(|sites| settled(only_site(&sites)))
            .into_js_value();
}

/// Asks an API with an access token.
pub fn ask(endpoint: &Endpoint, call: &Call, access_token: &JsValue) -> Result<JsValue, JsValue> {
    let secrets = Secrets {
        authorization: BEARER_PREFIX
            .with(|bearer| bearer.concat(access_token))
            .into(),
        ..Secrets::default()
    };
    endpoint.send(call, &JsValue::UNDEFINED, &secrets)
}

fn ask_for_app(
    app: &JsValue,
    access_token: &JsValue,
    endpoint: &Endpoint,
) -> Result<(Call, JsValue), JsValue> {
    let app: &App = app.unchecked_ref();
    app.check()?;
    config::access_token(kind(access_token), || fits_a_header(access_token))?;
    let call = app.call(access_token)?;
    let response = ask(endpoint, &call, access_token)?;
    Ok((call, response))
}

/// `getUser`: the user whom an access token belongs to.
pub fn get_user(app: JsValue, access_token: JsValue) -> Promise {
    let sent = USER.with(|endpoint| ask_for_app(&app, &access_token, endpoint));
    READ_USER.with(|steps| answered(sent, steps))
}

/// The account id in the answer of the user endpoint.
pub fn account_id(response: &JsValue) -> Result<JsValue, JsValue> {
    if !has_properties(response) {
        return Err(user::not_an_object(describe(response)).into());
    }
    let account_id = response.unchecked_ref::<UserResponse>().account_id()?;
    user::account_id(kind(&account_id))?;
    Ok(account_id)
}

/// `getAccessibleResources`: the sites that an access token reaches.
pub fn get_accessible_resources(app: JsValue, access_token: JsValue) -> Promise {
    let sent = RESOURCES.with(|endpoint| ask_for_app(&app, &access_token, endpoint));
    READ_RESOURCES.with(|steps| answered(sent, steps))
}

fn resources(response: &JsValue) -> Result<JsValue, JsValue> {
    let entries = list(response)?.ok_or_else(|| unusable("body", "an array", response))?;
    let entries = entries.iter().map(entry).collect::<Result<_, _>>()?;
    let sites = Array::new();
    for site in site::merge(entries)? {
        let list = |strings: &[&str]| {
            strings
                .iter()
                .copied()
                .map(JsValue::from)
                .collect::<Array>()
        };
        let scopes: Vec<&str> = site.scopes.iter().map(String::as_str).collect();
        sites.push(&new_site(
            &site.id,
            &site.url,
            &site.name,
            &site.avatar_url,
            &list(&scopes),
            &list(&site.products()),
        )?);
    }
    SITE.with(|site| ONLY.with(|only| new_resources(&sites, site, only)))
}

fn unusable(member: &'static str, expected: &'static str, received: &JsValue) -> Error {
    Error::InvalidResourcesResponse {
        member,
        expected,
        received: describe(received),
    }
}

/// The entries of an array, `None` where it is none.
fn list(value: &JsValue) -> Result<Option<Vec<JsValue>>, JsValue> {
    if !is_array(value)? {
        return Ok(None);
    }
    let list: &List = value.unchecked_ref();
    let length = list.length()?.as_f64().unwrap_or_default();
    if length > MAX_LENGTH as f64 {
        return Err(site::too_long().into());
    }
    let entries = (0..length as u32).map(|index| list.at(index));
    entries.collect::<Result<_, _>>().map(Some)
}

fn entry(value: &JsValue) -> Result<Site, JsValue> {
    if !has_properties(value) {
        return Err(unusable("body", "an array of objects", value).into());
    }
    let entry: &Entry = value.unchecked_ref();
    let required = |member, value: JsValue| {
        let expected = "a non-empty string";
        let string = value.as_string().filter(|string| !string.is_empty());
        string.ok_or_else(|| unusable(member, expected, &value))
    };
    let scopes = list(&entry.scopes()?)?.unwrap_or_default();
    Ok(Site {
        id: required("id", entry.id()?)?,
        url: required("url", entry.url()?)?,
        name: text(entry.name()).unwrap_or_default(),
        avatar_url: text(entry.avatar_url()).unwrap_or_default(),
        scopes: scopes.iter().filter_map(JsValue::as_string).collect(),
    })
}

fn site_at(sites: &JsValue, url: &JsValue) -> Result<JsValue, JsValue> {
    config::argument("url", kind(url))?;
    let sites = list(sites)?.unwrap_or_default();
    let index = site::at(&addresses(&sites), &url.as_string().unwrap_or_default())?;
    Ok(sites.get(index).cloned().unwrap_or_default())
}

fn only_site(sites: &JsValue) -> Result<JsValue, JsValue> {
    let sites = list(sites)?.unwrap_or_default();
    site::only(&addresses(&sites))?;
    Ok(sites.first().cloned().unwrap_or_default())
}

fn addresses(sites: &[JsValue]) -> Vec<String> {
    let url = |site: &JsValue| {
        let is_site = has_properties(site);
        is_site.then(|| text(site.unchecked_ref::<Entry>().url()))?
    };
    sites
        .iter()
        .map(|site| url(site).unwrap_or_default())
        .collect()
}

/// `apiUrl`: the base address of a product's APIs on a site.
pub fn api_url(app: JsValue, site: JsValue, product: JsValue) -> Result<JsValue, JsValue> {
    let app: &App = app.unchecked_ref();
    app.check()?;
    let id = if site.is_string() {
        site
    } else if has_properties(&site) {
        site.unchecked_ref::<Entry>().id()?
    } else {
        return Err(invalid("site", "a site or the id of one", describe(&site)).into());
    };
    let url = site::api_url(
        app.cloud(),
        &id.as_string().unwrap_or_default(),
        &product.as_string().unwrap_or_default(),
    )?;
    Ok(url.into())
}
