//! Reading through a link on which something stands: the device's bytes on their way to the
//! service.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::ReadBuf;
use tokio::time::Instant;

use super::condition::Direction;
use super::conn::State;
use super::core::{Core, Shaped};
use super::cut::{Cut, Then, Trip};
use super::lane::Front;
use super::links::Inner;
use super::stream::{poll_inner_read, read_when_over};
use super::transport::Transport;

// Read at a time from the stream below; on the stack, so that a held connection costs no buffer.
const SCRATCH: usize = 4096;

pub(super) fn poll_read<S: Transport>(
    state: &mut State<S>,
    links: &Inner,
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    state.core.refresh(links);
    state.core.park_reader(cx.waker());
    if state.core.over.is_some() {
        return Poll::Ready(read_when_over(state.core.over));
    }
    if state.core.doomed {
        return Poll::Pending;
    }
    let Some(allowed) = fire_trips(&mut state.core, links) else {
        state.core.doomed = true;
        return Poll::Pending;
    };
    let Some(shaped) = &mut state.core.shaped else { return poll_inner_read(state, cx, buf) };
    if shaped.inn.path.hole {
        return swallow(state, cx);
    }
    if shaped.inn.is_direct() && shaped.inn_end.is_none() && allowed == usize::MAX {
        return poll_inner_read(state, cx, buf);
    }
    ingest(state, cx);
    release(&mut state.core, cx, buf, allowed)
}

/// Lets the cuts fall whose position is reached; then, how many more bytes may pass before the next
/// does. None: the connection ends.
fn fire_trips(core: &mut Core, links: &Inner) -> Option<usize> {
    loop {
        let (boundary, received) = (core.boundary, core.counts.received);
        let Some(shaped) = &mut core.shaped else { return Some(usize::MAX) };
        let position = |trip: &Trip| boundary.saturating_add(trip.after);
        let inbound = |trip: &&Trip| trip.direction == Direction::Service;
        let Some(next) = shaped.trips.iter().filter(inbound).map(position).min() else {
            return Some(usize::MAX);
        };
        if next > received {
            return Some(usize::try_from(next - received).unwrap_or(usize::MAX));
        }
        let is_due = |trip: &Trip| inbound(&trip) && position(trip) == next;
        let due = shaped.trips.iter().position(is_due)?;
        let trip = shaped.trips.remove(due);
        let (tag, direction) = (Some(trip.tag), Direction::Service);
        match trip.then {
            Then::End(end) => {
                core.end(links, tag, direction, end);
                return None;
            }
            Then::Set(toward, condition) => {
                let then = Then::Set(toward, condition.clone());
                core.report_cut(&Cut { tag, direction, message: None, then });
                core.set_by_cut(links, tag, toward, condition);
            }
        }
    }
}

/// Takes bytes from the kernel, so that it acknowledges them, and drops them.
fn swallow<S: Transport>(state: &mut State<S>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    let mut scratch = [0; SCRATCH];
    let mut lost = state.core.shaped.as_mut().map_or(0, |shaped| shaped.inn.lose_bytes());
    loop {
        let read = poll_below(state, cx, &mut scratch);
        match read {
            Poll::Ready(count) if count > 0 => lost += count as u64,
            Poll::Ready(_) | Poll::Pending => break,
        }
    }
    if lost > 0 {
        state.core.counts.received_lost += lost;
        state.core.affected(Direction::Service);
    }
    Poll::Pending
}

/// Takes what has come in from the stream below, and notes when it may be read.
fn ingest<S: Transport>(state: &mut State<S>, cx: &mut Context<'_>) {
    let mut scratch = [0; SCRATCH];
    let mut any = false;
    loop {
        let room = state.core.shaped.as_ref().map_or(0, |shaped| shaped.inn.room()).min(SCRATCH);
        let Some(scratch) = scratch.get_mut(..room).filter(|scratch| !scratch.is_empty()) else {
            break;
        };
        let Poll::Ready(count) = poll_below(state, cx, scratch) else { break };
        let Some(shaped) = &mut state.core.shaped else { break };
        if count == 0 {
            break;
        }
        any = true;
        shaped.inn.push(Instant::now(), scratch.get(..count).unwrap_or_default());
    }
    if any {
        state.core.affected(Direction::Service);
    }
}

/// Reads below; 0 when the stream has ended, which is noted once.
fn poll_below<S: Transport>(
    state: &mut State<S>,
    cx: &mut Context<'_>,
    scratch: &mut [u8],
) -> Poll<usize> {
    let (Some(io), Some(shaped)) = (&mut state.io, &mut state.core.shaped) else {
        return Poll::Ready(0);
    };
    if shaped.inn_end.is_some() {
        return Poll::Ready(0);
    }
    let mut read = ReadBuf::new(scratch);
    match ready!(Pin::new(io).poll_read(cx, &mut read)) {
        Ok(()) if read.filled().is_empty() => {
            shaped.inn_end = Some(Ok(()));
            shaped.inn.push_fin(Instant::now());
        }
        Ok(()) => return Poll::Ready(read.filled().len()),
        // The end by error overtakes what a slow path still holds, as RST does in a receiver's
        // kernel; but what was received before it is read first.
        Err(error) => shaped.inn_end = Some(Err(error.kind())),
    }
    Poll::Ready(0)
}

/// Gives the reader what has arrived by now.
fn release(
    core: &mut Core,
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
    allowed: usize,
) -> Poll<io::Result<()>> {
    let Some(shaped) = &mut core.shaped else { return Poll::Ready(Ok(())) };
    let Shaped { inn, inn_end, inn_timer, .. } = &mut **shaped;
    loop {
        match inn.front(Instant::now()) {
            Front::Bytes(bytes) => {
                let count = bytes.len().min(buf.remaining()).min(allowed);
                buf.put_slice(bytes.get(..count).unwrap_or_default());
                inn.consume(count);
                core.counts.received += count as u64;
                return Poll::Ready(Ok(()));
            }
            Front::Later(due) => ready!(inn_timer.poll_until(cx, due)),
            Front::Fin => return Poll::Ready(Ok(())),
            Front::Empty if inn.path.stall => return Poll::Pending,
            Front::Empty => match inn_end {
                Some(Err(kind)) => return Poll::Ready(Err((*kind).into())),
                Some(Ok(())) => return Poll::Ready(Ok(())),
                None => return Poll::Pending,
            },
            Front::Held | Front::Cut => return Poll::Pending,
        }
    }
}
