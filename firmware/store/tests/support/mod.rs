//! A flash chip whose power can fail at any word that is written and any sector that is erased.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};

pub const SECTOR: usize = 4096;
const WORD: usize = 4;

/// What it does not allow, or no power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    NoPower,
    /// Not aligned, out of bounds, or a bit that only erasing sets.
    Wrong,
}

impl NorFlashError for Refused {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

#[derive(Clone)]
pub struct Chip {
    pub bytes: Vec<u8>,
    /// How often each sector was erased.
    pub erased: Vec<usize>,
    /// Words and sectors until the power fails, which damages the one under way; `None`: it does not fail.
    pub power: Option<usize>,
    /// Words written and sectors erased.
    pub steps: usize,
    /// A byte that reads as 0 whatever is done.
    pub worn: Option<usize>,
}

impl Chip {
    /// A used one: nothing in it means anything.
    pub fn with(sectors: usize) -> Self {
        let bytes = (0..sectors * SECTOR).map(|at| (at * 7 + at / 251) as u8).collect();
        Self { bytes, erased: vec![0; sectors], power: None, steps: 0, worn: None }
    }

    /// Whether this step is done whole.
    fn step(&mut self) -> bool {
        self.steps += 1;
        match &mut self.power {
            None => true,
            Some(left) => {
                *left = left.saturating_sub(1);
                *left > 0
            }
        }
    }

    fn range(&self, from: u32, len: usize, unit: usize) -> Result<std::ops::Range<usize>, Refused> {
        let (from, end) = (from as usize, from as usize + len);
        let fits = from.is_multiple_of(unit) && len.is_multiple_of(unit) && end <= self.bytes.len();
        if self.power == Some(0) {
            Err(Refused::NoPower)
        } else {
            fits.then_some(from..end).ok_or(Refused::Wrong)
        }
    }
}

impl ErrorType for &mut Chip {
    type Error = Refused;
}

impl ReadNorFlash for &mut Chip {
    const READ_SIZE: usize = WORD;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Refused> {
        let range = self.range(offset, bytes.len(), WORD)?;
        bytes.copy_from_slice(&self.bytes[range.clone()]);
        if let Some(worn) = self.worn.filter(|worn| range.contains(worn)) {
            bytes[worn - range.start] = 0;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl NorFlash for &mut Chip {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Refused> {
        let range = self.range(from, (to - from) as usize, SECTOR)?;
        for sector in range.step_by(SECTOR) {
            self.erased[sector / SECTOR] += 1;
            if !self.step() {
                // Some of it, and in no order.
                for at in (sector..sector + SECTOR).step_by(3) {
                    self.bytes[at] = 0xff;
                }
                return Err(Refused::NoPower);
            }
            self.bytes[sector..sector + SECTOR].fill(0xff);
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Refused> {
        let range = self.range(offset, bytes.len(), WORD)?;
        for (at, word) in range.step_by(WORD).zip(bytes.chunks(WORD)) {
            let whole = self.step();
            // A word that the power left halfway has only some of its bits.
            let written = if whole { WORD } else { WORD / 2 };
            for (place, byte) in self.bytes[at..at + written].iter_mut().zip(word) {
                if *place & byte != *byte {
                    return Err(Refused::Wrong);
                }
                *place = *byte;
            }
            if !whole {
                return Err(Refused::NoPower);
            }
        }
        Ok(())
    }
}
