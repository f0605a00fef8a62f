//! The loop of one WebSocket: orders, writing, reading and deadlines, in that order.
//!
//! Reading never waits for writing: a client whose receive window is full is still heard.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep_until};

use super::decoder::Decoder;
use super::late::LateMessages;
use super::lifetime::{Due, Lifetime};
use super::outbox::{Meaning, Outbox, Outgoing};
use super::step::Step;
use crate::clock::micros;
use crate::config::Consumed;
use crate::fault::Fate;
use crate::http::{Conn, Io};
use crate::journal::{By, Direction, Event};
use crate::link;
use crate::service::message::{Message, MessageType};
use crate::service::{Ending, Taken};
use crate::shared::Order;

/// How far the closing of the WebSocket has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// Our close frame is on its way or sent; the client has not answered.
    Closing(By),
    /// The client closed; our answer is on its way.
    Answering,
    /// Nothing more to say.
    Over,
}

pub(super) struct Socket<'c, S> {
    pub conn: &'c Arc<Conn>,
    pub decoder: Decoder,
    pub outbox: Outbox,
    pub lifetime: Lifetime,
    pub phase: Phase,
    pub stream: S,
    pub orders: mpsc::UnboundedReceiver<Order>,
    /// A message may wait at the service.
    is_pending: bool,
    flood: Option<Flood>,
    /// What a fault holds back.
    late: LateMessages,
    pub timer: Pin<Box<Sleep>>,
    timer_us: u64,
}

/// Pings of a `ping-flood`.
struct Flood {
    left: u32,
    apart: Duration,
    next_us: u64,
}

impl<'c, S: Io> Socket<'c, S> {
    pub fn new(
        conn: &'c Arc<Conn>,
        stream: S,
        already_read: &[u8],
        orders: mpsc::UnboundedReceiver<Order>,
    ) -> Self {
        let now = conn.shared.clock.now();
        let lifetime = Lifetime::new(conn.shared.config.socket, now.us);
        let timer_us = lifetime.deadline_us();
        let mut decoder = Decoder::default();
        decoder.buffer().extend_from_slice(already_read);
        Self {
            conn,
            decoder,
            outbox: Outbox::default(),
            lifetime,
            phase: Phase::Open,
            stream,
            orders,
            is_pending: false,
            flood: None,
            late: LateMessages::default(),
            timer: Box::pin(sleep_until(conn.shared.clock.instant(timer_us))),
            timer_us,
        }
    }

    /// Runs until the connection is over.
    pub async fn run(mut self) {
        self.opened();
        self.handle_frames();
        while self.phase != Phase::Over {
            self.start_writing();
            self.set_timer();
            match poll_fn(|cx| self.poll_step(cx)).await {
                Step::Order(order) => self.obey(order),
                Step::Wrote => self.wrote(),
                Step::Read(0) => {
                    self.conn.ended("fin", By::Client);
                    self.phase = Phase::Over;
                }
                Step::Read(_) => self.handle_frames(),
                Step::WriteFailed(error) | Step::ReadFailed(error) => {
                    self.conn.failed(&error);
                    self.phase = Phase::Over;
                }
                Step::Timer => self.timer(),
            }
        }
        self.finish().await;
    }

    pub(super) fn now_us(&self) -> u64 {
        self.conn.shared.clock.now().us
    }

    /// Starts our side of the closing handshake.
    pub(super) fn close(&mut self, code: u16, reason: &str, by: By) {
        if self.phase != Phase::Open {
            return;
        }
        // Behind what is queued already: a close that follows a message must not overtake it.
        self.outbox.push(Outgoing::close(Some(code), reason, by));
        self.phase = Phase::Closing(by);
        // The grace starts now, even if the frame cannot be written.
        self.lifetime.closing(self.now_us());
    }

    /// Queues one of the service's own messages, or one taken from it.
    pub(super) fn say(&mut self, message: Message, taken: Option<Taken>) {
        if self.phase != Phase::Open {
            return self.put_back(taken.into_iter().collect());
        }
        let conn = self.conn;
        let mut verdict = conn.shared.with(|state, now| {
            let way = link::Direction::Device;
            let mut verdict = state.rules.on_message(&conn.actor, way, message.kind);
            for event in verdict.fired.drain(..) {
                let actor = Some(conn.actor.clone());
                conn.shared.journal.append(now.us, actor, Some(conn.id), event);
            }
            verdict
        });
        let fate = verdict.fate.take();
        let message = match fate {
            Some(Fate::Payload(payload)) => message.with_payload(payload),
            Some(
                Fate::Drop
                | Fate::Duplicate
                | Fate::StatusResponse { .. }
                | Fate::Binary
                | Fate::Fragmented { .. }
                | Fate::Late { .. },
            )
            | None => message,
        };
        if fate == Some(Fate::Drop) {
            conn.record(Event::Dropped { kind: message.kind.name(), why: "fault" });
        } else if let Some(Fate::Late { by, behind_next }) = fate {
            self.late.hold(message, taken, self.now_us().saturating_add(micros(by)), behind_next);
        } else {
            let again = (fate == Some(Fate::Duplicate)).then(|| message.clone());
            let cut = verdict.cut.take();
            self.outbox.push(Outgoing::message(message, taken, fate.as_ref(), cut));
            if let Some(message) = again {
                self.outbox.push(Outgoing::message(message, None, None, None));
            }
            self.late.overtaken().into_iter().for_each(|late| self.outbox.push(late));
        }
        verdict.notices.into_iter().for_each(|notice| self.notice(notice));
    }

    pub(super) fn flood(&mut self, count: u32, apart: Duration) {
        if apart.is_zero() {
            (0..count).for_each(|_| self.outbox.push(Outgoing::ping()));
        } else {
            self.flood = Some(Flood { left: count, apart, next_us: self.now_us() });
        }
    }

    /// What was taken and not started goes back: nothing follows a close frame.
    pub(super) fn put_back_unstarted(&mut self) {
        let mut unstarted = self.outbox.clear();
        unstarted.extend(self.late.clear());
        self.put_back(unstarted);
    }

    fn opened(&mut self) {
        let conn = self.conn;
        let verdict = conn.shared.with(|state, now| {
            let mut verdict = state.rules.on_open(&conn.actor);
            for event in verdict.fired.drain(..) {
                let actor = Some(conn.actor.clone());
                conn.shared.journal.append(now.us, actor, Some(conn.id), event);
            }
            verdict
        });
        verdict.notices.into_iter().for_each(|notice| self.notice(notice));
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Pending => self.is_pending = true,
            Order::Say(message) => self.say(message, None),
            Order::Notice(notice) => self.notice(notice),
            Order::End(Ending::Close { code, reason }) => self.close(code, &reason, By::Service),
            Order::End(Ending::Drop) => {
                self.conn.ended("fin", By::Service);
                self.phase = Phase::Over;
            }
        }
    }

    /// Takes the next message from the service, when nothing else is being written.
    fn start_writing(&mut self) {
        while self.is_pending && self.phase == Phase::Open && self.outbox.is_idle() {
            let conn = self.conn;
            match conn.shared.with(|state, now| state.service.take(now, conn.id)) {
                Some(taken) => self.say(taken.message().clone(), Some(taken)),
                None => self.is_pending = false,
            }
        }
        let link = &self.conn.link;
        if let Some(outgoing) = self.outbox.start_next() {
            if let Some(cut) = &outgoing.cut {
                cut.apply(link);
            }
            if outgoing.is_marked() {
                link.begin_message();
            }
        }
    }

    fn wrote(&mut self) {
        let Some((outgoing, _)) = self.outbox.writing.take() else { return };
        if outgoing.is_marked() {
            self.conn.link.end_message();
        }
        let now_us = self.now_us();
        match outgoing.meaning {
            Meaning::Message { message, .. } => {
                self.lifetime.active(now_us);
                if message.kind == MessageType::GoAway {
                    self.conn.record(Event::GoAwaySent {});
                    self.lifetime.go_away(now_us);
                }
            }
            Meaning::Ping => self.conn.record(Event::WsPing { dir: Direction::Out }),
            Meaning::Pong => self.conn.record(Event::WsPong { dir: Direction::Out }),
            Meaning::Close { by: By::Client, .. } => {
                self.conn.ended("fin", By::Client);
                self.phase = Phase::Over;
            }
            Meaning::Close { code, by } => {
                self.conn.record(Event::WsClose { code, by });
            }
            Meaning::Unknown => {}
            Meaning::End => {
                self.conn.ended("fin", By::Fault);
                self.phase = Phase::Over;
            }
        }
    }

    fn set_timer(&mut self) {
        let flood_us = self.flood.as_ref().map_or(u64::MAX, |flood| flood.next_us);
        let due_us = self.lifetime.deadline_us().min(flood_us).min(self.late.due_us());
        // A later deadline needs no new timer: the old one fires early and is set again then.
        if due_us < self.timer_us || self.timer.is_elapsed() {
            self.timer_us = due_us;
            let at: Instant = self.conn.shared.clock.instant(due_us);
            self.timer.as_mut().reset(at);
        }
    }

    fn timer(&mut self) {
        let now_us = self.now_us();
        if let Some(flood) = self.flood.as_mut().filter(|flood| flood.next_us <= now_us) {
            flood.left = flood.left.saturating_sub(1);
            flood.next_us = now_us.saturating_add(micros(flood.apart));
            if flood.left == 0 {
                self.flood = None;
            }
            self.outbox.push(Outgoing::ping());
        }
        self.late.due(now_us).into_iter().for_each(|late| self.outbox.push(late));
        match self.lifetime.due(now_us) {
            Some(Due::GoingAway) => {
                // A client that closed and then keeps us from answering is cut as well.
                if self.phase == Phase::Open {
                    self.close(1001, "Going away", By::Service);
                } else {
                    self.lifetime.closing(now_us);
                }
            }
            Some(Due::Cut) => {
                let by = if let Phase::Closing(by) = self.phase { by } else { By::Service };
                self.conn.ended("fin", by);
                self.phase = Phase::Over;
            }
            None => {}
        }
    }

    async fn finish(mut self) {
        let whole = self.conn.shared.config.policies.consumed == Consumed::LastByte;
        let mut undelivered =
            self.outbox.undelivered(|at, len| if whole { at >= len } else { at > 0 });
        undelivered.extend(self.late.clear());
        self.put_back(undelivered);
        let conn = self.conn;
        conn.shared.with(|state, _| state.service.disconnect(conn.id));
        // TLS's close_notify and FIN; a stalled link must not keep the task for ever.
        let mut stream = self.stream;
        let shutdown = poll_fn(|cx| Pin::new(&mut stream).poll_shutdown(cx));
        let grace = conn.shared.config.socket.close_grace;
        let _ = tokio::time::timeout(grace, shutdown).await;
    }

    fn put_back(&self, taken: Vec<Taken>) {
        if taken.is_empty() {
            return;
        }
        self.conn.shared.with(|state, _| {
            // Each goes to the front, so the newest first.
            for taken in taken.into_iter().rev() {
                state.service.put_back(taken);
            }
        });
    }
}
