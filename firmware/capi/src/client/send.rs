//! `signalingClientSendMessageSync` (spec §5.11).

use std::time::Duration;

use kvs_signaling::event::SendFailure;
use kvs_signaling::{MessageKind, ResourceError};

use super::Client;
use super::commands::{Command, Outgoing};
use super::shared::{Outcome, Shared, Waiting};
use crate::abi::status::signaling as code;
use crate::abi::structs::Message;
use crate::abi::{Status, limits, message_type, status};
use crate::platform;
use crate::text;

/// A frame is written within this time, or the call fails.
const BUDGET: Duration = Duration::from_secs(5);

impl Client {
    /// Returns once the message is handed to the connection, or cannot be.
    pub(crate) fn send(&self, message: &Message) -> Result<(), Status> {
        let _inside = self.enter()?;
        let result = self.send_inside(message);
        self.count(result)
    }

    fn send_inside(&self, message: &Message) -> Result<(), Status> {
        let outgoing = outgoing(message, self.plan.settings.viewer)?;
        let kind = outgoing.kind;
        let id = self.queue(outgoing)?;
        self.outcome(id)?;
        if kind == MessageKind::SdpAnswer {
            let now = self.unix_ms();
            self.lock().counted.answer_ms = now;
        }
        Ok(())
    }

    fn queue(&self, mut outgoing: Outgoing) -> Result<u64, Status> {
        let mut shared = self.lock();
        // On the way back to a connection a message waits for it, within the call's time: an offer's
        // answer that is refused because the link just died would never be asked for again.
        if !shared.online {
            return Err(status::INVALID_STREAM_STATE);
        }
        let twin = |waiting: &Waiting| {
            !waiting.left
                && !outgoing.correlation_id.is_empty()
                && waiting.correlation_id == outgoing.correlation_id
                && waiting.peer == outgoing.to
        };
        if shared.sends.waiting.values().any(twin) {
            return Err(code::DUPLICATE_MESSAGE_BEING_SENT);
        }
        shared.sends.last += 1;
        let id = shared.sends.last;
        outgoing.id = id;
        let waiting = Waiting {
            ticket: None,
            peer: outgoing.to.clone(),
            correlation_id: outgoing.correlation_id.clone(),
            outcome: None,
            left: false,
        };
        shared.sends.waiting.insert(id, waiting);
        drop(shared);
        self.command(Command::Send(Box::new(outgoing)));
        Ok(id)
    }

    /// Waits, without running callbacks: a message may be sent from any of them.
    fn outcome(&self, id: u64) -> Result<(), Status> {
        let until = platform::now() + BUDGET;
        let mut shared = self.lock();
        loop {
            let outcome = shared.sends.waiting.get(&id).and_then(|waiting| waiting.outcome);
            if let Some(outcome) = outcome {
                return leave(&mut shared, id, outcome);
            }
            if shared.closing || platform::now() >= until {
                if let Some(waiting) = shared.sends.waiting.get_mut(&id) {
                    waiting.left = true;
                }
                let closing = shared.closing;
                return Err(match closing {
                    true => status::INVALID_OPERATION,
                    false => status::OPERATION_TIMED_OUT,
                });
            }
            shared = self.wait(shared, Some(until));
        }
    }
}

/// The call is over; what comes later of the message goes to the error callback.
fn leave(shared: &mut Shared, id: u64, outcome: Outcome) -> Result<(), Status> {
    if let Outcome::Written = outcome {
        if let Some(waiting) = shared.sends.waiting.get_mut(&id) {
            waiting.left = true;
        }
        return Ok(());
    }
    shared.sends.waiting.remove(&id);
    match outcome {
        Outcome::Written => Ok(()),
        Outcome::Failed(SendFailure::Expired) => Err(status::OPERATION_TIMED_OUT),
        Outcome::Failed(SendFailure::Stopped) => Err(status::INVALID_STREAM_STATE),
        Outcome::Failed(
            SendFailure::LinkLost | SendFailure::Unconfirmed | SendFailure::Rejected,
        ) => Err(code::MESSAGE_DELIVERY_FAILED),
        Outcome::Refused(error) => Err(match error {
            ResourceError::SendTooLarge => code::MAX_MESSAGE_LEN_AFTER_ENCODING,
            ResourceError::QueueFull => status::OPERATION_TIMED_OUT,
            ResourceError::CorrelationId | ResourceError::UnknownPeer => status::INVALID_ARG,
            ResourceError::NotSendable => status::INVALID_STREAM_STATE,
            ResourceError::MessageTooLarge
            | ResourceError::ResponseTooLarge
            | ResourceError::RequestTooLarge
            | ResourceError::CredentialsTooLarge
            | ResourceError::IceTooLarge => status::INTERNAL_ERROR,
        }),
    }
}

fn outgoing(message: &Message, viewer: bool) -> Result<Outgoing, Status> {
    if message.version > 0 {
        return Err(code::INVALID_SIGNALING_MESSAGE_VERSION);
    }
    let kind = match message.message_type {
        message_type::OFFER => MessageKind::SdpOffer,
        message_type::ANSWER => MessageKind::SdpAnswer,
        message_type::ICE_CANDIDATE => MessageKind::IceCandidate,
        _ => return Err(status::INVALID_ARG),
    };
    let text = |field| text::field(field).map_err(|_| status::INVALID_ARG);
    let payload = payload(message)?;
    // A viewer's messages go to the master, whatever the samples write there.
    let to = if viewer { String::new() } else { text(&message.peer_client_id)? };
    let correlation_id = text(&message.correlation_id)?;
    Ok(Outgoing { id: 0, to, kind, payload, correlation_id })
}

fn payload(message: &Message) -> Result<Vec<u8>, Status> {
    let given = usize::try_from(message.payload_len).unwrap_or(usize::MAX);
    let bytes = message.payload.iter().map(|byte| byte.to_ne_bytes()[0]);
    let payload: Vec<u8> = match given {
        0 => bytes.take_while(|byte| *byte != 0).collect(),
        given if given > limits::MESSAGE => return Err(code::MAX_MESSAGE_LEN_AFTER_ENCODING),
        given => bytes.take(given).collect(),
    };
    if payload.is_empty() { Err(status::INVALID_ARG) } else { Ok(payload) }
}
