//! What callers want of the pump: a queue that wakes its task from any thread.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Mutex;
use std::task::{Poll, Waker};

use kvs_signaling::MessageKind;
use kvs_signaling::event::Known;

use super::application::Keys;
use super::lock;

/// One wish.
pub(super) enum Command {
    /// Connect, and stay connected.
    Start,
    /// Fetch what a connection needs.
    Prepare,
    /// Leave in order.
    Stop,
    /// Delete the channel.
    Delete,
    /// Take it for unknown.
    Forget(Known),
    /// The provider's answer.
    Credentials(Option<Keys>),
    /// Send it; the outcome goes by the number.
    Send(Box<Outgoing>),
    /// Copy ICE servers and counters to where callers can read them.
    Look,
    /// Leave in order and end.
    End,
}

/// A message on its way to the pump.
pub(super) struct Outgoing {
    pub(super) id: u64,
    pub(super) to: String,
    pub(super) kind: MessageKind,
    pub(super) payload: Vec<u8>,
    pub(super) correlation_id: String,
}

#[derive(Default)]
pub(super) struct Commands {
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Command>,
    pump: Option<Waker>,
}

impl Commands {
    pub(super) fn push(&self, command: Command) {
        let waker = {
            let mut queue = lock(&self.queue);
            queue.waiting.push_back(command);
            queue.pump.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The next wish.
    pub(super) async fn next(&self) -> Command {
        poll_fn(|cx| {
            let mut queue = lock(&self.queue);
            match queue.waiting.pop_front() {
                Some(command) => Poll::Ready(command),
                None => {
                    queue.pump = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}
