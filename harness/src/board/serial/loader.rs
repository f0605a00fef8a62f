//! espflash's connection to a ROM loader, in our terms.

use std::cell::Cell;
use std::time::Duration;

use espflash::command::{Command, CommandType};
use espflash::connection::{Connection, ResetAfterOperation, ResetBeforeOperation, SecurityInfo};
use espflash::flasher::Flasher;
use espflash::image_format::Segment;
use espflash::target::{Chip, ProgressCallbacks, efuse};
use serialport::UsbPortInfo;

use super::error::{Reached, Stop};
use super::flash::{Part, Progress};
use super::watch::Report;
use super::{FlashError, Identity, PortAt, Reset, port};

/// Every ROM starts at this speed, or measures it.
const ROM_BAUD: u32 = 115_200;
/// What espflash wants of a port before it sets limits of its own.
const PATIENCE: Duration = Duration::from_secs(3);
/// SECURE_BOOT_EN and SECURE_DOWNLOAD_ENABLE in the security information
/// (<https://docs.espressif.com/projects/esptool/en/latest/esp32c3/advanced-topics/serial-protocol.html>).
const SECURE_BOOT: u32 = 1 << 0;
const SECURE_DOWNLOAD: u32 = 1 << 2;

/// A chip in its loader.
pub(super) struct Loader {
    /// None only while the connection is made anew.
    flasher: Option<Flasher>,
    at: PortAt,
    reset: Reset,
    protection: Option<&'static str>,
    stub: bool,
}

/// An image in parts, each to be verified.
pub(super) struct Parts {
    pub(super) parts: Vec<Part>,
    pub(super) total: u64,
}

impl Parts {
    pub(super) fn new(mut parts: Vec<Part>) -> Self {
        for part in &mut parts {
            // Flash is written in words; ones leave it as it is.
            part.bytes.resize(part.bytes.len().next_multiple_of(4), 0xff);
        }
        let total = parts.iter().map(|part| part.bytes.len() as u64).sum();
        Self { parts, total }
    }
}

impl Loader {
    /// Puts the chip into its ROM loader and learns what it is.
    pub(super) fn enter(at: &PortAt, reset: Reset) -> Result<Self, FlashError> {
        let serial = port::open(at, ROM_BAUD, PATIENCE)?;
        let (before, after) = match reset {
            Reset::DtrRts => (ResetBeforeOperation::DefaultReset, ResetAfterOperation::HardReset),
            Reset::Usb => (ResetBeforeOperation::UsbReset, ResetAfterOperation::HardReset),
            Reset::None => (ResetBeforeOperation::NoReset, ResetAfterOperation::NoReset),
        };
        let usb = usb_info(at, reset);
        let mut connection = Connection::new(serial, usb, after, before, ROM_BAUD);
        let unanswered = |error: espflash::Error| Stop::of(&at.path, &error).after(at, None);
        connection.begin().map_err(unanswered)?;
        // An ESP32 has no such command; its protections stand in its eFuses. Each of espflash's two readings of the answer
        // takes one number of status bytes for granted.
        let security = connection.security_info(false).or_else(|_| connection.security_info(true));
        let (flasher, stub) = connect(connection).map_err(unanswered)?;
        let mut loader =
            Self { flasher: Some(flasher), at: at.clone(), reset, protection: None, stub };
        loader.protection = match security {
            Ok(security) => protection(&security),
            Err(_) => loader.esp32_protection()?,
        };
        Ok(loader)
    }

    /// Which protection is on.
    pub(super) fn protection(&self) -> Option<&'static str> {
        self.protection
    }

    /// Who it is.
    pub(super) fn identity(&mut self) -> Result<Identity, FlashError> {
        let at = self.at.clone();
        let secured = self.protection.is_some();
        let flasher = self.flasher()?;
        let info =
            flasher.device_info().map_err(|error| Stop::of(&at.path, &error).after(&at, None))?;
        let chip = info.chip.to_string();
        let Some(mac) = info.mac_address else {
            let why = "secure download mode is on".to_owned();
            return Err(FlashError::Secured { path: at.path, chip, why });
        };
        let mac = mac.parse().map_err(|why: &str| FlashError::NoAnswer {
            path: at.path.clone(),
            why: format!("it says its MAC address is {mac}: {why}"),
        })?;
        Ok(Identity { chip, mac, flash_bytes: info.flash_size.size(), secured })
    }

    /// Loads espflash's stub into the chip's RAM, which writes faster; a chip that refuses it is written by its ROM.
    pub(super) fn with_stub(&mut self) -> Result<(), FlashError> {
        if self.stub {
            return Ok(());
        }
        let Some(flasher) = self.flasher.take() else { return Ok(()) };
        let baud = Some(self.at.baud).filter(|baud| *baud > ROM_BAUD);
        let with_stub =
            Flasher::try_connect(flasher.into_connection(), true, true, false, None, baud);
        self.stub = with_stub.is_ok();
        let flasher = with_stub.or_else(|refused| {
            let (_, connection) = *refused;
            Flasher::connect(connection, false, true, false, None, None)
        });
        let unanswered =
            |error: espflash::Error| Stop::of(&self.at.path, &error).after(&self.at, None);
        self.flasher = Some(flasher.map_err(unanswered)?);
        Ok(())
    }

    /// Sets all of the flash to ones.
    pub(super) fn erase(&mut self, flash_bytes: u32, total: u64) -> Result<(), FlashError> {
        let (at, stub) = (self.at.clone(), self.stub);
        let flasher = self.flasher()?;
        let erased = if stub {
            flasher.erase_flash()
        } else {
            // The ROM has no command for it, but erases before it writes; here nothing follows.
            let encrypted_word = flasher.chip() != Chip::Esp32;
            let limit = CommandType::FlashBegin.timeout_for_size(flash_bytes);
            let command = |connection: &mut Connection| {
                connection.command(Command::FlashBegin {
                    size: flash_bytes,
                    blocks: 0,
                    block_size: 0x400,
                    offset: 0,
                    supports_encryption: encrypted_word,
                })
            };
            flasher.connection().with_timeout(limit, command).map(drop)
        };
        let began = Some(Reached { written: 0, total });
        erased.map_err(|error| Stop::of(&at.path, &error).after(&at, began))
    }

    /// Writes and verifies every part, then starts the app: whether that worked.
    pub(super) fn write(mut self, parts: &Parts, report: &Report) -> Result<bool, FlashError> {
        let at = self.at.clone();
        let (reset, stub) = (self.reset, self.stub);
        let flasher = self.flasher()?;
        let segments: Vec<Segment<'_>> =
            parts.parts.iter().map(|part| Segment::new(part.address, &part.bytes)).collect();
        let mut course = Course::new(parts, report);
        let written = flasher.write_bins_to_flash(&segments, &mut course);
        let verified = course.verified == parts.parts.len();
        let error = match written {
            // Without lines the stub can only give way to the ROM.
            Ok(()) if verified => return Ok(reset != Reset::None || !stub),
            // espflash is told to verify and does, unless the chip is in secure download mode: it was refused then.
            Ok(()) => {
                let at_address = course.address();
                return Err(FlashError::VerifyFailed { path: at.path, at: at_address });
            }
            Err(error) => error,
        };
        // All stands in the flash; what failed is to leave the loader. A hand or the bench can do that.
        if verified {
            return Ok(reset != Reset::None && self.flasher()?.connection().reset().is_ok());
        }
        if matches!(error, espflash::Error::VerifyFailed) {
            return Err(FlashError::VerifyFailed { path: at.path, at: course.address() });
        }
        let reached = Reached { written: course.written.get(), total: parts.total };
        Err(Stop::of(&at.path, &error).after(&at, Some(reached)))
    }

    /// Starts the app, where there are lines to do it with.
    pub(super) fn leave(mut self) {
        let (reset, stub) = (self.reset, self.stub);
        let Ok(flasher) = self.flasher() else { return };
        let chip = flasher.chip();
        // Whoever asked who it is has the answer; a chip that stays in its loader is met by the next reset.
        let _ = match reset {
            Reset::DtrRts | Reset::Usb => flasher.connection().reset(),
            // The stub gives way to the ROM.
            Reset::None if stub => flasher.connection().reset_after(true, chip),
            Reset::None => Ok(()),
        };
    }

    fn flasher(&mut self) -> Result<&mut Flasher, FlashError> {
        let gone = || FlashError::NoAnswer {
            path: self.at.path.clone(),
            why: "it refused the stub and then fell silent".into(),
        };
        self.flasher.as_mut().ok_or_else(gone)
    }

    /// Of an ESP32, and an ESP32-S2 whose ROM does not say.
    fn esp32_protection(&mut self) -> Result<Option<&'static str>, FlashError> {
        let at = self.at.clone();
        let flasher = self.flasher()?;
        if flasher.secure_download_mode() {
            return Ok(Some("secure download mode is on"));
        }
        if flasher.chip() != Chip::Esp32 {
            return Ok(None);
        }
        let mut fuse = |field| {
            let read = Chip::Esp32.read_efuse_le::<u32>(flasher.connection(), field);
            read.map_err(|error| Stop::of(&at.path, &error).after(&at, None))
        };
        if fuse(efuse::esp32::ABS_DONE_0)? | fuse(efuse::esp32::ABS_DONE_1)? != 0 {
            return Ok(Some("secure boot is on"));
        }
        Ok(encrypted(fuse(efuse::esp32::FLASH_CRYPT_CNT)?).then_some("flash encryption is on"))
    }
}

/// By the ROM alone; or with the stub, for a chip that the ROM's answers do not tell.
fn connect(connection: Connection) -> Result<(Flasher, bool), espflash::Error> {
    match Flasher::try_connect(connection, false, true, false, None, None) {
        Ok(flasher) => Ok((flasher, false)),
        Err(failed) => {
            let (error, connection) = *failed;
            let with_stub = Flasher::connect(connection, true, true, false, None, None);
            with_stub.map(|flasher| (flasher, true)).map_err(|_| error)
        }
    }
}

fn protection(security: &SecurityInfo) -> Option<&'static str> {
    if security.flags & SECURE_DOWNLOAD != 0 {
        Some("secure download mode is on")
    } else if security.flags & SECURE_BOOT != 0 {
        Some("secure boot is on")
    } else {
        encrypted(security.flash_crypt_cnt.into()).then_some("flash encryption is on")
    }
}

/// Each fuse that is burnt turns it on or off again.
const fn encrypted(count: u32) -> bool {
    count.count_ones() % 2 == 1
}

fn usb_info(at: &PortAt, reset: Reset) -> UsbPortInfo {
    let mut usb = port::usb(&at.path).unwrap_or(UsbPortInfo {
        vid: 0,
        pid: 0,
        serial_number: None,
        manufacturer: None,
        product: None,
    });
    if reset == Reset::Usb {
        // espflash leaves the loader by the product's id.
        usb.pid = port::USB_SERIAL_JTAG;
    }
    usb
}

/// How far the writing is, in bytes over all parts, from espflash's blocks of one part.
struct Course<'a> {
    parts: &'a Parts,
    report: &'a Report,
    verified: usize,
    blocks: usize,
    written: Cell<u64>,
}

impl<'a> Course<'a> {
    fn new(parts: &'a Parts, report: &'a Report) -> Self {
        Self { parts, report, verified: 0, blocks: 1, written: Cell::new(0) }
    }

    /// Where the part stands that is being written.
    fn address(&self) -> u32 {
        self.parts.parts.get(self.verified).map_or(0, |part| part.address)
    }

    /// Bytes of the parts before, and of the one being written.
    fn sizes(&self) -> (u64, u64) {
        let size = |part: &Part| part.bytes.len() as u64;
        let before = self.parts.parts.iter().take(self.verified).map(size).sum();
        (before, self.parts.parts.get(self.verified).map_or(0, size))
    }
}

impl ProgressCallbacks for Course<'_> {
    fn init(&mut self, _address: u32, blocks: usize) {
        self.blocks = blocks.max(1);
        self.report.tell(Progress::Erasing);
    }

    fn update(&mut self, blocks: usize) {
        let (before, this) = self.sizes();
        // With the stub a block is compressed: its share of the part is what is known.
        let bytes = before + this * blocks as u64 / self.blocks as u64;
        self.written.set(bytes);
        self.report.tell(Progress::Written { bytes, total: self.parts.total });
    }

    fn verifying(&mut self) {
        self.report.tell(Progress::Verifying);
    }

    fn finish(&mut self, _skipped: bool) {
        self.verified += 1;
    }
}
