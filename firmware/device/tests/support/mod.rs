//! A device on a scripted board, with a scripted service and a clock that only moves when nothing
//! else does.
#![allow(dead_code, unused_imports, reason = "each test file uses what it needs")]

mod board;
mod service;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use kvs_device::demo::Demo;
use kvs_device::{App, Exit, SdkMemory, run_console};
use kvs_trace::{Command, Line, LineBuf};

pub use board::{Board, Dial, End};
pub use service::Service;

/// More steps than any test takes.
const STEPS_MAX: usize = 20_000;

/// The device under test and its world.
pub struct Bench<'a> {
    pub board: &'a Board,
    pub service: Service,
    device: Pin<Box<dyn Future<Output = Exit> + 'a>>,
    pub exit: Option<Exit>,
    /// Polls of the device so far.
    pub polls: usize,
    commands: u32,
}

impl<'a> Bench<'a> {
    /// The demo application on `board`, before its first poll.
    pub fn new(board: &'a Board) -> Self {
        Self::with_app(board, Demo::<16>::new([7; 32]))
    }

    /// Another application.
    pub fn with_app(board: &'a Board, mut app: impl App + 'a) -> Self {
        let device = Box::pin(async move {
            let mut memory = Box::new(SdkMemory::new());
            run_console(board, &mut app, &mut memory).await
        });
        let service = Service::default();
        Self { board, service, device, exit: None, polls: 0, commands: 0 }
    }

    /// The demo application with `memory`, which outlives the device.
    pub fn with_memory(board: &'a Board, memory: &'a mut SdkMemory) -> Self {
        let device = Box::pin(async move {
            let mut app = Demo::<16>::new([7; 32]);
            run_console(board, &mut app, memory).await
        });
        let service = Service::default();
        Self { board, service, device, exit: None, polls: 0, commands: 0 }
    }

    /// The demo application as an image without a console runs it.
    pub fn shipped(board: &'a Board) -> Self {
        let device = Box::pin(async move {
            let mut app = Demo::<16>::new([7; 32]);
            let mut memory = Box::new(SdkMemory::new());
            let Err(error) = kvs_device::run(board, &mut app, &mut memory).await;
            panic!("the settings cannot work: {error}");
        });
        let service = Service::default();
        Self { board, service, device, exit: None, polls: 0, commands: 0 }
    }

    /// Queues a command; gives its id.
    pub fn command(&mut self, name: &str, fields: &[(&str, &str)]) -> u32 {
        self.commands += 1;
        let mut buf = LineBuf::new();
        let command = Command::new(self.commands, name, &mut buf);
        let line = fields
            .iter()
            .fold(command, |command, (key, value)| command.field(key, value))
            .finish_whole()
            .expect("the test's command fits a line")
            .to_owned();
        self.board.say(&line);
        self.commands
    }

    /// Sends a command and gives the device's answer: `ack` or the reason.
    pub fn answer(&mut self, name: &str, fields: &[(&str, &str)]) -> String {
        let id = self.command(name, fields);
        self.answer_to(id)
    }

    /// The device's answer to command `id`.
    pub fn answer_to(&mut self, id: u32) -> String {
        let mut found = None;
        self.until("an answer", |board| {
            found = board.events().iter().find_map(|event| {
                let answers = matches!(event.name.as_str(), "ack" | "nak");
                (answers && event.u64("id") == u64::from(id))
                    .then(|| if event.name == "ack" { "ack".into() } else { event.text("why") })
            });
            found.is_some()
        });
        found.expect("found")
    }

    /// Everything a master needs before `start`.
    pub fn provision(&mut self) {
        for (key, value) in [
            ("role", "master"),
            ("channel", "demo"),
            ("region", "us-west-2"),
            ("secret.access_key_id", "AKIDEXAMPLE"),
            ("secret.secret_key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            ("secret.session_token", "token"),
            ("credentials.expires_unix_s", "0"),
        ] {
            assert_eq!(self.answer("set", &[("key", key), ("value", value)]), "ack", "{key}");
        }
        assert_eq!(self.answer("credentials", &[]), "ack");
    }

    /// Provisions, starts and waits for `connected`.
    pub fn connect(&mut self) {
        self.provision();
        assert_eq!(self.answer("start", &[]), "ack");
        self.until_event("connected");
    }

    /// Until the device has reported `name` (again).
    pub fn until_event(&mut self, name: &str) {
        let before = self.board.count(name);
        self.until(name, |board| board.count(name) > before);
    }

    /// Until `met`, moving time on only when nothing else can happen.
    pub fn until(&mut self, what: &str, mut met: impl FnMut(&Board) -> bool) {
        for _ in 0..STEPS_MAX {
            if met(self.board) {
                return;
            }
            if !self.step() {
                self.board.advance().unwrap_or_else(|| self.give_up(what));
            }
        }
        self.give_up(what)
    }

    /// Until nothing more happens without time.
    pub fn settle(&mut self) {
        while self.step() {}
    }

    /// Lets `ms` pass, with whatever falls due on the way.
    pub fn pass(&mut self, ms: u64) {
        let end = self.board.now_ms() + ms;
        loop {
            self.settle();
            if !self.board.advance_to(end) {
                return;
            }
        }
    }

    /// One poll of the device and one turn of the service; whether anything happened.
    fn step(&mut self) -> bool {
        let before = self.board.activity();
        if self.exit.is_none() {
            self.board.forget_deadlines();
            self.polls += 1;
            let mut context = Context::from_waker(Waker::noop());
            if let Poll::Ready(exit) = self.device.as_mut().poll(&mut context) {
                self.exit = Some(exit);
            }
        }
        self.service.turn(self.board);
        self.board.activity() != before
    }

    fn give_up(&self, what: &str) -> ! {
        let lines = self.board.lines();
        let last = &lines[lines.len().saturating_sub(30)..];
        panic!("waited in vain for {what}; the last lines:\n{}", last.join("\n"));
    }
}

/// A line the device reported, decoded.
#[derive(Clone, Debug)]
pub struct Reported {
    pub name: String,
    pub ms: u64,
    pub fields: Vec<(String, String)>,
}

impl Reported {
    pub fn parse(line: &str) -> Self {
        let line = Line::parse(line).expect("a device writes only well-formed lines");
        let decode = |value: kvs_trace::Value<'_>| {
            String::from_utf8(value.bytes().collect()).expect("UTF-8")
        };
        Self {
            name: line.name.to_owned(),
            ms: line.ms.expect("events carry the device's clock"),
            fields: line.fields().map(|(k, v)| (k.to_owned(), decode(v))).collect(),
        }
    }

    pub fn text(&self, key: &str) -> String {
        let found = self.fields.iter().find(|(k, _)| k == key);
        found.unwrap_or_else(|| panic!("no `{key}` in {self:?}")).1.clone()
    }

    pub fn u64(&self, key: &str) -> u64 {
        self.text(key).parse().expect("a number")
    }
}
