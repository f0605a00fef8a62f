//! The WebSocket's link: opening, upgrade, heartbeat, close handshake.

use super::Session;
use super::answers::Answer;
use super::exchange::Exchange;
use super::heartbeat::Heartbeat;
use super::https::Phase;
use super::notes::{Note, Word};
use super::quota::Quota;
use super::requests::Unbuilt;
use crate::call::connect;
use crate::error::PeerError;
use crate::event::{Api, CloseReason, Link};
use crate::state::{Cause, State};
use crate::time::Instant;
use crate::wire::websocket::{self, CONTROL_MAX, Decoder, HEADER_MAX};

/// One connection attempt and, if it succeeds, the connection. Made anew on entry to connect, so
/// that nothing depends on how the last one ended.
pub(super) struct Socket {
    pub(super) link: Link,
    pub(super) phase: Phase,
    pub(super) stage: Stage,
    pub(super) key: [u8; 24],
    pub(super) decoder: Decoder,
    pub(super) heartbeat: Heartbeat,
    pub(super) quota: Quota,
    /// Which bytes the last `Send` offered, until it is reported written.
    pub(super) outstanding: Option<Offered>,
    pub(super) control: ControlFrame,
    /// Payload of a ping to be answered; only the newest needs to be (RFC 6455 §5.5.3).
    pub(super) pong: Option<([u8; CONTROL_MAX], usize)>,
    pub(super) closing: Option<Closing>,
}

/// What a socket's link is used for.
#[derive(Clone)]
pub(super) enum Stage {
    Upgrade(Exchange),
    Open,
}

/// What is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offered {
    Upgrade,
    Control,
    Message,
}

/// The one control frame that is being written.
pub(super) struct ControlFrame {
    pub(super) bytes: [u8; HEADER_MAX + CONTROL_MAX],
    pub(super) len: usize,
    pub(super) sent: usize,
}

/// A close handshake.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closing {
    pub(super) code: u16,
    /// What follows it.
    pub(super) after: After,
    pub(super) until: Instant,
    /// The peer's close frame has not come; without one there is no use in waiting for it.
    pub(super) wait_for_peer: bool,
    pub(super) built: bool,
}

/// What follows the end of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// The next connection, without a back-off.
    Reconnect,
    /// A back-off.
    Fail(Cause),
    /// Nothing.
    Stop,
}

impl Session<'_> {
    /// Begins a connection attempt.
    pub(super) fn open_socket(&mut self) {
        let link = self.next_link();
        let now = self.now.mono;
        self.socket = Some(Socket {
            link,
            phase: Phase::Wanted,
            stage: Stage::Upgrade(Exchange::new(Api::Connect, now)),
            key: websocket::key(self.entropy.bytes()),
            decoder: Decoder::new(),
            heartbeat: Heartbeat::new(now),
            quota: Quota::new(),
            outstanding: None,
            control: ControlFrame { bytes: [0; HEADER_MAX + CONTROL_MAX], len: 0, sent: 0 },
            pong: None,
            closing: None,
        });
        let unix_ms = self.unix_ms();
        self.counters.connect_began(now, unix_ms);
    }

    pub(super) fn socket_opened(&mut self) {
        let now = self.now.mono;
        if let Some(socket) = &mut self.socket
            && matches!(socket.phase, Phase::Opening { .. })
            && let Stage::Upgrade(upgrade) = &mut socket.stage
        {
            socket.phase = Phase::Up;
            upgrade.started = now;
        }
    }

    /// Writes the upgrade into the buffer.
    pub(super) fn build_upgrade(&mut self) -> Result<(), Unbuilt> {
        let Some(key) = self.socket.as_ref().map(|socket| socket.key) else { return Ok(()) };
        let len = self.write_upgrade(&key)?;
        if let Some(socket) = &mut self.socket
            && let Stage::Upgrade(upgrade) = &mut socket.stage
        {
            upgrade.built(len, self.now.mono);
        }
        Ok(())
    }

    /// Bytes of the upgrade's response. Returns how many were taken.
    pub(super) fn upgrade_bytes(&mut self, bytes: &[u8]) -> usize {
        let Some(socket) = &mut self.socket else { return bytes.len() };
        let Stage::Upgrade(upgrade) = &mut socket.stage else { return 0 };
        match upgrade.receive(self.http, bytes, socket.outstanding.is_some()) {
            Ok((false, taken)) => taken,
            Ok((true, taken)) => {
                self.upgrade_answered();
                taken
            }
            Err(_) => {
                self.upgrade_broken();
                bytes.len()
            }
        }
    }

    fn upgrade_answered(&mut self) {
        let Some(socket) = &mut self.socket else { return };
        let Stage::Upgrade(upgrade) = &socket.stage else { return };
        let (link, upgrade) = (socket.link, upgrade.clone());
        let response = upgrade.reader.response(self.http);
        let checked = response.map(|response| connect::check(&response, &socket.key));
        let (Some(answer), Some(checked)) = (Answer::read(&upgrade, self.http), checked) else {
            return self.upgrade_broken();
        };
        let learned = self.observe(&answer);
        self.call_done(link, &upgrade, answer.status, answer.error);
        match checked {
            Ok(()) => self.upgraded(link),
            Err(error) if answer.status == 101 => {
                self.drop_socket();
                self.call_failed_with(Cause::BadResponse, error.into());
            }
            Err(_) => {
                self.drop_socket();
                self.refused(Api::Connect, &answer, learned);
            }
        }
    }

    fn upgrade_broken(&mut self) {
        self.upgrade_unanswered();
        self.call_failed_with(Cause::BadResponse, PeerError::Http.into());
    }

    /// Drops a socket that was not upgraded, and reports that as a call's end.
    fn upgrade_unanswered(&mut self) {
        if let Some(socket) = &self.socket
            && let Stage::Upgrade(upgrade) = &socket.stage
        {
            let (link, upgrade) = (socket.link, upgrade.clone());
            if socket.phase == Phase::Up {
                self.call_done(link, &upgrade, 0, Word::EMPTY);
            }
        }
        self.drop_socket();
    }

    fn upgraded(&mut self, link: Link) {
        let now = self.now.mono;
        if let Some(socket) = &mut self.socket {
            socket.stage = Stage::Open;
            socket.heartbeat = Heartbeat::new(now);
        }
        let unix_ms = self.unix_ms();
        self.counters.connected(now, unix_ms);
        self.accepted();
        self.tried.looked_up_again = false;
        self.tried.connects_failed = 0;
        self.connected_at = Some(now);
        self.go(Cause::Upgraded);
        self.begin_join();
        self.notes.push(Note::Connected { link, attempt: self.backoff.failures() });
    }

    /// The port says that the link is gone.
    pub(super) fn socket_closed(&mut self, why: CloseReason) {
        let Some(socket) = &mut self.socket else { return };
        let cause = socket.phase.lost(why);
        socket.phase = Phase::Gone;
        self.socket_failed(cause);
    }

    /// The socket is of no more use.
    pub(super) fn socket_failed(&mut self, cause: Cause) {
        let Some(socket) = &self.socket else { return };
        let after = socket.closing.map_or_else(|| self.after_loss(cause), |closing| closing.after);
        self.upgrade_unanswered();
        match after {
            After::Reconnect => {}
            After::Fail(cause) => self.fail(cause),
            After::Stop => self.finish_stop(),
        }
    }

    /// What follows the loss of a socket that was not being closed. One that was to be left anyway
    /// is left a little earlier.
    pub(super) fn after_loss(&self, cause: Cause) -> After {
        if self.state == State::Leaving { After::Reconnect } else { After::Fail(cause) }
    }

    /// Drops the socket. What was on its way is sorted by what is known of it.
    pub(super) fn drop_socket(&mut self) {
        let Some(socket) = self.socket.take() else { return };
        if socket.phase.is_open() {
            self.socket_to_close = Some(socket.link);
        }
        self.storage.part();
        if matches!(socket.stage, Stage::Open) {
            let entropy = &mut self.entropy;
            self.outbound.link_lost(|| entropy.bytes());
        }
        if let Some(connected) = self.connected_at.take() {
            self.backoff.ended(connected, self.now.mono, &self.config.policy);
        }
    }

    /// Begins a close handshake, or redirects the one under way.
    pub(super) fn start_close(&mut self, code: u16, after: After, wait_for_peer: bool) {
        let until = self.now.mono.plus(u64::from(self.config.policy.close_timeout_ms));
        let Some(socket) = &mut self.socket else { return };
        let closing = socket.closing.get_or_insert(Closing {
            code,
            after,
            until,
            wait_for_peer,
            built: false,
        });
        closing.after = after;
        closing.wait_for_peer &= wait_for_peer;
    }

    /// The peer's close frame: the answer to ours, or to be answered.
    pub(super) fn peer_closed(&mut self, code: Option<u16>) {
        let Some(socket) = &self.socket else { return };
        let (answered, closing) = (socket.close_is_sent(), socket.closing);
        let after = match closing {
            Some(closing) => closing.after,
            None => self.after_loss(Cause::ServerClose),
        };
        if answered {
            // It comes behind everything we wrote, so the service has read that.
            self.outbound.confirm_written();
            self.socket_failed(Cause::ServerClose);
        } else {
            // Whatever the code: a service that closes with 1001 each hour, and one that closes
            // with 4000, are both to be called again. §5.5.1 asks for the same code.
            let code = code.unwrap_or(websocket::close::NORMAL);
            self.start_close(code, after, false);
        }
    }
}

impl Socket {
    pub(super) fn is_open(&self) -> bool {
        self.phase == Phase::Up && matches!(self.stage, Stage::Open)
    }

    /// Our close frame is written whole.
    pub(super) fn close_is_sent(&self) -> bool {
        self.closing.is_some_and(|closing| closing.built) && self.control.is_sent()
    }
}

impl ControlFrame {
    pub(super) fn is_sent(&self) -> bool {
        self.sent >= self.len
    }

    pub(super) fn unsent(&self) -> &[u8] {
        self.bytes.get(self.sent..self.len).unwrap_or_default()
    }

    /// The bytes for a new frame; `len` is then to be set.
    pub(super) fn begin(&mut self, write: impl FnOnce(&mut [u8]) -> Option<usize>) {
        self.sent = 0;
        self.len = write(&mut self.bytes).unwrap_or(0);
    }
}
