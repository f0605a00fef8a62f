//! The ROM loader's side of Espressif's serial protocol
//! (<https://docs.espressif.com/projects/esptool/en/latest/esp32c3/advanced-topics/serial-protocol.html>). There is no RAM
//! download: a host that wants its stub there is refused and must go on with the ROM.

use std::collections::BTreeMap;

use md5::{Digest as _, Md5};

use super::{Chip, Flash};

const FLASH_BEGIN: u8 = 0x02;
const FLASH_DATA: u8 = 0x03;
const FLASH_END: u8 = 0x04;
const SYNC: u8 = 0x08;
const WRITE_REG: u8 = 0x09;
const READ_REG: u8 = 0x0a;
const SPI_SET_PARAMS: u8 = 0x0b;
const SPI_ATTACH: u8 = 0x0d;
const CHANGE_BAUD: u8 = 0x0f;
const FLASH_MD5: u8 = 0x13;
const SECURITY_INFO: u8 = 0x14;

/// The frame's direction, command, size and checksum come before its data.
const HEADER: usize = 8;
/// Size, sequence number and two zeroes come before the block.
const BLOCK_HEADER: usize = 16;
/// How many answers a Sync has.
const SYNC_ANSWERS: usize = 8;
const CHECKSUM_SEED: u8 = 0xef;

/// What the ROM refuses with.
#[derive(Clone, Copy, Debug)]
enum Refusal {
    InvalidMessage = 0x05,
    FailedToAct = 0x06,
    InvalidCrc = 0x07,
    FlashWrite = 0x08,
}

/// What becomes of the chip after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    Stay,
    Boot,
}

/// The loader and the flash behind it.
pub struct Rom {
    chip: Chip,
    pub flash: Flash,
    registers: BTreeMap<u32, u32>,
    attached: bool,
    writing: Option<Writing>,
    /// Refuses to be left.
    pub stays: bool,
}

#[derive(Clone, Copy)]
struct Writing {
    at: usize,
    block: usize,
    left: u32,
    sequence: u32,
}

/// An answer's value and data.
type Answer = Result<(u32, Vec<u8>), Refusal>;

impl Rom {
    pub fn new(chip: Chip) -> Self {
        let flash = Flash::empty(chip.flash_bytes);
        Self {
            chip,
            flash,
            registers: BTreeMap::new(),
            attached: false,
            writing: None,
            stays: false,
        }
    }

    /// Forgets everything but the flash.
    pub fn reset(&mut self) {
        self.registers.clear();
        self.attached = false;
        self.writing = None;
        self.flash.begin();
    }

    /// The answers to a frame. What is no command has none.
    pub fn obey(&mut self, frame: &[u8]) -> (Vec<Vec<u8>>, After) {
        let Some(command) =
            frame.get(1).copied().filter(|_| frame.len() >= HEADER && frame[0] == 0)
        else {
            return (Vec::new(), After::Stay);
        };
        let size = usize::from(u16::from_le_bytes([frame[2], frame[3]]));
        let data = &frame[HEADER..];
        let answer = if data.len() == size {
            self.carry_out(command, data, frame[4])
        } else {
            Err(Refusal::InvalidMessage)
        };
        let boots = command == FLASH_END && answer.is_ok();
        let times = if command == SYNC { SYNC_ANSWERS } else { 1 };
        (vec![framed(command, answer); times], if boots { After::Boot } else { After::Stay })
    }

    fn carry_out(&mut self, command: u8, data: &[u8], checksum: u8) -> Answer {
        // Secure download mode shows nothing of the chip.
        let closed = self.chip.security_flags & (1 << 2) != 0;
        match command {
            SYNC => Ok((0, Vec::new())),
            READ_REG | WRITE_REG | FLASH_MD5 if closed => Err(Refusal::FailedToAct),
            SECURITY_INFO => Ok((0, self.security())),
            READ_REG => Ok((self.read(word(data, 0)?), Vec::new())),
            WRITE_REG => self.write(word(data, 0)?, word(data, 1)?, word(data, 2)?),
            SPI_ATTACH => {
                self.attached = true;
                Ok((0, Vec::new()))
            }
            SPI_SET_PARAMS | CHANGE_BAUD => Ok((0, Vec::new())),
            FLASH_BEGIN => self.flash_begin(data),
            FLASH_DATA => self.flash_data(data, checksum),
            FLASH_END if self.stays => Err(Refusal::FailedToAct),
            FLASH_END => Ok((0, Vec::new())),
            FLASH_MD5 => self.md5(word(data, 0)? as usize, word(data, 1)? as usize),
            _ => Err(Refusal::InvalidMessage),
        }
    }

    fn security(&self) -> Vec<u8> {
        let mut data = self.chip.security_flags.to_le_bytes().to_vec();
        data.push(self.chip.crypt_count);
        data.extend([0; 7]);
        data.extend(self.chip.id.to_le_bytes());
        data.extend([0; 4]);
        data
    }

    fn read(&self, address: u32) -> u32 {
        let held = self.registers.get(&address).copied();
        held.unwrap_or_else(|| self.chip.register(address))
    }

    fn write(&mut self, address: u32, value: u32, mask: u32) -> Answer {
        let value = (self.read(address) & !mask) | (value & mask);
        // The flash controller: a command is done as soon as it is given.
        let (usr2, w0) = (self.chip.spi + 0x20, self.chip.spi + 0x58);
        if address == self.chip.spi {
            if self.attached && self.read(usr2) & 0xff == 0x9f {
                self.registers.insert(w0, self.chip.flash_id());
            }
        } else {
            self.registers.insert(address, value);
        }
        Ok((0, Vec::new()))
    }

    fn flash_begin(&mut self, data: &[u8]) -> Answer {
        let (size, blocks, block, at) =
            (word(data, 0)?, word(data, 1)?, word(data, 2)?, word(data, 3)?);
        if !self.attached {
            return Err(Refusal::FailedToAct);
        }
        if size > 0 && !self.flash.erase(at as usize, size as usize) {
            return Err(Refusal::FailedToAct);
        }
        self.writing =
            Some(Writing { at: at as usize, block: block as usize, left: blocks, sequence: 0 });
        Ok((0, Vec::new()))
    }

    fn flash_data(&mut self, data: &[u8], checksum: u8) -> Answer {
        let (length, sequence) = (word(data, 0)? as usize, word(data, 1)?);
        let block = data.get(BLOCK_HEADER..).ok_or(Refusal::InvalidMessage)?;
        if block.len() != length {
            return Err(Refusal::InvalidMessage);
        }
        if block.iter().fold(CHECKSUM_SEED, |sum, byte| sum ^ byte) != checksum {
            return Err(Refusal::InvalidCrc);
        }
        let writing =
            self.writing.as_mut().filter(|writing| writing.left > 0).ok_or(Refusal::FailedToAct)?;
        if sequence != writing.sequence || length > writing.block {
            return Err(Refusal::FailedToAct);
        }
        if !self.flash.program(writing.at, block) {
            return Err(Refusal::FlashWrite);
        }
        *writing = Writing {
            at: writing.at + length,
            left: writing.left - 1,
            sequence: sequence + 1,
            block: writing.block,
        };
        Ok((0, Vec::new()))
    }

    fn md5(&self, at: usize, size: usize) -> Answer {
        let held = self.flash.bytes().get(at..at + size).ok_or(Refusal::FailedToAct)?;
        let text: String = Md5::digest(held).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((0, text.into_bytes()))
    }
}

/// Whether a host wants the loader.
pub fn is_sync(frame: &[u8]) -> bool {
    frame.starts_with(&[0, SYNC, 36, 0])
        && frame.len() == HEADER + 36
        && frame[HEADER..].starts_with(&[7, 7, 0x12, 0x20])
}

fn word(data: &[u8], place: usize) -> Result<u32, Refusal> {
    let bytes = data.get(place * 4..place * 4 + 4).ok_or(Refusal::InvalidMessage)?;
    Ok(u32::from_le_bytes(bytes.try_into().expect("four")))
}

/// The ROM's answers end with four bytes of status; only the first two mean something.
fn framed(command: u8, answer: Answer) -> Vec<u8> {
    let (value, mut data, status) = match answer {
        Ok((value, data)) => (value, data, [0; 4]),
        Err(refusal) => (0, Vec::new(), [1, refusal as u8, 0, 0]),
    };
    data.extend(status);
    let mut frame = vec![1, command];
    frame.extend((data.len() as u16).to_le_bytes());
    frame.extend(value.to_le_bytes());
    frame.extend(data);
    frame
}
