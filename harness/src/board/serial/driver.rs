//! The board `serial:NAME`: locked, found, flashed, and each run its console.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::sync::oneshot::{self, error::RecvError};

use super::Mac;
use super::decode::Explainer;
use super::desk::{self, Asked};
use super::ladder::Rung;
use super::site::Site;
use super::wire::{Deed, Wire};
use crate::bench::password::Password;
use crate::bench::{Entry, Firmware, Hold, StateDir, quarantine};
use crate::board::foreign::{Patterns, Stock};
use crate::board::{Board, BoardError, Device, Ear, Image, Lever, Output, Reach, Spec, WiFi};
use crate::history::Record;
use crate::report::Wall;

/// Digits of the image's hash that a `hello` carries.
const HELLO_DIGITS: usize = 16;

/// A board attached to this machine.
pub struct Attached {
    spec: Spec,
    asked: Asked,
    image: Option<PathBuf>,
    ready: Option<Found>,
}

/// What was found out while it was made ready.
pub(super) struct Found {
    pub entry: Entry,
    pub site: Site,
    pub image: Image,
    pub password: Option<Password>,
    pub state: StateDir,
    /// It was not in a bench file.
    pub new: bool,
    /// The lock, while it is ours.
    pub hold: Arc<Mutex<Option<Hold>>>,
    /// For people: where it is and what was done to it.
    pub note: String,
}

impl Attached {
    /// The board that was asked for, to run `image` or what its entry names.
    pub fn new(spec: Spec, asked: Asked, image: Option<PathBuf>) -> Self {
        Self { spec, asked, image, ready: None }
    }

    fn found(&self) -> Result<&Found, BoardError> {
        let unready = || BoardError("the board was never made ready".into());
        self.ready.as_ref().ok_or_else(unready)
    }
}

impl Board for Attached {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn prepare(&mut self) -> Result<Image, BoardError> {
        let found = desk::make_ready(&self.asked, self.image.as_deref())?;
        self.spec.host = found.entry.network.as_ref().map(|network| network.host);
        if let (Firmware::Foreign, Some(host)) = (found.entry.firmware, self.spec.host) {
            self.spec.stock = Some(Stock::of(&found.entry.service, host)?);
        }
        let image = found.image.clone();
        self.ready = Some(found);
        Ok(image)
    }

    fn note(&self) -> Option<String> {
        self.ready.as_ref().map(|found| found.note.clone())
    }

    fn entry_to_keep(&self) -> Option<&Entry> {
        self.ready.as_ref().filter(|found| found.new).map(|found| &found.entry)
    }

    fn start(&self, _reach: Reach, _seed: u64, ear: Ear) -> Result<Box<dyn Device>, BoardError> {
        let found = self.found()?;
        found.take()?;
        let hold = Arc::clone(&found.hold);
        let heard = ear.clone();
        let explainer = Explainer::new(found.image.path.clone());
        let patterns = found.patterns()?;
        let greeting: Option<fn(&str) -> bool> = match found.entry.firmware {
            Firmware::Ours => Some(is_hello),
            Firmware::Foreign => None,
        };
        let wire = Wire::open(found.site.clone(), greeting, move |what| {
            if let Output::Gone(_) = what {
                // Whoever plugs it in somewhere else may have it.
                held(&hold).take();
            }
            let notes = match &what {
                Output::Line(line) => explainer.notes(line),
                Output::Said(_)
                | Output::Log(_)
                | Output::Gone(_)
                | Output::Ended(_)
                | Output::Unstarted(_) => Vec::new(),
            };
            if let (Some(patterns), Output::Line(line)) = (&patterns, &what)
                && let Some(said) = patterns.read(line)
            {
                heard.hear(Output::Said(said));
            }
            heard.hear(what);
            // Where a panic was, right below its line.
            notes.into_iter().for_each(|note| heard.hear(Output::Log(note)));
        });
        let wire = wire.inspect_err(|_| found.let_go())?;
        let restarting = wire.ask(Deed::Restart);
        let mut console = Console { wire, rungs: Rung::of(&found.site), restarting: None };
        match found.entry.firmware {
            Firmware::Foreign => console.restarting = Some(restarting),
            // Its `hello` says when it begins anew.
            Firmware::Ours => drop(tokio::task::spawn_local(async move {
                if let Ok(Err(BoardError(why))) = restarting.await {
                    ear.hear(Output::Gone(why));
                }
            })),
        }
        Ok(Box::new(console))
    }

    fn recognise(&self, hello: &Record) -> Result<(), BoardError> {
        let found = self.found()?;
        match found.entry.firmware {
            Firmware::Ours => found.recognise(hello),
            Firmware::Foreign => Ok(()),
        }
    }

    fn wifi(&self) -> Option<WiFi> {
        let found = self.ready.as_ref()?;
        let ssid = found.entry.network.as_ref()?.ssid.clone()?;
        let password = found.password.as_ref()?.reveal().to_owned();
        Some(WiFi { ssid, password })
    }

    fn give_up(&self, why: &str) -> Option<String> {
        let found = self.ready.as_ref()?;
        let Entry { name, mac, .. } = &found.entry;
        let now = Wall::now();
        match quarantine::put(&found.state, *mac, why, now) {
            Ok(()) => quarantine::of(&found.state, *mac, now).map(|sick| sick.advice(name)),
            Err(error) => Some(format!("board {name} cannot be put into quarantine: {error}")),
        }
    }

    fn rest(&self) {
        if let Some(found) = &self.ready {
            found.let_go();
        }
    }
}

impl Found {
    /// The lock, taken again if it was let go: another run may have had the board meanwhile.
    fn take(&self) -> Result<(), BoardError> {
        let Entry { name, mac, .. } = &self.entry;
        if let Some(sick) = quarantine::of(&self.state, *mac, Wall::now()) {
            return Err(BoardError(sick.advice(name)));
        }
        let mut hold = held(&self.hold);
        if hold.is_none() {
            let taken = Hold::board(&self.state, *mac, name);
            *hold = Some(taken.map_err(|error| BoardError(error.to_string()))?);
        }
        Ok(())
    }

    /// What to look for on a foreign console.
    fn patterns(&self) -> Result<Option<Patterns>, BoardError> {
        match self.entry.firmware {
            Firmware::Ours => Ok(None),
            Firmware::Foreign => Patterns::new(&self.entry.console).map(Some).map_err(BoardError),
        }
    }

    fn let_go(&self) {
        held(&self.hold).take();
    }

    fn recognise(&self, hello: &Record) -> Result<(), BoardError> {
        let name = &self.entry.name;
        let said = hello.text("mac").unwrap_or("none");
        if said.parse::<Mac>() != Ok(self.entry.mac) {
            return Err(BoardError(format!(
                "the board at {} says that its MAC is {said}, and board {name} is {}: boards have \
                 changed places, or the bench file is wrong",
                self.site.at.path.display(),
                self.entry.mac
            )));
        }
        let runs = hello.text("image").unwrap_or("none");
        let flashed = self.image.sha256.get(..HELLO_DIGITS).unwrap_or(&self.image.sha256);
        if runs != flashed {
            return Err(BoardError(format!(
                "board {name} runs image {runs}, and {flashed} was flashed and read back: somebody \
                 else flashed it since, or it booted another partition"
            )));
        }
        Ok(())
    }
}

/// The first line of our firmware after a boot.
fn is_hello(line: &str) -> bool {
    kvs_trace::Line::parse(line).is_ok_and(|line| line.name == "hello")
}

/// A panic elsewhere does not make the lock anybody else's.
fn held(hold: &Mutex<Option<Hold>>) -> MutexGuard<'_, Option<Hold>> {
    hold.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Console {
    wire: Wire,
    rungs: Vec<Rung>,
    /// Under way, of firmware that does not say when it boots.
    restarting: Option<oneshot::Receiver<Result<(), BoardError>>>,
}

/// What became of a deed; nothing where the console was closed meanwhile.
fn told(answer: Result<Result<(), BoardError>, RecvError>) -> Result<(), BoardError> {
    answer.map_err(|_| BoardError("the console is closed".into()))?
}

impl Console {
    fn doing(&self, deed: Deed) -> LocalBoxFuture<'_, Result<(), BoardError>> {
        let answer = self.wire.ask(deed);
        Box::pin(async move { told(answer.await) })
    }
}

impl Device for Console {
    fn write(&mut self, line: &str) -> Result<(), BoardError> {
        self.wire.write(line)
    }

    fn pull(&mut self, lever: Lever) -> LocalBoxFuture<'_, Result<(), BoardError>> {
        match lever {
            Lever::Reset => self.doing(Deed::Restart),
            Lever::Cable { .. } => {
                let refused = BoardError("a board on a serial port has no cable of ours".into());
                Box::pin(std::future::ready(Err(refused)))
            }
        }
    }

    fn restarted(&mut self) -> LocalBoxFuture<'_, Result<(), BoardError>> {
        let restarting = self.restarting.take();
        Box::pin(async move {
            match restarting {
                Some(answer) => told(answer.await),
                None => Ok(()),
            }
        })
    }

    fn rungs(&self) -> Vec<Rung> {
        self.rungs.clone()
    }

    fn climb(&mut self, rung: Rung) -> LocalBoxFuture<'_, Result<(), BoardError>> {
        match rung.deed() {
            Some(deed) => self.doing(deed),
            None => Box::pin(std::future::ready(Ok(()))),
        }
    }

    fn stop(self: Box<Self>, limit: Duration) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            // It runs on, and says what it likes to nobody: the next run begins with a reset.
            let _ = tokio::time::timeout(limit, self.wire.close()).await;
        })
    }
}
