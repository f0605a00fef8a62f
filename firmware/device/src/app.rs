//! What runs on top of a session.

use kvs_signaling::{Credentials, Event, Message, PeerId, ResourceError, Ticket};

/// An application: told of every event, asked for messages to send.
///
/// The pump calls; an application never waits. It copies what it needs from an event (decision 1),
/// and hands over at most one message at a time:
///
/// ```
/// use kvs_device::app::{App, Outgoing};
/// use kvs_signaling::event::{Event, Message, MessageKind, OnLoss, PeerId, Ticket};
/// use kvs_signaling::ResourceError;
///
/// /// Answers every offer with the same words.
/// #[derive(Default)]
/// struct Parrot { to: Option<PeerId> }
///
/// impl App for Parrot {
///     fn event(&mut self, event: &Event<'_>) {
///         if let Event::Message { from, kind: MessageKind::SdpOffer, .. } = event {
///             self.to = Some(*from);
///         }
///     }
///     fn next<'a>(&'a mut self, room: &'a mut [u8]) -> Option<Outgoing<'a>> {
///         let text = br#"{"type":"answer","sdp":"v=0\r\n"}"#;
///         let room = room.get_mut(..text.len())?;
///         room.copy_from_slice(text);
///         let message = Message {
///             kind: MessageKind::SdpAnswer, payload: room, correlation_id: "", on_loss: OnLoss::Retry,
///         };
///         Some(Outgoing { to: self.to?, message })
///     }
///     fn sent(&mut self, _: Result<Ticket, ResourceError>) {
///         self.to = None;
///     }
/// }
/// ```
pub trait App {
    /// Something happened. Every event of the session comes here, also those that the device
    /// reports by itself.
    fn event(&mut self, event: &Event<'_>);

    /// The next message to send, its payload written into `room`; `None` for nothing. Asked after
    /// every event, and again after each message until there is none.
    fn next<'a>(&'a mut self, room: &'a mut [u8]) -> Option<Outgoing<'a>>;

    /// What became of the message that [`Self::next`] gave. After
    /// [`ResourceError::QueueFull`] nothing is asked for until the session has room again, so an
    /// application may give the same message once more then; after any other error it would fail
    /// again.
    fn sent(&mut self, result: Result<Ticket, ResourceError>);

    /// The session wants credentials, for the first time or because the old ones expire.
    fn credentials(&mut self) -> Provided<'_> {
        Provided::Later
    }
}

/// A message on its way from the application to the session.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// To whom; [`PeerId::MASTER`] from a viewer.
    pub to: PeerId,
    /// What.
    pub message: Message<'a>,
}

/// An application's answer when credentials are wanted.
#[derive(Clone, Copy, Debug)]
pub enum Provided<'a> {
    /// Here they are.
    Now(Credentials<'a>),
    /// They come another way (the console), or the application is asked again when the session has
    /// waited too long.
    Later,
    /// There are none to be had now: the session backs off.
    Failed,
}
