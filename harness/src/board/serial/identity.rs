//! Which board it is, and where: values only.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A port and its speed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortAt {
    /// `/dev/ttyUSB0`, `/dev/serial/by-id/…`, `COM3`, a pty.
    pub path: PathBuf,
    /// Of the console, in bits per second. Flashing begins at 115,200 and goes up to this when it is more.
    pub baud: u32,
}

/// How the ROM loader is entered and left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reset {
    /// DTR and RTS drive the chip's BOOT and EN pins: nearly every board with a USB-UART bridge.
    #[default]
    DtrRts,
    /// The chip's own USB-Serial-JTAG.
    Usb,
    /// By hand or by the bench's power switch: the chip must wait in its loader already. A pty knows nothing else.
    None,
}

/// What a chip says of itself in its ROM loader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// As espflash spells it: `esp32c3`.
    pub chip: String,
    /// The factory's MAC address; nothing else tells two boards apart.
    pub mac: Mac,
    /// Size of its flash.
    pub flash_bytes: u32,
    /// Secure boot, flash encryption or secure download mode is on; such a board is never flashed.
    pub secured: bool,
}

/// A MAC address, `a0:76:4e:12:34:56`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Mac {
    type Err = &'static str;

    /// Six pairs of hex digits with `:` or `-` between, in either case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "a MAC address is six pairs of hex digits, such as a0:76:4e:12:34:56";
        let mut mac = [0; 6];
        let mut pairs = text.split([':', '-']);
        for byte in &mut mac {
            let pair = pairs.next().filter(|pair| pair.len() == 2).ok_or(SHAPE)?;
            if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(SHAPE);
            }
            *byte = u8::from_str_radix(pair, 16).map_err(|_| SHAPE)?;
        }
        if pairs.next().is_some() { Err(SHAPE) } else { Ok(Self(mac)) }
    }
}

impl<'de> Deserialize<'de> for Mac {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Mac;

    #[test]
    fn a_mac_address_is_read_as_people_write_it() {
        let mac = Mac([0xa0, 0x76, 0x4e, 0x12, 0x34, 0x56]);
        for text in ["a0:76:4e:12:34:56", "A0:76:4E:12:34:56", "a0-76-4e-12-34-56"] {
            assert_eq!(text.parse(), Ok(mac), "{text}");
        }
        assert_eq!(mac.to_string(), "a0:76:4e:12:34:56");
        for text in
            ["", "a0:76:4e:12:34", "a0:76:4e:12:34:56:78", "a0:76:4e:12:34:+6", "a0764e123456"]
        {
            assert!(text.parse::<Mac>().is_err(), "{text}");
        }
    }
}
