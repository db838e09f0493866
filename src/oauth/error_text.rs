//! Reads the text of an error response of the token endpoint (RFC 6749, section 5.2): Atlassian sends the same `error`
//! for an invalid code and for a wrong request. A sentence reports an invalid code or refresh token if it names it and
//! has a word such as "invalid", or "valid" with a negation. An ambiguous text counts as no information, so the user
//! stays signed in.

// Words and phrases of the normalized text, with commas between.

const SUBJECTS: &str = "authorization code,authorisation code,auth code,refresh token";

/// The subjects of sentences about a code.
const CODE: &str = "code";

/// The subjects of sentences about a revocation.
const REVOKED_SUBJECTS: &str = "token,grant";

const INVALID: &str = "invalid,expired,unknown,revoked,used,reused,reuse,redeemed,consumed,exchanged,incorrect,wrong,\
                    bad,malformed,unrecognized,deleted,inactive,gone,too old,timed out";

const VALID: &str =
    "valid,found,find,such,exist,exists,known,active,recognized,recognised,be used,longer,any more";

const NEGATIONS: &str = "not,no,never,cannot,unable,t";

/// The other parameters of a token request: a text that names one reports a mistake of the app.
const PARAMETERS: &str = "redirect uri,redirect url,redirection uri,callback url,client id,client secret,\
                          client credentials,grant type,response type,callback,user agent,scope,scopes";

/// A value from the cookie of a visitor: not a mistake of the app.
const CODE_VERIFIER: &str = "code verifier,code challenge,pkce";

/// Words of sentences about a missing parameter, or about something else than the subject.
const UNRELATED: &str = "missing,required,must,empty,null,supported,unsupported,not allowed,allowed grants,found in,parameter,client,access token,session,\
                     unknown error,invalid request,token request,token grant,flow,endpoint,rotation,\
                     status code,country code";

const USER: &str = "user,account";
const APP: &str = "app,application,client,service";

/// The maximum length of a text, in bytes.
const MOST_BYTES: usize = 1000;

/// Texts in lower case with one space between words, at the beginning and at the end. Each sentence ends with a full
/// stop. `refresh_token`, `refresh-token` and `refreshToken` are two words each.
pub struct ErrorText(Vec<u8>);

impl ErrorText {
    /// Normalizes the texts.
    pub fn new(texts: &[&str]) -> Self {
        let mut normalized = vec![b' '];
        for text in texts {
            let mut previous = b'.';
            for byte in text.bytes().take(MOST_BYTES) {
                let is_word = byte.is_ascii_alphanumeric();
                let begins_word = previous.is_ascii_lowercase() && byte.is_ascii_uppercase();
                if (begins_word || !is_word) && normalized.last() != Some(&b' ') {
                    normalized.push(b' ');
                }
                if is_word {
                    normalized.push(byte.to_ascii_lowercase());
                } else if b".:;!?\n".contains(&byte) {
                    end_sentence(&mut normalized);
                }
                previous = byte;
            }
            end_sentence(&mut normalized);
        }
        Self(normalized)
    }

    /// Whether a sentence reports that the authorization code or the refresh token is invalid, expired, unknown,
    /// revoked, used, redeemed or deleted. `expects_code` is whether the request had a code.
    pub fn says_grant_is_dead(&self, expects_code: bool) -> bool {
        let says_dead = |sentence| {
            let names_subject = names(sentence, SUBJECTS)
                || expects_code && names(sentence, CODE)
                || names(sentence, REVOKED_SUBJECTS) && names(sentence, "revoked");
            let is_negated = names(sentence, NEGATIONS);
            names_subject
                && !names(sentence, UNRELATED)
                && names(sentence, if is_negated { VALID } else { INVALID })
        };
        !self.names(PARAMETERS) && self.0.split(|byte| *byte == b'.').any(says_dead)
    }

    /// Whether the texts name the code verifier (RFC 7636, section 4.6).
    pub fn speaks_of_code_verifier(&self) -> bool {
        self.names(CODE_VERIFIER) && !self.names(PARAMETERS)
    }

    /// Whether the texts name the user, before the app if they name both.
    pub fn speaks_of_user(&self) -> bool {
        place(&self.0, USER) < place(&self.0, APP) && !self.names(PARAMETERS)
    }

    /// Whether the texts have one of the phrases.
    pub fn names(&self, phrases: &str) -> bool {
        names(&self.0, phrases)
    }
}

fn end_sentence(normalized: &mut Vec<u8>) {
    normalized.extend_from_slice(b" . ");
}

fn names(text: &[u8], phrases: &str) -> bool {
    place(text, phrases) < usize::MAX
}

/// The index of the first of the phrases between spaces, or the largest index if the text has none. Written by hand:
/// the search of the standard library is 4 KB larger.
#[inline(never)]
fn place(text: &[u8], phrases: &str) -> usize {
    let mut first = usize::MAX;
    for phrase in phrases.as_bytes().split(|byte| *byte == b',') {
        let (mut rest, mut place) = (text, 0_usize);
        while let Some((space, after)) = rest.split_first() {
            let follows = after.strip_prefix(phrase).and_then(<[u8]>::first);
            if *space == b' ' && follows == Some(&b' ') {
                first = first.min(place);
                break;
            }
            rest = after;
            place = place.saturating_add(1);
        }
    }
    first
}
