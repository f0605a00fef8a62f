//! Steps and faults in words: for `explain`, for progress and for reports.

use mock_kvs::fault::FaultSpec;
use mock_kvs::fault::spec::{CallKind, Distribution, Field, MessageKind, Toward};

use super::model::DEVICE;
use super::steps::{
    CableState, Connect, ExpectNone, FieldValue, Heal, Send, ServiceChange, ServiceStep, Step,
    WITHIN_DEFAULT, Wait,
};
use super::words::{self, Source};

/// A step in words.
pub fn step(step: &Step) -> String {
    match step {
        Step::Wait(wait) => self::wait(wait),
        Step::Inject(spec) => format!("inject {}", fault(spec)),
        Step::Heal(Heal { fault: Some(name) }) => format!("heal `{name}`"),
        Step::Heal(Heal { fault: None }) => "heal every fault".to_owned(),
        Step::Connect(Connect { actor, name }) => {
            named(format!("{actor} connects"), name.as_deref())
        }
        Step::Disconnect(disconnect) => format!("{} disconnects", disconnect.actor),
        Step::Send(send) => self::send(send),
        Step::ExpectNone(none) => expect_none(none),
        Step::Command(command) => format!("tell the device to `{}`", command.name),
        Step::Reset(reset) => named("reset the board".to_owned(), reset.name.as_deref()),
        Step::Power(power) => {
            named(format!("cut the board's power for {}", power.off_for), power.name.as_deref())
        }
        Step::Sleep(sleep) => {
            named(format!("the device sleeps for {}", sleep.span), sleep.name.as_deref())
        }
        Step::Cable(cable) => {
            let words = match cable.state {
                CableState::Pulled => "pull the board's network cable",
                CableState::Plugged => "plug the board's network cable in",
            };
            named(words.to_owned(), cable.name.as_deref())
        }
        Step::Advance(advance) => format!("move the virtual clock by {}", advance.by),
        Step::Service(change) => service(change),
        Step::Settle(span) => format!("let {span} pass"),
        Step::Note(text) => format!("note: {text}"),
        Step::Repeat(repeat) => format!("repeat {} times:", repeat.times),
    }
}

/// A fault in words, without `inject`.
pub fn fault(spec: &FaultSpec) -> String {
    let mut words = format!("`{}`", spec.fault);
    if let Some(name) = spec.name.as_deref().filter(|name| *name != spec.fault.word()) {
        words.push_str(&format!(" as `{name}`"));
    }
    let parameters: Vec<String> =
        spec.given().into_iter().filter_map(|field| parameter(spec, field)).collect();
    if !parameters.is_empty() {
        words.push_str(&format!(": {}", parameters.join(", ")));
    }
    if let Some(start) = spec.start {
        words.push_str(&format!(", {start} later"));
    }
    if let Some(lasts) = spec.lasts {
        words.push_str(&format!(", for {lasts}"));
    }
    if spec.actor() != DEVICE {
        words.push_str(&format!(", on {}'s connections", spec.actor()));
    }
    words
}

fn parameter(spec: &FaultSpec, field: Field) -> Option<String> {
    match field {
        Field::Toward => spec.toward.map(|toward| toward_words(toward).to_owned()),
        Field::On => spec.on.map(|kind| match kind {
            MessageKind::Any => "at any message".to_owned(),
            MessageKind::SdpOffer
            | MessageKind::SdpAnswer
            | MessageKind::IceCandidate
            | MessageKind::GoAway
            | MessageKind::ReconnectIceServer
            | MessageKind::StatusResponse => format!("at a message {}", json_word(&kind)),
        }),
        Field::Call => spec.call.map(|call| match call {
            CallKind::Any => "at any call".to_owned(),
            CallKind::Describe
            | CallKind::Create
            | CallKind::Endpoint
            | CallKind::IceConfig
            | CallKind::Connect
            | CallKind::List
            | CallKind::Update
            | CallKind::Delete
            | CallKind::Tag
            | CallKind::Untag
            | CallKind::ListTags
            | CallKind::DescribeStorage
            | CallKind::UpdateStorage
            | CallKind::AlexaOffer
            | CallKind::JoinStorage
            | CallKind::RoleAlias => format!("at the call {}", json_word(&call)),
        }),
        Field::Nth => spec.nth.map(|n| format!("at match {n} only")),
        Field::Every => spec.every.map(|n| format!("at every {n}. match")),
        Field::Times => spec.times.map(|n| format!("at most {n} times")),
        Field::P => spec.p.map(|p| format!("with probability {p}")),
        Field::At => spec.at.map(|at| format!("after {at} of its bytes")),
        Field::After => spec.after.map(|size| format!("after {size}")),
        Field::Delay => spec.delay.map(|delay| format!("delay {delay}")),
        Field::Jitter => spec.jitter.map(|jitter| format!("jitter {jitter}")),
        Field::Distribution => spec.distribution.map(|distribution| {
            match distribution {
                Distribution::Uniform => "spread uniformly",
                Distribution::Normal => "spread normally",
                Distribution::Pareto => "with a long tail (Pareto)",
            }
            .to_owned()
        }),
        Field::Rate => spec.rate.map(|rate| format!("at {rate}")),
        Field::Status => spec.status.map(|status| format!("status {status}")),
        Field::Error => spec.error.as_ref().map(|error| format!("error {error}")),
        Field::Message => spec.message.as_ref().map(|message| format!("message `{message}`")),
        Field::Code => spec.code.map(|code| format!("code {code}")),
        Field::Reason => spec.reason.as_ref().map(|reason| format!("reason `{reason}`")),
        Field::Bytes => spec.bytes.map(|bytes| format!("of {bytes}")),
        Field::Body => spec.body.as_ref().map(|_| "with a body of its own".to_owned()),
        Field::Offset => spec.offset.map(|offset| format!("by {offset}")),
    }
}

const fn toward_words(toward: Toward) -> &'static str {
    match toward {
        Toward::Device => "toward the device",
        Toward::Service => "toward the service",
        Toward::Both => "both ways",
    }
}

/// The word that serde writes for a value without content.
fn json_word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn wait(wait: &Wait) -> String {
    let count = match wait.count {
        Some(count) if count > 1 => format!("{count} times "),
        Some(_) | None => String::new(),
    };
    let what = event(&wait.event, wait.by.as_deref(), wait.to.as_deref(), wait.of.as_deref());
    let fields = fields(wait.fields.iter());
    let within = wait.within.unwrap_or(WITHIN_DEFAULT);
    let limit = match &wait.since {
        Some(since) => format!(", at most {within} after `{since}`"),
        None => format!(", within {within}"),
    };
    named(format!("wait for {count}{what}{fields}{limit}"), wait.name.as_deref())
}

fn expect_none(none: &ExpectNone) -> String {
    let what = event(&none.event, none.by.as_deref(), none.to.as_deref(), none.of.as_deref());
    let since = none.since.as_ref().map(|since| format!(", nor since `{since}`"));
    format!(
        "for {} there must be no {what}{}{}",
        none.watch,
        fields(none.fields.iter()),
        since.unwrap_or_default()
    )
}

fn event(name: &str, by: Option<&str>, to: Option<&str>, of: Option<&str>) -> String {
    let of_words = of.map(|of| format!(" of `{of}`")).unwrap_or_default();
    let by = by.unwrap_or(DEVICE);
    match words::find(name).map(|word| word.source) {
        Some(Source::Fault) => format!("`{name}`{of_words}"),
        Some(Source::Peer) if name == words::ANSWER => {
            let of = of.map(|of| format!(" to `{of}`")).unwrap_or_default();
            format!("the answer{of}, received by {}", to.unwrap_or(by))
        }
        Some(Source::Service) => format!("`{name}`{of_words} of {by} at the service"),
        Some(Source::Peer | Source::Device) | None => format!("`{name}`{of_words} by {by}"),
    }
}

fn fields<'f>(fields: impl Iterator<Item = (&'f String, &'f FieldValue)>) -> String {
    let all: Vec<String> = fields.map(|(name, value)| format!("{name} = {}", value.0)).collect();
    if all.is_empty() { String::new() } else { format!(" with {}", all.join(" and ")) }
}

fn send(send: &Send) -> String {
    let to = send.to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
    let words = format!("{} sends {} of {}{to}", send.from, send.kind.word(), send.size);
    named(words, send.name.as_deref())
}

fn service(step: &ServiceStep) -> String {
    let actor = step.actor.as_deref().unwrap_or(DEVICE);
    let words = match step.change {
        ServiceChange::ExpireCredentials => "the credentials issued so far expire".to_owned(),
        ServiceChange::DeleteChannel => "the channel is deleted".to_owned(),
        ServiceChange::CreateChannel => "the channel is created, under a new ARN".to_owned(),
        ServiceChange::RevokeCertificate => "the device's certificate is revoked".to_owned(),
        ServiceChange::DenyRole => "the role alias allows no thing any more".to_owned(),
        ServiceChange::AllowRole => "the role alias allows the device's thing again".to_owned(),
        ServiceChange::EnableStorage => "media storage is enabled for the channel".to_owned(),
        ServiceChange::DisableStorage => "media storage is disabled for the channel".to_owned(),
        ServiceChange::GoAway => format!("the service sends GO_AWAY to {actor}"),
        ServiceChange::ReconnectIce => format!("the service sends RECONNECT_ICE_SERVER to {actor}"),
        ServiceChange::Close => {
            format!(
                "the service closes {actor}'s WebSocket with code {}",
                step.code.unwrap_or(1001)
            )
        }
        ServiceChange::Clock => match step.offset {
            Some(offset) => format!("the service's clock moves by {offset}"),
            None => "the service's clock moves".to_owned(),
        },
    };
    named(words, step.name.as_deref())
}

fn named(words: String, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{words} (`{name}`)"),
        None => words,
    }
}
