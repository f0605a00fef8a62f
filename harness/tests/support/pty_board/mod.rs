//! A board of our own on a pty: a chip's ROM loader with honest flash behind it, faults, and firmware that boots from what
//! was flashed.
//!
//!     let board = PtyBoard::start(Chip::esp32c3(MAC), Box::new(Script::new(…)));
//!     board.path()                            // the port: flash it, watch it
//!     board.break_down(Fault::ResetsAt(9_000)) // once, when so many bytes were written
//!     board.power_command()                   // for a bench entry: off, on, cycle, loader
//!
//! A pty has no DTR and RTS. A Sync frame stands for them: whatever runs, it puts the chip into its loader, as a host's
//! lines would. The loader is left by its own reboot command or by power, and then the flash is booted, if there is
//! something in it that a bootloader would boot.
#![allow(dead_code, unused_imports, reason = "each test file uses some of it")]

mod chip;
mod firmware;
mod memory;
mod rom;
mod wire;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

pub use chip::Chip;
#[allow(unused_imports, reason = "each test file uses some of it")]
pub use firmware::{Console, Firmware, Nothing};
pub use memory::Flash;

use rom::{After, Rom};
use wire::Slip;

/// What goes wrong, once each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It answers nothing any more.
    Mute,
    /// From the first written byte on, each so many bytes from the host one is lost.
    DropsEvery(usize),
    /// It resets when so many bytes were written, and boots what is there by then.
    ResetsAt(usize),
    /// A bit of what is written at this byte of the flash stays as it was.
    WornAt(usize),
    /// The pty goes away when so many bytes were written.
    UnplugsAt(usize),
    /// It does not leave its loader when told to, as the ROM in Espressif's QEMU.
    Stays,
}

/// The board. It ends when this is dropped.
pub struct PtyBoard {
    path: PathBuf,
    folder: tempfile::TempDir,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the test and the board's thread both touch.
struct Shared {
    state: Mutex<State>,
    /// A byte here ends the thread's wait.
    bell: UnixStream,
}

struct State {
    rom: Rom,
    mode: Mode,
    faults: Vec<Fault>,
    /// For the host, not yet in the pty.
    outbox: Vec<u8>,
    /// Counts boots: output of an earlier one is void.
    boot: u64,
    over: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Off,
    Loader,
    /// Booted; whether something runs depends on the flash.
    Running,
}

impl PtyBoard {
    /// A new board, waiting in its loader, its flash empty.
    pub fn start(chip: Chip, firmware: Box<dyn Firmware>) -> Self {
        let (master, slave, path) = pty();
        let folder = tempfile::tempdir().expect("a folder");
        let fifo = folder.path().join("power");
        let made = Command::new("mkfifo").arg(&fifo).status().expect("mkfifo");
        assert!(made.success(), "mkfifo");
        // For writing too, so that it is never at its end.
        let power = File::options().read(true).write(true).open(&fifo).expect("our fifo");
        let (bell, rung) = UnixStream::pair().expect("a pair of sockets");
        let state = State {
            rom: Rom::new(chip),
            mode: Mode::Loader,
            faults: Vec::new(),
            outbox: Vec::new(),
            boot: 0,
            over: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), bell });
        let life = Life {
            shared: Arc::clone(&shared),
            firmware,
            slip: Slip::default(),
            master: File::from(master),
            _slave: slave,
            power,
            rung,
            heard: 0,
        };
        let thread = std::thread::spawn(move || life.live());
        Self { path, folder, shared, thread: Some(thread) }
    }

    /// The port.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A bench entry's `power` command.
    pub fn power_command(&self) -> Vec<String> {
        let fifo = self.folder.path().join("power");
        vec!["sh".into(), "-c".into(), format!("echo $0 > {}", fifo.display()), "{action}".into()]
    }

    /// Arms a fault.
    pub fn break_down(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    /// Takes every fault away.
    pub fn mend(&self) {
        self.state().faults.clear();
    }

    /// A copy of what its flash holds.
    pub fn flash(&self) -> Flash {
        self.state().rom.flash.clone()
    }

    /// How often the flash was written to or erased.
    pub fn touched(&self) -> u64 {
        self.state().rom.flash.touched()
    }

    /// Nothing runs and prints any more: a hand holds BOOT and presses RESET.
    pub fn silence(&self) {
        let mut state = self.state();
        state.boot += 1;
        state.mode = Mode::Loader;
        state.outbox.clear();
        state.rom.reset();
    }

    /// The board is pulled off the USB.
    pub fn unplug(&self) {
        self.state().over = true;
        self.shared.ring();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().expect("no panic while it was held")
    }
}

impl Drop for PtyBoard {
    fn drop(&mut self) {
        self.unplug();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the board's thread panicked");
        }
    }
}

impl Shared {
    fn ring(&self) {
        // A full bell rings already.
        let _ = (&self.bell).write(&[1]);
    }
}

/// The board's thread.
struct Life {
    shared: Arc<Shared>,
    firmware: Box<dyn Firmware>,
    slip: Slip,
    master: File,
    /// Keeps the pty up while no host has it open.
    _slave: OwnedFd,
    power: File,
    rung: UnixStream,
    /// Bytes from the host since the first was written to flash.
    heard: usize,
}

/// Longer than any wait for a byte; the bell ends it.
const IDLE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

impl Life {
    fn live(mut self) {
        loop {
            let (over, to_write) = {
                let state = self.state();
                (state.over, !state.outbox.is_empty())
            };
            if over {
                self.firmware.halt();
                return;
            }
            let out = if to_write { PollFlags::OUT } else { PollFlags::empty() };
            let mut fds = [
                PollFd::new(&self.master, PollFlags::IN | out),
                PollFd::new(&self.power, PollFlags::IN),
                PollFd::new(&self.rung, PollFlags::IN),
            ];
            poll(&mut fds, Some(&IDLE)).expect("poll");
            let [line, power, rung] = fds.map(|fd| fd.revents());
            if rung.contains(PollFlags::IN) {
                let _ = self.rung.read(&mut [0; 64]);
            }
            if power.contains(PollFlags::IN) {
                self.switch();
            }
            if line.contains(PollFlags::OUT) {
                self.speak();
            }
            if line.contains(PollFlags::IN) {
                self.listen();
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().expect("no panic while it was held")
    }

    /// What the power command said.
    fn switch(&mut self) {
        let mut words = [0; 256];
        let length = self.power.read(&mut words).unwrap_or_default();
        for word in String::from_utf8_lossy(&words[..length]).split_whitespace() {
            match word {
                "off" => self.stop(Mode::Off),
                "on" | "cycle" => self.boot(),
                // The same with the boot pin held.
                "loader" => self.stop(Mode::Loader),
                other => panic!("power: {other}: off, on, cycle or loader"),
            }
        }
    }

    fn speak(&mut self) {
        let outbox = std::mem::take(&mut self.state().outbox);
        // The pty takes what it has room for.
        let written = self.master.write(&outbox).unwrap_or_default();
        let rest = outbox[written..].to_vec();
        let mut state = self.state();
        let since = std::mem::replace(&mut state.outbox, rest);
        state.outbox.extend(since);
    }

    fn listen(&mut self) {
        let mut bytes = [0; 4096];
        let length = self.master.read(&mut bytes).unwrap_or_default();
        let mut bytes = bytes[..length].to_vec();
        let faults = self.state().faults.clone();
        for fault in &faults {
            match *fault {
                Fault::Mute => return,
                Fault::DropsEvery(every) if self.state().rom.flash.written() > 0 => {
                    let before = self.heard;
                    self.heard += bytes.len();
                    let mut at = before;
                    bytes.retain(|_| {
                        at += 1;
                        !at.is_multiple_of(every)
                    });
                }
                Fault::DropsEvery(_)
                | Fault::ResetsAt(_)
                | Fault::WornAt(_)
                | Fault::UnplugsAt(_)
                | Fault::Stays => {}
            }
        }
        if self.state().mode == Mode::Running {
            self.firmware.hear(&bytes);
        }
        for frame in self.slip.feed(&bytes) {
            self.obey(&frame);
        }
    }

    /// Carries out one frame of the loader's protocol.
    fn obey(&mut self, frame: &[u8]) {
        let mode = self.state().mode;
        match mode {
            Mode::Off => return,
            Mode::Running if rom::is_sync(frame) => self.stop(Mode::Loader),
            Mode::Running => return,
            Mode::Loader => {}
        }
        let (after, written) = {
            let mut state = self.state();
            let worn = state.faults.iter().find_map(|fault| match fault {
                Fault::WornAt(at) => Some(*at),
                Fault::Mute
                | Fault::DropsEvery(_)
                | Fault::ResetsAt(_)
                | Fault::UnplugsAt(_)
                | Fault::Stays => None,
            });
            state.rom.flash.worn_at = worn;
            state.rom.stays = state.faults.contains(&Fault::Stays);
            let (answers, after) = state.rom.obey(frame);
            let written = state.rom.flash.written();
            let due = |fault: &Fault| match fault {
                Fault::ResetsAt(at) | Fault::UnplugsAt(at) => *at <= written,
                Fault::Mute | Fault::DropsEvery(_) | Fault::WornAt(_) | Fault::Stays => false,
            };
            if let Some(place) = state.faults.iter().position(due) {
                // In the middle of this command: it is never answered.
                let fault = state.faults.remove(place);
                state.over = matches!(fault, Fault::UnplugsAt(_));
                (After::Boot, written)
            } else {
                for answer in answers {
                    state.outbox.extend(wire::framed(&answer));
                }
                (after, written)
            }
        };
        if written == 0 {
            self.heard = 0;
        }
        if after == After::Boot && !self.state().over {
            self.boot();
        }
    }

    fn stop(&mut self, mode: Mode) {
        self.firmware.halt();
        let mut state = self.state();
        state.boot += 1;
        state.mode = mode;
        state.rom.reset();
    }

    fn boot(&mut self) {
        self.stop(Mode::Running);
        let (flash, boot) = {
            let state = self.state();
            (state.rom.flash.clone(), state.boot)
        };
        let console = Console { shared: Arc::clone(&self.shared), boot };
        match flash.app() {
            Ok(_) => self.firmware.boot(&flash, console),
            // As a ROM does that finds half an image: its watchdog resets it, and it says so for ever.
            Err(why) => {
                std::thread::spawn(move || {
                    while console.line(&why) {
                        std::thread::sleep(Duration::from_millis(20));
                    }
                });
            }
        }
    }
}

/// A pty in raw mode: what the chip drives, what keeps it up, and its name.
fn pty() -> (OwnedFd, OwnedFd, PathBuf) {
    let mut flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    // A child of another test that inherits it would keep the cable in.
    #[cfg(target_os = "linux")]
    {
        flags |= OpenptFlags::CLOEXEC;
    }
    let master = openpt(flags).expect("a pty");
    fcntl_setfd(&master, FdFlags::CLOEXEC).expect("close on exec");
    grantpt(&master).expect("grantpt");
    unlockpt(&master).expect("unlockpt");
    let name = ptsname(&master, Vec::new()).expect("its name");
    let path = PathBuf::from(name.to_str().expect("UTF-8"));
    let slave = File::options().read(true).write(true).open(&path).expect("its other side");
    let mut settings = tcgetattr(&slave).expect("tcgetattr");
    settings.make_raw();
    tcsetattr(&slave, OptionalActions::Now, &settings).expect("tcsetattr");
    rustix::io::ioctl_fionbio(&master, true).expect("non-blocking");
    (master, slave.into(), path)
}

/// Waits until `holds`; fails naming `what` after `limit`.
pub fn wait_for(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    let started = tokio::time::Instant::now();
    while !holds() {
        assert!(started.elapsed() < limit, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
