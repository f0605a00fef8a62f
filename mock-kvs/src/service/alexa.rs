//! SendAlexaOfferToMaster: an offer over HTTPS that waits for the master's answer (spec §1.4).

use std::borrow::Cow;
use std::time::Duration;

use super::channel::Recipient;
use super::error::ServiceError;
use super::message::{Inbound, Message, MessageType};
use super::{Effect, Service, shape};
use crate::clock::Now;
use crate::digest::Sha;
use crate::journal::Text;

/// Longest MessagePayload, in base64 characters.
const PAYLOAD_CHARS_MAX: usize = 10_000;

/// A call that waits for its answer, for as long as its offer waits for the master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlexaCall {
    /// Counted from 1.
    pub id: u64,
    /// How long it waits at most: the channel's message TTL.
    pub ttl: Duration,
}

impl Service {
    /// SendAlexaOfferToMaster: hands the offer to the master as a viewer's. The answer comes as
    /// [`Effect::Answered`]; a newer call of the same sender takes over.
    ///
    /// # Errors
    /// Members outside the model, no such channel; an absent master where the policies say so.
    pub fn offer_by_alexa(
        &mut self,
        now: Now,
        arn: &str,
        sender: &str,
        payload: &str,
    ) -> Result<AlexaCall, ServiceError> {
        shape::require_arn(arn)?;
        shape::require_name(sender, "senderClientId")?;
        require_payload(payload)?;
        let ttl = self.active(arn)?.message_ttl;
        let sender = Text::from(sender);
        let inbound = Inbound {
            kind: Some(MessageType::SdpOffer),
            recipient: None,
            payload: Cow::Borrowed(payload),
            correlation_id: None,
            ice_servers: None,
        };
        let as_it_is = || (payload.len() as u64, Sha::of(payload.as_bytes()));
        let measured = inbound.measure().unwrap_or_else(as_it_is);
        let offer = Message::relayed(MessageType::SdpOffer, Some(&sender), &inbound, measured);
        self.hold(now, arn, Recipient::Master, offer)?;
        self.last_alexa_call += 1;
        let id = self.last_alexa_call;
        if let Some(older) = self.alexa_calls.insert((arn.to_owned(), sender), id) {
            self.effects.push(Effect::Answered(older, None));
        }
        Ok(AlexaCall { id, ttl })
    }

    /// Nobody waits for the answer any more.
    pub fn forget_alexa(&mut self, id: u64) {
        self.alexa_calls.retain(|_, waiting| *waiting != id);
    }

    /// Whether a master's message answers a call, which then has its answer.
    pub(super) fn answers_alexa(
        &mut self,
        arn: &str,
        recipient: &Recipient,
        inbound: &Inbound<'_>,
    ) -> bool {
        let Recipient::Viewer(sender) = recipient else { return false };
        if inbound.kind != Some(MessageType::SdpAnswer) {
            return false;
        }
        let Some(id) = self.alexa_calls.remove(&(arn.to_owned(), sender.clone())) else {
            return false;
        };
        self.effects.push(Effect::Answered(id, Some(inbound.payload.clone().into_owned())));
        true
    }
}

fn require_payload(payload: &str) -> Result<(), ServiceError> {
    let member = "messagePayload";
    if !(1..=PAYLOAD_CHARS_MAX).contains(&payload.len()) {
        let bounds = "Member must have length between 1 and 10000";
        let start = payload.get(..64).unwrap_or(payload);
        return Err(shape::violates(start, member, bounds));
    }
    let is_base64 = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'=');
    if !payload.bytes().all(is_base64) {
        let pattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9+/=]+";
        return Err(shape::violates(payload, member, pattern));
    }
    Ok(())
}
