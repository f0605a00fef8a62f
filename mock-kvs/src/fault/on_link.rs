//! What a link fault puts on a link.

use std::time::Duration;

use super::spec::{FaultKind, FaultSpec};
use crate::link::{Condition, End, Latency, Then};

/// A corrupt fault without `p`: about ten flips in a 10 KiB message.
const CORRUPT_P: f64 = 0.001;

impl FaultSpec {
    /// The condition that the fault sets, unless it ends connections or belongs to another layer.
    #[must_use]
    pub fn condition(&self) -> Option<Condition> {
        let time = |span: Option<super::units::Span>| span.map_or(Duration::ZERO, |span| span.0);
        match self.fault {
            FaultKind::Latency | FaultKind::Jitter => Some(Condition::Latency(Latency {
                delay: time(self.delay),
                jitter: time(self.jitter),
                distribution: self.distribution.unwrap_or_default(),
            })),
            FaultKind::Bandwidth => {
                Some(Condition::Bandwidth { bytes_per_s: self.rate.unwrap_or_default().0 })
            }
            FaultKind::Slice => Some(Condition::Slice {
                bytes: usize::try_from(self.bytes.unwrap_or_default().0).unwrap_or(usize::MAX),
                apart: time(self.delay),
            }),
            FaultKind::Corrupt => Some(Condition::Corrupt {
                p: self.p.unwrap_or(CORRUPT_P),
                at_most: self.times.map(u64::from),
            }),
            FaultKind::Stall => Some(Condition::Stall),
            FaultKind::BlackHole => Some(Condition::BlackHole),
            FaultKind::Refuse => Some(Condition::Refuse),
            FaultKind::AcceptSilence => Some(Condition::AcceptSilence),
            FaultKind::Close
            | FaultKind::Reset
            | FaultKind::TlsExpired
            | FaultKind::TlsNotYetValid
            | FaultKind::TlsWrongName
            | FaultKind::TlsUnknownCa
            | FaultKind::TlsLargeChain
            | FaultKind::TlsVersion
            | FaultKind::TlsH2
            | FaultKind::TlsStall
            | FaultKind::TlsSlow
            | FaultKind::HttpError
            | FaultKind::HttpDelay
            | FaultKind::HtmlError
            | FaultKind::SplitBody
            | FaultKind::Chunked
            | FaultKind::NoLength
            | FaultKind::Redirect
            | FaultKind::Oversize
            | FaultKind::BadJson
            | FaultKind::ExtraFields
            | FaultKind::MissingFields
            | FaultKind::WrongDate
            | FaultKind::UpgradeError
            | FaultKind::GoAway
            | FaultKind::ReconnectIce
            | FaultKind::CloseCode
            | FaultKind::AbruptEnd
            | FaultKind::StatusResponse
            | FaultKind::Duplicate
            | FaultKind::Drop
            | FaultKind::UnknownType
            | FaultKind::Binary
            | FaultKind::Fragmented
            | FaultKind::NullPayload
            | FaultKind::BadBase64
            | FaultKind::OversizeMessage
            | FaultKind::Reorder
            | FaultKind::MessageDelay
            | FaultKind::PingFlood
            | FaultKind::PongMute
            | FaultKind::DateSkew
            | FaultKind::DnsNxdomain
            | FaultKind::DnsServfail
            | FaultKind::DnsTimeout
            | FaultKind::DnsAddress => None,
        }
    }

    /// What happens to one connection where this fault falls; None if it belongs to another layer.
    #[must_use]
    pub fn then(&self) -> Option<Then> {
        match (self.fault, self.condition()) {
            (FaultKind::Close, _) => Some(Then::End(End::Close)),
            (FaultKind::Reset, _) => Some(Then::End(End::Reset)),
            (_, condition) => condition.map(|condition| Then::Set(self.toward(), condition)),
        }
    }
}
