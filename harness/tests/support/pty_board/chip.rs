//! What a ROM loader tells of the chip it runs on.

/// A chip. Addresses are those of its reference manual.
#[derive(Clone, Debug)]
pub struct Chip {
    /// In image headers and in the security information.
    pub id: u32,
    /// At 0x4000_1000.
    pub magic: u32,
    /// The first word of its MAC address in the eFuses.
    pub mac_register: u32,
    /// Of the flash controller.
    pub spi: u32,
    /// The factory's MAC address.
    pub mac: [u8; 6],
    /// Size of its flash.
    pub flash_bytes: u32,
    /// Bit 0: secure boot; bit 2: secure download mode.
    pub security_flags: u32,
    /// Flash encryption is on while the number of its bits is odd.
    pub crypt_count: u8,
}

impl Chip {
    /// An ESP32-C3 with 4 MiB and nothing burnt.
    pub fn esp32c3(mac: [u8; 6]) -> Self {
        Self {
            id: 5,
            magic: 0x1b31_506f,
            mac_register: 0x6000_8844,
            spi: 0x6000_2000,
            mac,
            flash_bytes: 4 << 20,
            security_flags: 0,
            crypt_count: 0,
        }
    }

    /// An ESP32-C6.
    pub fn esp32c6(mac: [u8; 6]) -> Self {
        let (id, magic, mac_register, spi) = (13, 0x2ce0_806f, 0x600b_0844, 0x6000_3000);
        Self { id, magic, mac_register, spi, ..Self::esp32c3(mac) }
    }

    /// An ESP32-S3, the one of most camera boards.
    pub fn esp32s3(mac: [u8; 6]) -> Self {
        let (id, magic, mac_register) = (9, 9, 0x6000_7044);
        Self { id, magic, mac_register, ..Self::esp32c3(mac) }
    }

    /// What stands at `address` after power-up.
    pub fn register(&self, address: u32) -> u32 {
        let [a, b, c, d, e, f] = self.mac;
        match address {
            0x4000_1000 => self.magic,
            at if at == self.mac_register => u32::from_be_bytes([c, d, e, f]),
            at if at == self.mac_register + 4 => u32::from_be_bytes([0, 0, a, b]),
            _ => 0,
        }
    }

    /// What the flash chip says to 0x9f (JEDEC id): Winbond, and the size as a power of two.
    pub fn flash_id(&self) -> u32 {
        (self.flash_bytes.trailing_zeros() << 16) | 0x40ef
    }
}
