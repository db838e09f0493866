//! The resources of an access token: its user, its sites, the URLs of their APIs, and the classification of their
//! responses.

use js_sys::{Array, JsString, Promise};
use wasm_bindgen::prelude::*;

use super::configuration::{CallContext, Configuration};
use super::error_response::with_classified_errors;
use super::fetch::{
    ACCESSIBLE_RESOURCES_ENDPOINT, Endpoint, READ_JSON_STEP, Secrets, USER_ENDPOINT,
};
use super::lazy::LazyValue;
use super::steps::{js_step, step, to_promise};
use super::value::{
    self, check_argument, describe, get, has_properties, invalid, is_header_value, object,
    string_array, string_or_empty, to_strings,
};
use crate::atlassian::site::{self, Entry, MAX_LENGTH};
use crate::atlassian::user;
use crate::config;
use crate::error::Error;
use crate::oauth::token::BEARER;
use crate::value::ValueKind;

#[wasm_bindgen(module = "/src/js/resources.js")]
extern "C" {
    #[wasm_bindgen(js_name = newResources)]
    fn new_resources(exports: &JsValue, sites: &Array, sites_with_urls: &Array) -> JsValue;
}

#[wasm_bindgen]
extern "C" {
    /// The response of the user endpoint. Tests of apps create one with getters, which may throw.
    type User;

    #[wasm_bindgen(method, getter, catch)]
    fn account_id(this: &User) -> Result<JsValue, JsValue>;
}

static BEARER_PREFIX: LazyValue<JsString> = LazyValue::new(|| BEARER.into());

static READ_USER_STEPS: LazyValue<Array> = LazyValue::new(|| {
    let read = step(|_, user| account_id(&user).map(|_| user));
    Array::of2(&READ_JSON_STEP, &read)
});

static READ_RESOURCES_STEPS: LazyValue<Array> = LazyValue::new(|| {
    let read = step(|_, response| resources(&response));
    Array::of2(&READ_JSON_STEP, &read)
});

static CHECK_STEPS: LazyValue<Array> = LazyValue::new(|| Array::of1(&js_step("requireOkOfApi")));

/// Sends a request with an access token to an API.
pub fn send_api_request(
    endpoint: &Endpoint,
    context: &CallContext,
    access_token: &JsValue,
) -> Result<JsValue, JsValue> {
    let secrets = Secrets {
        authorization: BEARER_PREFIX.concat(access_token).into(),
        ..Secrets::default()
    };
    endpoint.send(context, None, &secrets)
}

fn request_resource(
    configuration: &Configuration,
    access_token: &JsValue,
    endpoint: &Endpoint,
) -> Result<(CallContext, JsValue), JsValue> {
    configuration.check()?;
    config::check_access_token(ValueKind::from(access_token), || {
        is_header_value(access_token)
    })?;
    let context = configuration.new_context(access_token);
    let response = send_api_request(endpoint, &context, access_token)?;
    Ok((context, response))
}

/// `getUser`: the user of an access token.
#[wasm_bindgen(js_name = getUser, skip_typescript)]
pub fn get_user(configuration: Configuration, access_token: JsValue) -> Promise {
    with_classified_errors(
        request_resource(&configuration, &access_token, &USER_ENDPOINT),
        &READ_USER_STEPS,
    )
}

/// The account id in the response of the user endpoint.
pub fn account_id(response: &JsValue) -> Result<JsValue, JsValue> {
    if !has_properties(response) {
        return Err(user::not_an_object(describe(response)).into());
    }
    let account_id = response.unchecked_ref::<User>().account_id()?;
    user::check_account_id(ValueKind::from(&account_id))?;
    Ok(account_id)
}

/// `getAccessibleResources`: the sites of an access token.
#[wasm_bindgen(js_name = getAccessibleResources, skip_typescript)]
pub fn get_accessible_resources(configuration: Configuration, access_token: JsValue) -> Promise {
    with_classified_errors(
        request_resource(
            &configuration,
            &access_token,
            &ACCESSIBLE_RESOURCES_ENDPOINT,
        ),
        &READ_RESOURCES_STEPS,
    )
}

fn resources(response: &JsValue) -> Result<JsValue, JsValue> {
    let list =
        entries_within_limit(response)?.ok_or_else(|| unusable("body", "an array", response))?;
    let mut entries = Vec::new();
    let mut first_error = None;
    for index in 0..list.length() {
        let mut entry = Entry::default();
        match read_entry(&list.get(index), &mut entry)? {
            Ok(()) => entries.push(entry),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    if let (true, Some(error)) = (entries.is_empty(), first_error) {
        return Err(error.into());
    }
    let (sites, sites_with_urls) = (Array::new(), Array::new());
    for site in site::merge(&entries)? {
        let object = object(&[
            ("id", &site.first.id.as_str().into()),
            ("url", &site.first.url.as_str().into()),
            ("name", &site.first.name.as_str().into()),
            ("avatarUrl", &site.first.avatar_url.as_str().into()),
            ("scopes", &string_array(&site.scopes).into()),
            ("products", &string_array(&site.products()).into()),
        ])?;
        sites.push(&object);
        sites_with_urls.push(&Array::of2(&object, &string_array(&site.urls)));
    }
    Ok(new_resources(
        &wasm_bindgen::exports(),
        &sites,
        &sites_with_urls,
    ))
}

fn unusable(member: &'static str, expected: &'static str, received: &JsValue) -> Box<Error> {
    Box::new(Error::InvalidResourcesResponse {
        member,
        expected,
        received: describe(received),
    })
}

/// The entries of an array, `None` for other values.
fn entries_within_limit(value: &JsValue) -> Result<Option<Array>, JsValue> {
    let list = value::first_entries(value, MAX_LENGTH as u32)?;
    match list {
        Some(list) if list.length() > MAX_LENGTH as u32 => Err(site::too_long().into()),
        list => Ok(list),
    }
}

/// Reads an entry of the list. The inner error is that of an unusable entry, the outer one was thrown by a getter.
fn read_entry(value: &JsValue, entry: &mut Entry) -> Result<Result<(), Box<Error>>, JsValue> {
    if !has_properties(value) {
        return Ok(Err(unusable("body", "an array of objects", value)));
    }
    let id = get(value, "id")?;
    entry.id = string_or_empty(&id);
    if !site::is_segment(&entry.id) {
        let expected = "a string of letters, digits and hyphens";
        return Ok(Err(unusable("id", expected, &id)));
    }
    let url = get(value, "url")?;
    entry.url = string_or_empty(&url);
    if !site::is_url(&entry.url) {
        return Ok(Err(unusable("url", "an https URL", &url)));
    }
    for (name, field) in [
        ("name", &mut entry.name),
        ("avatarUrl", &mut entry.avatar_url),
    ] {
        *field = string_or_empty(&get(value, name)?);
    }
    entry.scopes = to_strings(&entries_within_limit(&get(value, "scopes")?)?.unwrap_or_default());
    Ok(Ok(()))
}

// Each entry of `sites_with_urls` is a pair: a site, and its sites_with_urls URLs.

/// `site` of the accessible resources: the site with a URL.
#[wasm_bindgen(js_name = siteAt, skip_typescript)]
pub fn site_at(sites_with_urls: Array, url: JsValue) -> Promise {
    to_promise((|| {
        check_argument("url", &url)?;
        let index = site::find_by_url(&urls_of_sites(&sites_with_urls), &string_or_empty(&url))?;
        Ok(pair(&sites_with_urls, index as u32).get(0))
    })())
}

/// `only` of the accessible resources: the only site.
#[wasm_bindgen(js_name = onlySite, skip_typescript)]
pub fn only_site(sites_with_urls: Array) -> Promise {
    to_promise((|| {
        site::only(&urls_of_sites(&sites_with_urls))?;
        Ok(pair(&sites_with_urls, 0).get(0))
    })())
}

fn urls_of_sites(sites_with_urls: &Array) -> Vec<Vec<String>> {
    (0..sites_with_urls.length())
        .map(|index| to_strings(pair(sites_with_urls, index).get(1).unchecked_ref()))
        .collect()
}

fn pair(sites_with_urls: &Array, index: u32) -> Array {
    sites_with_urls.get(index).unchecked_into()
}

/// `apiUrl`: the base URL of a product's APIs on a site, or an array with the error, which `client.js` throws.
#[wasm_bindgen(js_name = apiUrl, skip_typescript)]
pub fn api_url(configuration: Configuration, site: JsValue, product: JsValue) -> JsValue {
    api_url_of(&configuration, site, &product).unwrap_or_else(|error| Array::of1(&error).into())
}

fn api_url_of(
    configuration: &Configuration,
    site: JsValue,
    product: &JsValue,
) -> Result<JsValue, JsValue> {
    configuration.check()?;
    let id = if site.is_string() {
        site
    } else if has_properties(&site) {
        get(&site, "id")?
    } else {
        return Err(invalid("site", "a site or the id of one", &site));
    };
    let url = site::api_url(
        configuration.cloud()?,
        &string_or_empty(&id),
        &string_or_empty(product),
    )?;
    Ok(url.into())
}

/// `checkResponse`: resolves to the response of an API if it is `ok`, and otherwise rejects with the classified error.
#[wasm_bindgen(js_name = checkResponse, skip_typescript)]
pub fn check_response(configuration: Configuration, response: JsValue) -> Promise {
    let checked = configuration.check().and_then(|()| {
        // A promise of a response is a mistake of the app.
        let is_response = has_properties(&response) && get(&response, "ok")?.as_bool().is_some();
        if !is_response {
            return Err(invalid("response", "a Response", &response));
        }
        Ok((configuration.new_context(&JsValue::UNDEFINED), response))
    });
    with_classified_errors(checked, &CHECK_STEPS)
}
