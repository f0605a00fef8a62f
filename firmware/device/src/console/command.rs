//! Command lines as values.

use core::net::SocketAddr;

use kvs_signaling::MessageKind;
use kvs_trace::{Kind, Line, Malformed, Value};

use crate::provision::Unfit;

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// No such command, key or mutant in this image.
    Unknown,
    /// A field is missing, malformed or out of range.
    Value,
    /// Not now.
    State,
    /// No room.
    Full,
    /// The line was damaged on its way.
    Checksum,
}

impl Why {
    /// The word in `nak`.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Value => "value",
            Self::State => "state",
            Self::Full => "full",
            Self::Checksum => "checksum",
        }
    }
}

impl From<Unfit> for Why {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Unknown => Self::Unknown,
            Unfit::Value => Self::Value,
            Unfit::Full => Self::Full,
        }
    }
}

/// What a line turned out to be.
pub(super) enum Heard<'l> {
    /// Not for us.
    Noise,
    /// Meant as a command, but not one that can be carried out.
    Refused {
        id: u32,
        why: Why,
    },
    Command {
        id: u32,
        command: Command<'l>,
    },
}

/// A command with its fields; values still percent-encoded.
pub(super) enum Command<'l> {
    Hello,
    Exit,
    Start,
    Stop,
    Credentials,
    Gauges,
    Metrics,
    Set(Set<'l>),
    Resolve { suffix: Value<'l>, to: SocketAddr },
    Clock { offset_s: i64 },
    Mutate { name: &'l str },
    Send(Send<'l>),
    Sleep { for_ms: u64 },
    Crash(Crash),
    Keep,
    Wipe,
}

/// A way to die, for a test of what is then seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// A panic.
    Panic,
    /// An access to memory that is not there.
    Trap,
    /// A stack that grows without end.
    Stack,
    /// A loop that lets nothing else run.
    Hang,
}

/// `set`, whole or one part of it.
#[derive(Clone, Copy)]
pub(super) struct Set<'l> {
    pub(super) key: &'l str,
    pub(super) value: Value<'l>,
    /// Which part of how many, from 1.
    pub(super) part: u32,
    pub(super) of: u32,
}

/// `send`.
#[derive(Clone, Copy)]
pub(super) struct Send<'l> {
    /// Client id; empty for the master.
    pub(super) to: Value<'l>,
    pub(super) kind: MessageKind,
    pub(super) size: usize,
    /// Empty for none.
    pub(super) correlation_id: Value<'l>,
}

/// Reads a line from the console.
pub(super) fn hear(bytes: &[u8]) -> Heard<'_> {
    let text = match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) if bytes.starts_with(b"!kvs ") => {
            return Heard::Refused { id: 0, why: Why::Checksum };
        }
        Err(_) => return Heard::Noise,
    };
    match Line::parse(text) {
        Ok(line) if line.kind == Kind::Command => {
            let id = line.number;
            match parse(&line) {
                Ok(command) => Heard::Command { id, command },
                Err(why) => Heard::Refused { id, why },
            }
        }
        Err(Malformed::Oversize | Malformed::Checksum | Malformed::Head)
            if text.starts_with("!kvs ") =>
        {
            // The id of a damaged line is a guess, and better than none.
            let id = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
            Heard::Refused { id, why: Why::Checksum }
        }
        Ok(_) | Err(_) => Heard::Noise,
    }
}

fn parse<'l>(line: &Line<'l>) -> Result<Command<'l>, Why> {
    Ok(match line.name {
        "hello" => Command::Hello,
        "exit" => Command::Exit,
        "start" => Command::Start,
        "stop" => Command::Stop,
        "credentials" => Command::Credentials,
        "gauges" => Command::Gauges,
        "metrics" => Command::Metrics,
        "keep" => Command::Keep,
        "wipe" => Command::Wipe,
        "set" => Command::Set(parse_set(line)?),
        "resolve" => {
            let suffix = line.value("suffix").ok_or(Why::Value)?;
            let to = line.value("to").and_then(|to| to.0.parse().ok()).ok_or(Why::Value)?;
            Command::Resolve { suffix, to }
        }
        "clock" => Command::Clock { offset_s: line.i64("offset_s").ok_or(Why::Value)? },
        "mutate" => Command::Mutate { name: line.value("name").ok_or(Why::Value)?.0 },
        "send" => Command::Send(parse_send(line)?),
        "sleep" => Command::Sleep { for_ms: line.u64("for_ms").ok_or(Why::Value)? },
        "crash" => Command::Crash(match line.value("how").ok_or(Why::Value)?.0 {
            "panic" => Crash::Panic,
            "trap" => Crash::Trap,
            "stack" => Crash::Stack,
            "hang" => Crash::Hang,
            _ => return Err(Why::Value),
        }),
        _ => return Err(Why::Unknown),
    })
}

fn parse_set<'l>(line: &Line<'l>) -> Result<Set<'l>, Why> {
    let key = line.value("key").ok_or(Why::Value)?.0;
    let value = line.value("value").ok_or(Why::Value)?;
    let (part, of) = match line.value("part") {
        None => (1, 1),
        Some(part) => {
            let (nth, count) = part.0.split_once('/').ok_or(Why::Value)?;
            let number = |text: &str| text.parse::<u32>().map_err(|_| Why::Value);
            (number(nth)?, number(count)?)
        }
    };
    if part == 0 || part > of {
        return Err(Why::Value);
    }
    Ok(Set { key, value, part, of })
}

fn parse_send<'l>(line: &Line<'l>) -> Result<Send<'l>, Why> {
    let kind = match line.value("type").ok_or(Why::Value)?.0 {
        "SDP_OFFER" => MessageKind::SdpOffer,
        "SDP_ANSWER" => MessageKind::SdpAnswer,
        "ICE_CANDIDATE" => MessageKind::IceCandidate,
        _ => return Err(Why::Value),
    };
    let size = line.u64("size").and_then(|size| usize::try_from(size).ok()).ok_or(Why::Value)?;
    let text = |key| line.value(key).unwrap_or(Value(""));
    Ok(Send { to: text("to"), kind, size, correlation_id: text("corr") })
}
