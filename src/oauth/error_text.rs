//! Reads the text of an error response of the token endpoint (RFC 6749, section 5.2): Atlassian sends the same `error`
//! for an invalid code and for a wrong request. A text reports an invalid code or refresh token if one of its clauses
//! ties a predicate to the subject, such as "expired", or "valid" with a negation. Only filler words may separate them,
//! and the words after them must not change their meaning. An unclear text counts as no information, so the user stays
//! signed in.

// Words and phrases of the normalized text, with commas between; the longer phrase before the shorter one.

/// The kinds of words, with an empty phrase between kinds: the number of a kind is its index.
const KINDS: &str = "authorization code,auth code,refresh token,access or refresh token,\
    access refresh token,refreshtoken,authorizationcode,\
    ,code,\
    ,token,grant,\
    ,invalid,invalidated,expired,unknown,revoked,reuse detected,reuse exceeded,reused,only be used once,\
    cannot be used again,no longer be used,used,redeemed,consumed,exchanged,replayed,claimed,rotated,removed,disabled,\
    deleted,incorrect,wrong,bad,malformed,unrecognized,inactive,gone,too old,timed out,\
    ,valid,found,find,such,exist,exists,known,active,recognized,there,\
    ,not,no,unable,failed,isn t,wasn t,doesn t,\
    ,the,a,an,to,specified,is,was,has,been,be,already,either,does,can,could,longer,more,provided,passed,you sent,\
    previously,globally,in the request,lifetime,family,generated for a user who,\
    ,:,\
    ,.,or,and,by,in,due,any,before,anymore";
const GRANT: usize = 0;
/// A subject if the request had a code, unless another word precedes it ("error code", "status code").
const CODE: usize = 1;
/// A subject whose only predicate is a revocation.
const REVOCABLE: usize = 2;
const INVALID: usize = 3;
const VALID: usize = 4;
const NEGATION: usize = 5;
/// A word between a subject and its predicate.
const FILLER: usize = 6;
const COLON: usize = 7;
const OTHER: usize = 9;

const REVOKED: &str = "revoked,expired or";

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
const MOST_BYTES: usize = 1000;

/// Texts in lower case with one space between words, at the beginning and at the end. Each clause ends with a full
/// stop. `refresh_token`, `refresh-token` and `refreshToken` are two words each; a colon and an equals sign are words.
pub struct ErrorText(Vec<u8>);

impl ErrorText {
    /// Normalizes the texts.
    pub fn new(texts: &[&str]) -> Self {
        let mut normalized = Vec::new();
        for text in texts {
            let mut previous = b'.';
            for byte in text.bytes().take(MOST_BYTES) {
                if previous.is_ascii_lowercase() && byte.is_ascii_uppercase() {
                    end_word(&mut normalized);
                }
                if byte.is_ascii_alphanumeric() {
                    normalized.push(byte.to_ascii_lowercase());
                } else {
                    end_word(&mut normalized);
                    if b".,;!?([\n".contains(&byte) {
                        normalized.extend_from_slice(b". ");
                    } else if b":=".contains(&byte) {
                        normalized.extend_from_slice(&[byte, b' ']);
                    }
                }
                previous = byte;
            }
            end_word(&mut normalized);
            normalized.extend_from_slice(b". ");
        }
        Self(normalized)
    }

    /// Whether a clause reports that the authorization code or the refresh token is invalid, expired, unknown,
    /// revoked, used, redeemed or deleted. `expects_code` is whether the request had a code.
    pub fn says_grant_is_dead(&self, expects_code: bool) -> bool {
        if self.names(PARAMETERS) || self.names(UNCLEAR) {
            return false;
        }
        let mut rest = self.0.as_slice();
        let mut subject = OTHER;
        let mut previous = COLON;
        // Whether a predicate reports an invalid subject after it.
        let mut is_invalid = false;
        let mut is_negated = false;
        while let Some((mut kind, after)) = kind_of(rest) {
            // The words after a subject and its predicate may change their meaning.
            let is_complete =
                kind_of(after).is_none_or(|(next, _)| (FILLER..OTHER).contains(&next));
            if matches!(kind, CODE | REVOCABLE)
                && (previous == OTHER || subject != OTHER || kind == CODE && !expects_code)
            {
                kind = OTHER;
            }
            match kind {
                GRANT | CODE | REVOCABLE => {
                    if is_invalid && kind != REVOCABLE && is_complete {
                        return true;
                    }
                    (subject, is_invalid, is_negated) = (kind, false, false);
                }
                INVALID | VALID => {
                    is_invalid = (kind == INVALID) != is_negated;
                    let is_tied = subject < REVOCABLE
                        || subject == REVOCABLE && strip(rest, REVOKED).is_some();
                    if is_tied && is_invalid && is_complete {
                        return true;
                    }
                    subject = OTHER;
                }
                NEGATION => (is_negated, is_invalid) = (true, false),
                FILLER => {}
                COLON if subject == GRANT => {}
                _ => (subject, is_invalid, is_negated) = (OTHER, false, false),
            }
            (rest, previous) = (after, kind);
        }
        false
    }

    /// Whether the texts name the code verifier (RFC 7636, section 4.6).
    pub fn speaks_of_code_verifier(&self) -> bool {
        self.names(CODE_VERIFIER) && !self.names(PARAMETERS)
    }

    /// Whether the texts name the user, before the app if they name both.
    pub fn speaks_of_user(&self) -> bool {
        self.find(USER) > self.find(NOT_USER) && !self.names(PARAMETERS)
    }

    /// Whether the texts have one of the phrases.
    pub fn names(&self, phrases: &str) -> bool {
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

#[inline(never)]
fn end_word(normalized: &mut Vec<u8>) {
    if normalized.last().is_some_and(|byte| *byte != b' ') {
        normalized.push(b' ');
    }
}

/// The text after its first word.
fn strip_word(text: &[u8]) -> Option<&[u8]> {
    let space = text.iter().position(|byte| *byte == b' ')?;
    text.get(space.saturating_add(1)..)
}

/// The kind of the word or phrase at the beginning, and the text after it.
fn kind_of(text: &[u8]) -> Option<(usize, &[u8])> {
    strip(text, KINDS).or_else(|| Some((OTHER, strip_word(text)?)))
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
