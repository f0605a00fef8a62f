//! The words of `checks:`, each with its parameters and the defaults of decision 4 and the
//! signaling specification. How each is judged is in `crate::check`.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::units::Span;

/// What must hold over the recorded history. `health`, `secrets` and `liveness` are always judged.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Checks {
    /// Each message reaches the application exactly once, or its loss is reported.
    pub delivered_once: Option<DeliveredOnce>,
    /// Each offer is answered at most once, to the viewer that sent it.
    pub answers: Option<Answers>,
    /// Gaps between attempts grow, are capped and carry jitter.
    pub backoff: Option<Backoff>,
    /// The number of live WebSockets at any time.
    pub sockets: Option<Sockets>,
    /// From the fault to CONNECTED within a time.
    pub reconnect: Option<Reconnect>,
    /// A dead link is noticed in time, a slow but live one causes no reconnect.
    pub half_open: Option<HalfOpen>,
    /// GO_AWAY over the socket is obeyed inside its grace.
    pub go_away: Option<GoAway>,
    /// Nothing is signed with expired credentials; each connect has a fresh signature.
    pub credentials: Option<Credentials>,
    /// Clock skew is learned from `Date` and applied; no loop of 403.
    pub clock: Option<Clock>,
    /// Connects stay below a rate, however long the outage.
    pub storm: Option<Storm>,
    /// TCP, TLS, upgrade and each call have their own bound.
    pub phases: Option<Phases>,
    /// Coverage: over the variants and repeats each of these must have happened at least once.
    #[serde(default)]
    pub sometimes: Vec<Sometimes>,
}

/// Parameters of `delivered_once`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveredOnce {
    /// The named message; without it every message sent.
    pub message: Option<String>,
}

/// Parameters of `answers`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// The named offer; without it every offer sent.
    pub message: Option<String>,
    /// Each offer must be answered, not only at most once.
    #[serde(default)]
    pub all: bool,
}

/// Parameters of `backoff`: the envelope is `w = min(cap, base * 2^n)`, a gap in `[w, 2w)`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Backoff {
    /// Judges the gaps after this point; without it all.
    pub since: Option<String>,
    /// The first wait.
    pub base: Span,
    /// The longest wait before jitter.
    pub cap: Span,
    /// A session at least this long resets the number of attempts.
    pub stable: Span,
    /// Fewer gaps than this are no evidence.
    pub at_least: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            since: None,
            base: Span::from_millis(100),
            cap: Span::from_millis(10_000),
            stable: Span::from_millis(30_000),
            at_least: 1,
        }
    }
}

/// Parameters of `sockets`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sockets {
    /// So many at once.
    pub at_most: u32,
    /// Whose; default `device`.
    pub by: Option<String>,
}

impl Default for Sockets {
    fn default() -> Self {
        Self { at_most: 1, by: None }
    }
}

/// Parameters of `reconnect`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reconnect {
    /// The fault, or another named point, that it counts from.
    pub since: String,
    /// The time to CONNECTED.
    pub within: Span,
}

/// Parameters of `half_open`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HalfOpen {
    /// The fault that makes the link dead; without it the link is alive throughout, and giving
    /// it up is a false alarm.
    pub since: Option<String>,
    /// The time until the device gives the link up: ping interval + pong timeout + 2 s.
    pub within: Span,
}

impl Default for HalfOpen {
    fn default() -> Self {
        Self { since: None, within: Span::from_millis(27_000) }
    }
}

/// Parameters of `go_away`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GoAway {
    /// The time from GO_AWAY to a new connection (the service closes after a minute).
    pub grace: Span,
    /// A new endpoint must be fetched before the new connection.
    pub new_endpoint: bool,
}

impl Default for GoAway {
    fn default() -> Self {
        Self { grace: Span::from_millis(60_000), new_endpoint: true }
    }
}

/// Parameters of `credentials`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Credentials {
    /// Life that credentials must have left when something is signed with them.
    pub left: Span,
    /// X-Amz-Date may be this much older than the upgrade, beside the measured connect time.
    pub fresh: Span,
}

impl Default for Credentials {
    fn default() -> Self {
        Self { left: Span::from_millis(60_000), fresh: Span::from_millis(2_000) }
    }
}

/// Parameters of `clock`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Clock {
    /// Refusals for a wrong date that learning may cost.
    pub refusals: u32,
    /// How far the corrected clock may be off.
    pub tolerance: Span,
}

impl Default for Clock {
    fn default() -> Self {
        Self { refusals: 1, tolerance: Span::from_millis(5_000) }
    }
}

/// Parameters of `storm`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Storm {
    /// Connects in any second.
    pub per_second: u32,
    /// Connects in any hour.
    pub per_hour: u32,
}

impl Default for Storm {
    fn default() -> Self {
        Self { per_second: 3, per_hour: 500 }
    }
}

/// Parameters of `phases`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Phases {
    /// TCP and TLS together, from `open` to `up`.
    pub connect: Span,
    /// One HTTP call.
    pub call: Span,
    /// The WebSocket upgrade.
    pub upgrade: Span,
}

impl Default for Phases {
    fn default() -> Self {
        Self {
            connect: Span::from_millis(30_000),
            call: Span::from_millis(15_000),
            upgrade: Span::from_millis(15_000),
        }
    }
}

/// Something that must have happened in at least one of the runs.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl FromStr for Sometimes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words[..] {
            [name, "fired"] => Ok(Self::Fired(name.to_owned())),
            [name, "fired", "mid-message"] => Ok(Self::FiredMidMessage(name.to_owned())),
            [name, "resent"] => Ok(Self::Resent(name.to_owned())),
            [event, "seen"] => Ok(Self::Seen(event.to_owned())),
            _ => Err(format!(
                "`{text}` is not something the harness can look for; it knows `NAME fired`, \
                 `NAME fired mid-message`, `NAME resent` and `EVENT seen`"
            )),
        }
    }
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
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Sometimes {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Sometimes".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "Something that must have happened in at least one of the runs.",
            "pattern": r"^\S+ (fired|fired mid-message|resent|seen)$",
            "examples": ["cut fired mid-message", "half_open seen"],
        })
    }
}
