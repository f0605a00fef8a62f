//! A bare-metal image on QEMU: one emulator for each run, its console and its control on sockets of its own.
//!
//! We listen and QEMU connects, so nothing has to be waited for or guessed: no ports, no files that appear later.

mod esp32c3;
mod qmp;
mod virt;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWriteExt as _};
use tokio::net::UnixListener;
use tokio::net::unix::OwnedWriteHalf;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::platform::{Group, own_group};
use super::process::watch;
use super::{Board, BoardError, Device, Ear, Image, Lever, Output, Reach, Spec};

const EMULATOR: &str = "qemu-system-riscv32";
/// The network's name at QEMU.
const NETWORK: &str = "net";

/// What the emulator is told to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// QEMU's own `virt`, cut down to what an ESP32-C3 has.
    Virt,
    /// An ESP32-C3, by Espressif's QEMU.
    Esp32c3,
}

/// The boards `qemu` and `qemu-esp32c3`.
pub struct Qemu {
    spec: Spec,
    machine: Machine,
    given: Option<PathBuf>,
    image: Image,
    /// Of an emulated chip, when it is ready.
    flash: Option<esp32c3::Flash>,
}

impl Qemu {
    /// The board, running `image` or what it builds itself.
    pub fn new(spec: Spec, machine: Machine, image: Option<PathBuf>) -> Self {
        let none = Image { path: None, sha256: String::new() };
        Self { spec, machine, given: image, image: none, flash: None }
    }
}

impl Board for Qemu {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn absent(&self) -> Option<String> {
        match self.machine {
            Machine::Virt => None,
            Machine::Esp32c3 => esp32c3::absent(),
        }
    }

    fn prepare(&mut self) -> Result<Image, BoardError> {
        let given = self.given.as_deref();
        match self.machine {
            Machine::Virt => self.image = virt::image(given)?,
            Machine::Esp32c3 => {
                let (image, flash) = esp32c3::image(given)?;
                (self.image, self.flash) = (image, Some(flash));
            }
        }
        Ok(self.image.clone())
    }

    fn start(&self, _reach: Reach, _seed: u64, ear: Ear) -> Result<Box<dyn Device>, BoardError> {
        let failed = |what: &str, error: &dyn std::fmt::Display| {
            BoardError(format!("cannot {what}: {error}"))
        };
        let folder = tempfile::Builder::new().prefix("kvs-qemu-").tempdir();
        let folder = folder.map_err(|error| failed("make a folder for sockets", &error))?;
        let listen = |name: &str| {
            UnixListener::bind(folder.path().join(name))
                .map_err(|error| failed("listen for QEMU", &error))
        };
        let (uart, control) = (listen("uart")?, listen("qmp")?);
        let mut command = Command::new(EMULATOR);
        command.args(self.arguments(folder.path())?);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        own_group(&mut command);
        let mut child =
            command.spawn().map_err(|error| failed(&format!("start {EMULATOR}"), &error))?;
        let group = Group::new(child.id());
        let stderr = child.stderr.take().ok_or_else(|| failed("read", &"QEMU has no stderr"))?;
        let (input, written) = mpsc::unbounded_channel();
        let wanted = Arc::new(AtomicBool::new(true));
        let still_wanted = Arc::clone(&wanted);
        let (stopped, over) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            let how = attend(child, uart, written, stderr, &ear).await;
            // A machine that was switched off on purpose did not end by itself.
            if still_wanted.load(Ordering::Relaxed) {
                ear.hear(Output::Ended(how));
            }
            // Nobody waits any more when the run was cut short.
            let _ = stopped.send(());
        });
        let control = qmp::Control::over(control);
        Ok(Box::new(Emulator { input, control, wanted, over, group, _folder: folder }))
    }
}

impl Qemu {
    /// Its words; what they name beside the sockets is put into `folder`.
    fn arguments(&self, folder: &Path) -> Result<Vec<String>, BoardError> {
        let socket = |id: &str| format!("socket,id={id},path={}", path(&folder.join(id)));
        let mut words = match &self.flash {
            None => virt::arguments(&self.image),
            Some(flash) => esp32c3::arguments(flash, folder)?,
        };
        words.extend(["-display", "none"].map(String::from));
        words.extend(["-chardev".into(), socket("uart"), "-serial".into(), "chardev:uart".into()]);
        words.extend(["-chardev".into(), socket("qmp")]);
        words.extend(["-mon", "chardev=qmp,mode=control"].map(String::from));
        Ok(words)
    }
}

/// A path within a list of options, where a comma is doubled.
fn path(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

/// What `EMULATOR` says when it is asked.
fn asked(question: &[&str]) -> std::io::Result<String> {
    let output = std::process::Command::new(EMULATOR).args(question).stdin(Stdio::null()).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Serves the console until QEMU ends; says how it ended.
async fn attend(
    mut child: Child,
    uart: UnixListener,
    written: mpsc::UnboundedReceiver<String>,
    stderr: impl AsyncRead + Unpin,
    ear: &Ear,
) -> String {
    let console = tokio::select! {
        biased;
        accepted = uart.accept() => accepted.ok(),
        // It did not like its arguments; why stands on stderr.
        _ = child.wait() => None,
    };
    let Some((console, _)) = console else {
        return watch(child, (tokio::io::empty(), Output::Line), stderr, ear).await.text();
    };
    let (lines, room) = console.into_split();
    let writer = tokio::spawn(write(room, written));
    let exit = watch(child, (lines, Output::Line), stderr, ear).await;
    writer.abort();
    exit.text()
}

async fn write(mut room: OwnedWriteHalf, mut lines: mpsc::UnboundedReceiver<String>) {
    while let Some(line) = lines.recv().await {
        if room.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
}

struct Emulator {
    input: mpsc::UnboundedSender<String>,
    control: qmp::Control,
    wanted: Arc<AtomicBool>,
    over: tokio::sync::oneshot::Receiver<()>,
    group: Group,
    _folder: TempDir,
}

impl Device for Emulator {
    fn write(&mut self, line: &str) -> Result<(), BoardError> {
        let gone = |_| BoardError("the device takes no more input".into());
        self.input.send(format!("{line}\n")).map_err(gone)
    }

    fn pull(&mut self, lever: Lever) -> LocalBoxFuture<'_, Result<(), BoardError>> {
        Box::pin(async move {
            match lever {
                Lever::Reset => self.control.execute("system_reset", json!({})).await,
                Lever::Cable { plugged } => {
                    self.control.execute("set_link", json!({"name": NETWORK, "up": plugged})).await
                }
            }
        })
    }

    fn stop(self: Box<Self>, limit: Duration) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            self.wanted.store(false, Ordering::Relaxed);
            // There is nothing to be saved in an emulator: power off.
            drop(self.group);
            let _ = tokio::time::timeout(limit, self.over).await;
        })
    }
}
