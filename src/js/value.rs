//! Translates values between JavaScript and the core: describes their types, reads properties, strings and arrays of the
//! app or of a response, and creates objects and arrays. The core checks the content.
//!
//! Many functions are `#[inline(never)]`: they have many callers, and each inlined copy would make the wasm larger.

use js_sys::Array;
use serde::{Serialize, Serializer};
use serde_wasm_bindgen::preserve;
use wasm_bindgen::prelude::*;

use crate::config;
use crate::oauth::token;
use crate::secret::Secret;
use crate::value::{Value, ValueKind};

/// Describes the type of a value without showing it.
#[inline(never)]
pub fn describe(value: &JsValue) -> &'static str {
    if value.is_undefined() {
        "undefined"
    } else if value.is_null() {
        "null"
    } else if value.is_string() {
        "a string"
    } else if value.is_function() {
        "a function"
    } else if is_array(value).unwrap_or(false) {
        "an array"
    } else if value.is_object() {
        "an object"
    } else if value.is_symbol() {
        "a symbol"
    } else if value.is_bigint() {
        "a bigint"
    } else if value.as_bool().is_some() {
        "a boolean"
    } else {
        "a number"
    }
}

/// The error for a field with another type than `expected`.
#[inline(never)]
pub fn invalid(field: &str, expected: &'static str, value: &JsValue) -> JsValue {
    config::invalid(field, expected, describe(value)).into()
}

/// Checks an argument that a request contains unchanged: a non-empty string.
#[inline(never)]
pub fn check_argument(name: &str, value: &JsValue) -> Result<(), JsValue> {
    Ok(config::check_argument(name, ValueKind::from(value))?)
}

impl From<&JsValue> for Value {
    #[inline(never)]
    fn from(value: &JsValue) -> Self {
        match value.as_string() {
            Some(string) => Self::String(string),
            None if value.is_null_or_undefined() => Self::Absent(describe(value)),
            None => Self::Other(describe(value)),
        }
    }
}

/// Reads a cookie value from the app. Cookie parsers return `false` for a wrong signature, or parsed JSON of a
/// visitor. Only an object is the app's mistake.
pub fn cookie(value: &JsValue) -> Value {
    match Value::from(value) {
        Value::Other(received) if !has_properties(value) => Value::Absent(received),
        value => value,
    }
}

/// The result of reading a property, if it is a string.
#[inline(never)]
pub fn string_of_read(value: Result<JsValue, JsValue>) -> Option<String> {
    value.ok()?.as_string()
}

/// The string, or an empty one for any other value.
#[inline(never)]
pub fn string_or_empty(value: &JsValue) -> String {
    value.as_string().unwrap_or_default()
}

impl From<&JsValue> for ValueKind {
    #[inline(never)]
    fn from(value: &JsValue) -> Self {
        if !value.is_string() {
            Self::Other(describe(value))
        } else if value.is_truthy() {
            Self::NonEmptyString
        } else {
            Self::EmptyString
        }
    }
}

/// Encodes a string as one value of `application/x-www-form-urlencoded`. Most codes and tokens have no character that
/// the encoding changes, so they are not copied to wasm memory.
pub fn form_encoded(string: &JsValue) -> JsValue {
    if needs_no_form_encoding(string) {
        return string.clone();
    }
    let secret = Secret::new(string_or_empty(string));
    token::form_encoded(&secret).reveal().into()
}

/// Reads a property outside of the sign-in. The properties of each sign-in have their own getters, which do not pass
/// the name to JavaScript.
#[inline(never)]
pub fn get(object: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    get_property(object, name)
}

/// A property of the last argument of a method, `None` if that has no properties. It may be any value: apps pass
/// methods to `map` and to `then`.
#[inline(never)]
pub fn read_option(options: &JsValue, name: &str) -> Result<Option<JsValue>, JsValue> {
    // One call to JavaScript in place of two, for the usual call without options.
    if options.is_undefined() || !has_properties(options) {
        return Ok(None);
    }
    get(options, name).map(Some)
}

/// An array of strings.
#[inline(never)]
pub fn string_array(strings: &[&str]) -> Array {
    let array = Array::new();
    for string in strings {
        array.push(&JsValue::from(*string));
    }
    array
}

/// Creates an object from its members. Uses a map: `to_value` of a struct keeps all field names in a hash map, which
/// adds 1.5 KB.
#[inline(never)]
pub fn object(members: &[(&'static str, &JsValue)]) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true);
    let members = members.iter();
    Ok(serializer.collect_map(members.map(|(name, value)| (name, Preserved(value))))?)
}

/// A value that the object contains unchanged.
struct Preserved<'a>(&'a JsValue);

impl Serialize for Preserved<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        preserve::serialize(self.0, serializer)
    }
}

/// The strings of an array; other entries are dropped.
pub fn to_strings(array: &Array) -> Vec<String> {
    (0..array.length())
        .filter_map(|index| array.get(index).as_string())
        .collect()
}

/// The first entries of an array, `most` plus one if it has more; `None` for other values.
#[inline(never)]
pub fn first_entries(value: &JsValue, most: u32) -> Result<Option<Array>, JsValue> {
    let list = read_first_entries(value, most.saturating_add(1))?;
    Ok((!list.is_undefined()).then(|| list.unchecked_into()))
}

/// Whether the value has properties.
pub fn has_properties(value: &JsValue) -> bool {
    value.is_object() || value.is_function()
}

#[wasm_bindgen]
extern "C" {
    // A revoked Proxy makes it throw.
    #[wasm_bindgen(js_namespace = Array, js_name = isArray, catch)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;
}

#[wasm_bindgen(module = "/src/js/value.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = get)]
    fn get_property(object: &JsValue, name: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = firstEntries)]
    fn read_first_entries(value: &JsValue, most: u32) -> Result<JsValue, JsValue>;

    /// Whether a string can be the value of a header (Fetch, section 2.2.2).
    #[wasm_bindgen(js_name = isHeaderValue)]
    pub fn is_header_value(string: &JsValue) -> bool;

    #[wasm_bindgen(js_name = needsNoFormEncoding)]
    fn needs_no_form_encoding(string: &JsValue) -> bool;
}
