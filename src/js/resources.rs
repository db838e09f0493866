//! What an access token opens: the user it belongs to, the sites it reaches, where their APIs are, and what
//! their responses mean.

use js_sys::{Array, JsString, Promise};
use serde::Serialize;
use serde_wasm_bindgen::{preserve, to_value};
use wasm_bindgen::prelude::*;

use super::app::{App, Call};
use super::fetch::{Endpoint, READ_JSON, RESOURCES, Secrets, USER};
use super::once::Once;
use super::steps::{method, settled, step, step_named};
use super::tokens::answered;
use super::value::{self, describe, fits_a_header, get, has_properties, kind, string_at, text};
use crate::config::{self, invalid};
use crate::error::Error;
use crate::site::{self, Address, MAX_LENGTH, Site};
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
    #[wasm_bindgen(catch, js_name = newResources)]
    fn new_resources(
        sites: &Array,
        addresses: &Array,
        site: &JsValue,
        only: &JsValue,
    ) -> Result<JsValue, JsValue>;
}

/// A site as the app gets it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SiteObject<'a> {
    id: &'a str,
    url: &'a str,
    name: &'a str,
    avatar_url: &'a str,
    scopes: &'a [String],
    products: Vec<&'static str>,
}

/// An address with the site that was listed at it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AddressObject<'a> {
    url: &'a str,
    is_first: bool,
    #[serde(with = "preserve")]
    site: JsValue,
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

static CHECK: Once = Once::new(|| Array::of1(&step_named("check")).into());

static SITE: Once = Once::new(|| method(|addresses, url, _, _| settled(site_at(&addresses, &url))));

static ONLY: Once = Once::new(|| method(|addresses, _, _, _| settled(only_site(&addresses))));

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
    let mut problem = None;
    for index in 0..list.length() {
        match entry(&list.get(index))? {
            Ok(site) => entries.push(site),
            Err(error) => problem = problem.or(Some(error)),
        }
    }
    if let (true, Some(problem)) = (entries.is_empty(), problem) {
        return Err(problem.into());
    }
    let (sites, addresses) = (Array::new(), Array::new());
    for site in site::merge(&entries)? {
        let object = to_value(&SiteObject {
            id: &site.id,
            url: &site.url,
            name: &site.name,
            avatar_url: &site.avatar_url,
            scopes: &site.scopes,
            products: site.products(),
        })?;
        sites.push(&object);
        let others = site.other_urls.iter().map(|url| (url, false));
        for (url, is_first) in std::iter::once((&site.url, true)).chain(others) {
            let site = object.clone();
            addresses.push(&to_value(&AddressObject {
                url,
                is_first,
                site,
            })?);
        }
    }
    new_resources(&sites, &addresses, &SITE, &ONLY)
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

/// Reads an entry of the list, or says why it cannot be used.
fn entry(value: &JsValue) -> Result<Result<Site, Error>, JsValue> {
    if !has_properties(value) {
        return Ok(Err(unusable("body", "an array of objects", value)));
    }
    let (id, url) = (get(value, "id")?, get(value, "url")?);
    for (name, member) in [("id", &id), ("url", &url)] {
        if !kind(member).is_non_empty_string() {
            return Ok(Err(unusable(name, "a non-empty string", member)));
        }
    }
    let mut scopes = Vec::new();
    let list = list(&get(value, "scopes")?)?.unwrap_or_default();
    for index in 0..list.length() {
        scopes.extend(string_at(&list, index));
    }
    Ok(Ok(Site {
        id: id.as_string().unwrap_or_default(),
        url: url.as_string().unwrap_or_default(),
        other_urls: Vec::new(),
        name: get(value, "name")?.as_string().unwrap_or_default(),
        avatar_url: get(value, "avatarUrl")?.as_string().unwrap_or_default(),
        scopes,
    }))
}

fn site_at(addresses: &JsValue, url: &JsValue) -> Result<JsValue, JsValue> {
    config::argument("url", kind(url))?;
    let addresses: &Array = addresses.unchecked_ref();
    let index = site::at(&read(addresses), &url.as_string().unwrap_or_default())?;
    get(&addresses.get(index as u32), "site")
}

fn only_site(addresses: &JsValue) -> Result<JsValue, JsValue> {
    let addresses: &Array = addresses.unchecked_ref();
    site::only(&read(addresses))?;
    get(&addresses.get(0), "site")
}

fn read(addresses: &Array) -> Vec<Address> {
    let read = |address: JsValue| Address {
        url: text(get(&address, "url")).unwrap_or_default(),
        is_first: get(&address, "isFirst").is_ok_and(|is_first| is_first.is_truthy()),
    };
    (0..addresses.length())
        .map(|index| read(addresses.get(index)))
        .collect()
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

/// `checkResponse`: gives the response of an API if it is `ok`, and rejects with what it means if not.
pub fn check_response(app: JsValue, response: JsValue) -> Promise {
    let app: &App = app.unchecked_ref();
    let checked = app.check().and_then(|()| {
        if !has_properties(&response) {
            return Err(invalid("response", "a Response", describe(&response)).into());
        }
        Ok((app.call(&JsValue::UNDEFINED)?, response))
    });
    answered(checked, &CHECK)
}
