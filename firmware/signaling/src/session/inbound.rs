//! What the service sends over the WebSocket.

use super::Session;
use super::https::Phase;
use super::notes::Note;
use super::peers::client_key;
use super::socket::{After, Stage};
use crate::error::{PeerError, ResourceError};
use crate::event::{Link, MessageKind, PeerId, Ticket};
use crate::state::{Cause, State};
use crate::wire::message::{self, Envelope, Kind};
use crate::wire::span::Span;
use crate::wire::websocket::{CONTROL_MAX, Received};

/// A message in the receive buffer, until `poll` has delivered it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Inbound {
    Message { from: PeerId, kind: MessageKind, payload: Span, duplicate: bool },
    Status { ticket: Option<Ticket>, status: message::Status },
}

impl Session<'_> {
    /// Bytes from the socket's link. Taken up to the end of a message that is to be delivered, so
    /// that one at a time is enough.
    pub(super) fn socket_bytes(&mut self, bytes: &[u8]) -> usize {
        let link = self.socket.as_ref().map(|socket| socket.link);
        let mut taken = 0;
        while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
            let socket = self.socket.as_mut().filter(|socket| Some(socket.link) == link);
            let Some(socket) = socket.filter(|socket| socket.phase == Phase::Up) else {
                return bytes.len();
            };
            if self.inbound.is_some() || !self.notes.has_room() {
                break;
            }
            socket.heartbeat.heard = self.now.mono;
            taken += match socket.stage {
                Stage::Upgrade(_) => self.upgrade_bytes(rest),
                Stage::Open => self.frame_bytes(rest),
            };
        }
        taken
    }

    fn frame_bytes(&mut self, bytes: &[u8]) -> usize {
        let Some(socket) = &mut self.socket else { return bytes.len() };
        match socket.decoder.feed(self.rx, bytes) {
            Ok((received, taken)) => {
                if let Some(received) = received {
                    self.received(received);
                }
                taken
            }
            Err(violation) => {
                // Told once: afterwards the close handshake is under way.
                if socket.closing.is_none_or(|closing| closing.wait_for_peer) {
                    self.notes.push(Note::Error(PeerError::WebSocket.into()));
                    let after = self.after_failure(Cause::Protocol);
                    self.start_close(violation.close_code(), after, false);
                }
                bytes.len()
            }
        }
    }

    fn received(&mut self, received: Received) {
        match received {
            // As the C SDK does (spec §3.3).
            Received::Text { len: 0 } => {}
            Received::Text { len } => self.text(len),
            // Skipped and reported: the link is in step and carries other messages, so that a 1003
            // close would only cost a reconnect.
            Received::Binary => self.bad_message(PeerError::Binary),
            Received::TooLarge => {
                self.counters.runtime_error();
                self.notes.push(Note::Error(ResourceError::MessageTooLarge.into()));
            }
            Received::Ping => self.ping_received(),
            Received::Pong => self.pong_received(),
            Received::Close { code } => self.peer_closed(code),
        }
    }

    fn ping_received(&mut self) {
        let Some(socket) = &mut self.socket else { return };
        let control = socket.decoder.control();
        let mut payload = [0; CONTROL_MAX];
        for (to, from) in payload.iter_mut().zip(control) {
            *to = *from;
        }
        socket.pong = Some((payload, control.len()));
    }

    fn pong_received(&mut self) {
        let Some(socket) = &mut self.socket else { return };
        let (link, now) = (socket.link, self.now.mono);
        if let Some((counter, took_ms)) = socket.heartbeat.pong(socket.decoder.control(), now) {
            self.outbound.ponged(counter);
            self.notes.push(Note::Pong { link, took_ms });
        }
    }

    fn text(&mut self, len: usize) {
        let Some(link) = self.socket.as_ref().map(|socket| socket.link) else { return };
        let Some(text) = self.rx.get_mut(..len) else { return };
        let envelope = match message::parse(text) {
            Ok(envelope) => envelope,
            Err(error) => return self.bad_message(error),
        };
        match envelope.kind {
            Kind::SdpOffer => self.message(link, &envelope, MessageKind::SdpOffer),
            Kind::SdpAnswer => self.message(link, &envelope, MessageKind::SdpAnswer),
            Kind::IceCandidate => self.message(link, &envelope, MessageKind::IceCandidate),
            Kind::Unknown => self.message(link, &envelope, MessageKind::Unknown),
            Kind::StatusResponse => self.status(link, &envelope),
            Kind::ReconnectIceServer => {
                self.notes.push(Note::ReconnectIce { link });
                self.ice.invalidate();
                self.side_retry_at = None;
            }
            Kind::GoAway => {
                self.notes.push(Note::GoAway { link });
                if !self.ignores_go_away() && self.state == State::Connected {
                    // The C SDK hangs on this message for good when it comes over the socket (spec
                    // §5.9, §13). The service grants a minute: the next connection is prepared in
                    // it, so that there is no gap but the handshake.
                    self.directory.forget_endpoints();
                    self.leave(Cause::GoAway);
                }
            }
        }
    }

    fn message(&mut self, link: Link, envelope: &Envelope, kind: MessageKind) {
        let sender = envelope.sender.text(self.rx);
        let sender_is_service = sender.is_empty();
        let (key, from) = (client_key(sender), self.peers.meet(sender));
        let Some(from) = from else { return self.bad_message(PeerError::Message) };
        let payload = envelope.payload;
        let duplicate = match kind {
            MessageKind::SdpOffer | MessageKind::SdpAnswer | MessageKind::IceCandidate => {
                let (bytes, ttl_ms) = (payload.bytes(self.rx), self.message_ttl_ms());
                self.digests.seen(key, kind, bytes, self.now.mono, ttl_ms)
            }
            // What it means, and whether it may come twice, is not ours to say.
            MessageKind::Unknown => false,
        };
        match (kind, duplicate) {
            (MessageKind::SdpOffer, true) => {
                self.outbound.resend_answer(key, self.entropy.bytes());
            }
            (MessageKind::SdpOffer, false) => self.outbound.drop_kept(key),
            (MessageKind::SdpAnswer | MessageKind::IceCandidate | MessageKind::Unknown, _) => {}
        }
        let duplicate = duplicate && !self.delivers_twice();
        if kind == MessageKind::SdpOffer && sender_is_service {
            self.storage_offered(link);
        }
        self.counters.message_received(kind, duplicate, self.now.mono);
        self.inbound = Some((link, Inbound::Message { from, kind, payload, duplicate }));
    }

    /// The C SDK keeps this from the application (spec §3.3); a sender then never learns that its
    /// message was refused.
    fn status(&mut self, link: Link, envelope: &Envelope) {
        let status = envelope.status;
        let correlation = status.correlation_id.text(self.rx);
        let refused = !(200..300).contains(&status.code);
        let ticket = match correlation {
            "" => None,
            id => self.outbound.status(client_key(id), refused),
        };
        self.inbound = Some((link, Inbound::Status { ticket, status }));
    }

    fn bad_message(&mut self, error: PeerError) {
        self.counters.runtime_error();
        self.notes.push(Note::Error(error.into()));
    }

    pub(super) fn message_ttl_ms(&self) -> u64 {
        u64::from(self.config.channel.message_ttl_s) * 1_000
    }

    /// What follows when a socket that still works is to be dropped for `cause`.
    fn after_failure(&self, cause: Cause) -> After {
        match self.socket.as_ref().and_then(|socket| socket.closing) {
            Some(closing) => closing.after,
            None => self.after_loss(cause),
        }
    }
}

#[cfg(not(kvs_mutants))]
#[allow(clippy::unused_self, reason = "the other builds read the configuration")]
impl Session<'_> {
    fn ignores_go_away(&self) -> bool {
        false
    }

    fn delivers_twice(&self) -> bool {
        false
    }
}

#[cfg(kvs_mutants)]
impl Session<'_> {
    fn ignores_go_away(&self) -> bool {
        self.config.mutants.ignore_go_away
    }

    fn delivers_twice(&self) -> bool {
        self.config.mutants.no_dedupe
    }
}
