//! What a program that is more than an [`App`](crate::App) may do to a running device.

use core::cell::RefCell;

use kvs_signaling::{Input, Message, Now, ResourceError, Session, Ticket};

use crate::app::App;
use crate::engine::Engine;
use crate::port::Port;

/// A running device, as the future sees it that [`crate::run_controlled`] was given. Calls return at
/// once; what follows from them comes to the [`App`], which is called before they return and must not
/// call back.
pub struct Control<'e, 'm, P, A> {
    engine: &'e RefCell<Engine<'m, P, A>>,
}

impl<'e, 'm, P: Port, A: App> Control<'e, 'm, P, A> {
    pub(crate) const fn new(engine: &'e RefCell<Engine<'m, P, A>>) -> Self {
        Self { engine }
    }

    /// Start, stop, credentials: what the session is to be told. Links are the pump's business.
    pub fn input(&self, input: Input<'_>) {
        self.engine.borrow_mut().input(input);
    }

    /// Sends to a client id; empty for the master.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub fn send(&self, to: &str, message: Message<'_>) -> Result<Ticket, ResourceError> {
        let mut engine = self.engine.borrow_mut();
        let now = engine.clock();
        let peer = engine.session.peer_id(to)?;
        let result = engine.session.send(now, peer, message);
        match result {
            Ok(ticket) => engine.report.out(ticket, to, &message),
            Err(error) => engine.report.refused(to, message.kind, error),
        }
        engine.drain();
        result
    }

    /// Looks at the session.
    pub fn look<T>(&self, look: impl FnOnce(&Session<'m>, Now) -> T) -> T {
        let engine = self.engine.borrow();
        look(&engine.session, engine.clock())
    }
}
