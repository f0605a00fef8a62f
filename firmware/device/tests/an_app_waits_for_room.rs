//! When the session's queue is full the application is asked again once there is room, and loses
//! nothing by it.

mod support;

use std::cell::RefCell;
use std::rc::Rc;

use kvs_device::app::{App, Outgoing};
use kvs_signaling::ResourceError;
use kvs_signaling::event::{Event, Message, MessageKind, OnLoss, PeerId, Ticket};
use support::{Bench, Board, Service};

/// What [`Burst`] saw.
#[derive(Default)]
struct Seen {
    taken: usize,
    full: usize,
}

/// Answers one offer with a hundred candidates.
struct Burst {
    to: Option<PeerId>,
    left: u32,
    seen: Rc<RefCell<Seen>>,
}

impl App for Burst {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Message { from, .. } = event {
            (self.to, self.left) = (Some(*from), 100);
        }
    }

    fn next<'a>(&'a mut self, room: &'a mut [u8]) -> Option<Outgoing<'a>> {
        let to = self.to.filter(|_| self.left > 0)?;
        let text = format!("{{\"candidate\":\"{}\"}}", self.left);
        let payload = &mut room[..text.len()];
        payload.copy_from_slice(text.as_bytes());
        let kind = MessageKind::IceCandidate;
        let message = Message { kind, payload, correlation_id: "", on_loss: OnLoss::Retry };
        Some(Outgoing { to, message })
    }

    fn sent(&mut self, result: Result<Ticket, ResourceError>) {
        match result {
            Ok(_) => {
                self.left -= 1;
                self.seen.borrow_mut().taken += 1;
            }
            Err(ResourceError::QueueFull) => self.seen.borrow_mut().full += 1,
            Err(error) => panic!("refused: {error}"),
        }
    }
}

#[test]
fn a_hundred_messages_go_through_a_queue_of_fewer() {
    let board = Board::default();
    let seen = Rc::<RefCell<Seen>>::default();
    let app = Burst { to: None, left: 0, seen: Rc::clone(&seen) };
    let mut bench = Bench::with_app(&board, app);
    bench.connect();
    board.last_wire().give(&Service::message("SDP_OFFER", "viewer", b"{}"));
    bench.until("all messages written", |board| board.count("written") == 100);
    bench.settle();
    assert_eq!(seen.borrow().taken, 100);
    assert!(seen.borrow().full > 0, "the queue was full on the way");
    assert_eq!(board.count("refused"), 0, "waiting is no refusal");
    let sent = bench.service.messages("ICE_CANDIDATE", "viewer");
    let expected: Vec<_> =
        (1..=100).rev().map(|n| format!("{{\"candidate\":\"{n}\"}}").into_bytes()).collect();
    assert_eq!(sent, expected, "in order, each once");
}
