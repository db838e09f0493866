//! Reads the text of an error response at the token endpoint (RFC 6749, section 5.2). Atlassian gives the
//! same `error` to a dead code and to a request that the app got wrong, so that the text has to tell them
//! apart. The rule has three parts, each a table below: a subject (the code or the refresh token), a predicate
//! beside it (such as "invalid" or "found"), and a negation that turns the predicate round.

/// The words of the texts of an error response, in which a [`Class::End`] stands after each sentence.
pub struct ErrorText<'a> {
    words: Vec<Word<'a>>,
}

impl<'a> ErrorText<'a> {
    /// Reads the texts. `refresh_token`, `refresh-token` and `refreshToken` are two words each.
    pub fn new(texts: &[&'a str]) -> Self {
        let mut words = Vec::new();
        for text in texts {
            read(text.as_bytes(), &mut words);
        }
        Self { words }
    }

    /// Whether a text says that the authorization code or the refresh token is invalid, expired, unknown,
    /// revoked, used, redeemed or not there any more. `expects_code` is whether the request sent a code, so
    /// that "code" alone stands for it.
    ///
    /// A sentence about something missing or required does not say so, and neither does any text that names
    /// another parameter: the app made that mistake.
    pub fn says_grant_is_dead(&self, expects_code: bool) -> bool {
        let mut sentences = self.words.split(|word| word.class == Class::End);
        !has_one_of(&self.words, OTHER_PARAMETERS)
            && sentences
                .any(|words| !says_missing(words) && says_subject_is_dead(words, expects_code))
    }

    /// Whether a text speaks of the user, and not of the app.
    pub fn speaks_of_user(&self) -> bool {
        has_one_of(&self.words, USER)
            && !has_one_of(&self.words, OTHER_PARAMETERS)
            && !has_one_of(&self.words, APP)
    }
}

/// What a grant is called. All tables are in lower case, and words are compared without case.
const SUBJECTS: &[&str] = &[
    "authorization code",
    "authorisation code",
    "authorizationcode",
    "auth code",
    "authcode",
    "refresh token",
    "refreshtoken",
    "access refresh token",
    "access or refresh token",
    "access token or refresh token",
];

/// What may be any token or grant, unless it was revoked.
const REVOKED_SUBJECTS: &[&str] = &["grant", "token"];

/// What makes a subject a part of another name, such as "refresh token grant".
const AFTER_SUBJECT: &str =
    "challenge exchange feature flow hint policy rotation support uri url usage verifier";

/// What makes "refresh token" something that is done to a token.
const BEFORE_VERB: &str = "can could not please t to";

/// The other parameters of a token request, by all their names.
const OTHER_PARAMETERS: &[&str] = &[
    "callback url",
    "client assertion",
    "client authentication",
    "client credentials",
    "client id",
    "client secret",
    "code challenge",
    "code verifier",
    "content type",
    "grant type",
    "pkce",
    "redirect uri",
    "redirect url",
    "redirection uri",
    "redirection url",
    "reply address",
    "reply url",
    "response type",
    "scope",
    "scopes",
];

const USER: &[&str] = &["account", "user", "users"];
const APP: &[&str] = &["app", "application", "client", "user agent"];

/// Where something was not found that is missing in the request, not at Atlassian.
const IN_REQUEST: &str = "body form header headers parameters payload query request";

/// What comes before a participle that tells what was done with a grant ("was used", not "must be used"),
/// and what comes after it.
const BEFORE_PARTICIPLE: &str = "already been is previously re was";
const AFTER_PARTICIPLE: &str = "already before previously up";
const AT_MOST_ONCE: &str = "again once twice";

/// What a word does in a sentence.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Says that its subject is dead, unless negated.
    Dead,
    /// The same, where [`BEFORE_PARTICIPLE`] or [`AFTER_PARTICIPLE`] says that it is a thing of the past.
    Participle,
    /// Says that its subject is dead if negated.
    Alive,
    Negation,
    /// Says, if negated, that a parameter is missing.
    Sent,
    /// Says that a parameter is missing or required.
    Missing,
    /// What is required here is not a parameter.
    SignIn,
    /// Between a subject and its predicate, or a negation and its predicate.
    Filler,
    /// Begins a phrase with a noun of its own.
    Preposition,
    /// Something else that may have predicates.
    Noun,
    /// Begins what is no longer about the subject.
    Conjunction,
    /// The end of a sentence.
    End,
    Other,
}

/// The words of each class, in lower case, between spaces. "t" is the end of "isn't".
const CLASSES: &[(Class, &str)] = &[
    (
        Class::Dead,
        "bad blacklisted canceled cancelled deleted expired gone inactive incorrect invalid \
         invalidated lapsed malformed old outdated removed reuse revoked stale timed unknown \
         unrecognised unrecognized unusable wrong",
    ),
    (
        Class::Participle,
        "consumed exchanged redeemed replayed reused rotated spent used",
    ),
    (
        Class::Alive,
        "active alive anymore exist existent existing exists find found known longer recognised \
         recognized such there usable valid",
    ),
    (
        Class::Negation,
        "cannot neither never no non nor not t unable",
    ),
    (
        Class::Sent,
        "given included passed present presented provided received sent set specified submitted \
         supplied",
    ),
    (
        Class::Missing,
        "absent blank empty lacks mandatory missing needed null omitted require required requires \
         undefined",
    ),
    (
        Class::SignIn,
        "authentication consent interaction log login reauthentication reauthorization \
         reauthorize sign signin",
    ),
    (
        Class::Filler,
        "a already an and any are auth authorization be been being can code could currently did \
         do does either globally had has have is it its may might more now or previously refresh that \
         the this to token was which yet your",
    ),
    (Class::Preposition, "at by for from in of on with"),
    (
        Class::Noun,
        "access account app application argument audience body client clients cookie credentials \
         endpoint error field grant id issuer key method parameter parameters password request \
         resource response scope secret server service session state type user",
    ),
    (
        Class::Conjunction,
        "although because but however if must should since unless when while",
    ),
];

/// How much of a text is read: what is longer does not say one thing.
const MOST_BYTES: usize = 1000;

/// How many words may stand between a subject and its predicate that are in no table.
const MOST_OTHERS: usize = 6;

#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a [u8],
    class: Class,
    /// Whether a comma, a colon or a bracket stands before it.
    follows_break: bool,
}

impl Word<'_> {
    #[inline(never)]
    fn is(&self, text: &str) -> bool {
        self.text.eq_ignore_ascii_case(text.as_bytes())
    }

    /// Whether it is one of the words between the spaces of a list.
    #[inline(never)]
    fn is_one_of(&self, list: &str) -> bool {
        texts(list).any(|text| self.text.eq_ignore_ascii_case(text))
    }

    fn may_stand_before_subject(&self) -> bool {
        matches!(
            self.class,
            Class::Dead
                | Class::Participle
                | Class::Alive
                | Class::Negation
                | Class::Sent
                | Class::Filler
        )
    }
}

/// Adds the words of a text.
fn read<'a>(text: &'a [u8], words: &mut Vec<Word<'a>>) {
    let mut rest = text.get(..MOST_BYTES).unwrap_or(text);
    let mut follows_break = false;
    while let Some((first, after)) = rest.split_first() {
        let length = word_length(rest);
        let (text, after) = match rest.split_at_checked(length) {
            Some(word) if length > 0 => word,
            _ => (Default::default(), after),
        };
        rest = after;
        let mut word = Word {
            text,
            class: Class::Other,
            follows_break,
        };
        if length > 0 {
            if let Some((class, _)) = CLASSES.iter().find(|(_, list)| word.is_one_of(list)) {
                word.class = *class;
            }
            follows_break = false;
            words.push(word);
            continue;
        }
        // A full stop within a word, as in a domain, ends nothing.
        let ends_word = after.first().is_none_or(u8::is_ascii_whitespace);
        match first {
            b'.' | b'!' | b'?' if !ends_word => {}
            b'.' | b'!' | b'?' | b';' | b'\n' => {
                word.class = Class::End;
                words.push(word);
            }
            b',' | b':' | b'(' | b')' => follows_break = true,
            _ => {}
        }
    }
    words.push(Word {
        text: Default::default(),
        class: Class::End,
        follows_break,
    });
}

/// The length of the word that the bytes begin with: letters and digits, up to a capital after a small letter.
fn word_length(bytes: &[u8]) -> usize {
    let mut previous = b' ';
    bytes
        .iter()
        .take_while(|byte| {
            let is_within = byte.is_ascii_alphanumeric()
                && !(previous.is_ascii_lowercase() && byte.is_ascii_uppercase());
            previous = **byte;
            is_within
        })
        .count()
}

/// What stands between the spaces. The slice's `split` cannot panic, unlike that of `str`.
fn texts(list: &str) -> impl Iterator<Item = &[u8]> {
    list.as_bytes().split(|byte| *byte == b' ')
}

/// What comes after a phrase that the words begin with.
fn after_phrase<'a, 'b>(words: &'b [Word<'a>], phrase: &str) -> Option<&'b [Word<'a>]> {
    let mut rest = words;
    for text in texts(phrase) {
        let (word, after) = rest.split_first()?;
        if !word.text.eq_ignore_ascii_case(text) {
            return None;
        }
        rest = after;
    }
    Some(rest)
}

/// What comes after one of the phrases that the words begin with.
#[inline(never)]
fn after_one_of<'a, 'b>(words: &'b [Word<'a>], phrases: &[&str]) -> Option<&'b [Word<'a>]> {
    let mut phrases = phrases.iter();
    phrases.find_map(|phrase| after_phrase(words, phrase))
}

#[inline(never)]
fn has_one_of(words: &[Word], phrases: &[&str]) -> bool {
    let mut rest = words;
    while let Some((_, after)) = rest.split_first() {
        if after_one_of(rest, phrases).is_some() {
            return true;
        }
        rest = after;
    }
    false
}

fn says_missing(words: &[Word]) -> bool {
    let mut is_negated = false;
    let mut is_missing = false;
    for word in words {
        match word.class {
            Class::SignIn => return false,
            Class::Missing => is_missing = true,
            Class::Sent => is_missing |= is_negated,
            Class::Negation => is_negated = true,
            Class::Filler => {}
            _ => is_negated = false,
        }
    }
    is_missing
}

fn says_subject_is_dead(words: &[Word], expects_code: bool) -> bool {
    (0..words.len()).any(|start| {
        let Some((before, from)) = words.split_at_checked(start) else {
            return false;
        };
        let Some(after) = after_subject(words, before, from, expects_code) else {
            return false;
        };
        let is_apart = from.first().is_some_and(|word| word.follows_break);
        (!is_apart && says_dead(beside(before), false)) || says_dead(after, true)
    })
}

/// What comes after a subject that stands `from` here on.
fn after_subject<'a, 'b>(
    words: &[Word],
    before: &[Word],
    from: &'b [Word<'a>],
    expects_code: bool,
) -> Option<&'b [Word<'a>]> {
    let previous = before.last();
    let is_verb = from.first().is_some_and(|word| word.is("refresh"))
        && previous.is_some_and(|word| word.is_one_of(BEFORE_VERB));
    let is_alone = previous.is_none_or(Word::may_stand_before_subject);
    let is_revoked = words.iter().any(|word| word.is("revoked"));
    let after = match after_one_of(from, SUBJECTS) {
        Some(after) if !is_verb => after,
        None if is_alone && expects_code && from.first()?.is("code") => from.get(1..)?,
        None if is_alone && is_revoked => after_one_of(from, REVOKED_SUBJECTS)?,
        _ => return None,
    };
    let is_part = after.first().is_some_and(|next| {
        !next.follows_break && (next.class == Class::Noun || next.is_one_of(AFTER_SUBJECT))
    });
    (!is_part).then_some(after)
}

/// The words right before a subject that may be its predicate.
fn beside<'a, 'b>(before: &'b [Word<'a>]) -> &'b [Word<'a>] {
    let mut length = 0_usize;
    for word in before.iter().rev() {
        if !word.may_stand_before_subject() {
            break;
        }
        length = length.saturating_add(1);
        if word.follows_break {
            break;
        }
    }
    let start = before.len().saturating_sub(length);
    before.get(start..).unwrap_or_default()
}

/// Whether the words before or after a subject say that it is dead.
fn says_dead(words: &[Word], is_after: bool) -> bool {
    let (mut rest, mut others, mut is_negated) = (words, 0_usize, false);
    let mut previous: Option<&Word> = None;
    while let Some((word, after)) = rest.split_first() {
        let is_of_noun = after
            .first()
            .is_some_and(|next| next.class == Class::Noun && !next.follows_break);
        is_negated &= !word.follows_break;
        rest = after;
        match word.class {
            Class::Conjunction | Class::Noun => return false,
            Class::Dead | Class::Alive if is_of_noun => return false,
            Class::Dead if !is_negated => return true,
            Class::Alive if is_negated && !is_in_request(after) => return true,
            Class::Participle if after.iter().any(|word| word.is_one_of(AT_MOST_ONCE)) => {
                return true;
            }
            Class::Participle if !is_negated => {
                let is_purpose = after.first().is_some_and(|word| word.is_one_of("for to"));
                let is_past = previous.is_some_and(|word| word.is_one_of(BEFORE_PARTICIPLE))
                    || after
                        .first()
                        .map_or(is_after, |word| word.is_one_of(AFTER_PARTICIPLE));
                if is_past && !is_purpose {
                    return true;
                }
            }
            Class::Negation => is_negated = true,
            Class::Preposition => {
                is_negated = false;
                let noun = after.iter().position(|word| word.class != Class::Filler);
                let noun = noun.unwrap_or(after.len()).saturating_add(1);
                rest = after.get(noun..).unwrap_or_default();
            }
            Class::Other => {
                is_negated = false;
                others = others.saturating_add(1);
                if others > MOST_OTHERS {
                    return false;
                }
            }
            _ => {}
        }
        previous = Some(word);
    }
    false
}

/// Whether what comes after a predicate says where in the request something was not found.
fn is_in_request(after: &[Word]) -> bool {
    after.first().is_some_and(|word| word.is("in"))
        && after.iter().take(4).any(|word| word.is_one_of(IN_REQUEST))
}
