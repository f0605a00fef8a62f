//! Tickets, by which a later handshake does without certificates: kept where a reset and a sleep leave them.

#![expect(unsafe_code, reason = "hashes with the C library")]

use kvs_device::Target;
use mbedtls_rs_sys as sys;

use crate::kept;

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
    kept::with(|kept| {
        if let Some(slot) = kept.tickets.iter_mut().find(|slot| slot.key == *key) {
            slot.ticket.with(look);
            slot.ticket.clear();
        }
    });
}

/// Keeps what `write` writes under `key`, in place of the older one there, or of the oldest of all.
pub fn keep(key: &Key, write: impl FnOnce(&mut [u8]) -> Option<usize>) {
    kept::with(|kept| {
        let same = kept.tickets.iter().position(|slot| slot.key == *key);
        let at = same.unwrap_or(kept.tickets.len() - 1);
        if let Some(used) = kept.tickets.get_mut(..=at) {
            used.rotate_right(1);
        }
        if let Some(slot) = kept.tickets.first_mut() {
            slot.key = *key;
            slot.ticket.fill(write);
        }
    });
}
