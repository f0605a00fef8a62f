//! What the WebSocket writes next, and what became of what it wrote.

use super::Session;
use super::https::Phase;
use super::notes::Note;
use super::requests::Unbuilt;
use super::socket::{Offered, Stage};
use crate::time::Instant;
use crate::wire::websocket::{self, Opcode};

impl Session<'_> {
    /// What to offer on the socket's link now; it is offered already, and not again before it is
    /// reported written.
    pub(super) fn next_offer(&mut self) -> Result<Option<Offered>, Unbuilt> {
        let Some(socket) = &self.socket else { return Ok(None) };
        if socket.phase != Phase::Up || socket.outstanding.is_some() {
            return Ok(None);
        }
        let offered = match &socket.stage {
            Stage::Upgrade(upgrade) => {
                if upgrade.is_unbuilt() {
                    self.build_upgrade()?;
                }
                (!self.upgrade_unsent().is_empty()).then_some(Offered::Upgrade)
            }
            Stage::Open => self.next_frame(),
        };
        if let Some(socket) = &mut self.socket {
            socket.outstanding = offered;
        }
        Ok(offered)
    }

    /// The bytes of an offer.
    pub(super) fn offered_bytes(&self, offered: Offered) -> &[u8] {
        match offered {
            Offered::Upgrade => self.upgrade_unsent(),
            Offered::Control => self.socket.as_ref().map_or(&[], |socket| socket.control.unsent()),
            Offered::Message => self.outbound.writing().unwrap_or_default(),
        }
    }

    fn upgrade_unsent(&self) -> &[u8] {
        match self.socket.as_ref().map(|socket| &socket.stage) {
            Some(Stage::Upgrade(upgrade)) => upgrade.unsent(self.http),
            Some(Stage::Open) | None => &[],
        }
    }

    /// Frames are not cut: one that has begun is finished before another begins.
    fn next_frame(&mut self) -> Option<Offered> {
        let socket = self.socket.as_mut()?;
        if !socket.control.is_sent() {
            return Some(Offered::Control);
        }
        if self.outbound.writing().is_some() {
            return Some(Offered::Message);
        }
        if self.build_control() {
            return Some(Offered::Control);
        }
        let socket = self.socket.as_ref()?;
        let kind = self.outbound.next_kind().filter(|_| socket.closing.is_none())?;
        if socket.quota.free_at(kind) > self.now.mono {
            return None;
        }
        self.outbound.begin();
        Some(Offered::Message)
    }

    /// Builds the control frame that is due, if any: after a close frame nothing may follow; pongs
    /// come before our own pings.
    fn build_control(&mut self) -> bool {
        let Some(socket) = &mut self.socket else { return false };
        if let Some(closing) = &mut socket.closing {
            if core::mem::replace(&mut closing.built, true) {
                return false;
            }
            let (key, code) = (self.entropy.bytes(), closing.code);
            socket.control.begin(|frame| websocket::write_close(frame, key, code));
            return true;
        }
        let key = self.entropy.bytes();
        if let Some((payload, len)) = socket.pong.take() {
            let payload = payload.get(..len).unwrap_or_default();
            let write =
                |frame: &mut [u8]| websocket::write_control(frame, Opcode::Pong, key, payload);
            socket.control.begin(write);
            return true;
        }
        let Some(counter) = socket.heartbeat.take_asked() else { return false };
        let write = |frame: &mut [u8]| {
            websocket::write_control(frame, Opcode::Ping, key, &counter.to_be_bytes())
        };
        socket.control.begin(write);
        self.outbound.pinged(counter);
        self.notes.push(Note::Ping { link: socket.link });
        true
    }

    /// So many bytes of the last offer are written.
    pub(super) fn socket_sent(&mut self, n: usize) {
        let now = self.now.mono;
        let Some(socket) = &mut self.socket else { return };
        let Some(offered) = socket.outstanding.take().filter(|_| n > 0) else { return };
        match offered {
            Offered::Upgrade => {
                if let Stage::Upgrade(upgrade) = &mut socket.stage {
                    upgrade.sent(n);
                }
            }
            Offered::Control => {
                let control = &mut socket.control;
                control.sent = control.sent.saturating_add(n).min(control.len);
                let done = control.is_sent();
                socket.heartbeat.sent(now, done);
                self.after_control();
            }
            Offered::Message => {
                socket.heartbeat.sent(now, false);
                if let Some(kind) = self.outbound.sent(n, socket.link) {
                    socket.quota.sent(kind, now);
                    self.counters.message_sent(kind, now);
                }
            }
        }
    }

    /// A close frame that waits for no answer ends the socket.
    fn after_control(&mut self) {
        let Some(socket) = &self.socket else { return };
        let closing = socket.closing.filter(|closing| !closing.wait_for_peer);
        if socket.close_is_sent() && closing.is_some() {
            self.socket_failed(crate::state::Cause::ServerClose);
        }
    }

    /// A ping behind messages that are written and not confirmed, once nothing more is to follow
    /// them at once.
    pub(super) fn ask_for_confirmation(&mut self) {
        let Some(at) = self.next_message_at() else {
            if let Some(socket) = &mut self.socket
                && socket.is_open()
                && socket.closing.is_none()
                && self.outbound.wants_ping()
            {
                socket.heartbeat.ask(self.now.mono);
            }
            return;
        };
        if at > self.now.mono
            && self.outbound.wants_ping()
            && let Some(socket) = &mut self.socket
        {
            socket.heartbeat.ask(self.now.mono);
        }
    }

    /// When the quota lets the next message out; `None` when none waits on an open socket.
    pub(super) fn next_message_at(&self) -> Option<Instant> {
        let socket = self.socket.as_ref().filter(|socket| socket.is_open())?;
        if socket.closing.is_some() || self.outbound.writing().is_some() {
            return None;
        }
        Some(socket.quota.free_at(self.outbound.next_kind()?))
    }
}
