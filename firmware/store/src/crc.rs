//! CRC-32 (IEEE 802.3), bit by bit: some kilobytes at a start, and no table in flash.

const POLYNOMIAL: u32 = 0xedb8_8320;

/// A checksum under way.
pub struct Crc32(u32);

impl Crc32 {
    /// Of nothing.
    pub const fn new() -> Self {
        Self(u32::MAX)
    }

    /// Adds bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 ^= u32::from(*byte);
            for _ in 0..8 {
                self.0 = (self.0 >> 1) ^ (POLYNOMIAL * (self.0 & 1));
            }
        }
    }

    /// Of all that was added.
    pub const fn value(&self) -> u32 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Crc32;

    /// The check value of the CRC catalogue for CRC-32/ISO-HDLC.
    #[test]
    fn it_is_the_usual_one() {
        let mut crc = Crc32::new();
        crc.add(b"1234");
        crc.add(b"56789");
        assert_eq!(crc.value(), 0xcbf4_3926);
    }
}
