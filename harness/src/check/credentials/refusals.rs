//! What the device makes of a 403.

use crate::check::case::Case;
use crate::check::context::Context;
use crate::check::device::Trace;
use crate::check::service;
use crate::history::History;

/// Why the service refused, by its error type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Expired,
    Denied,
}

impl Refusal {
    fn of(status: u64, error: &str) -> Option<Self> {
        if !matches!(status, 401 | 403) {
            return None;
        }
        if error.contains("ExpiredToken") {
            Some(Self::Expired)
        } else if error.contains("AccessDenied") || error.contains("UnrecognizedClient") {
            Some(Self::Denied)
        } else {
            // Signature and date errors are the clock's business.
            None
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Denied => "denied",
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Expired => Self::Denied,
            Self::Denied => Self::Expired,
        }
    }
}

/// The device names the refusal it got, not the other one.
pub(super) fn told_apart(trace: &Trace<'_>, case: &mut Case) {
    let mut refused = None;
    for seen in &trace.records {
        match seen.record.event.as_str() {
            "call" => {
                let refusal = Refusal::of(seen.uint("status"), seen.text("error"));
                refused = refusal.map(|refusal| (refusal, seen.index));
            }
            "open" => refused = None,
            "state" | "retry" => {
                let Some((refusal, index)) = refused else { continue };
                if seen.text("why") == refusal.other().word() {
                    let (was, taken) = (refusal.word(), refusal.other().word());
                    let text = format!("a refusal for `{was}` credentials was taken for `{taken}`");
                    case.fail(text, [index, seen.index]);
                }
            }
            _ => {}
        }
    }
}

/// After expired credentials were refused nothing more is signed with them.
pub(super) fn same_key_again(history: &History, context: &Context, case: &mut Case) {
    let mut asked_with: Option<(u64, &str)> = None;
    let mut refused: Option<(&str, usize)> = None;
    for (index, record) in service::of(history, &context.device) {
        let (conn, key) = (record.uint("conn").unwrap_or_default(), record.text("key"));
        if let (Some(key), "request" | "upgrade") = (key, record.event.as_str()) {
            if let Some((dead, first)) = refused.filter(|(dead, _)| *dead == key) {
                let text = format!("key {dead} was refused as expired and signed with again");
                case.fail(text, [first, index]);
            }
            asked_with = Some((conn, key));
        }
        let status = record.uint("status").unwrap_or_default();
        let refusal = Refusal::of(status, record.text("error").unwrap_or_default());
        if refusal == Some(Refusal::Expired) {
            let asked = asked_with.filter(|(asked, _)| *asked == conn).map(|(_, key)| key);
            refused = key.or(asked).map(|key| (key, index));
        }
    }
}
