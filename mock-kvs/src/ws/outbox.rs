//! What waits to be written, frame by frame, and what each frame means.

use std::collections::VecDeque;

use super::encode;
use crate::fault::Fate;
use crate::fault::rules::Cut;
use crate::journal::By;
use crate::service::Taken;
use crate::service::message::Message;

/// One frame, or one fragmented message, on its way out.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub bytes: Vec<u8>,
    pub meaning: Meaning,
    /// Falls in these bytes.
    pub cut: Option<Cut>,
}

/// What was sent when the bytes have gone.
#[derive(Debug)]
pub(super) enum Meaning {
    /// A message; `taken` goes back to the service when it did not get out.
    Message {
        message: Message,
        taken: Option<Taken>,
    },
    Ping,
    Pong,
    /// A close frame: ours, or the answer to the client's.
    Close {
        code: Option<u16>,
        by: By,
    },
    /// Of a type the service does not have.
    Unknown,
    /// The end, without a close frame.
    End,
}

impl Outgoing {
    pub fn message(
        message: Message,
        taken: Option<Taken>,
        fate: Option<&Fate>,
        cut: Option<Cut>,
    ) -> Self {
        let bytes = match fate {
            Some(Fate::Binary) => encode::binary(&message.text),
            Some(Fate::Fragmented { bytes }) => encode::fragmented(&message.text, *bytes),
            Some(
                Fate::Drop
                | Fate::Duplicate
                | Fate::StatusResponse { .. }
                | Fate::Payload(_)
                | Fate::Late { .. },
            )
            | None => encode::text(&message.text),
        };
        Self { bytes, meaning: Meaning::Message { message, taken }, cut }
    }

    pub fn ping() -> Self {
        Self { bytes: encode::ping(b"mock"), meaning: Meaning::Ping, cut: None }
    }

    pub fn pong(payload: &[u8]) -> Self {
        Self { bytes: encode::pong(payload), meaning: Meaning::Pong, cut: None }
    }

    pub fn close(code: Option<u16>, reason: &str, by: By) -> Self {
        let bytes = encode::close(code, reason);
        Self { bytes, meaning: Meaning::Close { code, by }, cut: None }
    }

    pub fn unknown(kind: &str, payload: &str) -> Self {
        let text = serde_json::json!({ "messageType": kind, "messagePayload": payload });
        let bytes = encode::text(&text.to_string());
        Self { bytes, meaning: Meaning::Unknown, cut: None }
    }

    /// Ends the connection when what is queued before it has gone.
    pub fn end() -> Self {
        Self { bytes: Vec::new(), meaning: Meaning::End, cut: None }
    }

    /// Whether the link is told where it begins and ends.
    pub fn is_marked(&self) -> bool {
        matches!(self.meaning, Meaning::Message { .. } | Meaning::Unknown)
    }
}

/// The frames in order; the first may be half written.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    queue: VecDeque<Outgoing>,
    /// The frame being written, and how many of its bytes the stream has.
    pub writing: Option<(Outgoing, usize)>,
}

impl Outbox {
    pub fn push(&mut self, outgoing: Outgoing) {
        self.queue.push_back(outgoing);
    }

    pub fn is_idle(&self) -> bool {
        self.writing.is_none() && self.queue.is_empty()
    }

    /// Starts the next frame when none is being written.
    pub fn start_next(&mut self) -> Option<&Outgoing> {
        if self.writing.is_some() {
            return None;
        }
        self.writing = Some((self.queue.pop_front()?, 0));
        self.writing.as_ref().map(|(outgoing, _)| outgoing)
    }

    /// Forgets what has not been started: nothing may follow a close frame.
    pub fn clear(&mut self) -> Vec<Taken> {
        self.queue.drain(..).filter_map(Outgoing::taken).collect()
    }

    /// What was taken from the service and did not get out, oldest first.
    pub fn undelivered(&mut self, is_consumed: impl Fn(usize, usize) -> bool) -> Vec<Taken> {
        let started =
            self.writing.take().filter(|(outgoing, at)| !is_consumed(*at, outgoing.bytes.len()));
        let started = started.and_then(|(outgoing, _)| outgoing.taken());
        started.into_iter().chain(self.clear()).collect()
    }
}

impl Outgoing {
    fn taken(self) -> Option<Taken> {
        match self.meaning {
            Meaning::Message { taken, .. } => taken,
            Meaning::Ping
            | Meaning::Pong
            | Meaning::Close { .. }
            | Meaning::Unknown
            | Meaning::End => None,
        }
    }
}
