//! What an access token opens: the user it belongs to, the sites it reaches, and where their APIs are.

use js_sys::{Array, JsString, Promise};
use wasm_bindgen::prelude::*;

use super::app::{App, Call};
use super::fetch::{Endpoint, READ_JSON, RESOURCES, Secrets, USER};
use super::once::Once;
use super::steps::{method, settled, step};
use super::tokens::answered;
use super::value::{
    self, describe, fits_a_header, get, has_properties, kind, string_at, strings, text,
};
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
}

#[wasm_bindgen(module = "/src/js/resources.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = readSite)]
    fn read_site(entry: &JsValue) -> Result<Array, JsValue>;

    // `strings` are the members in the order of `readSite`, the scopes, of which there are `count`, and
    // the products.
    #[wasm_bindgen(catch, js_name = newSite)]
    fn new_site(strings: &Array, count: usize) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = newResources)]
    fn new_resources(sites: &Array, site: &JsValue, only: &JsValue) -> Result<JsValue, JsValue>;
}

static BEARER_PREFIX: Once = Once::new(|| BEARER.into());

static READ_USER: Once = Once::new(|| {
    let read = step(|_, user| account_id(&user).map(|_| user));
    Array::of2(&READ_JSON, &read).into()
});

static READ_RESOURCES: Once = Once::new(|| {
    let read = step(|_, response| resources(&response));
    Array::of2(&READ_JSON, &read).into()
});

static SITE: Once = Once::new(|| method(|sites, url, _, _| settled(site_at(&sites, &url))));

static ONLY: Once = Once::new(|| method(|sites, _, _, _| settled(only_site(&sites))));

/// Asks an API with an access token.
pub fn ask(endpoint: &Endpoint, call: &Call, access_token: &JsValue) -> Result<JsValue, JsValue> {
    let secrets = Secrets {
        authorization: BEARER_PREFIX
            .unchecked_ref::<JsString>()
            .concat(access_token)
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
    answered(ask_for_app(&app, &access_token, &USER), &READ_USER)
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
    answered(
        ask_for_app(&app, &access_token, &RESOURCES),
        &READ_RESOURCES,
    )
}

fn resources(response: &JsValue) -> Result<JsValue, JsValue> {
    let list = list(response)?.ok_or_else(|| unusable("body", "an array", response))?;
    let mut entries = Vec::new();
    for index in 0..list.length() {
        entries.push(entry(&list.get(index))?);
    }
    let sites = Array::new();
    for site in site::merge(entries)? {
        let mut members = vec![&*site.id, &*site.url, &*site.name, &*site.avatar_url];
        members.extend(site.scopes.iter().map(String::as_str));
        members.extend(site.products());
        sites.push(&new_site(&strings(&members), site.scopes.len())?);
    }
    new_resources(&sites, &SITE, &ONLY)
}

fn unusable(member: &'static str, expected: &'static str, received: &JsValue) -> Error {
    Error::InvalidResourcesResponse {
        member,
        expected,
        received: describe(received),
    }
}

/// The entries of an array, `None` where it is none.
fn list(value: &JsValue) -> Result<Option<Array>, JsValue> {
    let list = value::list(value, MAX_LENGTH)?;
    match list {
        Some(list) if list.length() > MAX_LENGTH as u32 => Err(site::too_long().into()),
        list => Ok(list),
    }
}

fn entry(value: &JsValue) -> Result<Site, JsValue> {
    if !has_properties(value) {
        return Err(unusable("body", "an array of objects", value).into());
    }
    let members = read_site(value)?;
    let member = |index| string_at(&members, index).unwrap_or_default();
    for (index, name) in [(0, "id"), (1, "url")] {
        if member(index).is_empty() {
            return Err(unusable(name, "a non-empty string", &members.get(index)).into());
        }
    }
    let mut scopes = Vec::new();
    let list = list(&members.get(4))?.unwrap_or_default();
    for index in 0..list.length() {
        scopes.extend(string_at(&list, index));
    }
    Ok(Site {
        id: member(0),
        url: member(1),
        name: member(2),
        avatar_url: member(3),
        scopes,
    })
}

fn site_at(sites: &JsValue, url: &JsValue) -> Result<JsValue, JsValue> {
    config::argument("url", kind(url))?;
    let sites = list(sites)?.unwrap_or_default();
    let index = site::at(&addresses(&sites), &url.as_string().unwrap_or_default())?;
    Ok(sites.get(index as u32))
}

fn only_site(sites: &JsValue) -> Result<JsValue, JsValue> {
    let sites = list(sites)?.unwrap_or_default();
    site::only(&addresses(&sites))?;
    Ok(sites.get(0))
}

fn addresses(sites: &Array) -> Vec<String> {
    let mut addresses = Vec::new();
    for index in 0..sites.length() {
        addresses.push(text(get(&sites.get(index), "url")).unwrap_or_default());
    }
    addresses
}

/// `apiUrl`: the base address of a product's APIs on a site.
pub fn api_url(app: JsValue, site: JsValue, product: JsValue) -> Result<JsValue, JsValue> {
    let app: &App = app.unchecked_ref();
    app.check()?;
    let id = if site.is_string() {
        site
    } else if has_properties(&site) {
        get(&site, "id")?
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
