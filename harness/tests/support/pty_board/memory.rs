//! NOR flash, and what a bootloader finds in it.

use sha2::{Digest as _, Sha256};

pub const SECTOR: usize = 4096;
/// Where ESP-IDF's partition table stands unless a build moves it.
const PARTITION_TABLE: usize = 0x8000;
const IMAGE_MAGIC: u8 = 0xe9;
const DESCRIPTOR_MAGIC: [u8; 4] = 0xabcd_5432_u32.to_le_bytes();

/// The flash of one board.
#[derive(Clone)]
pub struct Flash {
    bytes: Vec<u8>,
    written: usize,
    touched: u64,
    /// A byte of which one bit cannot be programmed any more.
    pub worn_at: Option<usize>,
}

impl Flash {
    pub fn empty(size: u32) -> Self {
        Self { bytes: vec![0xff; size as usize], written: 0, touched: 0, worn_at: None }
    }

    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes programmed since the last [`Flash::begin`] at a new session.
    pub fn written(&self) -> usize {
        self.written
    }

    pub fn touched(&self) -> u64 {
        self.touched
    }

    /// A new session of the loader counts anew.
    pub fn begin(&mut self) {
        self.written = 0;
    }

    /// Sets whole sectors to ones; false when they are not all there.
    pub fn erase(&mut self, at: usize, size: usize) -> bool {
        let start = at / SECTOR * SECTOR;
        let end = (at + size).div_ceil(SECTOR) * SECTOR;
        let Some(sectors) = self.bytes.get_mut(start..end) else { return false };
        sectors.fill(0xff);
        self.touched += 1;
        true
    }

    /// Programs: bits go from one to zero and never back.
    pub fn program(&mut self, at: usize, data: &[u8]) -> bool {
        let Some(place) = self.bytes.get_mut(at..at + data.len()) else { return false };
        for (old, new) in place.iter_mut().zip(data) {
            *old &= new;
        }
        if let Some(worn) = self.worn_at.filter(|worn| (at..at + data.len()).contains(worn)) {
            self.bytes[worn] ^= 1;
        }
        self.written += data.len();
        self.touched += 1;
        true
    }

    /// The app that would be booted: where its image stands.
    ///
    /// # Errors
    /// With what the bootloader would print.
    pub fn app(&self) -> Result<usize, String> {
        let word = |at: usize| u32::from_le_bytes(self.bytes[at..at + 4].try_into().expect("four"));
        let second_stage =
            [0, 0x1000, 0x2000].into_iter().find(|at| self.bytes[*at] == IMAGE_MAGIC);
        if second_stage.is_none() {
            return Err(format!("invalid header: {:#010x}", word(0)));
        }
        let entries = self.bytes[PARTITION_TABLE..].chunks_exact(32);
        let mut apps =
            entries.take_while(|entry| entry[..2] == [0xaa, 0x50]).filter(|entry| entry[2] == 0);
        let Some(app) = apps.next() else {
            return Err("E (48) boot: Failed to verify partition table".into());
        };
        let at = u32::from_le_bytes(app[4..8].try_into().expect("four")) as usize;
        let image = &self.bytes[at..];
        let end = image_end(image)
            .ok_or("E (81) esp_image: image at its partition has invalid magic byte")?;
        if Sha256::digest(&image[..end]).as_slice() != &image[end..end + 32] {
            return Err("E (87) esp_image: Checksum failed: image is corrupt".into());
        }
        Ok(at)
    }

    /// SHA-256 of the ELF, as the app's descriptor has it, in hex: what firmware says in its `hello`.
    pub fn elf_sha256(&self) -> Option<String> {
        let descriptor = self.app().ok()? + 32;
        (self.bytes[descriptor..descriptor + 4] == DESCRIPTOR_MAGIC).then(|| {
            let hash = &self.bytes[descriptor + 144..descriptor + 176];
            hash.iter().map(|byte| format!("{byte:02x}")).collect()
        })
    }
}

/// Where the hash begins that ends the image.
fn image_end(image: &[u8]) -> Option<usize> {
    if image.first() != Some(&IMAGE_MAGIC) {
        return None;
    }
    let mut at = 24;
    for _ in 0..image[1] {
        let length = u32::from_le_bytes(image.get(at + 4..at + 8)?.try_into().ok()?) as usize;
        at = at.checked_add(8 + length)?;
    }
    // The checksum is the last byte of a line of 16.
    let end = at / 16 * 16 + 16;
    (end + 32 <= image.len()).then_some(end)
}
