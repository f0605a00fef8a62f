//! What becomes of a client's frames.

use super::decoder::{Decoder, Frame};
use super::outbox::Outgoing;
use super::socket::{Phase, Socket};
use crate::fault::{Fate, Notice};
use crate::http::Io;
use crate::journal::{By, Direction, Event};
use crate::link;
use crate::service::message::{Inbound, Message};
use crate::shared::State;

impl<S: Io> Socket<'_, S> {
    /// Handles every frame that has come completely.
    pub(super) fn handle_frames(&mut self) {
        loop {
            match self.decoder.next() {
                Ok(Some(frame)) => self.handle(frame),
                Ok(None) => break,
                Err(violation) => {
                    // The rest cannot be told apart from noise.
                    self.decoder = Decoder::default();
                    self.close(violation.code(), "", By::Service);
                    break;
                }
            }
        }
    }

    fn handle(&mut self, frame: Frame) {
        let counts = match &frame {
            Frame::Text(_) | Frame::Binary => true,
            Frame::Ping(_) | Frame::Pong => self.conn.shared.config.policies.pings_reset_idle,
            Frame::Close(_) => false,
        };
        if counts {
            self.lifetime.active(self.now_us());
        }
        match frame {
            Frame::Text(text) if self.phase == Phase::Open => self.message(&text),
            Frame::Text(_) => {}
            // API Gateway, which the service shows itself to be, has no binary frames: 1003.
            Frame::Binary => self.close(1003, "", By::Service),
            Frame::Ping(payload) => self.ping(&payload),
            Frame::Pong => self.conn.record(Event::WsPong { dir: Direction::In }),
            Frame::Close(code) => self.closed_by_client(code),
        }
    }

    fn ping(&mut self, payload: &[u8]) {
        self.conn.record(Event::WsPing { dir: Direction::In });
        let conn = self.conn;
        let is_muted = conn.shared.with(|state, now| {
            let (is_muted, fired) = state.rules.mutes_pong(&conn.actor);
            if let Some(event) = fired {
                let actor = Some(conn.actor.clone());
                conn.shared.journal.append(now.us, actor, Some(conn.id), event);
            }
            is_muted
        });
        if !is_muted && self.phase == Phase::Open {
            self.outbox.push(Outgoing::pong(payload));
        }
    }

    fn message(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let conn = self.conn;
        let Ok(inbound) = Inbound::parse(text) else {
            return conn.record(Event::Dropped { kind: "unknown", why: "invalid" });
        };
        let (notices, cut) = conn.shared.with(|state, now| {
            let measured = state.service.note(conn.id, &inbound);
            let mut verdict = inbound.kind.map_or_else(Default::default, |kind| {
                state.rules.on_message(&conn.actor, link::Direction::Service, kind)
            });
            let fate = verdict.fate.take();
            let copies = if fate == Some(Fate::Duplicate) { 2 } else { 1 };
            match fate {
                Some(Fate::Drop) => state.service.dropped(conn.id, &inbound, "fault"),
                Some(Fate::StatusResponse { status, error, message }) => {
                    refuse_by_fault(state, conn.id, &inbound, status, error, message);
                }
                Some(
                    Fate::Duplicate
                    | Fate::Binary
                    | Fate::Fragmented { .. }
                    | Fate::Payload(_)
                    | Fate::Late { .. },
                )
                | None => {
                    for _ in 0..copies {
                        let routed = state.service.route(now, conn.id, &inbound, measured);
                        if let Err(error) = routed {
                            state.service.refuse(conn.id, &inbound, &error);
                            break;
                        }
                    }
                }
            }
            // What fired stands in the journal behind the message it fired on.
            for event in verdict.fired {
                state.service.journal(Some(conn.id), event);
            }
            (verdict.notices, verdict.cut)
        });
        conn.link.message_boundary();
        if let Some(cut) = cut {
            cut.apply(&conn.link);
        }
        notices.into_iter().for_each(|notice| self.notice(notice));
    }

    fn closed_by_client(&mut self, code: Option<u16>) {
        match self.phase {
            Phase::Open => {
                self.conn.record(Event::WsClose { code, by: By::Client });
                self.put_back_unstarted();
                self.outbox.push(Outgoing::close(code, "", By::Client));
                self.phase = Phase::Answering;
            }
            Phase::Closing(by) => {
                self.conn.ended("fin", by);
                self.phase = Phase::Over;
            }
            Phase::Answering | Phase::Over => {}
        }
    }

    /// Carries out what a fault has the service say.
    pub(super) fn notice(&mut self, notice: Notice) {
        use crate::service::message::MessageType::{GoAway, ReconnectIceServer};
        match notice {
            Notice::GoAway => self.say(Message::notice(GoAway), None),
            Notice::ReconnectIce => self.say(Message::notice(ReconnectIceServer), None),
            Notice::Close { code, reason } => self.close(code, &reason, By::Fault),
            Notice::End => self.outbox.push(Outgoing::end()),
            Notice::Unknown { kind, payload } => {
                self.outbox.push(Outgoing::unknown(&kind, &payload));
            }
            Notice::Pings { count, apart } => self.flood(count, apart),
        }
    }
}

fn refuse_by_fault(
    state: &mut State,
    conn: crate::journal::ConnId,
    inbound: &Inbound<'_>,
    status: u16,
    error: Option<String>,
    message: Option<String>,
) {
    let error = error.as_deref().unwrap_or("InvalidArgumentException");
    let why = message.as_deref().unwrap_or("Injected by the test.");
    if let Some(id) = &inbound.correlation_id {
        state.service.tell(conn, Message::status_response(id, error, status, why));
    }
    state.service.dropped(conn, inbound, "fault");
}
