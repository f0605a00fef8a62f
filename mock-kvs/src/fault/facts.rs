//! Of each fault: its word, its layer, the direction it means, and the fields it takes.

use super::kind::{FaultKind, Layer, Takes};
use super::spec::{Field, Toward};
use Field::Toward as TowardField;
use Field::{
    After, At, Body, Bytes, Call, Code, Delay, Distribution, Error, Every, Jitter, Message, Nth,
    Offset, On, P, Rate, Reason, Status, Times,
};

/// What is known of a fault.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub word: &'static str,
    pub layer: Layer,
    /// The direction meant when the fault does not say.
    pub toward: Toward,
    pub takes: Takes,
}

/// Where something on a link can fall.
const CUT: &[Field] = &[TowardField, On, Call, At, After, Nth, Every, Times, P];
/// Which of the new connections.
const CONNECTIONS: &[Field] = &[Nth, Every, Times, P];
/// Which calls.
const CALLS: &[Field] = &[Call, Nth, Every, Times, P];
/// Which messages.
const MESSAGES: &[Field] = &[On, Nth, Every, Times, P];

/// Which questions for the service's names.
const QUESTIONS: &[Field] = &[Nth, Every, Times, P];

const fn takes(needs: &'static [Field], may: &'static [Field]) -> Takes {
    Takes { needs, may }
}

/// Stands on the bytes of both directions.
const fn condition(word: &'static str, takes: Takes) -> Facts {
    Facts { word, layer: Layer::Link, toward: Toward::Both, takes }
}

const fn of(layer: Layer, word: &'static str, takes: Takes) -> Facts {
    Facts { word, layer, toward: Toward::Device, takes }
}

const fn link(word: &'static str, takes: Takes) -> Facts {
    of(Layer::Link, word, takes)
}

const fn tls(word: &'static str, takes: Takes) -> Facts {
    of(Layer::Tls, word, takes)
}

const fn http(word: &'static str, takes: Takes) -> Facts {
    of(Layer::Http, word, takes)
}

const fn websocket(word: &'static str, takes: Takes) -> Facts {
    of(Layer::Websocket, word, takes)
}

const fn dns(word: &'static str, takes: Takes) -> Facts {
    of(Layer::Dns, word, takes)
}

impl FaultKind {
    #[expect(clippy::too_many_lines, reason = "a table: a row for each fault")]
    pub(super) const fn facts(self) -> Facts {
        match self {
            Self::Latency => {
                condition("latency", takes(&[Delay], &[TowardField, Jitter, Distribution]))
            }
            Self::Jitter => {
                condition("jitter", takes(&[Jitter], &[TowardField, Delay, Distribution]))
            }
            Self::Bandwidth => condition("bandwidth", takes(&[Rate], &[TowardField])),
            Self::Slice => condition("slice", takes(&[Bytes], &[TowardField, Delay])),
            Self::Corrupt => condition("corrupt", takes(&[], &[TowardField, P, Times])),
            Self::Stall => condition("stall", takes(&[], CUT)),
            Self::BlackHole => condition("black-hole", takes(&[], CUT)),
            Self::Refuse => link("refuse", takes(&[], &[])),
            Self::AcceptSilence => link("accept-silence", takes(&[], CONNECTIONS)),
            Self::Close => link("close", takes(&[], CUT)),
            Self::Reset => link("reset", takes(&[], CUT)),
            Self::TlsExpired => tls("tls-expired", takes(&[], CONNECTIONS)),
            Self::TlsNotYetValid => tls("tls-not-yet-valid", takes(&[], CONNECTIONS)),
            Self::TlsWrongName => tls("tls-wrong-name", takes(&[], CONNECTIONS)),
            Self::TlsUnknownCa => tls("tls-unknown-ca", takes(&[], CONNECTIONS)),
            Self::TlsLargeChain => {
                tls("tls-large-chain", takes(&[], &[Bytes, Nth, Every, Times, P]))
            }
            Self::TlsVersion => tls("tls-version", takes(&[], CONNECTIONS)),
            Self::TlsH2 => tls("tls-h2", takes(&[], CONNECTIONS)),
            Self::TlsStall => tls("tls-stall", takes(&[], CONNECTIONS)),
            Self::TlsSlow => tls("tls-slow", takes(&[Delay], CONNECTIONS)),
            Self::HttpError => http(
                "http-error",
                takes(&[], &[Status, Error, Message, Call, Nth, Every, Times, P]),
            ),
            Self::HttpDelay => http("http-delay", takes(&[Delay], CALLS)),
            Self::HtmlError => {
                http("html-error", takes(&[], &[Status, Body, Call, Nth, Every, Times, P]))
            }
            Self::SplitBody => {
                http("split-body", takes(&[Bytes], &[Delay, Call, Nth, Every, Times, P]))
            }
            Self::Chunked => http("chunked", takes(&[], &[Bytes, Call, Nth, Every, Times, P])),
            Self::NoLength => http("no-length", takes(&[], CALLS)),
            Self::Redirect => {
                http("redirect", takes(&[], &[Status, Message, Call, Nth, Every, Times, P]))
            }
            Self::Oversize => http("oversize", takes(&[], &[Bytes, Call, Nth, Every, Times, P])),
            Self::BadJson => http("bad-json", takes(&[], &[Body, Call, Nth, Every, Times, P])),
            Self::ExtraFields => http("extra-fields", takes(&[], CALLS)),
            Self::MissingFields => {
                http("missing-fields", takes(&[], &[Message, Call, Nth, Every, Times, P]))
            }
            Self::WrongDate => http("wrong-date", takes(&[Offset], CALLS)),
            Self::UpgradeError => {
                http("upgrade-error", takes(&[Status], &[Error, Message, Nth, Every, Times, P]))
            }
            Self::GoAway => websocket("go-away", takes(&[], MESSAGES)),
            Self::ReconnectIce => websocket("reconnect-ice", takes(&[], MESSAGES)),
            Self::CloseCode => {
                websocket("close-code", takes(&[Code], &[Reason, On, Nth, Every, Times, P]))
            }
            Self::AbruptEnd => websocket("abrupt-end", takes(&[], MESSAGES)),
            Self::StatusResponse => websocket(
                "status-response",
                takes(&[Status], &[Error, Message, On, Nth, Every, Times, P]),
            ),
            Self::Duplicate => {
                websocket("duplicate", takes(&[], &[TowardField, On, Nth, Every, Times, P]))
            }
            Self::Drop => websocket("drop", takes(&[], &[TowardField, On, Nth, Every, Times, P])),
            Self::UnknownType => {
                websocket("unknown-type", takes(&[], &[Message, Body, On, Nth, Every, Times, P]))
            }
            Self::Binary => websocket("binary", takes(&[], MESSAGES)),
            Self::Fragmented => {
                websocket("fragmented", takes(&[Bytes], &[On, Nth, Every, Times, P]))
            }
            Self::NullPayload => websocket("null-payload", takes(&[], MESSAGES)),
            Self::BadBase64 => websocket("bad-base64", takes(&[], MESSAGES)),
            Self::OversizeMessage => {
                websocket("oversize-message", takes(&[], &[Bytes, On, Nth, Every, Times, P]))
            }
            Self::Reorder => websocket("reorder", takes(&[], MESSAGES)),
            Self::MessageDelay => websocket("message-delay", takes(&[Delay], MESSAGES)),
            Self::PingFlood => websocket("ping-flood", takes(&[], &[Times, Delay])),
            Self::PongMute => websocket("pong-mute", takes(&[], &[])),
            Self::DateSkew => of(Layer::Clock, "date-skew", takes(&[Offset], &[])),
            Self::DnsNxdomain => dns("dns-nxdomain", takes(&[], QUESTIONS)),
            Self::DnsServfail => dns("dns-servfail", takes(&[], QUESTIONS)),
            Self::DnsTimeout => dns("dns-timeout", takes(&[], QUESTIONS)),
            Self::DnsAddress => dns("dns-address", takes(&[], &[Message, Nth, Every, Times, P])),
        }
    }
}
