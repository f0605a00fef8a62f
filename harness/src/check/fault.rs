//! The injected faults as the journal tells them.

use mock_kvs::fault::FaultKind;

use crate::history::{History, Record, SERVICE};

/// One rule of a run.
#[derive(Clone, Debug)]
pub(super) struct Fault<'h> {
    /// Its name, as the scenario's `as`.
    pub(super) name: &'h str,
    /// Its word, such as `refuse`.
    pub(super) word: &'h str,
    /// What it does to the device.
    pub(super) effect: Effect,
    /// Each time it acted.
    pub(super) fired: Vec<(usize, &'h Record)>,
    /// When it was removed.
    pub(super) healed_us: Option<u64>,
}

/// What a fault can do to a device that does nothing wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Bytes come late, and all of them come.
    Slows,
    /// Bytes stop without an end: a half-open link.
    Silences,
    /// A link ends, or none comes up.
    Ends,
    /// A call, an upgrade or a message is answered badly.
    Answers,
    /// Messages change or multiply; the link lives.
    Messages,
    /// A clock is wrong.
    Clock,
}

impl Effect {
    fn of(word: &str) -> Self {
        let kind = FaultKind::ALL.into_iter().find(|kind| kind.word() == word);
        // A word of a later layer (board): the worst is assumed of it.
        let Some(kind) = kind else { return Self::Ends };
        match kind {
            FaultKind::Latency
            | FaultKind::Jitter
            | FaultKind::Bandwidth
            | FaultKind::Slice
            | FaultKind::HttpDelay
            | FaultKind::SplitBody
            | FaultKind::Chunked
            | FaultKind::Fragmented
            | FaultKind::TlsLargeChain
            | FaultKind::TlsSlow
            | FaultKind::NoLength => Self::Slows,
            FaultKind::Stall
            | FaultKind::BlackHole
            | FaultKind::AcceptSilence
            | FaultKind::PongMute
            | FaultKind::TlsStall => Self::Silences,
            FaultKind::Refuse
            | FaultKind::Close
            | FaultKind::Reset
            | FaultKind::Corrupt
            | FaultKind::GoAway
            | FaultKind::CloseCode
            | FaultKind::AbruptEnd
            | FaultKind::TlsExpired
            | FaultKind::TlsNotYetValid
            | FaultKind::TlsWrongName
            | FaultKind::TlsUnknownCa
            | FaultKind::TlsVersion
            | FaultKind::TlsH2
            | FaultKind::DnsNxdomain
            | FaultKind::DnsServfail
            | FaultKind::DnsTimeout
            | FaultKind::DnsAddress => Self::Ends,
            FaultKind::HttpError
            | FaultKind::HtmlError
            | FaultKind::UpgradeError
            | FaultKind::Redirect
            | FaultKind::Oversize
            | FaultKind::BadJson
            | FaultKind::ExtraFields
            | FaultKind::MissingFields
            | FaultKind::StatusResponse => Self::Answers,
            FaultKind::ReconnectIce
            | FaultKind::Duplicate
            | FaultKind::Drop
            | FaultKind::UnknownType
            | FaultKind::Binary
            | FaultKind::NullPayload
            | FaultKind::BadBase64
            | FaultKind::OversizeMessage
            | FaultKind::Reorder
            | FaultKind::MessageDelay
            | FaultKind::PingFlood => Self::Messages,
            FaultKind::DateSkew | FaultKind::WrongDate => Self::Clock,
        }
    }

    /// Whether a device under it cannot be expected to get or keep a connection.
    pub(super) const fn blocks(self) -> bool {
        match self {
            Self::Silences | Self::Ends | Self::Answers => true,
            Self::Slows | Self::Messages | Self::Clock => false,
        }
    }
}

/// Every rule that was armed, in that order. A name armed twice is two rules.
pub(super) fn all(history: &History) -> Vec<Fault<'_>> {
    let mut faults: Vec<Fault<'_>> = Vec::new();
    for (index, record) in history.of(SERVICE) {
        let (Some(name), event) = (record.text("rule"), record.event.as_str()) else { continue };
        let known = faults.iter_mut().rev().find(|fault| fault.name == name);
        match (event, known) {
            ("fault.armed", _) => faults.push(Fault::new(name, record)),
            ("fault.fired", Some(fault)) => fault.fired.push((index, record)),
            ("fault.fired", None) => {
                let mut fault = Fault::new(name, record);
                fault.fired.push((index, record));
                faults.push(fault);
            }
            ("fault.healed", Some(fault)) => fault.healed_us = Some(record.t_us),
            (_, _) => {}
        }
    }
    faults
}

impl<'h> Fault<'h> {
    fn new(name: &'h str, record: &'h Record) -> Self {
        let word = record.text("fault").unwrap_or_default();
        Self { name, word, effect: Effect::of(word), fired: Vec::new(), healed_us: None }
    }
}
