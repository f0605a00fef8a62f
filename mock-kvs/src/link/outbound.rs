//! Writing through a link on which something stands: the service's bytes on their way to the
//! device.

use std::io::{self, IoSlice};
use std::task::{Context, Poll};

use tokio::time::Instant;

use super::condition::Direction;
use super::conn::State;
use super::core::{Core, Shaped};
use super::cut::{Cut, MessageCut};
use super::links::Inner;
use super::stream::{poll_inner_write, write_when_over};
use super::transport::Transport;

pub(super) fn poll_write<S: Transport>(
    state: &mut State<S>,
    links: &Inner,
    cx: &mut Context<'_>,
    data: &[IoSlice<'_>],
) -> Poll<io::Result<usize>> {
    state.core.refresh(links);
    if state.core.over.is_some() {
        return Poll::Ready(Err(write_when_over(state.core.over)));
    }
    let Some(shaped) = &mut state.core.shaped else { return poll_inner_write(state, cx, data) };
    let data = data.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |slice| slice);
    if let Some(message) = &mut shaped.message {
        // A message is bounded by whoever writes it, and its cut needs all of it.
        message.extend_from_slice(data);
        return Poll::Ready(Ok(data.len()));
    }
    if shaped.out.path.hole {
        let lost = shaped.out.lose_bytes() + data.len() as u64;
        state.core.counts.sent_lost += lost;
        state.core.affected(Direction::Device);
        return Poll::Ready(Ok(data.len()));
    }
    let trip = shaped.next_trip();
    if trip.is_none() && shaped.out.is_direct() && !shaped.courier.running {
        let polled = poll_inner_write(state, cx, &[IoSlice::new(data)]);
        if polled.is_pending() {
            state.core.park_writer(cx.waker());
        }
        return polled;
    }
    let allowed =
        trip.map_or(usize::MAX, |(_, after)| usize::try_from(after).unwrap_or(usize::MAX));
    let count = data.len().min(shaped.out.room()).min(allowed);
    if count == 0 && !data.is_empty() {
        state.core.park_writer(cx.waker());
        return Poll::Pending;
    }
    shaped.out.push(Instant::now(), data.get(..count).unwrap_or_default());
    shaped.pass_trips(count as u64);
    state.core.affected(Direction::Device);
    Poll::Ready(Ok(count))
}

/// The service ends the stream: FIN goes behind what is under way.
pub(super) fn shut_down(core: &mut Core, links: &Inner) {
    core.refresh(links);
    if core.fin_sent || core.over.is_some() {
        return;
    }
    core.fin_sent = true;
    core.cut_the_message();
    core.shaped_mut(links).out.push_fin(Instant::now());
    core.affected(Direction::Device);
}

impl Core {
    /// The marked message is complete: the armed part of it goes on its way, and the cut behind it.
    pub(super) fn cut_the_message(&mut self) {
        let Some(shaped) = &mut self.shaped else { return };
        let (Some(message), Some(armed)) = (shaped.message.take(), shaped.armed.take()) else {
            return;
        };
        let MessageCut { tag, at, then } = armed;
        let whole = message.len() as u64;
        let part = at.of(whole);
        let (let_through, rest) = message.split_at(usize::try_from(part).unwrap_or(message.len()));
        let now = Instant::now();
        shaped.out.push(now, let_through);
        let (direction, message) = (Direction::Device, Some((part, whole)));
        shaped.out.push_cut(now, Cut { tag: Some(tag), direction, message, then });
        // Beyond an end nothing is read; beyond a stall or a hole it is held or swallowed.
        shaped.out.push(now, rest);
        self.affected(Direction::Device);
    }
}

impl Shaped {
    /// Whether something is left to do toward the device once the service has dropped its stream.
    /// Into a hole or behind a stall, the end of the stream is not to be seen either.
    pub(super) fn outlives_the_service(&self) -> bool {
        let Self { out, courier, .. } = self;
        courier.running || !out.is_empty() || out.path.hole || out.path.stall
    }

    /// The next cut by position toward the device: its place in the list, and the bytes before it.
    fn next_trip(&self) -> Option<(usize, u64)> {
        let numbered = self.trips.iter().enumerate();
        numbered
            .filter(|(_, trip)| trip.direction == Direction::Device)
            .map(|(place, trip)| (place, trip.after))
            .min_by_key(|(_, after)| *after)
    }

    /// So many bytes toward the device went on their way; cuts whose position is reached follow
    /// them.
    fn pass_trips(&mut self, count: u64) {
        for trip in self.trips.iter_mut().filter(|trip| trip.direction == Direction::Device) {
            trip.after = trip.after.saturating_sub(count);
        }
        while let Some((place, 0)) = self.next_trip() {
            let trip = self.trips.remove(place);
            let (tag, direction) = (Some(trip.tag), Direction::Device);
            let cut = Cut { tag, direction, message: None, then: trip.then };
            self.out.push_cut(Instant::now(), cut);
        }
    }
}
