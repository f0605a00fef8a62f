//! The device code in this process, on virtual time and in-memory links.

use std::io;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use kvs_port_host::{Connector, Console, Options, Target, run_device};
use mock_kvs::{MemoryStream, Mock};
use tokio::sync::mpsc;

use super::{Board, BoardError, Device, Ear, Image, Output, Reach, Spec};
use crate::scenario::model::DEVICE;

/// The board `sim`.
pub struct Sim {
    spec: Spec,
}

impl Sim {
    /// The board.
    pub fn new(spec: Spec) -> Self {
        Self { spec }
    }
}

impl Board for Sim {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn prepare(&mut self) -> Result<Image, BoardError> {
        let this = std::env::current_exe().map_err(|error| BoardError(error.to_string()))?;
        Ok(Image { path: None, ..Image::of(&this)? })
    }

    fn start(&self, reach: Reach, seed: u64, ear: Ear) -> Result<Box<dyn Device>, BoardError> {
        let Reach::Memory(mock) = reach else {
            return Err(BoardError("the board sim has no network but memory".into()));
        };
        let mut options = Options::sim(seed, mock.wall_ms());
        // Two builds of one source run alike: a hash here would make their histories differ.
        options.image = "sim".into();
        let (commands, received) = mpsc::unbounded_channel();
        let (lines, log) = (ear.clone(), ear.clone());
        let console = Console::new(received, move |line| {
            lines.hear(Output::Line(line.to_owned()));
            Ok(())
        })
        .with_log(move |line| log.hear(Output::Log(line.to_owned())));
        let device = run_device(Memory(mock), console, options);
        let task = tokio::task::spawn_local(async move {
            let end = std::panic::AssertUnwindSafe(device).catch_unwind().await;
            let how = if end.is_ok() { "it stopped" } else { "it panicked" };
            ear.hear(Output::Ended(how.into()));
        });
        Ok(Box::new(Simulated { commands, task: task.abort_handle() }))
    }
}

/// Every connection is one to the service, whatever its name.
struct Memory(Mock);

impl Connector for Memory {
    type Stream = MemoryStream;

    async fn connect(&self, target: &Target<'_>) -> io::Result<MemoryStream> {
        // There is no TLS to show it in.
        let shown = target.certificate.iter().map(|shown| shown.certificate.to_vec()).collect();
        self.0.connect_memory_as(DEVICE, shown).await
    }
}

struct Simulated {
    commands: mpsc::UnboundedSender<String>,
    task: tokio::task::AbortHandle,
}

impl Device for Simulated {
    fn write(&mut self, line: &str) -> Result<(), BoardError> {
        let gone = |_| BoardError("the device takes no more input".into());
        self.commands.send(line.to_owned()).map_err(gone)
    }

    fn stop(self: Box<Self>, _limit: Duration) -> LocalBoxFuture<'static, ()> {
        self.task.abort();
        Box::pin(std::future::ready(()))
    }
}
