//! Messages that a fault holds back: `reorder`, `message-delay`.

use super::outbox::Outgoing;
use crate::service::Taken;
use crate::service::message::Message;

/// In the order in which they came.
#[derive(Debug, Default)]
pub(super) struct LateMessages {
    held: Vec<Late>,
}

#[derive(Debug)]
struct Late {
    message: Message,
    taken: Option<Taken>,
    due_us: u64,
    behind_next: bool,
}

impl LateMessages {
    pub fn hold(&mut self, message: Message, taken: Option<Taken>, due_us: u64, behind_next: bool) {
        self.held.push(Late { message, taken, due_us, behind_next });
    }

    /// Another message has left: those that waited for it.
    pub fn overtaken(&mut self) -> Vec<Outgoing> {
        self.release(|late| late.behind_next)
    }

    /// Those whose time has come.
    pub fn due(&mut self, now_us: u64) -> Vec<Outgoing> {
        self.release(|late| late.due_us <= now_us)
    }

    /// When the next one leaves by itself.
    pub fn due_us(&self) -> u64 {
        self.held.iter().map(|late| late.due_us).min().unwrap_or(u64::MAX)
    }

    /// What will not leave any more.
    pub fn clear(&mut self) -> Vec<Taken> {
        self.held.drain(..).filter_map(|late| late.taken).collect()
    }

    fn release(&mut self, leaves: impl Fn(&Late) -> bool) -> Vec<Outgoing> {
        let (leaving, held) = std::mem::take(&mut self.held).into_iter().partition(leaves);
        self.held = held;
        let leaving: Vec<Late> = leaving;
        let frame = |late: Late| Outgoing::message(late.message, late.taken, None, None);
        leaving.into_iter().map(frame).collect()
    }
}
