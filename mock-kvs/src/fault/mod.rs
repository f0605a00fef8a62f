//! Faults: what can be injected ([`spec`]), the units it is written in ([`units`]), and the rules
//! that are in force.
//!
//! A rule is a [`FaultSpec`] that was armed. Each fault has a file of its own that says what it
//! does ([`Plan`](plan::Plan)); `rules` decides when, and knows no fault.

mod facts;
mod kind;
pub(crate) mod modelled;
mod on_link;
mod plan;
mod rule;
pub(crate) mod rules;
pub mod spec;
mod trigger;
pub mod units;
mod validate;

// One file per fault or kin of faults; those of the link are in `on_link`.
mod accept_silence;
mod binary;
mod certificate;
mod chunked;
mod close_code;
mod date_skew;
mod dns_address;
mod drop;
mod duplicate;
mod edit;
mod fragmented;
mod go_away;
mod html_error;
mod http_delay;
mod http_error;
mod late;
mod oversize_message;
mod ping_flood;
mod pong_mute;
mod reconnect_ice;
mod redirect;
mod split_body;
mod status_response;
mod tls_slow;
mod unknown_type;
mod upgrade_error;
mod wrong_date;

pub(crate) use plan::{
    Answer, Body, Certificate, Edit, Fate, Handshake, NameAnswer, Notice, Payload,
};
pub use spec::{FaultKind, FaultSpec, Layer, SpecError};
