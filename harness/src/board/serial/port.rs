//! Ports: which are there, which looks like a board, and opening one with errors that help.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serialport::{ErrorKind, SerialPortType, UsbPortInfo};

use super::{FlashError, PortAt, Reset};

/// A port of this system, opened for us alone.
pub type Port = espflash::connection::Port;

/// USB vendors whose chips sit on boards like ours: Espressif itself, Silicon Labs, WCH, FTDI.
const VENDORS: [u16; 4] = [0x303a, 0x10c4, 0x1a86, 0x0403];
/// The product id of Espressif's USB-Serial-JTAG; espflash knows the port's kind by it.
pub(super) const USB_SERIAL_JTAG: u16 = 0x1001;

/// Every serial port that the system lists; a pty is never among them.
pub fn list() -> Vec<PathBuf> {
    found().into_iter().map(|(path, _)| path).collect()
}

/// Those on USB with a chip that such boards have.
pub fn boards() -> Vec<PathBuf> {
    let board =
        |info: &Option<UsbPortInfo>| info.as_ref().is_some_and(|usb| VENDORS.contains(&usb.vid));
    found().into_iter().filter(|(_, info)| board(info)).map(|(path, _)| path).collect()
}

/// The only port that looks like a board.
///
/// # Errors
/// When there is none, or more than one.
pub fn only() -> Result<PathBuf, FlashError> {
    let mut there = boards();
    match there.pop() {
        Some(path) if there.is_empty() => Ok(path),
        last => Err(FlashError::WhichPort { there: there.into_iter().chain(last).collect() }),
    }
}

/// How the board on `path` is reset, as far as USB tells: a port that no USB device stands behind has no lines to pull.
pub fn reset_of(path: &Path) -> Reset {
    match usb(path) {
        Some(usb) if usb.vid == VENDORS[0] && usb.pid == USB_SERIAL_JTAG => Reset::Usb,
        Some(_) => Reset::DtrRts,
        None => Reset::None,
    }
}

/// The port as a console: bytes as they come, a read waits `PATIENCE` at most.
///
/// # Errors
/// With why it cannot be had.
pub fn open_console(at: &PortAt) -> Result<Port, FlashError> {
    open(at, at.baud, PATIENCE)
}

/// How long one read of a console waits: short enough that Ctrl-C is obeyed at once.
const PATIENCE: Duration = Duration::from_millis(100);

/// The port at `baud`; a read waits `patience` at most.
pub(super) fn open(at: &PortAt, baud: u32, patience: Duration) -> Result<Port, FlashError> {
    let name = at.path.to_string_lossy();
    let opened = serialport::new(name, baud).timeout(patience).open_native();
    opened.map_err(|error| refused(at, &error))
}

/// What USB says of `path`, also when it is a link into `/dev/serial/by-id`.
pub(super) fn usb(path: &Path) -> Option<UsbPortInfo> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let same = |there: &Path| there == path || there == real;
    found().into_iter().find(|(there, _)| same(there)).and_then(|(_, usb)| usb)
}

fn found() -> Vec<(PathBuf, Option<UsbPortInfo>)> {
    // A system that cannot list its ports can still open one by name.
    let ports = serialport::available_ports().unwrap_or_default();
    let port = |port: serialport::SerialPortInfo| {
        let usb = match port.port_type {
            SerialPortType::UsbPort(usb) => Some(usb),
            SerialPortType::PciPort | SerialPortType::BluetoothPort | SerialPortType::Unknown => {
                None
            }
        };
        (PathBuf::from(port.port_name), usb)
    };
    ports.into_iter().map(port).collect()
}

fn refused(at: &PortAt, error: &serialport::Error) -> FlashError {
    let path = at.path.clone();
    match error.kind() {
        // EBUSY, and a lock that somebody else holds: serialport calls both so.
        ErrorKind::NoDevice if at.path.exists() => FlashError::Busy { path },
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => {
            FlashError::Permission { group: owners(&path), path }
        }
        ErrorKind::NoDevice | ErrorKind::Io(io::ErrorKind::NotFound) => FlashError::no_port(at),
        ErrorKind::InvalidInput | ErrorKind::Unknown | ErrorKind::Io(_) => {
            FlashError::Unusable { path, why: error.to_string() }
        }
    }
}

/// Whether this user may use the port at `path`; it is not opened, which would reset some boards.
///
/// # Errors
/// When it is not there, or is somebody else's.
#[cfg(unix)]
pub fn permitted(path: &Path) -> Result<(), FlashError> {
    use rustix::fs::{Access, access};
    access(path, Access::READ_OK | Access::WRITE_OK).map_err(|error| {
        let path = path.to_owned();
        if io::Error::from(error).kind() == io::ErrorKind::NotFound {
            FlashError::NoPort { path, there: list() }
        } else {
            FlashError::Permission { group: owners(&path), path }
        }
    })
}

/// The name of the group that owns `path`.
#[cfg(unix)]
fn owners(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let id = std::fs::metadata(path).ok()?.gid().to_string();
    let groups = std::fs::read_to_string("/etc/group").ok()?;
    let of = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == id).then(|| name.to_owned())
    };
    // To join root's group is no advice to give.
    groups.lines().find_map(of).filter(|name| name != "root")
}

#[cfg(not(unix))]
fn owners(_path: &Path) -> Option<String> {
    None
}
