//! Whether a fault's fields fit the fault and each other.

use super::kind::{FaultKind, Layer};
use super::spec::{FaultSpec, Field, MessageKind, SpecError, Toward};

pub(super) fn validate(spec: &FaultSpec) -> Result<(), SpecError> {
    fields_fit(spec)?;
    counts(spec)?;
    position(spec)?;
    values(spec)
}

/// Every given field belongs to the fault, and every needed one is given.
fn fields_fit(spec: &FaultSpec) -> Result<(), SpecError> {
    let takes = spec.fault.takes();
    let given = spec.given();
    for field in &given {
        if !takes.needs.contains(field) && !takes.may.contains(field) {
            return refuse(spec, *field, "this fault does not take it");
        }
    }
    if let Some(missing) = takes.needs.iter().find(|field| !given.contains(field)) {
        return refuse(spec, *missing, "it is missing");
    }
    if spec.fault == FaultKind::HttpError && spec.status.is_none() && spec.error.is_none() {
        return refuse(spec, Field::Status, "it is missing; `error` alone would do");
    }
    Ok(())
}

fn counts(spec: &FaultSpec) -> Result<(), SpecError> {
    let counted = [(Field::Nth, spec.nth), (Field::Every, spec.every), (Field::Times, spec.times)];
    for (field, value) in counted {
        if value == Some(0) {
            return refuse(spec, field, "it counts from 1");
        }
    }
    if spec.nth.is_some() && spec.every.is_some() {
        return refuse(
            spec,
            Field::Every,
            "`nth` is given too, and a match is either the n-th or every n-th",
        );
    }
    match spec.p {
        Some(p) if !(0.0..=1.0).contains(&p) => refuse(spec, Field::P, "a probability is 0 to 1"),
        Some(_) | None => Ok(()),
    }
}

fn position(spec: &FaultSpec) -> Result<(), SpecError> {
    if spec.on.is_some() && spec.call.is_some() {
        return refuse(
            spec,
            Field::Call,
            "`on` is given too, and a match is either a message or a call",
        );
    }
    if spec.at.is_some() {
        if spec.after.is_some() {
            return refuse(spec, Field::After, "`at` is given too, and a cut has one position");
        }
        if spec.on.is_none() && spec.call.is_none() {
            return refuse(
                spec,
                Field::At,
                "a part of which message? Give `on` (or `call`) with it",
            );
        }
        if spec.toward() != Toward::Device {
            let why = "only what the service sends is seen whole before it leaves; \
                       give `toward: device`, or `after` with a size";
            return refuse(spec, Field::At, why);
        }
    }
    if spec.after.is_some() && spec.toward() == Toward::Both {
        return refuse(spec, Field::After, "bytes are counted in one direction; give `toward`");
    }
    on_direction(spec)
}

/// Some messages are only ever sent by the service.
fn on_direction(spec: &FaultSpec) -> Result<(), SpecError> {
    let from_service_only = match spec.on {
        Some(
            MessageKind::GoAway | MessageKind::ReconnectIceServer | MessageKind::StatusResponse,
        ) => true,
        Some(
            MessageKind::SdpOffer
            | MessageKind::SdpAnswer
            | MessageKind::IceCandidate
            | MessageKind::Any,
        )
        | None => false,
    };
    if from_service_only && spec.toward == Some(Toward::Service) {
        return refuse(
            spec,
            Field::On,
            "the service sends this message, it never travels toward it",
        );
    }
    Ok(())
}

fn values(spec: &FaultSpec) -> Result<(), SpecError> {
    if spec.distribution.is_some() && spec.jitter.is_none() {
        return refuse(spec, Field::Distribution, "it spreads `jitter`, which is not given");
    }
    if spec.rate.is_some_and(|rate| rate.0 == 0) {
        return refuse(spec, Field::Rate, "nothing would ever pass; `stall` holds bytes");
    }
    if spec.bytes.is_some_and(|size| size.0 == 0) {
        return refuse(spec, Field::Bytes, "a piece has at least 1B");
    }
    let is_address = spec.fault == FaultKind::DnsAddress && spec.message.is_some();
    if is_address && super::dns_address::address(spec).is_none() {
        return refuse(spec, Field::Message, "it is an IPv4 address such as 192.0.2.1");
    }
    let status_is_http = spec.fault.layer() == Layer::Http;
    if status_is_http && spec.status.is_some_and(|status| !(300..=599).contains(&status)) {
        return refuse(
            spec,
            Field::Status,
            "an HTTP answer that is an error or a redirect has 300 to 599",
        );
    }
    // RFC 6455 section 7.4: 1000 to 4999; those that must not be sent are what a test wants to
    // send.
    if spec.code.is_some_and(|code| !(1000..=4999).contains(&code)) {
        return refuse(spec, Field::Code, "a WebSocket close code is 1000 to 4999");
    }
    Ok(())
}

fn refuse(spec: &FaultSpec, field: Field, problem: &str) -> Result<(), SpecError> {
    Err(SpecError {
        fault: spec.fault,
        field,
        problem: problem.to_owned(),
        takes: takes_sentence(spec.fault),
    })
}

fn takes_sentence(fault: FaultKind) -> String {
    let list = |fields: &[Field]| {
        fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ")
    };
    let takes = fault.takes();
    match (takes.needs.is_empty(), takes.may.is_empty()) {
        (true, true) => format!("`{fault}` takes only `as`, `actor`, `start` and `lasts`"),
        (true, false) => format!("`{fault}` takes {}", list(takes.may)),
        (false, true) => format!("`{fault}` needs {}", list(takes.needs)),
        (false, false) => {
            format!("`{fault}` needs {} and takes {}", list(takes.needs), list(takes.may))
        }
    }
}
