//! What a scenario file says, checked and typed. One [`Scenario`] is one variant: the
//! placeholders of `vary` are already replaced.
//!
//! The same types give the JSON Schema (`scenario schema`), so a doc comment here is what an
//! editor shows while a scenario is written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::steps::Step;
use super::units::{Date, Offset, Scale, Span};
use crate::check::Checks;

/// One claim about a signaling client: the faults it meets and what it must do.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The claim in one line, as a table shows it.
    pub title: String,
    /// How much a failure matters: `must` (default), `should` or `info`.
    #[serde(default)]
    pub severity: Severity,
    /// Where the claim comes from: an issue (`owner/repo#123`), an AWS page, a section.
    #[serde(default)]
    pub refs: Vec<String>,
    /// Words to select by: `--filter tag:reconnect`.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Capabilities a board must have beyond those that steps, faults and checks imply.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Scales the waits of a slow board (`host: x1.5`); never a wait with `within` and `since`,
    /// which is a requirement on the product.
    #[serde(default)]
    pub timeouts: BTreeMap<BoardKind, Scale>,
    /// How often each board runs a variant under `--profile ci`; 1 where absent.
    #[serde(default)]
    pub repeat: BTreeMap<BoardKind, u32>,
    /// Values to try: each combination is one variant, and `"{name}"` elsewhere stands for the
    /// value.
    #[serde(default)]
    pub vary: BTreeMap<String, Vec<Scalar>>,
    /// How the service is set up before the device starts.
    #[serde(default)]
    pub service: Service,
    /// How the device is set up.
    #[serde(default)]
    pub device: Device,
    /// Peers of the device on the same channel, by name. `device` itself is always there.
    #[serde(default)]
    pub actors: BTreeMap<String, Actor>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What must hold over the recorded history, beside what is always judged.
    #[serde(default)]
    pub checks: Checks,
    /// `off` drops the closing demand that the healed device answers one fresh offer.
    #[serde(default)]
    pub liveness: Liveness,
}

/// The name under which steps and checks speak of the device.
pub const DEVICE: &str = "device";

/// How much a failure matters.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The product may not ship without it.
    #[default]
    Must,
    /// Expected of a good client.
    Should,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// The word in the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::Info => "info",
        }
    }
}

/// The kinds of board, as `timeouts` and `repeat` name them.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub enum BoardKind {
    /// The device code in this process, on a virtual clock.
    Sim,
    /// The device as a process on this machine.
    Host,
    /// The RISC-V image on QEMU's `virt` machine.
    Qemu,
    /// The ESP32-C3 image on Espressif's QEMU.
    QemuEsp32c3,
    /// A board on a serial port.
    Serial,
    /// Any other client as a black box.
    Exec,
}

/// A value of `vary`: kept as it is written, so that a variant's name reads as the file does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar(pub String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

impl JsonSchema for Scalar {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

/// Whether the closing liveness phase runs.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Liveness {
    /// After the steps all faults are removed, and the device must become CONNECTED and answer
    /// one fresh offer.
    #[default]
    On,
    /// The run ends with its steps.
    Off,
}

/// The service as the device finds it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The signaling channel.
    #[serde(default)]
    pub channel: Channel,
    /// What the device signs with.
    #[serde(default)]
    pub credentials: Credentials,
    /// AWS IoT's credentials provider: the device takes its credentials there, by its certificate,
    /// and not from the harness.
    pub iot: Option<Iot>,
    /// The TURN servers handed out.
    #[serde(default)]
    pub ice_servers: IceServers,
}

/// The signaling channel.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// How long the service keeps an undelivered message (AWS: 5 s to 120 s; default 60 s).
    pub message_ttl: Option<Span>,
    /// The channel does not exist before the device creates it.
    #[serde(default)]
    pub absent: bool,
    /// Media storage is enabled: who joins its storage session is sent an offer by the service.
    #[serde(default)]
    pub media_storage: bool,
}

/// What the device signs with.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Life of the credentials given at the start; without it they never expire.
    pub valid_for: Option<Span>,
    /// Life of those given when the device asks again; without it that of the first.
    pub renewed_for: Option<Span>,
    /// Time the provider takes to answer; default none.
    pub delay: Option<Span>,
}

/// AWS IoT's credentials provider.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Iot {
    /// Life of the credentials it gives (AWS: 15 min to 12 h; default 1 h).
    pub credentials_valid_for: Option<Span>,
    /// Life of the device's certificate, from before its start; without it for decades.
    pub certificate_valid_for: Option<Span>,
}

/// The TURN servers handed out.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IceServers {
    /// Time to live of the list (AWS: 300 s).
    pub ttl: Option<Span>,
}

/// How the device is set up.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// `master` (default) or `viewer`.
    #[serde(default)]
    pub role: Role,
    /// A viewer's client id; default `device`.
    pub client_id: Option<String>,
    /// How far its wall clock is off at the start: `+7m`, `-7m`.
    pub clock_offset: Option<Offset>,
    /// What its wall clock says at the start instead: a UTC date such as `1970-01-01`.
    pub clock_at: Option<Date>,
    /// Silence after which it pings (default 10 s).
    pub ping_after: Option<Span>,
    /// Wait for a pong before the link counts as dead (default 15 s).
    pub pong_timeout: Option<Span>,
    /// Whom it trusts: the `service`'s authority (default), or a `stranger` that signed nothing here.
    #[serde(default)]
    pub trusts: Trusts,
    /// The control plane's host name instead of its region's own; one below `amazonaws.com` leads to
    /// this run's service, whose certificate holds the names of `us-west-2`.
    pub control_plane: Option<String>,
    /// It creates the channel when there is none.
    #[serde(default)]
    pub create_channel: bool,
    /// It joins the channel's storage session.
    #[serde(default)]
    pub media_storage: bool,
    /// What it says its thing's name is, with `service: iot`; default the name its certificate is
    /// attached to.
    pub thing_name: Option<String>,
    /// The role alias it asks for, with `service: iot`; default the one there is.
    pub role_alias: Option<String>,
    /// `step`: it starts only with a `command: { name: start }` step.
    #[serde(default)]
    pub start: Joins,
}

/// Whose certificates a device believes.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Trusts {
    /// The service's.
    #[default]
    Service,
    /// Somebody else's.
    Stranger,
}

/// Side of the channel.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Answers offers; one per channel.
    #[default]
    Master,
    /// Sends offers; up to ten per channel.
    Viewer,
}

impl Role {
    /// The word in the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::Viewer => "viewer",
        }
    }
}

/// When somebody connects.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Joins {
    /// Before the first step.
    #[default]
    Start,
    /// By a step.
    Step,
}

/// A peer of the device, driven by the harness.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// `viewer`, or `master` for a rival of the device.
    pub role: Role,
    /// Its client id; default its name. Not for a `master`, nor with `count`.
    pub client_id: Option<String>,
    /// So many of them, named `<name>1` … `<name>N`; the bare name then means all of them.
    pub count: Option<u32>,
    /// `start` (default): connected before the first step; `step`: by a `connect` step.
    #[serde(default)]
    pub joins: Joins,
    /// Sends an unanswered offer again, byte for byte, after so long; default never.
    pub resend_unanswered_after: Option<Span>,
}

impl Scenario {
    /// The single actors behind a name: itself, or `<name>1` … `<name>N` of a group. Empty when
    /// nobody has the name.
    pub fn members(&self, name: &str) -> Vec<String> {
        if name == DEVICE {
            return vec![name.to_owned()];
        }
        if let Some(actor) = self.actors.get(name) {
            return actor.names(name);
        }
        self.single_actors()
            .into_iter()
            .filter(|(member, _)| member == name)
            .map(|(n, _)| n)
            .collect()
    }

    /// Every peer with its definition, groups taken apart, in order of name.
    pub fn single_actors(&self) -> Vec<(String, &Actor)> {
        let mut all = Vec::new();
        for (name, actor) in &self.actors {
            all.extend(actor.names(name).into_iter().map(|member| (member, actor)));
        }
        all
    }
}

impl Actor {
    fn names(&self, name: &str) -> Vec<String> {
        match self.count {
            None => vec![name.to_owned()],
            Some(count) => (1..=count).map(|n| format!("{name}{n}")).collect(),
        }
    }

    /// The client id of one member.
    pub fn client_id_of(&self, member: &str) -> String {
        self.client_id.clone().unwrap_or_else(|| member.to_owned())
    }
}
