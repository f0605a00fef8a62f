//! `sometimes`: over all variants and repeats, the thing the scenario is about really happened.

use std::borrow::Cow;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::Doc;
use super::case::Case;
use super::fault;
use crate::history::History;
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "Each of the listed things happened in at least one of the scenario's runs: `NAME \
            fired`, `NAME fired mid-message` (it cut a message neither before its first nor after \
            its last byte), `NAME resent` (the message was sent again), `EVENT seen`.",
    evidence: "`fault.fired` and its detail, `peer.send`, and every record's event; over all \
               variants and declared repeats.",
    blind: "Whether what happened had the effect hoped for: that is the other checks' business.",
    needs: &[],
};

/// Something that must have happened in at least one of the runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sometimes {
    /// `NAME fired`: the fault did.
    Fired(String),
    /// `NAME fired mid-message`: it cut a message neither before its first nor after its last byte.
    FiredMidMessage(String),
    /// `NAME resent`: the message was sent again.
    Resent(String),
    /// `EVENT seen`: the history holds the event.
    Seen(String),
}

/// Text that is none of the [`Sometimes`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not something the harness can look for; it knows `NAME fired`, `NAME fired \
     mid-message`, `NAME resent` and `EVENT seen`{}",
    .nearest.as_ref().map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default()
)]
pub struct UnknownSometimes {
    text: String,
    nearest: Option<String>,
}

const FORMS: [&str; 4] = ["fired", "fired mid-message", "resent", "seen"];

impl FromStr for Sometimes {
    type Err = UnknownSometimes;

    fn from_str(text: &str) -> Result<Self, UnknownSometimes> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words[..] {
            [name, "fired"] => Ok(Self::Fired(name.to_owned())),
            [name, "fired", "mid-message"] => Ok(Self::FiredMidMessage(name.to_owned())),
            [name, "resent"] => Ok(Self::Resent(name.to_owned())),
            [event, "seen"] => Ok(Self::Seen(event.to_owned())),
            _ => Err(UnknownSometimes { text: text.to_owned(), nearest: nearest(&words) }),
        }
    }
}

/// The form that `words` come closest to, with the name they begin with.
fn nearest(words: &[&str]) -> Option<String> {
    let (name, form) = words.split_first()?;
    let form = form.join(" ");
    let near = FORMS.iter().map(|known| (strsim::damerau_levenshtein(known, &form), known));
    let (distance, known) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= 4 && !form.is_empty()).then(|| format!("{name} {known}"))
}

impl std::fmt::Display for Sometimes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fired(name) => write!(f, "{name} fired"),
            Self::FiredMidMessage(name) => write!(f, "{name} fired mid-message"),
            Self::Resent(name) => write!(f, "{name} resent"),
            Self::Seen(event) => write!(f, "{event} seen"),
        }
    }
}

impl<'de> Deserialize<'de> for Sometimes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Sometimes {
    fn schema_name() -> Cow<'static, str> {
        "Sometimes".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Something that must have happened in at least one of the runs.",
            "pattern": r"^\S+ (fired|fired mid-message|resent|seen)$",
            "examples": ["cut fired mid-message", "half_open seen"],
        })
    }
}

impl Sometimes {
    /// The record that shows it in this run.
    pub fn seen_in(&self, history: &History) -> Option<usize> {
        let fired = |name: &str| {
            let faults = fault::all(history).into_iter().filter(|fault| fault.name == name);
            faults.flat_map(|fault| fault.fired).collect::<Vec<_>>()
        };
        match self {
            Self::Fired(name) => fired(name).first().map(|(index, _)| *index),
            Self::FiredMidMessage(name) => {
                let inside = |detail: &str| part_of(detail).is_some_and(|(k, n)| 0 < k && k < n);
                let fired = fired(name);
                let hit = fired.iter().find(|(_, r)| r.text("detail").is_some_and(inside));
                hit.map(|(index, _)| *index)
            }
            Self::Resent(name) => history
                .named("peer.send")
                .find(|(_, r)| r.says("as", name) && r.uint("resend").is_some())
                .map(|(index, _)| index),
            Self::Seen(event) => history.named(event).next().map(|(index, _)| index),
        }
    }
}

/// `450` and `900` of a detail that says `450 of 900 bytes`: how much of a message had passed.
fn part_of(detail: &str) -> Option<(u64, u64)> {
    let words: Vec<&str> = detail.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    words.windows(3).find_map(|three| match three {
        [part, "of", whole] => Some((part.parse().ok()?, whole.parse().ok()?)),
        _ => None,
    })
}

/// Judges a scenario over its runs: each thing with whether any run saw it. `complete` says that
/// all variants and declared repeats ran; without, what was not seen is no failure (decision 20).
pub fn judge(seen: &[(Sometimes, bool)], complete: bool) -> CheckResult {
    let all: Vec<String> = seen.iter().map(|(what, _)| format!("`{what}`")).collect();
    let mut case = Case::new("sometimes", format!("in at least one run: {}", all.join(", ")));
    for (what, seen) in seen {
        if *seen {
            continue;
        }
        if complete {
            case.fail(format!("`{what}` in no run"), []);
        } else {
            case.unknown(format!("`{what}` in no run so far, and not all ran"), []);
        }
    }
    case.conclude("all of it", [])
}
