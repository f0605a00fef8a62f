//! The thread that calls the application: messages always, the rest while no call drives.

use super::Client;
use super::shared::{Incoming, Job, me};
use crate::abi::status::signaling as code;
use crate::abi::structs::ReceivedMessage;
use crate::abi::{limits, message_type};
use crate::{platform, text};
use kvs_signaling::MessageKind;

/// What this thread does next.
enum Next {
    Job(Job),
    Message(Incoming),
    End,
}

impl Client {
    /// Calls the application until the client is freed.
    pub(crate) fn call_application(&self) {
        let me = me();
        self.lock().caller_thread = Some(me);
        loop {
            match self.next_call() {
                Next::Job(job) => {
                    self.run(job);
                    self.lock().busy = None;
                    self.changed.notify_all();
                }
                Next::Message(message) => self.deliver(&message),
                Next::End => return,
            }
        }
    }

    fn next_call(&self) -> Next {
        let me = me();
        let mut shared = self.lock();
        loop {
            if shared.closing {
                return Next::End;
            }
            if shared.reconnect_by.is_some_and(|by| by <= platform::now()) {
                shared.reconnect_by = None;
                shared.report(
                    code::RECONNECT_FAILED,
                    "Failed to reconnect within 15 s; the client goes on trying.",
                );
            }
            if shared.driver.is_none()
                && shared.busy.is_none()
                && let Some(job) = shared.jobs.pop_front()
            {
                shared.busy = Some(me);
                return Next::Job(job);
            }
            if let Some(message) = shared.messages.pop_front() {
                return Next::Message(message);
            }
            let until = shared.reconnect_by;
            shared = self.wait(shared, until);
        }
    }

    fn deliver(&self, incoming: &Incoming) {
        let mut message = blank();
        let kind = match incoming.kind {
            MessageKind::SdpOffer => message_type::OFFER,
            MessageKind::SdpAnswer => message_type::ANSWER,
            MessageKind::IceCandidate => message_type::ICE_CANDIDATE,
            MessageKind::Unknown => message_type::UNKNOWN,
        };
        message.message.message_type = kind;
        let fits = text::write(&mut message.message.peer_client_id, incoming.sender.as_bytes())
            && text::write(&mut message.message.payload, &incoming.payload);
        if !fits {
            // The core's limits are the fields', so this is a message that cannot have come.
            return self.application.error(
                code::RECEIVED_MESSAGE_LARGER_THAN_MAX_DATA_LEN,
                "a received message does not fit its struct",
            );
        }
        let len = incoming.payload.len().min(limits::MESSAGE);
        message.message.payload_len = u32::try_from(len).unwrap_or(0);
        self.application.message(&mut message);
    }
}

/// A message without content, made on the heap: 20 KB are much for a stack.
fn blank() -> Box<ReceivedMessage> {
    // SAFETY: the struct is numbers and arrays of numbers, of which all zeros are valid ones.
    unsafe { Box::<ReceivedMessage>::new_zeroed().assume_init() }
}
