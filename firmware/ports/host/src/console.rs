//! Console lines, from and to wherever the caller has them.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::task::Poll;

use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;

type Sink = Box<dyn FnMut(&str) -> io::Result<()>>;

/// A device's console.
pub struct Console {
    commands: RefCell<UnboundedReceiver<String>>,
    lines: RefCell<Sink>,
    log: RefCell<Sink>,
    broken: Cell<bool>,
    broke: Notify,
}

impl Console {
    /// Takes commands from `commands`, whose end is the console's end, and gives each line to
    /// `lines`, without its end and at the very moment it is written. When that fails the console
    /// is gone, and so the device ends.
    pub fn new(
        commands: UnboundedReceiver<String>,
        lines: impl FnMut(&str) -> io::Result<()> + 'static,
    ) -> Self {
        Self {
            commands: RefCell::new(commands),
            lines: RefCell::new(Box::new(lines)),
            log: RefCell::new(Box::new(|_| Ok(()))),
            broken: Cell::new(false),
            broke: Notify::new(),
        }
    }

    /// Gives log text, one line at a time, to `log`: what failed and where, for people.
    #[must_use]
    pub fn with_log(self, mut log: impl FnMut(&str) + 'static) -> Self {
        let log: Sink = Box::new(move |line| {
            log(line);
            Ok(())
        });
        Self { log: RefCell::new(log), ..self }
    }

    pub(crate) async fn read(&self) -> Option<String> {
        let next = poll_fn(|cx| self.commands.borrow_mut().poll_recv(cx));
        tokio::select! {
            biased;
            () = self.breaks() => None,
            line = next => line,
        }
    }

    pub(crate) fn write(&self, line: &str) {
        if !self.broken.get() && (self.lines.borrow_mut())(line).is_err() {
            self.broken.set(true);
            self.broke.notify_one();
        }
    }

    pub(crate) fn log(&self, line: &str) {
        // The sink of `with_log` does not fail.
        let _ = (self.log.borrow_mut())(line);
    }

    async fn breaks(&self) {
        let notified = self.broke.notified();
        tokio::pin!(notified);
        poll_fn(|cx| if self.broken.get() { Poll::Ready(()) } else { notified.as_mut().poll(cx) })
            .await;
    }
}
