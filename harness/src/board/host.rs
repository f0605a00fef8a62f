//! The firmware as a process: console on stdin and stdout, log on stderr.
//!
//! No process may outlive a run. The child leads its own process group, which is killed when the
//! device is dropped (also by a panic of the run) or on a second Ctrl-C; and a device ends by
//! itself when its stdin does, which the system closes even when we are killed.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{ChildStdin, Command};
use tokio::sync::mpsc;

use super::platform::{Group, own_group};
use super::process::watch;
use super::{Board, BoardError, Device, Ear, Image, Output, Reach, Spec, image};

const PACKAGE: &str = "kvs-port-host";

/// The board `host`.
pub struct Host {
    spec: Spec,
    given: Option<PathBuf>,
    program: PathBuf,
}

impl Host {
    /// The board, running `image` or what it builds itself.
    pub fn new(spec: Spec, image: Option<PathBuf>) -> Self {
        Self { spec, given: image, program: PathBuf::new() }
    }
}

impl Board for Host {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn prepare(&mut self) -> Result<Image, BoardError> {
        let path = match &self.given {
            Some(path) => path.clone(),
            None => image::build(PACKAGE)?,
        };
        let image = Image::of(&path)?;
        self.program = image.path.clone().unwrap_or(path);
        Ok(image)
    }

    fn start(&self, _reach: Reach, _seed: u64, ear: Ear) -> Result<Box<dyn Device>, BoardError> {
        let mut command = Command::new(&self.program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        own_group(&mut command);
        let mut child = command.spawn().map_err(|error| {
            BoardError(format!("cannot start {}: {error}", self.program.display()))
        })?;
        let group = Group::new(child.id());
        let missing = || BoardError("the device process has no pipes".into());
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let (input, written) = mpsc::unbounded_channel();
        tokio::spawn(write(stdin, written));
        let (stopped, over) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            let how = watch(child, (stdout, Output::Line), stderr, &ear).await;
            ear.hear(Output::Ended(how.text()));
            // Nobody waits any more when the run was cut short.
            let _ = stopped.send(());
        });
        Ok(Box::new(Process { input, over, _group: group }))
    }
}

struct Process {
    input: mpsc::UnboundedSender<String>,
    over: tokio::sync::oneshot::Receiver<()>,
    _group: Group,
}

impl Device for Process {
    fn write(&mut self, line: &str) -> Result<(), BoardError> {
        let gone = |_| BoardError("the device takes no more input".into());
        self.input.send(format!("{line}\n")).map_err(gone)
    }

    fn stop(self: Box<Self>, limit: Duration) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            let Self { input, over, _group } = *self;
            // The end of its stdin tells the device to leave; the group is killed either way.
            drop(input);
            let _ = tokio::time::timeout(limit, over).await;
        })
    }
}

async fn write(mut stdin: ChildStdin, mut lines: mpsc::UnboundedReceiver<String>) {
    while let Some(line) = lines.recv().await {
        if stdin.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
}
