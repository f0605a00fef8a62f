//! The words of `steps:`, each with what it takes.

use std::collections::BTreeMap;

use mock_kvs::fault::FaultSpec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::model::Role;
use super::units::{Offset, Size, Span};

/// One step. The run goes on with the next when this one is done.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Waits for something to be seen.
    Wait(Wait),
    /// Arms a fault; it fires when its trigger is met.
    Inject(Box<FaultSpec>),
    /// Removes a fault, or all of them.
    Heal(Heal),
    /// Connects an actor that joins by a step.
    Connect(Connect),
    /// An actor leaves.
    Disconnect(Disconnect),
    /// A peer, or the device, sends one message.
    Send(Send),
    /// Fails when something is seen within a time.
    ExpectNone(ExpectNone),
    /// Gives the device a console command.
    Command(Command),
    /// Resets the board.
    Reset(Reset),
    /// Cuts the board's power for a while.
    Power(Power),
    /// The device sleeps deeply for a while, wakes by itself and goes on.
    Sleep(Sleep),
    /// Pulls the board's network cable, or plugs it in again.
    Cable(Cable),
    /// Moves the virtual clock; real boards cannot.
    Advance(Advance),
    /// Changes the service.
    Service(ServiceStep),
    /// Lets time pass while everything runs.
    Settle(Span),
    /// A remark in the history.
    Note(String),
    /// Runs some steps again and again; a name defined inside means the latest.
    Repeat(Repeat),
}

/// Waits for something to be seen. Without `since`, from this step on *or already seen since the
/// last thing this scenario waited for*; with `since`, after the named point.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// The event: a word of the device's trace, of the service's journal, of a peer, or `answer`.
    #[serde(rename = "for")]
    pub event: String,
    /// Who shows it: `device` (default) or an actor; of a group, each member.
    pub by: Option<String>,
    /// For `answer`: the actor that receives it; of a group, each member.
    pub to: Option<String>,
    /// What it is about: the fault of a `fault.fired`, the offer of an `answer`.
    pub of: Option<String>,
    /// Fields it must have, as the history shows them.
    #[serde(default, rename = "where")]
    pub fields: BTreeMap<String, FieldValue>,
    /// How many of them; default 1.
    pub count: Option<u32>,
    /// How long this may take. With `since` it is a requirement and counts from there.
    pub within: Option<Span>,
    /// The point it counts from: a fault (when it fired), a message (when sent), a wait (when met).
    pub since: Option<String>,
    /// A name for the moment it was seen.
    #[serde(rename = "as")]
    pub name: Option<String>,
}

/// How long a wait without `within` may take.
pub const WITHIN_DEFAULT: Span = Span::from_millis(10_000);

/// The value of a field to compare with.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(transparent)]
pub struct FieldValue(pub serde_json::Value);

/// Removes a fault.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Heal {
    /// The fault's name; without it every fault is removed.
    pub fault: Option<String>,
}

/// Connects an actor that joins by a step.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connect {
    /// The actor; of a group, each member.
    pub actor: String,
    /// A name for the moment it was told to.
    #[serde(rename = "as")]
    pub name: Option<String>,
}

/// An actor leaves.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Disconnect {
    /// The actor; of a group, each member.
    pub actor: String,
}

/// Sends one message.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// The actor that sends, or `device`; of a group, each member sends one at once.
    pub from: String,
    /// Message type.
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// Decoded payload bytes (`900B`, `6KiB`).
    pub size: Size,
    /// The actor it is for. A viewer's messages go to the master.
    pub to: Option<String>,
    /// Correlation id; then the service answers with a STATUS_RESPONSE on errors.
    pub corr: Option<String>,
    /// A name for the message.
    #[serde(rename = "as")]
    pub name: Option<String>,
}

/// Type of a signaling message that a client may send.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MessageType {
    /// An offer, from a viewer.
    SdpOffer,
    /// Its answer, from the master.
    SdpAnswer,
    /// One ICE candidate.
    IceCandidate,
}

impl MessageType {
    /// The word on the wire and in the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SdpOffer => "SDP_OFFER",
            Self::SdpAnswer => "SDP_ANSWER",
            Self::IceCandidate => "ICE_CANDIDATE",
        }
    }
}

/// Fails when something is seen within a time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectNone {
    /// The event that must not be seen.
    pub event: String,
    /// Who would show it: `device` (default) or an actor; of a group, any member.
    pub by: Option<String>,
    /// For `answer`: the actor that would receive it.
    pub to: Option<String>,
    /// What it would be about.
    pub of: Option<String>,
    /// Fields it would have.
    #[serde(default, rename = "where")]
    pub fields: BTreeMap<String, FieldValue>,
    /// How long to watch from this step on.
    #[serde(rename = "for")]
    pub watch: Span,
    /// Watches from this point on instead, until `for` from this step has passed.
    pub since: Option<String>,
}

/// Gives the device a console command and waits for its `ack`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// `start`, `stop`, `hello`, `gauges`, `metrics`; on boards that can, `crash`.
    pub name: String,
    /// The command's `key=value` arguments.
    #[serde(default, rename = "with")]
    pub arguments: BTreeMap<String, String>,
}

/// Console commands that a step may give; set-up (`set`, `resolve`, `clock`) is the harness's.
pub const COMMANDS: &[&str] = &["start", "stop", "hello", "gauges", "metrics", "crash"];

/// Resets the board.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// A name for the moment.
    #[serde(rename = "as")]
    pub name: Option<String>,
}

/// Cuts the board's power.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Power {
    /// How long it is without.
    pub off_for: Span,
    /// A name for the moment power is back.
    #[serde(rename = "as")]
    pub name: Option<String>,
}

/// The device sleeps: all of it is off but a little memory.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sleep {
    /// How long.
    #[serde(rename = "for")]
    pub span: Span,
    /// A name for the moment it is awake again.
    #[serde(rename = "as")]
    pub name: Option<String>,
}

/// Pulls the board's network cable, or plugs it in again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cable {
    /// `pulled`: every packet is lost, and nobody is told; `plugged`: as before.
    pub state: CableState,
    /// A name for the moment.
    #[serde(rename = "as")]
    pub name: Option<String>,
}

/// Where a network cable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CableState {
    /// Out.
    Pulled,
    /// In.
    Plugged,
}

/// Moves the virtual clock.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Advance {
    /// By how much.
    pub by: Span,
}

/// Changes the service.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceStep {
    /// What changes.
    pub change: ServiceChange,
    /// Whose connection, for `go-away`, `reconnect-ice` and `close`; default `device`.
    pub actor: Option<String>,
    /// WebSocket close code, for `close`; default 1001.
    pub code: Option<u16>,
    /// By how much the service's clock is off, for `clock`.
    pub offset: Option<Offset>,
    /// A name for the moment.
    #[serde(rename = "as")]
    pub name: Option<String>,
}

/// What may change at the service.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceChange {
    /// Every credential issued to the device so far stops being valid now.
    ExpireCredentials,
    /// The channel is gone.
    DeleteChannel,
    /// The channel exists (again), under a new ARN.
    CreateChannel,
    /// The channel's media storage is enabled.
    EnableStorage,
    /// The channel's media storage is disabled.
    DisableStorage,
    /// The device's certificate is revoked.
    RevokeCertificate,
    /// The role alias's policy allows no thing any more.
    DenyRole,
    /// The role alias's policy allows the device's thing again.
    AllowRole,
    /// GO_AWAY over the socket.
    GoAway,
    /// RECONNECT_ICE_SERVER over the socket.
    ReconnectIce,
    /// A close frame over the socket.
    Close,
    /// The service's clock moves.
    Clock,
}

/// Runs some steps again and again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// How often.
    pub times: u32,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Step {
    /// The word in the file.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Wait(_) => "wait",
            Self::Inject(_) => "inject",
            Self::Heal(_) => "heal",
            Self::Connect(_) => "connect",
            Self::Disconnect(_) => "disconnect",
            Self::Send(_) => "send",
            Self::ExpectNone(_) => "expect_none",
            Self::Command(_) => "command",
            Self::Reset(_) => "reset",
            Self::Power(_) => "power",
            Self::Sleep(_) => "sleep",
            Self::Cable(_) => "cable",
            Self::Advance(_) => "advance",
            Self::Service(_) => "service",
            Self::Settle(_) => "settle",
            Self::Note(_) => "note",
            Self::Repeat(_) => "repeat",
        }
    }
}

impl Role {
    /// The other side of the channel.
    pub const fn other(self) -> Self {
        match self {
            Self::Master => Self::Viewer,
            Self::Viewer => Self::Master,
        }
    }
}
