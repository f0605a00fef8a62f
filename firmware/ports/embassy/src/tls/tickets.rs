//! Tickets, by which a later handshake does without certificates: kept where a reset and a sleep leave them.

#![expect(unsafe_code, reason = "hashes with the C library")]

use kvs_device::Target;
use mbedtls_rs_sys as sys;

use crate::board;
use crate::kept::{Item, Plain};

/// Largest ticket with its session: TLS 1.3 tickets of AWS and rustls have 200 to 300 bytes.
const TICKET_MAX: usize = 512;
/// Hosts whose ticket is kept: control plane, data plane, WebSocket.
const TICKETS: usize = 3;

/// The tickets of earlier handshakes, newest first.
#[repr(C)]
pub struct Tickets([Slot; TICKETS]);

/// A ticket, and whose it is.
#[repr(C)]
struct Slot {
    key: Key,
    ticket: Item<TICKET_MAX>,
}

// SAFETY: numbers.
unsafe impl Plain for Tickets {}

impl Tickets {
    /// Forgets them, and whatever else was there.
    pub fn clear(&mut self) {
        self.0.iter_mut().for_each(|slot| slot.ticket.clear());
    }
}

/// Whose a ticket is.
pub type Key = [u8; 32];

/// The key of `target`'s tickets: the same host, and the same trust. A ticket says that the other side once proved to be who it
/// is; to whom another authority is trusted that says nothing. None where a certificate of ours was shown: whether the other
/// side remembers it is not ours to know.
pub fn key(target: &Target<'_>) -> Option<Key> {
    if target.certificate.is_some() {
        return None;
    }
    let mut trust = [0; 32];
    let mut key = [0; 64];
    let mut hash = [0; 32];
    sha256(target.ca, &mut trust)?;
    sha256(target.host.as_bytes(), &mut hash)?;
    let (left, right) = key.split_at_mut(32);
    left.copy_from_slice(&trust);
    right.copy_from_slice(&hash);
    sha256(&key, &mut hash)?;
    Some(hash)
}

fn sha256(bytes: &[u8], to: &mut [u8; 32]) -> Option<()> {
    // SAFETY: reads the one and fills the other.
    let result = unsafe { sys::mbedtls_sha256(bytes.as_ptr(), bytes.len(), to.as_mut_ptr(), 0) };
    (result == 0).then_some(())
}

/// Shows `look` the ticket kept under `key`, and forgets it: the other side takes each only once (RFC 8446, appendix C.4).
pub fn take(key: &Key, look: impl FnOnce(&[u8])) {
    let Some(board) = board::get() else { return };
    board.tickets().with(|Tickets(slots)| {
        if let Some(slot) = slots.iter_mut().find(|slot| slot.key == *key) {
            slot.ticket.with(look);
            slot.ticket.clear();
        }
    });
}

/// Keeps what `write` writes under `key`, in place of the older one there, or of the oldest of all.
pub fn keep(key: &Key, write: impl FnOnce(&mut [u8]) -> Option<usize>) {
    let Some(board) = board::get() else { return };
    board.tickets().with(|Tickets(slots)| {
        let same = slots.iter().position(|slot| slot.key == *key);
        let at = same.unwrap_or(TICKETS - 1);
        if let Some(used) = slots.get_mut(..=at) {
            used.rotate_right(1);
        }
        if let Some(slot) = slots.first_mut() {
            slot.key = *key;
            slot.ticket.fill(write);
        }
    });
}
