//! Recent peers by slot and generation, so that an application holds four bytes instead of a name.

use sha2::{Digest, Sha256};

use crate::config::CLIENT_ID_MAX;
use crate::event::PeerId;

/// One remembered peer.
#[derive(Clone, Copy, Debug)]
pub struct PeerSlot {
    id: [u8; CLIENT_ID_MAX],
    len: u16,
    generation: u16,
    used: u32,
}

impl PeerSlot {
    /// An unused slot.
    pub const EMPTY: Self = Self { id: [0; CLIENT_ID_MAX], len: 0, generation: 0, used: 0 };

    fn name(&self) -> &str {
        let bytes = self.id.get(..usize::from(self.len)).unwrap_or_default();
        core::str::from_utf8(bytes).unwrap_or_default()
    }
}

/// The table; the peer not met for longest makes room.
pub(crate) struct Peers<'buf> {
    slots: &'buf mut [PeerSlot],
    meetings: u32,
}

impl<'buf> Peers<'buf> {
    pub(crate) fn new(slots: &'buf mut [PeerSlot]) -> Self {
        slots.fill(PeerSlot::EMPTY);
        Self { slots, meetings: 0 }
    }

    /// The peer of that client id; `None` when the id is longer than any can be.
    pub(crate) fn meet(&mut self, client_id: &str) -> Option<PeerId> {
        if client_id.is_empty() {
            return Some(PeerId::MASTER);
        }
        self.meetings = self.meetings.wrapping_add(1);
        let known = self.slots.iter().position(|slot| slot.name() == client_id);
        let at = match known {
            Some(at) => at,
            None => self.replace_oldest(client_id)?,
        };
        let slot = self.slots.get_mut(at)?;
        slot.used = self.meetings;
        Some(PeerId { slot: u16::try_from(at).ok()?, generation: slot.generation })
    }

    /// The client id, empty for the master; `None` when the slot was given to another since.
    pub(crate) fn name(&self, peer: PeerId) -> Option<&str> {
        if peer == PeerId::MASTER {
            return Some("");
        }
        let slot = self.slots.get(usize::from(peer.slot))?;
        (slot.generation == peer.generation && slot.len > 0).then(|| slot.name())
    }

    fn replace_oldest(&mut self, client_id: &str) -> Option<usize> {
        let meetings = self.meetings;
        let age = |slot: &PeerSlot| match slot.len {
            0 => u32::MAX,
            _ => meetings.wrapping_sub(slot.used),
        };
        let (at, slot) = self.slots.iter_mut().enumerate().max_by_key(|(_, slot)| age(slot))?;
        slot.id.get_mut(..client_id.len())?.copy_from_slice(client_id.as_bytes());
        slot.len = u16::try_from(client_id.len()).ok()?;
        slot.generation = slot.generation.wrapping_add(1);
        Some(at)
    }
}

/// Stands for a client id where 8 bytes must do: collisions cannot be made on purpose.
pub(crate) fn client_key(client_id: &str) -> u64 {
    let hash: [u8; 32] = Sha256::digest(client_id).into();
    hash.first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peer_not_met_for_longest_makes_room() {
        let mut slots = [PeerSlot::EMPTY; 2];
        let mut peers = Peers::new(&mut slots);
        let [a, b] = ["a", "b"].map(|id| peers.meet(id).expect("fits"));
        assert_eq!(peers.meet("a"), Some(a));
        let c = peers.meet("c").expect("fits");
        assert_eq!([a, b, c].map(|peer| peers.name(peer)), [Some("a"), None, Some("c")]);
    }

    #[test]
    fn a_slot_given_away_is_not_mistaken_for_the_new_owner() {
        let mut slots = [PeerSlot::EMPTY; 1];
        let mut peers = Peers::new(&mut slots);
        let a = peers.meet("a").expect("fits");
        peers.meet("b").expect("fits");
        let a_again = peers.meet("a").expect("fits");
        assert_ne!(a, a_again);
        assert_eq!(peers.name(a), None);
    }

    #[test]
    fn an_id_longer_than_the_service_allows_is_no_peer() {
        let mut slots = [PeerSlot::EMPTY; 1];
        let long = [b'x'; CLIENT_ID_MAX + 1];
        let long = core::str::from_utf8(&long).expect("ascii");
        assert_eq!(Peers::new(&mut slots).meet(long), None);
    }
}
