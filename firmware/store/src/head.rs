//! What stands before the bytes of a slot.

use crate::crc::Crc32;

/// Bytes of a head.
pub const HEAD: usize = 16;

/// `kvs` and the version of this layout.
const MAGIC: u32 = u32::from_le_bytes(*b"kvs1");

/// A head. In flash: magic, sequence, length, checksum; 32 bits each, little-endian.
pub struct Head {
    /// Counts what was stored.
    pub sequence: u32,
    /// Bytes after the head.
    pub len: u32,
    /// Over sequence, length and the bytes.
    pub crc: u32,
}

impl Head {
    /// For `bytes`.
    pub fn of(sequence: u32, bytes: &[u8]) -> Self {
        let mut head = Self { sequence, len: bytes.len() as u32, crc: 0 };
        let mut crc = head.crc_begun();
        crc.add(bytes);
        head.crc = crc.value();
        head
    }

    /// From flash, if there is one; whether it is whole, its checksum says.
    pub fn read(bytes: &[u8; HEAD]) -> Option<Self> {
        let mut words = bytes.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word));
        let magic = words.next()?;
        let head = Self { sequence: words.next()?, len: words.next()?, crc: words.next()? };
        (magic == MAGIC).then_some(head)
    }

    /// For flash.
    pub fn bytes(&self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        let words = [MAGIC, self.sequence, self.len, self.crc];
        for (place, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
        bytes
    }

    /// The checksum before the bytes are added.
    pub fn crc_begun(&self) -> Crc32 {
        let mut crc = Crc32::new();
        crc.add(&self.sequence.to_le_bytes());
        crc.add(&self.len.to_le_bytes());
        crc
    }

    /// Whether this was written after `other`. The sequence may go past its end.
    pub const fn follows(&self, other: &Self) -> bool {
        let ahead = self.sequence.wrapping_sub(other.sequence);
        ahead != 0 && ahead < 1 << 31
    }
}
