//! The console of one board while a run has it: one thread reads, another writes.
//!
//! Reading blocks, and so does a port whose other end takes nothing: neither may hold up a run's
//! timers. Where we switched the board's supply ourselves the port may go and come back.

use std::io::{self, Read as _, Write as _};
use std::sync::mpsc::{self, TryRecvError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::port::Port;
use super::site::{Site, Switching};
use super::voice::Voice;
use crate::board::lines::Lines;
use crate::board::{BoardError, Output};

/// A board that we took off its supply is back on its port within this.
const BACK_LIMIT: Duration = Duration::from_secs(15);
/// Between two looks whether a port is back.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What can be done to a board from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Pull its reset line; the power switch where it has none.
    Restart,
    /// Close its port, open it again, restart it.
    Reopen,
    /// Switch its supply off and on.
    Cycle,
}

enum Ask {
    Do(Deed, oneshot::Sender<Result<(), BoardError>>),
    Leave,
}

enum Written {
    Line(String),
    To(Port),
    /// The port is to be closed; said when it is.
    Shut(mpsc::Sender<()>),
}

/// A console in use; its port is closed when this is dropped.
pub struct Wire {
    asks: mpsc::Sender<Ask>,
    lines: mpsc::Sender<Written>,
    over: oneshot::Receiver<()>,
}

impl Wire {
    /// Opens the console; what is heard goes to `sink`, [`Output::Gone`] last where the port goes away
    /// by itself. Of firmware that says `greeting` when it boots, a deed makes whatever was said before
    /// that log text: it is of the life before.
    ///
    /// # Errors
    /// When the port is not to be had.
    pub fn open(
        site: Site,
        greeting: Option<fn(&str) -> bool>,
        sink: impl Fn(Output) + Send + 'static,
    ) -> Result<Self, BoardError> {
        let port = site.open()?;
        let (asks, asked) = mpsc::channel();
        let (lines, to_write) = mpsc::channel();
        let (stopped, over) = oneshot::channel();
        let writer = lines.clone();
        let writing = spawn("console out", move || write(&to_write))?;
        spawn("console in", move || {
            let voice = Voice::new(greeting, sink);
            let mut reader =
                Reader { site, asked, writer, voice, switching: None, away_until: None };
            reader.serve(port);
            drop(reader);
            // Whoever opens the port next must find it closed on this side, too.
            let _ = writing.join();
            // Nobody waits any more when the run was cut short.
            let _ = stopped.send(());
        })?;
        Ok(Self { asks, lines, over })
    }

    /// Sends one console line (without its end).
    ///
    /// # Errors
    /// When the console is closed.
    pub fn write(&self, line: &str) -> Result<(), BoardError> {
        let gone = |_| BoardError("the board takes no more input".into());
        self.lines.send(Written::Line(format!("{line}\n"))).map_err(gone)
    }

    /// Does `deed` to the board; the answer comes when it is done.
    pub fn ask(&self, deed: Deed) -> oneshot::Receiver<Result<(), BoardError>> {
        let (done, answer) = oneshot::channel();
        // Without a reader the answer's sender is dropped, which says the same.
        let _ = self.asks.send(Ask::Do(deed, done));
        answer
    }

    /// Closes the port; what comes back resolves when it is closed.
    pub fn close(self) -> oneshot::Receiver<()> {
        let _ = self.asks.send(Ask::Leave);
        self.over
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, BoardError> {
    let spawned = std::thread::Builder::new().name(name.into()).spawn(work);
    spawned.map_err(|error| BoardError(format!("no thread for a console: {error}")))
}

fn write(lines: &mpsc::Receiver<Written>) {
    let mut to = None;
    for written in lines {
        match (written, &mut to) {
            (Written::To(port), to) => *to = Some(port),
            (Written::Shut(done), to) => {
                *to = None;
                // Who asked may be gone.
                let _ = done.send(());
            }
            // A port that takes nothing any more is noticed where it is read.
            (Written::Line(line), Some(port)) => drop(port.write_all(line.as_bytes())),
            (Written::Line(_), None) => {}
        }
    }
}

struct Reader<F> {
    site: Site,
    asked: mpsc::Receiver<Ask>,
    writer: mpsc::Sender<Written>,
    voice: Voice<F>,
    switching: Option<(Switching, oneshot::Sender<Result<(), BoardError>>)>,
    /// Until then a port that went away is one that we switched off.
    away_until: Option<Instant>,
}

/// Why a port is not read any more.
enum Why {
    /// It is to be opened anew.
    Reopen(oneshot::Sender<Result<(), BoardError>>),
    /// Nobody listens.
    Left,
    /// It went away.
    Lost(io::Error),
}

impl<F: Fn(Output)> Reader<F> {
    fn serve(&mut self, first: Port) {
        let mut port = first;
        loop {
            match self.read(port) {
                Why::Left => return,
                Why::Reopen(done) => match self.opened_within(BACK_LIMIT) {
                    Ok(mut again) => {
                        let restarted = self.site.restart(&mut again);
                        self.begun(restarted, done);
                        port = again;
                    }
                    Err(why) => {
                        // The run may have ended meanwhile.
                        let _ = done.send(Err(why.clone()));
                        return self.voice.say(Output::Gone(why.0));
                    }
                },
                Why::Lost(error) => {
                    let left = self.away_until.map(|until| until - Instant::now());
                    let left = left.filter(|left| !left.is_zero());
                    match self.opened_within(left.unwrap_or_default()) {
                        Ok(again) if left.is_some() => port = again,
                        Ok(_) | Err(_) => {
                            return self.voice.say(Output::Gone(self.site.gone(&error)));
                        }
                    }
                }
            }
        }
    }

    /// Reads until something is to be done about the port.
    fn read(&mut self, mut port: Port) -> Why {
        if let Ok(clone) = port.try_clone_native() {
            // Its thread ends when this one does.
            let _ = self.writer.send(Written::To(clone));
        }
        let mut lines = Lines::default();
        let mut chunk = [0; 4096];
        loop {
            match self.obey(&mut port) {
                Some(why) => return why,
                None => self.look_after_the_switch(),
            }
            match port.read(&mut chunk) {
                // A terminal that was hung up has an end; a port has none.
                Ok(0) => return Why::Lost(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    let bytes = chunk.get(..count).unwrap_or_default();
                    lines.feed(bytes, |line| self.voice.line(line));
                    if self.switching.is_none() && self.voice.is_awake() {
                        // It is back: from now on it goes away by itself only.
                        self.away_until = None;
                    }
                }
                Err(error) if waits(&error) => {}
                Err(error) => return Why::Lost(error),
            }
        }
    }

    fn obey(&mut self, port: &mut Port) -> Option<Why> {
        match self.asked.try_recv() {
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) | Ok(Ask::Leave) => Some(Why::Left),
            Ok(Ask::Do(Deed::Reopen, done)) => {
                self.voice.restarts();
                Some(Why::Reopen(done))
            }
            Ok(Ask::Do(Deed::Restart, done)) => {
                self.voice.restarts();
                let begun = self.site.restart(port);
                self.begun(begun, done);
                None
            }
            Ok(Ask::Do(Deed::Cycle, done)) => {
                self.voice.restarts();
                let begun = self.site.switch("cycle").map(Some);
                self.begun(begun, done);
                None
            }
        }
    }

    fn begun(
        &mut self,
        begun: Result<Option<Switching>, BoardError>,
        done: oneshot::Sender<Result<(), BoardError>>,
    ) {
        match begun {
            Ok(Some(switching)) => {
                self.away_until = Some(Instant::now() + BACK_LIMIT);
                self.switching = Some((switching, done));
            }
            Ok(None) => self.done(Ok(()), done),
            Err(error) => self.done(Err(error), done),
        }
    }

    fn done(&mut self, how: Result<(), BoardError>, done: oneshot::Sender<Result<(), BoardError>>) {
        self.voice.restarted();
        // The run may have ended meanwhile.
        let _ = done.send(how);
    }

    fn look_after_the_switch(&mut self) {
        if let Some(ended) = self.switching.as_mut().and_then(|(switching, _)| switching.ended())
            && let Some((_, done)) = self.switching.take()
        {
            self.away_until = Some(Instant::now() + BACK_LIMIT);
            self.done(ended, done);
        }
    }

    fn opened_within(&mut self, limit: Duration) -> Result<Port, BoardError> {
        let until = Instant::now() + limit;
        let (shut, closed) = mpsc::channel();
        if self.writer.send(Written::Shut(shut)).is_ok() {
            // A port is opened by one at a time; a writer that hangs shows as a busy port.
            let _ = closed.recv_timeout(LOOK_AGAIN * 10);
        }
        loop {
            self.look_after_the_switch();
            match self.site.open() {
                Ok(port) => return Ok(port),
                Err(error) if Instant::now() >= until => return Err(error),
                Err(_) => std::thread::sleep(LOOK_AGAIN),
            }
        }
    }
}

fn waits(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
