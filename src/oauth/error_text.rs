//! Reads the text of an error response of the token endpoint (RFC 6749, section 5.2): Atlassian sends the same `error`
//! for an invalid code and for a wrong request. A text reports an invalid code or refresh token if one of its clauses
//! ties a predicate to the subject, such as "expired", or "valid" with a negation. Only filler words may separate them,
//! and the words after them must not change their meaning. An unclear text counts as no information, so the user stays
//! signed in.

// Words and phrases of the normalized text, with commas between; the longer phrase before the shorter one.

/// The kinds of words, with an empty phrase between kinds.
const KINDS: &str = "authorization code,auth code,refresh token,access or refresh token,\
    access refresh token,refreshtoken,authorizationcode,\
    ,code,\
    ,token,grant,\
    ,invalid,invalidated,expired,unknown,revoked,reuse detected,reuse exceeded,reused,only be used once,\
    cannot be used again,no longer be used,used,redeemed,consumed,exchanged,replayed,claimed,rotated,removed,disabled,\
    deleted,incorrect,wrong,bad,malformed,unrecognized,inactive,gone,too old,timed out,\
    ,valid,found,find,such,exist,exists,known,active,recognized,there,\
    ,not,no,cannot,unable to,failed to,isn t,wasn t,doesn t,\
    ,the,a,specified,is,was,has,been,be,already,either,does,can,could,longer,more,provided,passed,you sent,\
    previously,globally,in the request,lifetime,family,generated for a user who,\
    ,:,\
    ,.,or,and,to,by,in,due,any,before,anymore";
/// The letter of each kind: grant, code, token, invalid, valid, negation, filler, colon, and the end of a clause.
const LETTERS: &[u8] = b"gctivn :.";

/// The rules, in letters of kinds without fillers: a predicate before or after its subject, and what may follow. `i g .`
/// fits "invalid refresh token.", and `g n v .` "the refresh token is not valid."
const RULES: &str = "i g .,i g :,n v g .,n v g :,g i .,g i :,g n v .,g n v :,g : i .,g : n v .";
/// The rules for the subject "code", which no other word may precede ("error code", "status code").
const CODE_RULES: &str = "i c .,i c :,. c i .,: c i .,. c n v .";
/// The rule for a token that was revoked.
const TOKEN_RULES: &str = ". t i .";

/// Words that leave unclear whether the subject is invalid: it may be missing.
const UNCLEAR: &str = "missing,empty,null,not provided,found in,used to";

/// The other parameters of a token request: a text that names one reports a mistake of the app.
const PARAMETERS: &str = "redirect uri,redirect url,callback url,client id,client secret,client credentials,\
                          grant type,response type,scope";

/// A value from the cookie of a visitor: not a mistake of the app.
const CODE_VERIFIER: &str = "code verifier,code challenge,pkce";

const USER: &str = "user,account";
const NOT_USER: &str = "app,application,client,service,user agent";

/// The maximum length of a text, in bytes.
const MAX_BYTES: usize = 1000;

/// Texts in lower case with one space between words, at the beginning and at the end. Each clause ends with a full
/// stop. `refresh_token`, `refresh-token` and `refreshToken` are two words each; a colon and an equals sign are words.
pub struct ErrorText(Vec<u8>);

impl ErrorText {
    /// Normalizes the texts.
    pub fn new(texts: &[&str]) -> Self {
        let mut normalized = Vec::new();
        for text in texts {
            let mut previous = b'.';
            for byte in text.bytes().take(MAX_BYTES).chain([b'.']) {
                let is_word = byte.is_ascii_alphanumeric();
                let begins_word = previous.is_ascii_lowercase() && byte.is_ascii_uppercase();
                let is_sign = b".,;!?([\n:=".contains(&byte);
                let follows_sign = !previous.is_ascii_alphanumeric();
                if (begins_word || is_sign || is_word && follows_sign) && !normalized.is_empty() {
                    normalized.push(b' ');
                }
                if is_word || is_sign {
                    let is_end = is_sign && byte != b':' && byte != b'=';
                    normalized.push(if is_end {
                        b'.'
                    } else {
                        byte.to_ascii_lowercase()
                    });
                }
                previous = byte;
            }
        }
        normalized.push(b' ');
        Self(normalized)
    }

    /// Whether a clause reports that the authorization code or the refresh token is invalid, expired, unknown,
    /// revoked, used, redeemed or deleted. `expects_code` is whether the request had a code.
    pub fn reports_invalid_grant(&self, expects_code: bool) -> bool {
        let mut kinds = Vec::from(*b". ");
        let mut rest = self.0.as_slice();
        while let Some(after) = strip_word(rest) {
            let (kind, after) = strip(rest, KINDS).unwrap_or((LETTERS.len(), after));
            let letter = *LETTERS.get(kind).unwrap_or(&b'x');
            if letter != b' ' {
                kinds.extend_from_slice(&[letter, b' ']);
            }
            rest = after;
        }
        let kinds = Self(kinds);
        (kinds.contains_any(RULES)
            || expects_code && kinds.contains_any(CODE_RULES)
            || self.contains_any("revoked") && kinds.contains_any(TOKEN_RULES))
            && !self.contains_any(PARAMETERS)
            && !self.contains_any(UNCLEAR)
    }

    /// Whether the texts name the code verifier (RFC 7636, section 4.6).
    pub fn mentions_code_verifier(&self) -> bool {
        self.contains_any(CODE_VERIFIER) && !self.contains_any(PARAMETERS)
    }

    /// Whether the texts name the user, before the app if they name both.
    pub fn mentions_user(&self) -> bool {
        self.find(USER) > self.find(NOT_USER) && !self.contains_any(PARAMETERS)
    }

    /// Whether the texts have one of the phrases.
    pub fn contains_any(&self, phrases: &str) -> bool {
        self.find(phrases) > 0
    }

    /// The number of bytes from the first of the phrases to the end, or 0 if the texts have none.
    #[inline(never)]
    fn find(&self, phrases: &str) -> usize {
        let mut rest = self.0.as_slice();
        while let Some(after) = strip_word(rest) {
            if strip(rest, phrases).is_some() {
                return rest.len();
            }
            rest = after;
        }
        0
    }
}

/// The text after its first word.
fn strip_word(text: &[u8]) -> Option<&[u8]> {
    let space = text.iter().position(|byte| *byte == b' ')?;
    text.get(space.saturating_add(1)..)
}

/// The kind of the phrase at the beginning of a text, and the text after it. Written by hand: the search of the
/// standard library is 4 KB larger.
#[inline(never)]
fn strip<'a>(text: &'a [u8], phrases: &str) -> Option<(usize, &'a [u8])> {
    let mut kind = 0_usize;
    for phrase in phrases.as_bytes().split(|byte| *byte == b',') {
        if phrase.is_empty() {
            kind = kind.saturating_add(1);
        } else if let Some([b' ', after @ ..]) = text.strip_prefix(phrase) {
            return Some((kind, after));
        }
    }
    None
}
